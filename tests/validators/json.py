"""JSON, schema 1: the contract of the program's design, held member by member."""

from report import STATUSES, Report, Tally, main
from shown import hidden_in

SNAPSHOT = ["path", "started_at", "finished_at", "complete", "accounts", "regions", "endpoint"]
COVERAGE = ["calls", "denied", "throttled", "failed", "gaps"]
GAP = ["table", "account", "region", "resource", "action", "outcome", "code", "message"]
TEXTS = [
    "check", "family", "account", "region", "resource", "title", "message", "reason", "observed_at", "fix", "fingerprint", "evidence_digest", "action",
]
WORDS = {
    "status": STATUSES,
    "severity": ["critical", "high", "medium", "low", "info"],
    "leg": ["configured", "working"],
    "since": [None, "new", "persisting"],
    "configured_not_working": [True, False],
}
VERDICTS = ["fail", "unknown", "muted", "pass", "nothing_to_judge", "not_assessed"]
WAIVER = ["name", "reason", "owner", "expires", "was"]


def of_finding(finding):
    """What is wrong with a finding."""
    for name in TEXTS:
        if not isinstance(finding.get(name), str):
            yield f"{name} is no text"
    for name, words in WORDS.items():
        if finding.get(name) not in words:
            yield f"{name} is {finding.get(name)!r}"
    if not isinstance(finding.get("evidence"), dict) or not isinstance(finding.get("calls"), list):
        yield "evidence is no object, or calls is no list"
    if not all(isinstance(controls, list) for controls in finding.get("frameworks", {"": None}).values()):
        yield "frameworks is no object of lists"
    if finding.get("waiver") is not None and sorted(finding["waiver"]) != sorted(WAIVER):
        yield f"waiver is {finding['waiver']!r}"


def validate(path, report):
    own = Report(path)
    if own.member("schema") != 1 or not own.member("tool"):
        yield f"schema is {own.member('schema')!r}, tool is {own.member('tool')!r}"
    for name, members in [("snapshot", SNAPSHOT), ("coverage", COVERAGE)]:
        if sorted(own.member(name, {})) != sorted(members):
            yield f"{name} has the members {sorted(own.member(name, {}))}"
    for gap in own.items("coverage.gaps"):
        if sorted(gap) != sorted(GAP):
            yield f"a gap has the members {sorted(gap)}"
    tally, not_working = Tally(), 0
    for finding in own.items("findings"):
        tally.add(finding["status"])
        not_working += finding["configured_not_working"] and finding["status"] == "fail"
        yield from (f"{finding.get('check')} {finding.get('resource')}: {sentence}" for sentence in of_finding(finding))
    for resolved in own.items("resolved"):
        if resolved["now"] not in ["pass", "gone"]:
            yield f"resolved is {resolved['now']!r} now"
        yield from (f"resolved {resolved['was'].get('check')}: {sentence}" for sentence in of_finding(resolved["was"]))
    for requirement in own.items("requirements"):
        if requirement["verdict"] not in VERDICTS or not requirement["id"]:
            yield f"a requirement: {requirement}"
    yield from tally.differences(report or own)
    if own.member("summary", {}).get("configured_not_working") != not_working:
        yield f"{not_working} are configured and do not work, and the summary says otherwise"
    with open(path, encoding="utf-8", newline="") as lines:
        for number, line in enumerate(lines, 1):
            if hidden_in(line):
                yield f"line {number} holds {hidden_in(line)}"


if __name__ == "__main__":
    main(validate)
