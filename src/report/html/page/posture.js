// The posture: each family, what is configured beside what works.

const LEGS = ["configured", "working"];

/** Counts by family and leg. */
function postureOf(checks) {
  const families = new Map();
  for (const check of checks) {
    const blank = () => ({ fail: 0, unknown: 0, muted: 0, pass: 0, asked: 0 });
    if (!families.has(check.family)) families.set(check.family, { configured: blank(), working: blank(), broken: 0 });
    const family = families.get(check.family);
    const leg = family[check.leg];
    leg.asked++;
    for (const word of ["fail", "unknown", "muted", "pass"]) leg[word] += check[word];
    family.broken += check.broken;
  }
  return new Map([...families].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function showPosture() {
  const families = postureOf(book.checks);
  const lines = [...families].map(([name, family]) => postureLine(name, family));
  const head = el("tr", {}, ["Family", "Configured", "Working", "Reading"].map((word) => el("th", { scope: "col" }, word)));
  fill(
    by("posture"),
    el("h2", { id: "posture-title" }, "Posture by family"),
    el("p", { class: "lead" }, "Left: what was declared on the resources. Right: what states, times, events, metrics and objects prove. A number leads to its findings."),
    legend(),
    el("div", { class: "scroll" }, el("table", { class: "matrix" }, el("thead", {}, head), el("tbody", {}, lines))),
  );
}

function legend() {
  const words = [["bad", "fail"], ["warn", "unknown"], ["muted", "muted"], ["good", "pass"]];
  return el("p", { class: "legend" }, words.map(([name, word]) => el("span", {}, el("i", { class: `swatch ${name}`, "aria-hidden": "true" }), word)));
}

function postureLine(name, family) {
  return el(
    "tr",
    { class: family.broken > 0 ? "is-broken" : null },
    el("th", { scope: "row" }, el("a", { href: linkToFilters([["family", name]]) }, bdi(name))),
    LEGS.map((leg) => el("td", {}, legCell(name, leg, family[leg]))),
    el("td", { class: "reading" }, reading(name, family)),
  );
}

function legCell(name, leg, counts) {
  const total = counts.fail + counts.unknown + counts.muted + counts.pass;
  if (total === 0) return el("span", { class: "dim" }, counts.asked === 0 ? "no check" : "nothing to judge");
  const link = (word) => {
    if (counts[word] === 0) return null;
    const text = `${grouped(counts[word])} ${word}`;
    const isListed = word !== "pass" || book.checks.length === 0 || rows.status.includes(book.statuses.indexOf("pass"));
    const pairs = [["family", name], ["leg", leg], ["status", word]];
    return isListed ? el("a", { class: `is-${word}`, href: linkToFilters(pairs) }, text) : el("span", { class: `is-${word}` }, text);
  };
  return el("div", { class: "leg" }, stackedBar(counts), el("span", { class: "numbers" }, ["fail", "unknown", "muted", "pass"].map(link)));
}

/** One bar whose parts are the shares, with what nobody judged (`open`) left empty; the numbers beside it say the same. */
function stackedBar(counts) {
  const words = [["fail", "bad"], ["unknown", "warn"], ["muted", "muted"], ["pass", "good"], ["open", "open"]];
  const total = words.reduce((sum, [word]) => sum + (counts[word] ?? 0), 0);
  const bar = el("span", { class: "bar-of", "aria-hidden": "true" });
  for (const [word, name] of words) {
    if (!counts[word]) continue;
    const share = el("i", { class: name });
    // So small a share that it cannot be seen would be a lie by drawing.
    share.style.flexGrow = String(Math.max(counts[word] / total, 0.02));
    bar.append(share);
  }
  return bar;
}

/** The two legs together, in words. */
function reading(name, family) {
  const [configured, working] = LEGS.map((leg) => family[leg]);
  if (family.broken > 0) {
    const link = linkToFilters([["family", name], ["broken", "yes"]]);
    return el("a", { class: "is-fail", href: link }, `${grouped(family.broken)} configured, not working`);
  }
  if (configured.fail > 0) return "not all is configured";
  if (working.fail > 0) return "not all works";
  if (configured.unknown + working.unknown > 0) return el("span", { class: "is-unknown" }, "cannot be said of all");
  if (configured.pass + working.pass === 0) return configured.muted + working.muted > 0 ? "accepted" : el("span", { class: "dim" }, "nothing to judge");
  if (working.asked === 0 || working.pass === 0) return "configured; whether it works was not asked";
  return "as it should be";
}
