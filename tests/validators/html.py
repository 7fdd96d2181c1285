"""HTML: one file that asks nobody for anything, in which nothing is a tag, a program or an address but what the page itself brings; the
data that it holds are the JSON report's. (What a browser makes of it, `tests/browser.rs` asks a browser.)"""

import base64
import collections
import html.parser
import json
import re
import zlib

from report import Tally, main

DATA = "application/x-driftlead"
STATUSES = ["fail", "unknown", "muted", "resolved", "pass"]
SINCES = [None, "new", "persisting"]
# An address that a browser would fetch, or run.
FETCHED = ["src", "srcset", "data", "action", "formaction", "poster", "background", "xlink:href", "ping", "manifest"]


class Page(html.parser.HTMLParser):
    """Reads a page tag by tag; its data, part by part, go to `part`."""

    def __init__(self, part):
        super().__init__(convert_charrefs=True)
        self.part, self.wrong, self.programs, self.open, self.text = part, [], 0, None, []
        self.tags = collections.Counter()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags[tag] += 1
        for name, value in attributes.items():
            if name.startswith("on") or (name == "style" and "url(" in (value or "")):
                self.wrong.append(f"<{tag} {name}={value[:60]!r}>")
            is_link = name == "href" and not (value or "").startswith("#")
            if (is_link and not re.match(r"https://[a-z0-9.-]+/", value or "")) or name in FETCHED:
                self.wrong.append(f"<{tag} {name}={(value or '')[:60]!r}>")
        if tag in ("link", "base", "iframe", "object", "embed", "form", "img", "audio", "video"):
            self.wrong.append(f"<{tag}> has no place in it")
        if tag == "script":
            self.open, self.text = attributes, []
            if attributes.get("type") != DATA:
                self.programs += 1
                if attributes:
                    self.wrong.append(f"a program with attributes: {attributes}")

    def handle_data(self, data):
        if self.open is not None:
            self.text.append(data)

    def handle_endtag(self, tag):
        if tag == "script" and self.open is not None:
            if self.open.get("type") == DATA:
                value = json.loads(zlib.decompress(base64.b64decode("".join(self.text), validate=True)))
                self.part(self.open["data-kind"], value)
            self.open = None


def validate(path, report):
    index, details, others = collections.deque(), collections.deque(), collections.defaultdict(list)
    tally, wrong, resolved = Tally(), [], []
    findings = report.items("findings") if report else None

    def pair():
        while index and details:
            row, more = index.popleft(), details.popleft()
            if row["status"] == "resolved":
                resolved.append((row["fingerprint"], more["now"]))
                continue
            tally.add(row["status"])
            finding = next(findings, None) if findings else None
            if not findings or (finding is None and wrong.append(f"more than the JSON report has: {row}")):
                continue
            for name in ["status", "since", "resource", "message", "fingerprint"]:
                if row[name] != (finding or {}).get(name):
                    wrong.append(f"{row['resource']!r}: {name} is {row[name]!r}, and the JSON report has {(finding or {}).get(name)!r}")
            for name in ["reason", "evidence", "calls", "observed_at", "fix", "waiver"]:
                if more[name] != (finding or {}).get(name):
                    wrong.append(f"{row['resource']!r}: {name} is not the JSON report's")

    def part(kind, value):
        if kind == "index":
            for at, status in enumerate(value["status"]):
                row = {name: value[name][at] for name in ["resource", "message", "fingerprint"]}
                index.append(row | {"status": STATUSES[status], "since": SINCES[value["since"][at]]})
        elif kind == "details":
            details.extend(value)
        elif kind in ("gaps", "requirements"):
            others[kind].extend(value)
        pair()

    page = Page(part)
    with open(path, encoding="utf-8", newline="") as file:
        start = file.read(4096)
        if not start.startswith("<!doctype html>") or "default-src 'none'" not in start:
            yield "it does not begin as a page of HTML 5 that may fetch nothing"
        page.feed(start)
        while chunk := file.read(1 << 20):
            page.feed(chunk)
    page.close()
    yield from page.wrong
    yield from wrong
    if page.programs != 1 or page.tags["html"] != 1 or page.tags["body"] != 1:
        yield f"{page.programs} programs, and {page.tags['html']} pages"
    if index or details:
        yield f"{len(index)} rows have no details, or {len(details)} details no row"
    if report:
        if next(findings, None) is not None:
            yield "the JSON report has more findings"
        yield from tally.differences(report)
        if others["gaps"] != list(report.items("coverage.gaps")) or others["requirements"] != list(report.items("requirements")):
            yield "the gaps or the requirements differ from the JSON report's"
        if resolved != [(item["was"]["fingerprint"], item["now"]) for item in report.items("resolved")]:
            yield "what is resolved differs from the JSON report's"


if __name__ == "__main__":
    main(validate)
