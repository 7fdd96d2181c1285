"""The report for people in a file: no character that a terminal would obey, and the numbers of the JSON report."""

import re

from report import main
from shown import hidden_in

NUMBERS = re.compile(r"^\d+ checks?: (\d+) fail, (\d+) unknown, (\d+) pass(?:, (\d+) muted)?$")
SECTIONS = re.compile(r"^ ?(CONFIGURED, NOT WORKING|CRITICAL|HIGH|MEDIUM|LOW|INFO|CANNOT SAY|WAIVED|PASS|RESOLVED) \((\d+)\) ?$")


def validate(path, report):
    numbers, sections, bullets, section = None, {}, {}, None
    with open(path, encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            line = line.removesuffix("\n")
            if hidden_in(line) or "\t" in line:
                yield f"line {number} holds {hidden_in(line) or 'a tab'}"
            found = SECTIONS.match(line)
            numbers = numbers or NUMBERS.match(line)
            if found:
                section = found[1]
                sections[section], bullets[section] = int(found[2]), 0
            elif section and line.startswith("  • "):
                bullets[section] += 1
    if not numbers:
        yield "no line has the numbers"
        return
    # In a file every resource is shown; unknowns are told by what is missing.
    for name, number in sections.items():
        if name != "CANNOT SAY" and bullets[name] != number:
            yield f"{name}: {number} are announced and {bullets[name]} told"
    if report:
        summary = report.member("summary")
        if tuple(int(number or 0) for number in numbers.groups()) != tuple(summary[status] for status in ["fail", "unknown", "pass", "muted"]):
            yield f"{numbers[0]!r}, and the JSON report has {summary}"
        failing = sum(number for name, number in sections.items() if name not in ("CANNOT SAY", "WAIVED", "PASS", "RESOLVED"))
        there = (failing, sections.get("CANNOT SAY", 0), sections.get("WAIVED", 0), sections.get("CONFIGURED, NOT WORKING", 0))
        if there != (summary["fail"], summary["unknown"], summary["muted"], summary["configured_not_working"]):
            yield f"the sections are {sections}, and the JSON report has {summary}"


if __name__ == "__main__":
    main(validate)
