// The keyboard.

/** Whether keys are letters for somebody else. */
function isTyping(target) {
  return target.matches?.("input:not([type=checkbox]), textarea, select") ?? false;
}

/** Goes to the next or the previous item; with an open finding, opens that one. */
function walk(step) {
  if (items.length === 0) return;
  let next = active < 0 ? (step > 0 ? 0 : items.length - 1) : active + step;
  const isOpen = route.finding !== null || route.check !== null;
  while (isOpen && items.kinds[next] === MORE) next += step;
  if (next < 0 || next >= items.length) return;
  activate(next, isOpen);
  if (isOpen) go(drawn.get(active).firstElementChild.getAttribute("href"), true);
}

function closePanel() {
  const at = active;
  go(linkTo({}), true);
  if (at >= 0) activate(at);
}

const KEYS = {
  j: () => walk(1),
  ArrowDown: () => walk(1),
  k: () => walk(-1),
  ArrowUp: () => walk(-1),
  "/": () => by("search").focus(),
  "?": () => by("keys").showModal(),
};

function onKey(event) {
  const { key, target } = event;
  if (by("keys").open) return;
  if ((event.ctrlKey || event.metaKey) && key === "p") {
    event.preventDefault();
    printPage();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (key === "Escape") {
    if (target === by("search")) target.blur();
    else if (document.body.classList.contains("has-filters")) toggleFilters();
    else if (!by("panel").hidden) closePanel();
    return;
  }
  if (isTyping(target)) {
    if (key === "ArrowDown" && target === by("search")) {
      event.preventDefault();
      activate(0);
    }
    return;
  }
  const isArrow = key === "ArrowDown" || key === "ArrowUp";
  // In the panel and beside the list arrows scroll, as everywhere.
  if (isArrow && !by("list").contains(target) && target !== document.body) return;
  if (route.view !== "findings" && !["/", "?"].includes(key)) return;
  if (KEYS[key]) {
    event.preventDefault();
    KEYS[key]();
  }
}
