// The list: only what is on the screen is in the page, however long the list is.

const GROUP = 0;
const ROW = 1;
const MORE = 2;

/** Rows of a check that are shown before somebody asks for more. */
const FEW = 6;

/** A list of at most so many rows is shown whole. */
const SHORT = 60;

/** Pixels above and below the screen that are drawn as well. */
const MARGIN = 600;

/** Checks of which all rows are shown. */
const unfoldedChecks = new Set();

/** What the list holds: kinds, what they are about (a check or a row), where they begin in pixels, and how many a group has. */
let items = { kinds: [], refs: [], tops: [0], lengths: new Map(), length: 0 };

/** Elements by item, of those that are on the screen. */
const drawn = new Map();

/** The item that the keyboard is at. */
let active = -1;

/** Heights of the kinds in pixels, as the style has them. */
let heights = [0, 0, 0];

function measure() {
  const list = by("list");
  const probes = ["group", "row", "more"].map((name) => el("div", { class: `item ${name}`, "aria-hidden": "true" }));
  list.append(...probes);
  heights = probes.map((probe) => probe.getBoundingClientRect().height);
  probes.forEach((probe) => probe.remove());
}

/** Lays the selected rows out, by check. */
function layOut(selected) {
  const kinds = [];
  const refs = [];
  const lengths = new Map();
  for (const row of selected) lengths.set(rows.check[row], (lengths.get(rows.check[row]) ?? 0) + 1);
  const isShort = selected.length <= SHORT || lengths.size === 1;
  let at = 0;
  for (const [check, length] of lengths) {
    const few = isShort || unfoldedChecks.has(check) || length <= FEW + 1 ? length : FEW;
    kinds.push(GROUP);
    refs.push(check);
    for (let i = 0; i < few; i++) {
      kinds.push(ROW);
      refs.push(selected[at + i]);
    }
    if (few < length) {
      kinds.push(MORE);
      refs.push(check);
    }
    at += length;
  }
  items = { kinds, refs, lengths, length: kinds.length, tops: null };
  place();
}

/** Says where everything begins. */
function place() {
  const tops = new Float64Array(items.length + 1);
  for (let i = 0; i < items.length; i++) tops[i + 1] = tops[i] + heights[items.kinds[i]];
  items.tops = tops;
  for (const element of drawn.values()) element.remove();
  drawn.clear();
  by("list").style.height = `${tops[items.length]}px`;
  draw();
}

/** The item at a height. */
function itemAt(y) {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items.tops[middle + 1] <= y) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Draws what is on the screen, and takes away what is not. */
function draw() {
  const top = -by("list").getBoundingClientRect().top;
  const from = itemAt(top - MARGIN);
  const end = Math.min(items.length, itemAt(top + window.innerHeight + MARGIN) + 1);
  for (const [i, element] of drawn) {
    if ((i < from || i >= end) && i !== active) {
      element.remove();
      drawn.delete(i);
    }
  }
  for (let i = from; i < end; i++) drawItem(i);
  if (active >= 0 && active < items.length) drawItem(active);
}

function drawItem(i) {
  if (drawn.has(i)) return;
  const [kind, ref] = [items.kinds[i], items.refs[i]];
  const element = kind === GROUP ? groupItem(ref) : kind === ROW ? rowItem(ref) : moreItem(ref);
  element.style.top = `${items.tops[i]}px`;
  element.setAttribute("aria-posinset", i + 1);
  element.setAttribute("aria-setsize", items.length);
  drawn.set(i, element);
  // In the order in which they are read.
  let after = null;
  for (const [j, other] of drawn) if (j > i && (after === null || j < after[0])) after = [j, other];
  by("list").insertBefore(element, after ? after[1] : null);
}

