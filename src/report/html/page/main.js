// Puts the page together, and keeps it as the address says.

/** The rows that are shown, and the counts of the filters. */
let selection = null;

/** What the list was last made for; walking through it does not make it anew. */
let listed = null;

/** Makes the list and the filters as the route says. */
function render() {
  selection = select();
  active = -1;
  layOut(selection.rows);
  showFacets(selection.counts);
  showChips();
  const [some, all] = [selection.rows.length, rows.length];
  const checks = items.lengths.size;
  const of = some === all ? "" : ` of ${grouped(all)}`;
  by("status").textContent = some > 0 ? `${grouped(some)}${of} findings, ${count(checks, "check")}` : nothing();
  whenIdle(preparePrint);
}

function nothing() {
  if (rows.length > 0) return "Nothing matches these filters.";
  const { fail, unknown, muted, pass } = book.summary;
  return fail + unknown + muted + pass === 0 ? "Nothing was found that these checks could be asked about." : "No findings: all that could be judged passes.";
}

const whenIdle = window.requestIdleCallback ?? ((act) => setTimeout(act, 200));

/** Shows the view of the route. */
function showView() {
  for (const section of document.querySelectorAll("main > section[data-view]")) section.hidden = section.dataset.view !== route.view;
  for (const link of document.querySelectorAll("#views a[data-view]")) {
    const view = link.dataset.view;
    link.setAttribute("href", linkTo({ view }));
    if (view === route.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Makes the page as the address says. */
function arrive() {
  const before = route;
  route = parseRoute(location.hash);
  // A link from a report that had this view.
  if (by(route.view) === null) route.view = "findings";
  const wanted = formatRoute({ ...route, view: "findings", check: null, finding: null });
  showView();
  if (by("search").value.trim() !== route.q) by("search").value = route.q;
  if (wanted !== listed) {
    listed = wanted;
    render();
  } else {
    // Hidden, it had no size.
    if (before.view !== route.view && route.view === "findings") {
      measure();
      place();
    }
  }
  markOpen();
  showOpen();
  showPanel();
}

/** Brings what is open into the list's sight, if it is not yet. */
function showOpen() {
  let [kind, ref] = [ROW, -1];
  if (route.finding !== null) ref = rowOf(route.finding);
  else if (route.check !== null) [kind, ref] = [GROUP, book.checks.findIndex((check) => check.id === route.check)];
  if (ref < 0) return;
  let item = itemOf(kind, ref);
  if (item < 0 && kind === ROW && selection.rows.includes(ref)) {
    unfoldedChecks.add(rows.check[ref]);
    layOut(selection.rows);
    item = itemOf(kind, ref);
  }
  if (item >= 0 && item !== active) activate(item, true);
}

function toggleFilters() {
  const isOpen = document.body.classList.toggle("has-filters");
  by("show-filters").setAttribute("aria-expanded", String(isOpen));
}

/** The other of light and dark; kept while the page is open, and never in a link that somebody else gets. */
function switchTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  nameTheme();
}

function nameTheme() {
  const chosen = document.documentElement.dataset.theme;
  const isDark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  by("theme").textContent = isDark ? "Light" : "Dark";
  by("theme").setAttribute("aria-pressed", String(isDark));
}

/** Views without anything in them have no place in the row of views. */
function hideEmptyViews() {
  for (const link of document.querySelectorAll("#views a[data-view]")) {
    const section = by(link.dataset.view);
    if (section !== null && section.childElementCount > 0) continue;
    link.remove();
    section?.remove();
  }
}

function listen() {
  let typing = 0;
  const search = () => go(formatRoute({ ...route, view: "findings", q: by("search").value.trim() }), true);
  by("search").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(search, 80);
  });
  by("show-filters").addEventListener("click", toggleFilters);
  by("theme").addEventListener("click", switchTheme);
  by("help").addEventListener("click", () => by("keys").showModal());
  by("print").addEventListener("click", printPage);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    activate(0);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
  window.addEventListener("hashchange", arrive);
  window.addEventListener("keydown", onKey);
  window.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  window.addEventListener("resize", () => {
    if (route.view !== "findings") return;
    measure();
    place();
  });
  window.addEventListener("beforeprint", showPrinted);
  matchMedia("print").addEventListener("change", (media) => media.matches && showPrinted());
  by("list").addEventListener("focusin", (event) => {
    const item = [...drawn].find(([, element]) => element.contains(event.target));
    if (item && item[0] !== active) activate(item[0]);
  });
}

async function start() {
  await load();
  makeFacets();
  makeOrder();
  by("views").hidden = false;
  by("main").hidden = false;
  measure();
  showPosture();
  showCoverage();
  showFrameworks();
  hideEmptyViews();
  nameTheme();
  listen();
  arrive();
  performance.mark("driftlead-ready");
  document.documentElement.dataset.ready = "yes";
}

start().catch((error) => {
  by("main").hidden = false;
  fill(by("main"), el("p", { class: "note note-warn" }, "The report cannot be shown: ", String(error), ". A browser of 2024 or later is needed."));
  throw error;
});
