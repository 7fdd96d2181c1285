"""CSV (RFC 4180): a row a finding, read with Python's reader as strictly as it can; no cell is a formula, and none is lost."""

import csv
import json

from report import Tally, main, together
from shown import hidden_in, visible

# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
COLUMNS = [
    "check", "status", "severity", "leg", "family", "account", "region", "resource", "title", "message", "reason", "evidence", "calls",
    "observed_at", "fix", "frameworks", "configured_not_working", "action", "since", "waiver", "waiver_reason", "waiver_owner",
    "waiver_expires", "waiver_was", "fingerprint", "evidence_digest", "snapshot", "snapshot_complete", "tool",
]
PLAIN = [
    "check", "status", "severity", "leg", "family", "account", "region", "resource", "title", "message", "reason", "observed_at", "fix",
    "action", "fingerprint", "evidence_digest",
]


def cell(text):
    """A text as it is to stand in a cell."""
    text = visible(text)
    return f"'{text}" if text.startswith(FORMULA) else text


def rows(path, wrong, resolved):
    """The rows of findings; what is resolved goes elsewhere."""
    csv.field_size_limit(10**9)
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.reader(file, strict=True)
        if next(reader, None) != COLUMNS:
            wrong.append("the columns are others")
            return
        for number, fields in enumerate(reader, 2):
            if len(fields) != len(COLUMNS):
                wrong.append(f"row {number} has {len(fields)} cells")
                return
            row = dict(zip(COLUMNS, fields))
            for name, text in row.items():
                if text.startswith(FORMULA) or hidden_in(text):
                    wrong.append(f"row {number}: {name} is a formula, or holds {hidden_in(text)}: {text[:60]!r}")
            if row["status"] == "resolved":
                resolved.append(row["fingerprint"])
            else:
                yield row


def validate(path, report):
    tally, wrong, resolved = Tally(), [], []
    findings = report.items("findings") if report else None
    own = rows(path, wrong, resolved)
    for row, finding in together(own, findings) if report else ((row, None) for row in own):
        if row is None or (report and finding is None):
            yield f"the JSON report and the file part at {finding or row}"
            break
        tally.add(row["status"])
        if not finding:
            continue
        name = f"{row['check']} {row['resource']}"
        waiver = finding["waiver"] or dict.fromkeys(["name", "reason", "owner", "expires", "was"], "")
        wanted = {column: cell(finding[column]) for column in PLAIN}
        wanted |= {"since": finding["since"] or "", "waiver": cell(waiver["name"]), "waiver_reason": cell(waiver["reason"])}
        wanted |= {"waiver_owner": cell(waiver["owner"]), "waiver_expires": waiver["expires"], "waiver_was": waiver["was"]}
        wanted |= {"configured_not_working": str(finding["configured_not_working"]).lower()}
        for column, text in wanted.items():
            if row[column] != text:
                yield f"{name}: {column} is {row[column]!r}, and should be {text!r}"
        if json.loads(row["evidence"]) != finding["evidence"]:
            yield f"{name}: the evidence is {row['evidence']!r}"
        if row["calls"].split() != sorted({call["action"] for call in finding["calls"]}):
            yield f"{name}: the calls are {row['calls']!r}"
    yield from wrong
    if report:
        yield from tally.differences(report)
        if resolved != [item["was"]["fingerprint"] for item in report.items("resolved")]:
            yield "what is resolved differs from the JSON report's"


if __name__ == "__main__":
    main(validate)
