"""OCSF Compliance Finding: the published schema (of its own version and of all later ones), py-ocsf-models, and the JSON report."""

import calendar
import re
import time

import ijson
import jsonschema_rs
import py_ocsf_models.events.findings.compliance_finding
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema, get_packaged_versions

from report import Tally, main, together

SEVERITIES = {"critical": 5, "high": 4, "medium": 3, "low": 2, "info": 1}
VERDICTS = {1: "pass", 3: "fail", 0: "unknown"}
SUPPRESSED, RESOLVED, CLOSE = 3, 4, 3


def events(path):
    with open(path, "rb") as file:
        yield from ijson.items(file, "item", use_float=True)


def validators(version):
    """A validator for each version from an event's own on: a minor version only adds."""
    def number(name):
        return tuple(int(part) for part in name.split("."))

    for later in get_packaged_versions():
        if re.fullmatch(r"[0-9.]+", later) and number(later) >= number(version):
            schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(later)).get_class_schema("compliance_finding", ["cloud"])
            yield later, jsonschema_rs.validator_for(schema, validate_formats=True)


def milliseconds(text):
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) * 1000


def status(event):
    if event["status_id"] == SUPPRESSED:
        return "muted"
    return VERDICTS[event["compliance"]["status_id"]]


def validate(path, report):
    with open(path, "rb") as file:
        first = next(ijson.basic_parse(file))
    if first[0] != "start_array":
        yield "is no array"
        return
    tally, schemas, resolved = Tally(), {}, []


    def current():
        for event in events(path):
            if event["activity_id"] == CLOSE:
                resolved.append(event)
            else:
                yield event

    findings = report.items("findings") if report else None
    every = together(current(), findings) if report else ((event, None) for event in current())
    for event, finding in every:
        if event is None or (report and finding is None):
            yield f"the JSON report and the file part at {finding or event}"
            break
        yield from wrong(event, schemas)
        tally.add(status(event))
        if finding:
            yield from differences(event, finding)
    for event in resolved:
        yield from wrong(event, schemas)
        if event["status_id"] != RESOLVED:
            yield f"{event['finding_info']['uid']}: is closed and not resolved"
    if report:
        yield from tally.differences(report)
        if [event["finding_info"]["uid"] for event in resolved] != [item["was"]["fingerprint"] for item in report.items("resolved")]:
            yield "what is closed differs from what the JSON report has as resolved"


def wrong(event, schemas):
    name = f"{event['metadata']['event_code']} {event['finding_info']['uid']}"
    version = event["metadata"]["version"]
    if version not in schemas:
        schemas[version] = list(validators(version))
    for later, validator in schemas[version]:
        for error in validator.iter_errors(event):
            yield f"{name}: schema of {later}: {error.instance_path}: {error.message}"
    try:
        py_ocsf_models.events.findings.compliance_finding.ComplianceFinding.model_validate(event)
    except ValueError as error:
        yield f"{name}: py-ocsf-models: {error}"
    if event["type_uid"] != event["class_uid"] * 100 + event["activity_id"]:
        yield f"{name}: type_uid {event['type_uid']}"


def differences(event, finding):
    """What of a finding did not come through whole."""
    name = f"{finding['check']} {finding['fingerprint']}"
    (resource,), (evidence, calls), unmapped = event["resources"], event["evidences"], event["unmapped"]
    compliance, message = event["compliance"], finding["message"] or finding["title"]
    pairs = {
        "status": (status(event), finding["status"]),
        "fingerprint": (event["finding_info"]["uid"], finding["fingerprint"]),
        "check": (event["metadata"]["event_code"], finding["check"]),
        "control": (compliance["control"], finding["check"]),
        "title": (event["finding_info"]["title"], finding["title"]),
        "message": (event["message"], message),
        "status_details": (compliance["status_details"], [message]),
        "reason": (compliance["status_code"], finding["reason"]),
        "resource": (resource["uid"], finding["resource"] or finding["account"]),
        "region": (event["cloud"]["region"], finding["region"]),
        "account": (event["cloud"]["account"]["uid"], finding["account"]),
        "severity": (event["severity_id"], SEVERITIES["info" if finding["status"] == "pass" else finding["severity"]]),
        "evidence": (evidence["data"], finding["evidence"]),
        "calls": (calls["data"]["calls"], finding["calls"]),
        "standards": (compliance["standards"], list(finding["frameworks"])),
        "requirements": (compliance["requirements"], [f"{name} {id}" for name, ids in finding["frameworks"].items() for id in ids]),
        "waiver": (unmapped["waiver"], finding.get("waiver")),
        "activity": (event["activity_id"], 2 if finding.get("since") == "persisting" else 1),
    }
    if finding["observed_at"]:
        pairs["time"] = (event["time"], milliseconds(finding["observed_at"]))
    if finding["fix"]:
        pairs["fix"] = (event["remediation"]["desc"], finding["fix"])
    for member in ["leg", "family", "configured_not_working", "action"]:
        pairs[member] = (unmapped[member], finding[member])
    for member, (found, wanted) in pairs.items():
        if found != wanted:
            yield f"{name}: {member} is {found!r}, and the JSON report has {wanted!r}"


if __name__ == "__main__":
    main(validate)
