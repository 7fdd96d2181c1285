"""HTML: a page that parses, asks for nothing, runs nothing but its own program, and holds every verdict of the JSON report."""

import base64
import hashlib
import html.parser
import json
import re
import zlib

from report import Tally, main, together

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# What fetches, frames or runs something.
STRANGERS = {"a-frame", "applet", "audio", "base", "embed", "frame", "iframe", "image", "img", "link", "object", "picture", "source", "video"}
REFERENCES = {"action", "background", "data", "formaction", "href", "poster", "src", "srcset", "xlink:href"}
DATA = "application/x-driftlead"


class Page(html.parser.HTMLParser):
    """The page's parts, and what is wrong with its tags."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.wrong, self.open, self.parts = [], [], {}
        self.policy, self.programs, self.styles, self.ids = None, [], [], set()
        self.sink = None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if len(given) != len(attributes):
            self.wrong.append(f"<{tag}> has an attribute twice")
        if tag in STRANGERS:
            self.wrong.append(f"there is a <{tag}>")
        for name, value in attributes:
            if name.startswith("on") or name == "style":
                self.wrong.append(f"<{tag}> has {name}={value!r}")
            if name in REFERENCES and not (value or "").startswith("#"):
                self.wrong.append(f"<{tag}> leads to {value!r}")
        if "id" in given:
            if given["id"] in self.ids:
                self.wrong.append(f"the id {given['id']!r} is there twice")
            self.ids.add(given["id"])
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        if tag == "script" and given.get("type") == DATA:
            self.sink = self.parts.setdefault(given["data-kind"], [])
        elif tag == "script":
            self.sink = self.programs
        elif tag == "style":
            self.sink = self.styles
        if tag in ("script", "style"):
            self.sink.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")
            self.open.append("?")
        self.sink = None

    def handle_data(self, data):
        if self.sink is not None:
            self.sink[-1] += data


def inflated(part):
    return json.loads(zlib.decompress(base64.b64decode(part, validate=True)))


def hash_of(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def wrong_with_policy(page):
    """It allows the page's own style and program, by their hashes, and nothing else."""
    if page.policy is None or len(page.programs) != 1 or len(page.styles) != 1:
        yield f"a policy, one program and one style are wanted; there are {page.policy!r}, {len(page.programs)} and {len(page.styles)}"
        return
    rules = dict(rule.strip().split(" ", 1) for rule in page.policy.split(";"))
    wanted = {
        "default-src": "'none'",
        "style-src": hash_of(page.styles[0]),
        "script-src": hash_of(page.programs[0]),
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    if rules != wanted:
        yield f"the policy is {rules}, and should be {wanted}"
    if re.search(r"@import|url\(", page.styles[0]):
        yield "the style asks for something"


def rows_of(page, book):
    """The rows of the index with their details, in order."""
    details = (item for part in page.parts.get("details", []) for item in inflated(part))
    for part in page.parts.get("index", []):
        index = inflated(part)
        for i, check in enumerate(index["check"]):
            detail = next(details, {})
            yield {
                "check": book["checks"][check]["id"],
                "status": book["statuses"][index["status"][i]],
                "severity": book["severities"][index["severity"][i]],
                "account": book["accounts"][index["account"][i]],
                "region": book["regions"][index["region"][i]],
                "action": book["actions"][index["action"][i]],
                "resource": index["resource"][i],
                "message": index["message"][i],
                "fingerprint": index["fingerprint"][i],
                **{name: detail.get(name) for name in ("reason", "evidence", "calls", "fix", "waiver")},
            }


def validate(path, report):
    page = Page()
    with open(path, encoding="utf-8", newline="") as file:
        if not file.readline().startswith("<!doctype html>"):
            yield "it does not begin with a doctype"
        while text := file.read(1 << 20):
            page.feed(text)
    page.close()
    yield from page.wrong
    if page.open:
        yield f"{page.open} are never closed"
    yield from wrong_with_policy(page)
    (book,) = [inflated(part) for part in page.parts["book"]]
    (gaps,) = [inflated(part) for part in page.parts["gaps"]]
    tally, rows = Tally(), list(rows_of(page, book))
    now = [row for row in rows if row["status"] != "resolved"]
    for row in now:
        tally.add(row["status"])
    counted = {status: sum(check[status] for check in book["checks"]) for status in ("fail", "unknown", "muted", "pass")}
    for status, number in counted.items():
        if number != book["summary"][status]:
            yield f"the checks have {number} {status}, and the summary {book['summary'][status]}"
    if report is None:
        return
    yield from tally.differences(report)
    if gaps != report.member("coverage.gaps", []):
        yield "the gaps are not those of the JSON report"
    for row, finding in together(now, report.items("findings")):
        if row is None or finding is None:
            yield f"one ends before the other at {row or finding}"
            return
        for name, value in row.items():
            if value != finding[name]:
                yield f"{finding['fingerprint']}: {name} is {value!r}, and in the JSON report {finding[name]!r}"
    resolved = [row["fingerprint"] for row in rows if row["status"] == "resolved"]
    if resolved != [item["was"]["fingerprint"] for item in report.items("resolved")]:
        yield f"{len(resolved)} are resolved, and not those of the JSON report"


if __name__ == "__main__":
    main(validate)
