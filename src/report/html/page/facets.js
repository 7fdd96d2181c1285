// The filters beside the list, and above it those that are set.

/** Values of a filter that are shown before somebody asks for all. */
const MOST_VALUES = 8;

/** Filters of which all values are to be shown. */
const unfolded = new Set();

/** Shows the filters with their counts. */
function showFacets(counts) {
  const focused = document.activeElement?.dataset?.filter;
  fill(by("filters"), facets.map((facet) => facetOf(facet, counts.get(facet.name))));
  if (focused) [...by("filters").querySelectorAll("input, button")].find((input) => input.dataset.filter === focused)?.focus();
}

/** A filter with its values; null when there is nothing to choose. What is not said has no value. */
function facetOf(facet, counts) {
  const wanted = route.filters.get(facet.name) ?? new Set();
  const values = facet.values
    .map((value, i) => ({ value, number: counts[i] }))
    .filter(({ value, number }) => value !== "" && (number > 0 || wanted.has(value)));
  if (values.length === 0) return null;
  const hasOrder = ["status", "severity", "since", "leg"].includes(facet.name);
  if (!hasOrder) values.sort((a, b) => wanted.has(b.value) - wanted.has(a.value) || b.number - a.number || (a.value < b.value ? -1 : 1));
  const isWhole = unfolded.has(facet.name) || values.length <= MOST_VALUES + 1;
  const shownValues = isWhole ? values : values.slice(0, MOST_VALUES);
  const more = () => {
    unfolded.add(facet.name);
    render();
  };
  return el(
    "fieldset",
    { "data-facet": facet.name },
    el("legend", {}, facet.label),
    shownValues.map(({ value, number }) => valueOf(facet, value, number, wanted.has(value))),
    !isWhole &&
      el("button", { type: "button", class: "more-values", "data-filter": `${facet.name} more`, onclick: more }, `all ${values.length}`),
  );
}

function valueOf(facet, value, number, isOn) {
  const change = () => go(linkTo({ view: "findings", filters: toggled(facet.name, value) }));
  const input = el("input", { type: "checkbox", checked: isOn, onchange: change, "data-filter": `${facet.name} ${value}` });
  return el("label", { class: facet.name === "status" ? `value is-${value}` : "value" }, input, bdi(value, "name"), el("span", { class: "number" }, grouped(number)));
}

const LABELS = { check: "check", action: "permission", broken: "configured, not working", requirement: "requirement" };

/** Shows the filters that are set, each with a way out. */
function showChips() {
  const chips = [];
  for (const [name, values] of route.filters) {
    for (const value of values) {
      const text = name === "broken" ? LABELS.broken : `${LABELS[name] ?? name}: ${value}`;
      const label = `Remove the filter ${shown(text)}`;
      const href = linkTo({ view: "findings", filters: toggled(name, value) });
      chips.push(el("a", { class: "chip", href, "aria-label": label }, bdi(text), el("span", { "aria-hidden": "true" }, " ×")));
    }
  }
  if (chips.length > 0 || route.q !== "") {
    chips.push(el("a", { class: "chip chip-clear", href: linkToFilters([]) }, "Clear all"));
    chips.push(copyLink());
  }
  fill(by("chips"), chips);
  const set = [...route.filters.values()].reduce((sum, values) => sum + values.size, 0);
  by("show-filters").textContent = set > 0 ? `Filters (${set})` : "Filters";
}

/** A button that copies the address of what is shown. */
function copyLink() {
  const button = el("button", { type: "button", class: "chip" }, "Copy link");
  button.addEventListener("click", async () => {
    button.textContent = (await copied(location.href)) ? "Copied" : "Cannot copy";
    setTimeout(() => (button.textContent = "Copy link"), 1500);
  });
  return button;
}
