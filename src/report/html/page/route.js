// What the address says after its `#`: which view, what is open, which filters. All that can be shared is in there, and nothing else.
//
//   #?severity=high&status=fail       filters; a name may be there several times
//   #check/vpc/nat_zone_down          a check is open
//   #finding/0a1b2c…?status=fail      a finding is open, and the list is filtered
//   #coverage                         another view

const VIEWS = ["posture", "coverage", "frameworks", "egress", "trend"];

/** The route of an address's fragment. */
function parseRoute(hash) {
  const text = hash.replace(/^#/, "");
  const mark = text.indexOf("?");
  const path = decoded(mark < 0 ? text : text.slice(0, mark));
  const route = { view: "findings", check: null, finding: null, q: "", filters: new Map() };
  const [first, ...rest] = path.split("/");
  if (first === "check") route.check = rest.join("/");
  else if (first === "finding") route.finding = rest.join("/");
  else if (VIEWS.includes(first)) route.view = first;
  for (const [name, value] of new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1))) {
    if (name === "q") route.q = value;
    else if (route.filters.has(name)) route.filters.get(name).add(value);
    else route.filters.set(name, new Set([value]));
  }
  return route;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const readable = (text) => encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%3A", ":");

/** The fragment of a route. */
function formatRoute(route) {
  let path = route.view === "findings" ? "" : route.view;
  if (route.check !== null) path = `check/${readable(route.check)}`;
  if (route.finding !== null) path = `finding/${readable(route.finding)}`;
  const query = [];
  for (const [name, values] of route.filters) for (const value of values) query.push(`${readable(name)}=${readable(value)}`);
  if (route.q !== "") query.push(`q=${readable(route.q)}`);
  return `#${path}${query.length > 0 ? `?${query.join("&")}` : ""}`;
}

/** Where the page is. */
let route = parseRoute("");

/** The fragment of this route with something else in it. */
function linkTo(changes) {
  return formatRoute({ ...route, check: null, finding: null, ...changes });
}

/** The fragment of the list with these filters and no others. */
function linkToFilters(pairs) {
  const filters = new Map();
  for (const [name, value] of pairs) filters.set(name, (filters.get(name) ?? new Set()).add(value));
  return formatRoute({ view: "findings", check: null, finding: null, q: "", filters });
}

/** The filters with one value put in or taken out. */
function toggled(name, value) {
  const filters = new Map([...route.filters].map(([key, values]) => [key, new Set(values)]));
  const values = filters.get(name) ?? new Set();
  if (!values.delete(value)) values.add(value);
  if (values.size > 0) filters.set(name, values);
  else filters.delete(name);
  return filters;
}

/** Goes there; `quiet` leaves no step in the history (typing, walking). */
function go(fragment, quiet) {
  if (quiet) {
    history.replaceState(null, "", fragment);
    arrive();
  } else {
    location.hash = fragment;
  }
}
