"""Markdown: CommonMark with tables as markdown-it reads it, within GitHub's limit; nothing in it is a link, a mention or HTML of others."""

import re

from markdown_it import MarkdownIt

from report import main
from shown import hidden_in, printable

# The most that GitHub takes for a comment.
MOST = 65_536
# All the HTML that the program itself writes, once the texts between the tags are taken out.
OWN_HTML = re.compile(r"</?details>|</?summary>|</?b>|</?code>|<br>|</?span>|<!-- -->")
NUMBERS = re.compile(r"## driftlead: \*\*(\d+)\*\* fail, \*\*(\d+)\*\* unknown, \*\*(\d+)\*\* pass(?:, \*\*(\d+)\*\* muted)?$")


def flat(inline):
    """The text of a cell or paragraph as a reader sees it; a break is a line break."""
    out = []
    for token in inline.children or []:
        if token.type in ("text", "code_inline"):
            out.append(token.content)
        elif token.type == "softbreak" or token.content == "<br>":
            out.append("\n")
    return "".join(out)


def validate(path, report):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    if len(text) > MOST or hidden_in(text):
        yield f"{len(text)} characters, or it holds {hidden_in(text)}"
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").parse(text)
    html, cells, depth, is_told = [], [], 0, set()
    for at, token in enumerate(tokens):
        if token.type == "html_block":
            html.append(token.content)
        for child in token.children or []:
            if child.type == "html_inline":
                html.append(child.content)
            elif child.type not in ("text", "code_inline", "softbreak", "strong_open", "strong_close"):
                yield f"a {child.type} in {token.content[:80]!r}"
            # GitHub looks for these in every piece of text that is not code.
            elif child.type == "text" and re.search(r"[@#]\w|https?://|www\.", child.content):
                yield f"a mention, a reference or a link in {child.content[:80]!r}"
        if token.type == "tr_open":
            depth = 0
        if token.type in ("td_open", "th_open"):
            depth += 1
            cells.append((depth, flat(tokens[at + 1]) if tokens[at + 1].type == "inline" else ""))
        if token.type in ("blockquote_open", "ordered_list_open", "code_block"):
            yield f"a {token.type} that the program does not write, near line {(token.map or [0])[0] + 1}"
    for piece in html:
        for tag in re.findall(r"<[^>]*>?", piece):
            if not OWN_HTML.fullmatch(tag):
                yield f"the HTML {tag!r}"
        if re.search(r"[@#]\w|https?://|www\.", OWN_HTML.sub("\0", piece)):
            yield f"a mention in HTML: {piece[:80]!r}"
    if "".join(html).count("<details>") != "".join(html).count("</details>"):
        yield "what is folded is not closed"
    if not report:
        return
    summary = report.member("summary")
    numbers = NUMBERS.match(text.split("\n", 1)[0])
    wanted = tuple(summary[status] for status in ["fail", "unknown", "pass", "muted"])
    if not numbers or tuple(int(number or 0) for number in numbers.groups()) != wanted:
        yield f"the first line is {text.split(chr(10), 1)[0]!r}, and the JSON report has {summary}"
    counts = {title: int(number) for title, number in re.findall(r"^### (.*) \((\d+)\)$", text, re.M)}
    sections = ["Configured, not working", "Critical", "High", "Medium", "Low", "Info"]
    fails, waived = (sum(number for title, number in counts.items() if is_it(title)) for is_it in (sections.__contains__, lambda title: title.startswith("Waived by")))
    if (fails, counts.get("Cannot say", 0), waived) != (summary["fail"], summary["unknown"], summary["muted"]):
        yield f"the sections are {counts}, and the JSON report has {summary}"
    # What stands in a cell is what the program says of a resource, whole or visibly cut.
    whats = {cell.removeprefix("new ") for place, cell in cells if place == 2}
    if not list(report.items("requirements")):
        for finding in [*report.items("findings"), *(item["was"] for item in report.items("resolved"))]:
            message = printable(finding["message"]).strip()
            is_told.add(message)
        for what in whats - {"what"}:
            if what.endswith("…"):
                if not any(printable(message).startswith(what[:-1]) for message in is_told):
                    yield f"nothing says {what[:80]!r}"
            elif what not in is_told:
                yield f"nothing says {what[:80]!r}"


if __name__ == "__main__":
    main(validate)
