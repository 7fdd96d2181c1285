"""What the validators share: the JSON report of the same run, which is what a report in another format must agree with.

A script `FORMAT.py` ends in `main(validate)`. `validate(path, report)` yields one sentence for each thing that is wrong with the file at
`path`, and counts the verdicts that it finds with `Tally`; `report` is the JSON report, or None where none was given. All of it is read
as a stream, so that a report of 200,000 findings needs no more memory than one of ten.
"""

import collections
import itertools
import sys

import ijson

MOST = 20
STATUSES = ["pass", "fail", "unknown", "muted"]


class Report:
    """The JSON report of the run that the file is about."""

    def __init__(self, path):
        self.path = path
        self.shown = None

    def member(self, name, default=None):
        """A top-level member."""
        with open(self.path, "rb") as file:
            return next(ijson.items(file, name, use_float=True), default)

    def items(self, name):
        """The items of a top-level list, one by one: `findings`, `resolved` or `requirements`."""
        counts = collections.Counter()
        with open(self.path, "rb") as file:
            for item in ijson.items(file, f"{name}.item", use_float=True):
                counts[item.get("status")] += 1
                yield item
        if name == "findings":
            self.shown = counts

    def passes(self):
        """How many passes are shown, which are few unless they were asked for."""
        if self.shown is None:
            collections.deque(self.items("findings"), maxlen=0)
        return self.shown["pass"]


class Tally:
    """Counts verdicts, and says how they differ from the JSON report's."""

    def __init__(self):
        self.counts = collections.Counter()

    def add(self, status):
        self.counts[status] += 1

    def differences(self, report):
        """Passes are in a file only where they were asked for (`--show pass`), as they are in the JSON report then."""
        summary = report.member("summary")
        wanted = {**{status: summary[status] for status in STATUSES}, "pass": report.passes()}
        for status in STATUSES:
            if self.counts[status] != wanted[status]:
                yield f"{self.counts[status]} verdicts are `{status}`, and the JSON report has {wanted[status]}"

    def __str__(self):
        return ", ".join(f"{self.counts[status]} {status}" for status in STATUSES)


def together(found, findings):
    """Pairs of what a file has and what the JSON report has, which come in the same order; None where one ends before the other."""
    return itertools.zip_longest(found, findings)


def main(validate):
    """Runs a validator on the command line's FILE [REPORT_JSON]; ends with 1 where something is wrong."""
    path, *rest = sys.argv[1:]
    report = Report(rest[0]) if rest else None
    wrong = 0
    for sentence in validate(path, report):
        wrong += 1
        if wrong <= MOST:
            print(f"{path}: {sentence}", file=sys.stderr)
    if wrong > MOST:
        print(f"{path}: … and {wrong - MOST} more", file=sys.stderr)
    sys.exit(1 if wrong else 0)
