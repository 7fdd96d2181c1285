"""OpenMetrics: both parsers of prometheus_client, that of OpenMetrics and that of the text format which the textfile collector reads."""

import collections
import re

from prometheus_client import parser as text_format
from prometheus_client.openmetrics import parser as openmetrics

from report import STATUSES, main
from shown import hidden_in, printable

# What the collector refuses: https://github.com/prometheus/node_exporter#textfile-collector
KNOWN_TYPES = ["gauge"]


def validate(path, report):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    if not text.endswith("# EOF\n") or hidden_in(text):
        yield f"it does not end in # EOF, or holds {hidden_in(text)}"
    families = {family.name: family for family in openmetrics.text_string_to_metric_families(text)}
    older = {family.name: family for family in text_format.text_string_to_metric_families(text)}
    if list(families) != list(older):
        yield f"the two parsers see {sorted(families)} and {sorted(older)}"
    for name, family in families.items():
        if family.type not in KNOWN_TYPES or not family.documentation or not re.fullmatch("driftlead_[a-z_]+", name):
            yield f"{name} is of the type {family.type}, or has no words"
        seen = collections.Counter(tuple(sorted(sample.labels.items())) for sample in family.samples)
        yield from (f"{name}{labels} is there {number} times" for labels, number in seen.items() if number > 1)
        samples = [[(sample.name, sample.labels, float(sample.value)) for sample in of.get(name, family).samples] for of in (families, older)]
        if samples[0] != samples[1]:
            yield f"{name}: the two parsers differ"
        if any(sample.timestamp is not None for sample in family.samples):
            yield f"{name}: the textfile collector takes no times"
    if not report:
        return
    value = {name: family.samples[0].value for name, family in families.items() if len(family.samples) == 1}
    summary, snapshot, coverage = report.member("summary"), report.member("snapshot"), report.member("coverage")
    wanted = {
        "driftlead_info": 1, "driftlead_snapshot_complete": int(snapshot["complete"]),
        "driftlead_configured_not_working": summary["configured_not_working"],
    }
    yield from (f"{name} is {value.get(name)}, not {number}" for name, number in wanted.items() if value.get(name) != number)
    told, there = collections.Counter(), collections.Counter()
    for sample in families["driftlead_findings"].samples if "driftlead_findings" in families else []:
        labels = sample.labels
        told[labels["status"]] += sample.value
        if labels["status"] != "pass" and sample.value:
            place = (labels[name] for name in ["check", "severity", "family", "leg", "account", "region", "status"])
            there[tuple(place)] = sample.value
    for status in STATUSES:
        if told[status] != summary[status]:
            yield f"{told[status]} {status}, and the JSON report says {summary[status]}"
    for finding in report.items("findings"):
        if finding["status"] != "pass":
            there[tuple(printable(finding[name]) for name in ["check", "severity", "family", "leg", "account", "region", "status"])] -= 1
    yield from (f"{place}: off by {number}" for place, number in there.items() if number)
    calls = sum(sample.value for sample in families["driftlead_calls"].samples)
    gaps = sum(sample.value for sample in families["driftlead_gaps"].samples) if "driftlead_gaps" in families else 0
    if (calls, gaps) != (coverage["calls"], len(coverage["gaps"])):
        yield f"{calls} calls and {gaps} gaps, and the JSON report has {coverage['calls']} and {len(coverage['gaps'])}"
    requirements = [sample.labels["verdict"].replace(" ", "_") for sample in getattr(families.get("driftlead_requirement"), "samples", []) if sample.value]
    if requirements != [requirement["verdict"] for requirement in report.items("requirements")]:
        yield "the requirements' verdicts differ from the JSON report's"


if __name__ == "__main__":
    main(validate)