function groupItem(number) {
  const check = book.checks[number];
  const isOpen = route.check === check.id;
  const length = items.lengths.get(number);
  const words = el("span", { class: "dim" }, `${check.severity} · ${check.leg} · `, bdi(check.family), " · ", bdi(check.id, "mono"));
  return el(
    "div",
    { class: "item group", role: "listitem" },
    el(
      "a",
      { href: linkTo({ check: check.id }), class: "link", "aria-current": isOpen ? "true" : null, tabindex: "-1" },
      el("span", { class: "line" }, bdi(check.title, "title"), el("span", { class: "times" }, count(length, "finding"))),
      el("span", { class: "line" }, words),
      el("span", { class: "line why" }, bdi(check.why.replace(/\s+/g, " "))),
    ),
  );
}

function rowItem(row) {
  const status = wordOf.status(row);
  const isOpen = route.finding === rows.fingerprint[row];
  const place = [wordOf.account(row), wordOf.region(row)].filter(Boolean).join(" ");
  return el(
    "div",
    { class: `item row is-${status}`, role: "listitem" },
    el(
      "a",
      { href: linkTo({ finding: rows.fingerprint[row] }), class: "link", "aria-current": isOpen ? "true" : null, tabindex: "-1" },
      el("span", { class: "line" }, bdi(rows.message[row] || rows.resource[row] || place, "message")),
      el("span", { class: "line dim" }, badges(row), bdi(place), " ", bdi(rows.resource[row], "mono")),
    ),
  );
}

/** What a row is, in words: never by colour alone. */
function badges(row) {
  const status = wordOf.status(row);
  const severity = wordOf.severity(row);
  return [
    el("span", { class: `badge is-${status}` }, status),
    status === "fail" && el("span", { class: `badge severity-${severity}` }, severity),
    rows.broken[row] === 1 && el("span", { class: "badge is-broken" }, "configured, not working"),
    rows.since[row] === 1 && el("span", { class: "badge is-new" }, "new"),
  ];
}

function moreItem(number) {
  const unfold = () => {
    unfoldedChecks.add(number);
    const at = active;
    render();
    if (at >= 0) activate(at);
  };
  const left = items.lengths.get(number) - FEW;
  const button = el("button", { type: "button", class: "link", tabindex: "-1", onclick: unfold }, `… and ${grouped(left)} more`);
  return el("div", { class: "item more", role: "listitem" }, button);
}

/** Moves the keyboard to an item, and the screen with it. */
function activate(i, keepFocus) {
  if (items.length === 0) return;
  const previous = drawn.get(active);
  previous?.firstElementChild.setAttribute("tabindex", "-1");
  previous?.classList.remove("is-active");
  active = Math.max(0, Math.min(items.length - 1, i));
  drawItem(active);
  reveal(active);
  const link = drawn.get(active).firstElementChild;
  link.setAttribute("tabindex", "0");
  link.parentElement.classList.add("is-active");
  if (!keepFocus) link.focus({ preventScroll: true });
}

/** Scrolls until an item is on the screen, below what sticks to its upper edge. */
function reveal(i) {
  const list = by("list").getBoundingClientRect();
  const above = by("views").offsetHeight + document.querySelector(".bar").offsetHeight + 12;
  const [top, bottom] = [list.top + items.tops[i], list.top + items.tops[i + 1]];
  if (top < above) window.scrollBy(0, top - above);
  else if (bottom > window.innerHeight - 12) window.scrollBy(0, bottom - window.innerHeight + 12);
  draw();
}

/** The item of a row or, with `GROUP`, of a check; -1 when it is not in the list. */
function itemOf(kind, ref) {
  for (let i = 0; i < items.length; i++) if (items.kinds[i] === kind && items.refs[i] === ref) return i;
  return -1;
}

/** Marks what is open. */
function markOpen() {
  for (const [i, element] of drawn) {
    const isOpen =
      (items.kinds[i] === ROW && rows.fingerprint[items.refs[i]] === route.finding) ||
      (items.kinds[i] === GROUP && book.checks[items.refs[i]].id === route.check);
    if (isOpen) element.firstElementChild.setAttribute("aria-current", "true");
    else element.firstElementChild.removeAttribute("aria-current");
  }
}
