// All images: filtered, sorted, shown as a grid.

import { offerProperties } from "./choose.js";
import { live, load } from "./data.js";
import { offerDecisions, undoDecision } from "./decide.js";
import { asked, attempt, el, fail, make, remember } from "./dom.js";
import { Grid } from "./grid.js";
import { bindKeys } from "./keys.js";
import { listProperties, loadProperty } from "./property.js";

const state = { ...Object.fromEntries(asked()) };
let grid;

async function begin() {
  bindKeys(live ? {
    c: () => el("decide").querySelector("select")?.focus(), u: () => attempt(undoDecision),
  } : {});
  const label = loadProperty("index/label").catch(() => null); // asked for at once; `show` needs it
  const [{ count, tile }, properties] = await Promise.all([load("images"), listProperties(), label]);
  const chosen = (selected) => offerDecisions(el("decide"), [...selected], () => grid.select([])).catch(fail);
  grid = new Grid(el("grid"), { ...tile, chosen: live ? chosen : null });
  offerProperties(el("sort"), properties, "as they come");
  offerProperties(el("filter"), properties.filter(({ kind }) => kind === "category"), "everything");
  for (const name of ["sort", "filter"]) {
    if (state[name]) el(name).value = state[name];
    el(name).addEventListener("change", () => change({ [name]: el(name).value, value: name === "filter" ? "" : state.value }));
  }
  el("value").addEventListener("change", () => change({ value: el("value").value }));
  el("descending").checked = state.descending === "1";
  el("descending").addEventListener("change", () =>
    change({ descending: el("descending").checked ? "1" : "" }));
  state.count = count;
  await show();
}

function change(what) {
  Object.assign(state, what);
  const { sort, filter, value, descending } = state;
  remember({ sort, filter, value, descending });
  show().catch(fail);
}

async function show() {
  let positions = Array.from({ length: state.count }, (_, place) => place);
  const filtered = state.filter && await loadProperty(state.filter);
  el("value").hidden = !filtered;
  if (filtered) {
    offer(filtered);
    const wanted = filtered.categories.indexOf(state.value);
    if (state.value) positions = positions.filter((one) => filtered.values[one] === wanted);
  }
  const sorted = state.sort && await loadProperty(state.sort);
  if (sorted) positions = sorted.order(positions, state.descending === "1");
  el("descending").disabled = !sorted;
  const said = sorted || filtered || await loadProperty("index/label").catch(() => null);
  grid.caption = said ? (position) => said.text(position) : () => "";
  grid.show(positions);
  grid.select([]);
  el("shown").textContent = positions.length === state.count
    ? `${state.count.toLocaleString("en")} images`
    : `${positions.length.toLocaleString("en")} of ${state.count.toLocaleString("en")} images`;
}

function offer(property) {
  const counts = property.counts(Array.from(property.values.keys()));
  const options = property.categories.map((name, place) =>
    make("option", { value: name }, `${name} (${counts[place].toLocaleString("en")})`));
  el("value").replaceChildren(make("option", { value: "" }, "any value"), ...options);
  el("value").value = state.value ?? "";
}

begin().catch(fail);
