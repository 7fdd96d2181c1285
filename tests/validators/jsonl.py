"""JSON Lines: every line an object with a type, in order; the members are those of the JSON report."""

import json

from report import Tally, main
from shown import hidden_in

ORDER = ["head", "gap", "finding", "resolved", "requirement", "summary"]


def lines(path):
    """Each line's object and type, once it is known to be one."""
    with open(path, encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith("\n") or hidden_in(line):
                raise ValueError(f"line {number} has no end, or holds {hidden_in(line)}")
            members = json.loads(line)
            yield members.pop("type"), members


def validate(path, report):
    tally, at, counts = Tally(), 0, dict.fromkeys(ORDER, 0)
    wanted = {}
    if report:
        wanted = {name: report.items(f"{name}s") for name in ["finding", "requirement"]}
        wanted |= {"resolved": report.items("resolved"), "gap": report.items("coverage.gaps"), "summary": iter([report.member("summary")])}
    for kind, members in lines(path):
        if kind not in ORDER[at:]:
            yield f"a line of the type {kind!r} after one of {ORDER[at]!r}"
            return
        at = ORDER.index(kind)
        counts[kind] += 1
        if kind == "finding":
            tally.add(members["status"])
        if kind == "head" and report:
            coverage = report.member("coverage")
            del coverage["gaps"]
            theirs = {"schema": report.member("schema"), "tool": report.member("tool"), "snapshot": report.member("snapshot"), "coverage": coverage}
            if members != theirs:
                yield f"the head is {members}, and the JSON report has {theirs}"
        elif report and next(wanted[kind], None) != members:
            yield f"{kind} {counts[kind]} is not the JSON report's: {members}"
            return
    if counts["head"] != 1 or counts["summary"] != 1:
        yield f"one head and one summary: {counts}"
    for kind, rest in wanted.items():
        if next(rest, None) is not None:
            yield f"the JSON report has more of the type {kind}"
    if report:
        yield from tally.differences(report)


if __name__ == "__main__":
    main(validate)
