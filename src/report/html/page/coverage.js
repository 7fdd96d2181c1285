// Coverage: what could not be read, where, and the permission that would close it.

/** Places that a cause names before it only counts. */
const MOST_PLACES = 6;

function showCoverage() {
  const line = [count(book.calls, "call")];
  for (const [number, word] of [[book.denied, "denied"], [book.throttled, "throttled"], [book.failed, "without an answer"]]) {
    if (number > 0) line.push(`${grouped(number)} ${word}`);
  }
  const unknown = book.summary.unknown;
  fill(
    by("coverage"),
    el("h2", { id: "coverage-title" }, "Coverage"),
    el("p", { class: "lead" }, `${line.join(", ")}; ${count(gaps.length, "gap")}. What could not be read is unknown, never fine.`),
    unknown > 0 && el("p", {}, el("a", { href: linkToFilters([["status", "unknown"]]) }, `${count(unknown, "verdict")} cannot be given`)),
    gaps.length === 0 ? el("p", { class: "note" }, "Everything that was asked for was read.") : [gapMatrix(), causes()],
  );
}

/** The service that a table is of: `aws_ec2_subnet` is `ec2`. */
function serviceOfTable(table) {
  return table.split("_")[1] ?? table;
}

/** Gaps by place and service. */
function gapMatrix() {
  const services = [...new Set(gaps.map((gap) => serviceOfTable(gap.table)))].sort();
  const places = new Map();
  for (const gap of gaps) {
    const place = `${gap.account}\n${gap.region}`;
    if (!places.has(place)) places.set(place, new Map());
    const of = places.get(place);
    of.set(serviceOfTable(gap.table), (of.get(serviceOfTable(gap.table)) ?? 0) + 1);
  }
  const most = Math.max(...[...places.values()].flatMap((of) => [...of.values()]));
  const cell = (number) =>
    el("td", { class: number ? `gap gap-${Math.ceil((3 * number) / most)}` : "gap" }, number ? grouped(number) : el("span", { class: "dim" }, "·"));
  const line = ([place, of]) => {
    const [account, region] = place.split("\n");
    return el("tr", {}, el("th", { scope: "row" }, bdi(account), " ", bdi(region)), services.map((service) => cell(of.get(service))));
  };
  const head = el("tr", {}, el("th", { scope: "col" }, "Gaps in"), services.map((service) => el("th", { scope: "col" }, bdi(service))));
  const body = [...places].sort(([a], [b]) => (a < b ? -1 : 1)).map(line);
  return el("div", { class: "scroll" }, el("table", { class: "gaps" }, el("thead", {}, head), el("tbody", {}, body)));
}

/** Gaps by what would close them. */
function causes() {
  const byAction = new Map();
  for (const gap of gaps) {
    const key = `${gap.action}\n${gap.outcome}`;
    byAction.set(key, [...(byAction.get(key) ?? []), gap]);
  }
  const unknowns = new Map();
  for (let row = 0; row < rows.length; row++) {
    if (wordOf.status(row) === "unknown") unknowns.set(wordOf.action(row), (unknowns.get(wordOf.action(row)) ?? 0) + 1);
  }
  const rank = ([, [first]]) => (first.outcome === "denied" ? 0 : 1);
  const sorted = [...byAction].sort((a, b) => rank(a) - rank(b) || b[1].length - a[1].length);
  const head = el("tr", {}, ["To close it", "Ended", "Gaps", "Unknown verdicts", "What is missing"].map((word) => el("th", { scope: "col" }, word)));
  return [
    el("h3", {}, "What would close the gaps"),
    el("div", { class: "scroll" }, el("table", {}, el("thead", {}, head), el("tbody", {}, sorted.map(([, of]) => cause(of, unknowns))))),
    el("p", { class: "dim" }, "driftlead permissions prints the whole policy."),
  ];
}

function cause(of, unknowns) {
  const [{ action, outcome, message }] = of;
  const number = unknowns.get(action) ?? 0;
  const cells = [
    action === "" ? "—" : el("span", { class: "with-copy" }, outcome === "denied" ? "allow " : "", bdi(action, "mono"), copyButton(action, "the permission")),
    bdi(outcome),
    grouped(of.length),
    number > 0 && action !== "" ? el("a", { href: linkToFilters([["action", action]]) }, grouped(number)) : grouped(number),
    [
      el("span", { class: "mono" }, some(of.map((gap) => gap.table))),
      el("span", { class: "dim" }, " in ", some(of.map((gap) => `${gap.account} ${gap.region}`))),
      aboutOf(of),
      el("details", {}, el("summary", {}, "what was answered"), el("p", { class: "mono" }, bdi(message))),
    ],
  ];
  return el("tr", {}, cells.map((cell) => el("td", {}, cell)));
}

function aboutOf(of) {
  const resources = of.map((gap) => gap.resource).filter((resource) => resource !== "");
  return resources.length > 0 && el("span", { class: "dim" }, ", of ", some(resources));
}

/** Some of the names, and how many more there are. */
function some(names) {
  const different = [...new Set(names)].sort();
  const left = different.length - MOST_PLACES;
  const text = different.slice(0, left > 1 ? MOST_PLACES : different.length).join(", ");
  return bdi(left > 1 ? `${text} and ${grouped(left)} more` : text);
}
