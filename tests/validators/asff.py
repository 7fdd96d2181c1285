"""ASFF: the model of Security Hub's API as botocore carries it, with the limits that only its prose has, and the JSON report."""

import functools
import html
import itertools
import json
import re

import botocore.session
import botocore.validate
import ijson
import jsonschema_rs

from report import Tally, main, together

# Of one call, and of one finding, from the guidelines for BatchImportFindings in the partner guide.
MOST_FINDINGS, MOST_BYTES = 100, 240_000
VERDICTS = {"PASSED": "pass", "FAILED": "fail", "NOT_AVAILABLE": "unknown"}
LABELS = {"critical": "CRITICAL", "high": "HIGH", "medium": "MEDIUM", "low": "LOW", "info": "INFORMATIONAL"}
TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$"


def findings_of(path):
    with open(path, "rb") as file:
        yield from ijson.items(file, "item", use_float=True)


def schema_of(model):
    """The API's model as a JSON Schema; no member that it does not have is allowed."""
    definitions = {}

    def reference(shape):
        if shape.name not in definitions:
            definitions[shape.name] = {}
            definitions[shape.name].update(translated(shape))
        return {"$ref": f"#/$defs/{shape.name}"}

    def translated(shape):
        if shape.type_name == "structure":
            members = {name: {"allOf": [reference(member), limits(name, member)]} for name, member in shape.members.items()}
            return {"type": "object", "properties": members, "required": shape.required_members, "additionalProperties": False}
        if shape.type_name == "list":
            sizes = {key: shape.metadata[name] for name, key in [("min", "minItems"), ("max", "maxItems")] if name in shape.metadata}
            return {"type": "array", "items": reference(shape.member), **sizes}
        if shape.type_name == "map":
            return {"type": "object", "additionalProperties": reference(shape.value)}
        if shape.type_name == "string":
            # The pattern is taken for the whole text, as Java's `matches` does: then its dot allows no line break.
            pattern = {"pattern": f"^(?:{shape.metadata['pattern'].strip('^$')})$"} if "pattern" in shape.metadata else {}
            return {"type": "string", **pattern, **({"enum": shape.enum} if shape.enum else {})}
        numbers = {"integer": "integer", "long": "integer", "double": "number", "float": "number", "boolean": "boolean"}
        return {"type": numbers[shape.type_name]} if shape.type_name in numbers else {}

    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **reference(model), "$defs": definitions}


def limits(name, member):
    """What the documentation of a member says of its size."""
    prose = html.unescape(re.sub(r"<[^>]+>", "", member.documentation))
    found = {}
    for pattern, text, array in [(r"[Mm]inimum (?:length )?of (\d+)", "minLength", "minItems"), (r"[Mm]aximum (?:length )?of (\d+)", "maxLength", "maxItems"),
                                 (r"[Mm]inimum number of (\d+)", None, "minItems"), (r"[Mm]aximum number of (\d+)", None, "maxItems")]:
        number = re.search(pattern, prose)
        key = {"string": text, "list": array}.get(member.type_name)
        if number and key:
            found[key] = int(number[1])
    if name in ("ProductFields", "UserDefinedFields"):
        pairs, key, value = (int(number) for number in re.search(r"up to (\d+) key-value.*up to (\d+) characters.*up to (\d+) characters", prose).groups())
        found |= {"maxProperties": pairs, "propertyNames": {"maxLength": key, "minLength": 1}, "additionalProperties": {"maxLength": value}}
    if name.endswith("At"):
        found["pattern"] = TIME
    if name == "AwsAccountId":
        found["pattern"] = r"^\d{12}$"
    return found


@functools.cache
def hub():
    session = botocore.session.Session()
    return session.get_service_model("securityhub")


def status(finding):
    if finding["Workflow"]["Status"] == "SUPPRESSED":
        return "muted"
    return VERDICTS[finding["Compliance"]["Status"]]


def picture(text):
    """A text without control characters, as ASFF has it."""
    shown = "".join(
        chr(0x2400 + ord(c)) if c < " " else "\u2421" if c == "\x7f" else "\u2424" if c in "\x85\u2028\u2029" else c for c in text
    )
    return shown if shown.strip() else "-"


def same(found, wanted, most):
    """Whether a text came through: whole, or to its limit."""
    shown = picture(wanted)
    return found == (shown if len(shown) <= most else shown[: most - 1] + "…")


