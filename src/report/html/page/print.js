// On paper: the list as it is filtered, with evidence, up to a bound.

/** The most findings that are printed. */
const MOST_PRINTED = 300;

/** Details of the rows that would be printed now: a browser that prints does not wait for them. */
let prepared = new Map();

/** Counts the preparations, so that an old one stops when a new one begins. */
let preparation = 0;

/** Unpacks what would be printed. */
async function preparePrint() {
  const mine = ++preparation;
  const fresh = new Map();
  for (const row of selection.rows.subarray(0, MOST_PRINTED)) {
    fresh.set(row, prepared.get(row) ?? (await details(row)));
    if (mine !== preparation) return;
  }
  prepared = fresh;
}

/** Makes what is printed. */
function showPrinted() {
  const rowsOnPaper = [...selection.rows.subarray(0, MOST_PRINTED)];
  const groups = new Map();
  for (const row of rowsOnPaper) groups.set(rows.check[row], [...(groups.get(rows.check[row]) ?? []), row]);
  fill(by("printed"), el("h2", {}, "Findings"), el("p", {}, sentenceOnPaper(rowsOnPaper.length)), [...groups].map(printedGroup));
}

function sentenceOnPaper(printed) {
  const all = selection.rows.length;
  const filters = [...route.filters].map(([name, values]) => `${LABELS[name] ?? name}: ${[...values].join(" or ")}`);
  if (route.q !== "") filters.push(`search: ${route.q}`);
  const of = filters.length > 0 ? ` of ${grouped(rows.length)} (${filters.join("; ")})` : "";
  const left = all - printed;
  const rest = left > 0 ? ` The first ${grouped(printed)} are printed; ${grouped(left)} more are left out here and are in the file: filter it to print them.` : "";
  return `${count(all, "finding")}${of}.${rest}`;
}

function printedGroup([number, of]) {
  const check = book.checks[number];
  return el(
    "section",
    { class: "printed-group" },
    el("h3", {}, bdi(check.title)),
    el("p", { class: "dim" }, `${check.severity} · ${check.leg} · `, bdi(check.family), " · ", bdi(check.id)),
    prose(check.why),
    of.map(printedRow),
  );
}

function printedRow(row) {
  const detail = prepared.get(row);
  return el(
    "article",
    { class: "printed-row" },
    el("p", { class: "sentence" }, badges(row), bdi(rows.message[row] || rows.resource[row])),
    detail ? findingParts(row, detail) : el("p", {}, bdi(rows.resource[row]), " (its evidence is in the file)"),
  );
}

/** Prints once everything is unpacked. */
async function printPage() {
  await preparePrint();
  window.print();
}
