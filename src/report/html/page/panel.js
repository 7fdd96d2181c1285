// What is behind a finding, beside the list: evidence, receipts, fix.

/** What is shown in the panel, so that an answer that comes late does not replace a later one. */
let inPanel = null;

/** Shows what the route says is open, or closes the panel. */
async function showPanel() {
  const wanted = route.finding ?? route.check;
  inPanel = wanted;
  const panel = by("panel");
  if (wanted === null) {
    panel.hidden = true;
    document.body.classList.remove("has-panel");
    return;
  }
  let content;
  if (route.check !== null) {
    const check = book.checks.find((check) => check.id === route.check);
    content = check ? checkCard(check) : notHere("check", route.check);
  } else {
    const row = rowOf(route.finding);
    content = row < 0 ? notHere("finding", route.finding) : findingCard(row, await details(row));
  }
  if (inPanel !== wanted) return;
  fill(panel, panelBar(), content);
  panel.hidden = false;
  panel.scrollTop = 0;
  document.body.classList.add("has-panel");
}

function panelBar() {
  return el(
    "div",
    { class: "panel-bar" },
    copyLink(),
    el("a", { class: "chip", href: linkTo({}), id: "close-panel", "aria-label": "Close the details" }, "Close"),
  );
}

function notHere(what, name) {
  return el("p", { class: "note note-warn" }, `There is no ${what} `, bdi(name, "mono"), " in this report. It may be in another day's.");
}

/** A part with a heading; null when there is nothing in it. */
function part(heading, ...children) {
  const inside = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
  return inside.length > 0 ? el("section", { class: "part" }, el("h3", {}, heading), inside) : null;
}

/** Terms with what they are; those without are left out. */
function terms(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  if (known.length === 0) return null;
  return el("dl", { class: "terms" }, known.map(([term, value]) => el("div", {}, el("dt", {}, bdi(term)), el("dd", {}, value))));
}

function findingCard(row, detail) {
  const check = checkOf(row);
  return [
    el("p", { class: "badges" }, badges(row)),
    el("h2", { class: "sentence" }, bdi(rows.message[row] || rows.resource[row])),
    ...findingParts(row, detail),
    part(
      "Check",
      terms([
        ["title", bdi(check.title)],
        ["id", el("a", { href: linkTo({ check: check.id }), class: "mono" }, bdi(check.id))],
        ["leg and family", el("span", {}, check.leg, " · ", bdi(check.family))],
        ...frameworkTerms(check),
      ]),
      prose(check.why),
      referencesOf(check),
    ),
    part(
      "Identity",
      terms([
        ["fingerprint", bdi(rows.fingerprint[row], "mono")],
        ["evidence digest", detail.evidence_digest !== "" && bdi(detail.evidence_digest, "mono")],
      ]),
    ),
  ];
}

/** What a finding says about its resource: on the screen and on paper. */
function findingParts(row, detail) {
  const check = checkOf(row);
  const [action, resource] = [wordOf.action(row), rows.resource[row]];
  const meaning = check.reasons[detail.reason];
  return [
    part(
      "Where",
      terms([
        ["resource", resource && el("span", { class: "with-copy" }, bdi(resource, "mono"), copyButton(resource, "the resource"))],
        ["account", bdi(wordOf.account(row), "mono")],
        ["region", bdi(wordOf.region(row), "mono")],
        ["since", { new: "new: it was not so in the earlier snapshot", persisting: "it was so in the earlier snapshot" }[wordOf.since(row)]],
        ["then", detail.was && `${detail.was}: another trouble`],
        ["now", { pass: "resolved: the check passes", gone: "resolved: the resource is gone, or the check applies no more" }[detail.now]],
        ["observed", detail.observed_at],
      ]),
    ),
    action !== "" &&
      part(
        "What would tell",
        el("p", {}, "Allow ", el("span", { class: "with-copy" }, bdi(action, "mono"), copyButton(action, "the permission")), " and scan again."),
      ),
    detail.waiver && part("Waiver", waiverTerms(detail.waiver)),
    part("Reason", detail.reason !== "" && el("p", {}, bdi(detail.reason, "mono"), meaning ? [": ", bdi(meaning)] : null)),
    part("Fix", fixOf(check, row, detail)),
    part("Evidence", evidenceOf(detail.evidence)),
    part(`Receipts (${grouped(detail.calls.length)})`, receipts(detail.calls)),
  ];
}

function waiverTerms(waiver) {
  return terms([
    ["name", bdi(waiver.name)],
    ["without it", waiver.was],
    ["reason", bdi(waiver.reason)],
    ["owner", bdi(waiver.owner)],
    ["expires", waiver.expires === "" ? "never: no date was agreed" : bdi(waiver.expires)],
  ]);
}

function fixOf(check, row, detail) {
  if (detail.fix !== "") return el("div", { class: "code" }, el("pre", {}, bdi(detail.fix)), copyButton(detail.fix, "the fix"));
  const isFail = ["fail", "muted"].includes(wordOf.status(row));
  return isFail && check.fix !== "" ? el("p", { class: "dim" }, "In general: ", bdi(check.fix)) : null;
}

/** Values by name. What is unread says so. */
function evidenceOf(evidence) {
  const value = (value) => {
    if (value === null) return el("span", { class: "t-warn" }, "unread");
    if (value === "") return el("span", { class: "dim" }, "(empty)");
    const text = typeof value === "string" ? value : JSON.stringify(value, null, typeof value === "object" ? 1 : 0);
    return bdi(text, "mono value-text");
  };
  return terms(Object.entries(evidence).map(([name, known]) => [name, value(known)]));
}

function receipts(calls) {
  if (calls.length === 0) return null;
  const names = ["#", "call", "region", "about", "ended", "at"];
  const line = (call) =>
    el(
      "tr",
      { class: ["ok", "absent"].includes(call.outcome) ? null : "is-unknown" },
      [call.id, bdi(call.action, "mono"), bdi(call.region), bdi(call.resource, "mono"), bdi(call.outcome), bdi(call.at)].map((cell) => el("td", {}, cell)),
    );
  const head = el("thead", {}, el("tr", {}, names.map((name) => el("th", { scope: "col" }, name))));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Receipts" }, el("table", {}, head, el("tbody", {}, calls.map(line))));
}
