// Requirements of frameworks: what each asks for, which checks are behind it, and what they say.

const VERDICTS = [
  ["fail", "fail", "fail"],
  ["unknown", "unknown", "unknown"],
  ["muted", "muted", "muted"],
  ["pass", "pass", "pass"],
  ["nothing_to_judge", "nothing to judge", "none"],
  ["not_assessed", "not assessed", "none"],
];

function showFrameworks() {
  if (requirements.length === 0) return;
  const byFramework = new Map();
  for (const requirement of requirements) byFramework.set(requirement.framework, [...(byFramework.get(requirement.framework) ?? []), requirement]);
  fill(
    by("frameworks"),
    el("h2", { id: "frameworks-title" }, "Frameworks"),
    el("p", { class: "lead" }, `${book.limits} A requirement that no check stands behind is not assessed.`),
    [...byFramework].map(([name, of]) => frameworkPart(name, of)),
  );
}

function frameworkPart(name, of) {
  const counts = new Map(VERDICTS.map(([verdict]) => [verdict, of.filter((requirement) => requirement.verdict === verdict).length]));
  const words = VERDICTS.filter(([verdict]) => counts.get(verdict) > 0).map(([verdict, word, look]) =>
    el("span", { class: `badge is-${look}` }, `${grouped(counts.get(verdict))} ${word}`),
  );
  const head = el("tr", {}, ["Requirement", "Verdict", "Checks"].map((word) => el("th", { scope: "col" }, word)));
  return el(
    "section",
    { class: "framework" },
    el("h3", {}, bdi(name)),
    stackedBar({ ...Object.fromEntries(counts), open: counts.get("nothing_to_judge") + counts.get("not_assessed") }),
    el("p", { class: "badges" }, words),
    el("div", { class: "scroll" }, el("table", {}, el("thead", {}, head), el("tbody", {}, of.map(requirementLine)))),
  );
}

function requirementLine(requirement) {
  const [, word, look] = VERDICTS.find(([verdict]) => verdict === requirement.verdict);
  const hasFindings = requirement.checks.some((asking) => asking.fail + asking.unknown + asking.muted > 0);
  const name = [bdi(requirement.id, "mono"), " ", bdi(requirement.title)];
  const link = linkToFilters([["requirement", `${requirement.framework}/${requirement.id}`]]);
  return el(
    "tr",
    {},
    el("td", {}, hasFindings ? el("a", { href: link }, name) : name),
    el("td", {}, el("span", { class: `badge is-${look}` }, word)),
    el("td", {}, requirement.checks.length === 0 ? el("span", { class: "dim" }, "none") : el("ul", { class: "asked" }, requirement.checks.map(askingLine))),
  );
}

function askingLine(asking) {
  const counts = ["fail", "unknown", "muted", "pass"].filter((word) => asking[word] > 0).map((word) => `${grouped(asking[word])} ${word}`);
  const link = el("a", { class: "mono", href: linkTo({ view: "findings", check: asking.check }) }, bdi(asking.check));
  return el("li", {}, link, el("span", { class: "dim" }, ` ${counts.join(", ") || "nothing to judge"}`));
}