def validate(path, report):
    with open(path, "rb") as file:
        first = next(ijson.basic_parse(file))
    if first[0] != "start_array":
        yield "is no array"
        return
    operation = hub().operation_model("BatchImportFindings")
    schema = jsonschema_rs.validator_for(schema_of(hub().shape_for("AwsSecurityFinding")))
    types = {*hub().shape_for("ResourceDetails").members, "AwsAccount", "Other"}
    tally, resolved, seen = Tally(), [], set()

    def current():
        for finding in findings_of(path):
            if finding.get("RecordState") == "ARCHIVED":
                resolved.append(finding)
            else:
                yield finding

    def wrong(finding):
        name = finding.get("Id")
        for error in schema.iter_errors(finding):
            yield f"{name}: {error.instance_path}: {error.message}"
        size = len(json.dumps(finding, ensure_ascii=False).encode())
        if size > MOST_BYTES:
            yield f"{name}: {size} bytes"
        account, region = finding["AwsAccountId"], finding["Resources"][0]["Region"]
        partition = finding["ProductArn"].split(":")[1]
        if finding["ProductArn"] != f"arn:{partition}:securityhub:{region}:{account}:product/{account}/default":
            yield f"{name}: {finding['ProductArn']}"
        if not re.fullmatch(r"[a-z]{2,4}(-[a-z]+)+-\d+", region):
            yield f"{name}: {region} is no region of an API"
        if finding["Resources"][0]["Type"] not in types:
            yield f"{name}: ASFF knows no {finding['Resources'][0]['Type']}"
        if len(finding["Resources"][0]["Id"]) > 512:
            yield f"{name}: an id of a resource has at most 512 characters"

    every = together(current(), report.items("findings")) if report else ((finding, None) for finding in current())
    for finding, wanted in every:
        if finding is None or (report and wanted is None):
            yield f"the JSON report and the file part at {wanted or finding}"
            break
        yield from wrong(finding)
        tally.add(status(finding))
        if finding["Id"] in seen:
            yield f"{finding['Id']} is there twice"
        seen.add(finding["Id"])
        if wanted:
            yield from differences(finding, wanted)
    for finding in resolved:
        yield from wrong(finding)
        if finding["Workflow"]["Status"] != "RESOLVED":
            yield f"{finding['Id']}: is archived and not resolved"
    # As they are sent: botocore's own word on the first calls.
    for batch in itertools.islice(iter(lambda stream=findings_of(path): list(itertools.islice(stream, MOST_FINDINGS)), []), 3):
        errors = botocore.validate.ParamValidator().validate({"Findings": batch}, operation.input_shape)
        if errors.has_errors():
            yield f"botocore: {errors.generate_report()}"
    if report:
        yield from tally.differences(report)
        if [finding["ProductFields"]["driftlead/fingerprint"] for finding in resolved] != [
            item["was"]["fingerprint"] for item in report.items("resolved")
        ]:
            yield "what is archived differs from what the JSON report has as resolved"


def differences(found, wanted):
    """What of a finding did not come through whole, or to its limit."""
    name, fields = found["Id"], found["ProductFields"]
    recommendation = found.get("Remediation", {}).get("Recommendation", {})
    label = "INFORMATIONAL" if wanted["status"] == "pass" else LABELS[wanted["severity"]]
    equal = {
        "status": (status(found), wanted["status"]),
        "status in fields": (fields["driftlead/status"], wanted["status"]),
        "fingerprint": (found["Id"].rpartition("/")[2], wanted["fingerprint"]),
        "account": (found["AwsAccountId"], wanted["account"]),
        "severity": (found["Severity"], {"Label": label, "Original": wanted["severity"]}),
        "provider's severity": (found["FindingProviderFields"]["Severity"], found["Severity"]),
    }
    if wanted["observed_at"]:
        equal["CreatedAt"] = (found["CreatedAt"], wanted["observed_at"])
    for member, (is_now, should_be) in equal.items():
        if is_now != should_be:
            yield f"{name}: {member} is {is_now!r}, and the JSON report has {should_be!r}"
    resource = found["Resources"][0]
    texts = [
        ("check", found["GeneratorId"], wanted["check"], 512),
        ("title", found["Title"], wanted["title"], 256),
        ("message", found["Description"], wanted["message"] or wanted["title"], 1024),
        ("resource", resource["Id"], wanted["resource"] or f"AWS::::Account:{wanted['account']}", 512),
        ("region", fields["driftlead/region"], wanted["region"], 2048),
    ]
    if wanted["fix"]:
        texts.append(("fix", recommendation.get("Text", ""), wanted["fix"], 512))
    if wanted.get("waiver"):
        texts.append(("owner", found["Note"]["UpdatedBy"], wanted["waiver"]["owner"], 512))
    if not any(key.startswith("driftlead/evidence-json") for key in fields):
        for key, value in wanted["evidence"].items():
            text = value if isinstance(value, str) and value.strip() else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            if isinstance(value, float):
                continue
            texts.append((f"evidence {key}", fields.get(picture(f"driftlead/evidence/{key}"), ""), text, 2048))
    for member, is_now, should_be, most in texts:
        if not same(is_now, should_be, most):
            yield f"{name}: {member} is {is_now!r}, and the JSON report has {should_be!r}"
    requirements = [picture(f"{framework} {id}") for framework, ids in wanted["frameworks"].items() for id in ids]
    if found["Compliance"].get("RelatedRequirements", []) != requirements[:32]:
        yield f"{name}: requirements are {found['Compliance'].get('RelatedRequirements')}"
    if status(found) == "unknown" and not found["Compliance"].get("StatusReasons"):
        yield f"{name}: NOT_AVAILABLE without a reason"


if __name__ == "__main__":
    main(validate)
