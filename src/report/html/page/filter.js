// Which rows are shown, in which order, and how many each further filter would leave.

/** What can be filtered by: its name in the address, its values, and the number of a row's value. */
let facets = [];

/** Filters that a link sets and no list of values offers. */
const HIDDEN = ["check", "action", "broken", "requirement"];

/** All rows in the order of the list: by check, the worst first. */
let order = null;

/** What search looks through, made when it is first asked. */
let haystacks = null;

/** Column and names of something that hangs on the check. */
function byCheck(name, label, of) {
  const values = [...new Set(book.checks.map(of))].sort();
  const numbers = new Map(values.map((value, i) => [value, i]));
  const numberOf = Uint32Array.from(book.checks, (check) => numbers.get(of(check)));
  const column = new Uint32Array(rows.length);
  for (let row = 0; row < rows.length; row++) column[row] = numberOf[rows.check[row]];
  return { name, label, values, column };
}

function makeFacets() {
  const frameworks = [...new Set(book.checks.flatMap((check) => Object.keys(check.frameworks)))].sort();
  facets = [
    { name: "status", label: "Status", values: book.statuses, column: rows.status },
    { name: "severity", label: "Severity", values: book.severities, column: rows.severity },
    { name: "since", label: "Since last time", values: book.sinces, column: rows.since },
    byCheck("leg", "Leg", (check) => check.leg),
    byCheck("family", "Family", (check) => check.family),
    byCheck("service", "Service", serviceOf),
    { name: "account", label: "Account", values: book.accounts, column: rows.account },
    { name: "region", label: "Region", values: book.regions, column: rows.region },
    // A check may be in several frameworks: no column.
    { name: "framework", label: "Framework", values: frameworks, column: null },
  ];
}

/** Sorts the checks by the worst that they say, and each check's rows by status, severity, and what is new. */
function makeOrder() {
  const worst = new Float64Array(book.checks.length).fill(99);
  for (let row = 0; row < rows.length; row++) {
    const status = rows.status[row];
    const rank = status * 10 + (status === 0 ? rows.severity[row] : 0);
    if (rank < worst[rows.check[row]]) worst[rows.check[row]] = rank;
  }
  const words = book.checks.map((check) => `${book.severities.indexOf(check.severity)} ${check.family} ${check.id}`);
  const checks = book.checks.map((_, i) => i).sort((a, b) => worst[a] - worst[b] || (words[a] < words[b] ? -1 : 1));
  const rank = new Uint32Array(checks.length);
  checks.forEach((check, i) => (rank[check] = i));
  const keys = new Float64Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const isOld = rows.since[row] === 1 ? 0 : 1;
    keys[row] = (((rank[rows.check[row]] * 8 + rows.status[row]) * 8 + rows.severity[row]) * 2 + isOld) * 2 ** 24 + row;
  }
  keys.sort();
  order = Uint32Array.from(keys, (key) => key % 2 ** 24);
}

function haystack(row) {
  haystacks ??= new Array(rows.length);
  return (haystacks[row] ??= `${rows.message[row]}\n${rows.resource[row]}\n${checkOf(row).id}\n${checkOf(row).title}`.toLowerCase());
}

/** 1 for each value that a filter lets through; null when it lets all through. */
function allowed(name, values) {
  const wanted = route.filters.get(name);
  return wanted ? Uint8Array.from(values, (value) => (wanted.has(value) ? 1 : 0)) : null;
}

/** 1 for each check that the filters on checks let through. */
function allowedChecks(name, of) {
  const wanted = route.filters.get(name);
  return wanted ? Uint8Array.from(book.checks, (check) => (of(check, wanted) ? 1 : 0)) : null;
}

/** The checks behind requirements that are named `framework/id`. */
function behind(wanted) {
  const named = requirements.filter((requirement) => wanted.has(`${requirement.framework}/${requirement.id}`));
  return new Set(named.flatMap((requirement) => requirement.checks.map((asking) => asking.check)));
}

/** The rows that the route's filters let through, in order, and the counts of every facet's values under all other filters. */
function select() {
  const words = route.q.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = route.filters.get("requirement");
  const required = wanted && behind(wanted);
  const ofChecks = [
    allowedChecks("check", (check, ids) => ids.has(check.id)),
    required && Uint8Array.from(book.checks, (check) => (required.has(check.id) ? 1 : 0)),
  ].filter(Boolean);
  const actions = allowed("action", book.actions);
  const broken = route.filters.has("broken");
  const framework = allowedChecks("framework", (check, names) => Object.keys(check.frameworks).some((name) => names.has(name)));
  const single = facets.filter((facet) => facet.column).map((facet) => ({ ...facet, pass: allowed(facet.name, facet.values) }));
  const counts = single.map((facet) => new Uint32Array(facet.values.length));
  const perCheck = new Uint32Array(book.checks.length);
  const found = new Uint32Array(rows.length);
  let length = 0;
  for (const row of order) {
    const check = rows.check[row];
    if (ofChecks.some((pass) => !pass[check])) continue;
    if ((actions && !actions[rows.action[row]]) || (broken && !rows.broken[row])) continue;
    // A row that one filter alone keeps out counts for that filter's values.
    let kept = framework && !framework[check] ? single.length : -1;
    let outs = kept < 0 ? 0 : 1;
    for (let i = 0; i < single.length && outs < 2; i++) {
      if (single[i].pass && !single[i].pass[single[i].column[row]]) {
        kept = i;
        outs++;
      }
    }
    if (outs > 1 || (words.length > 0 && !words.every((word) => haystack(row).includes(word)))) continue;
    if (outs === 0) {
      found[length++] = row;
      perCheck[check]++;
      for (let i = 0; i < single.length; i++) counts[i][single[i].column[row]]++;
    } else if (kept === single.length) {
      perCheck[check]++;
    } else {
      counts[kept][single[kept].column[row]]++;
    }
  }
  const all = new Map(single.map((facet, i) => [facet.name, counts[i]]));
  all.set("framework", frameworkCounts(perCheck));
  return { rows: found.subarray(0, length), counts: all };
}

function frameworkCounts(perCheck) {
  const names = facets.find((facet) => facet.name === "framework").values;
  const sum = (name) => book.checks.reduce((sum, check, i) => sum + (name in check.frameworks ? perCheck[i] : 0), 0);
  return Uint32Array.from(names, sum);
}
