// A check's card: what it asks, why that matters, how it is repaired, what it said.

function checkCard(check) {
  const counts = ["fail", "unknown", "muted", "pass"].filter((word) => check[word] > 0);
  const only = linkToFilters([["check", check.id]]);
  return [
    el("p", { class: "badges" }, el("span", { class: `badge severity-${check.severity}` }, check.severity)),
    el("h2", { class: "sentence" }, bdi(check.title)),
    el("p", { class: "dim" }, `${check.leg} · `, bdi(check.family), " · ", bdi(check.id, "mono")),
    el("p", {}, el("a", { class: "chip", href: only }, "Only this check")),
    part(
      "Verdicts",
      counts.length > 0
        ? el("p", { class: "badges" }, counts.map((word) => el("span", { class: `badge is-${word}` }, `${grouped(check[word])} ${word}`)))
        : el("p", {}, "Nothing in what was read is what it asks about."),
    ),
    part("Why it matters", prose(check.why)),
    part("How it is repaired", check.fix !== "" && el("div", { class: "code" }, el("pre", {}, bdi(check.fix)))),
    part("What its reasons mean", terms(Object.entries(check.reasons).map(([code, meaning]) => [code, bdi(meaning)]))),
    part("Frameworks", terms(frameworkTerms(check))),
    part("References", referencesOf(check)),
  ];
}

/** Paragraphs. */
function prose(text) {
  return text.split(/\n\s*\n/).map((paragraph) => paragraph.replace(/\s+/g, " ").trim()).filter(Boolean).map((paragraph) => el("p", {}, bdi(paragraph)));
}

function frameworkTerms(check) {
  return Object.entries(check.frameworks).map(([name, ids]) => [name, bdi(ids.join(", "))]);
}

/** Pages that say more: links that are followed only when somebody does. What is no address of a page is text. */
function referencesOf(check) {
  const link = (address) => (/^https?:\/\//.test(address) ? el("a", { href: address, rel: "noopener noreferrer", target: "_blank" }, bdi(address)) : bdi(address));
  return check.references.length > 0 ? el("ul", { class: "references" }, check.references.map((address) => el("li", {}, link(address)))) : null;
}
