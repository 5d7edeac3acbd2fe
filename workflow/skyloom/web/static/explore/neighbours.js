// Search by likeness: examples, less the unlike ones, and the most alike of all images.

import { ask, base, live, load } from "./data.js";
import { asked, el, fail, make, queryOf, remember, tell } from "./dom.js";
import { Grid } from "./grid.js";
import { bindKeys } from "./keys.js";
import { bindCompletion } from "./neighbours_names.js";
import { bindDrops } from "./neighbours_file.js";
import { chipOf } from "./neighbours_chips.js";
import { tileButtons } from "./neighbours_tiles.js";
import { loadProperty } from "./property.js";

const SECONDS = { seconds: 1, minutes: 60, hours: 3600, days: 86400 };
const STARTS = 200; // images to begin with, spread over all
const SINGLE = ["count", "least", "groups", "within", "unit"];
const encoder = document.documentElement.dataset.encoder;
const state = { like: [], unlike: [], file: [] };
let known = { examples: {}, files: {} }; // what is known of the examples
let similarity = new Map(); // of an answer's position
let latest = 0; // search; earlier ones come too late
let label = null;
let grid;

async function begin() {
  if (el("starts")) await showStarts(el("starts"));
  if (!el("grid")) return bindKeys();
  bindKeys({
    "+": () => addFocused("like"), "=": () => addFocused("like"), "-": () => addFocused("unlike"),
    a: () => el("example").focus(), f: () => el("file").click(), o: () => el("others")?.click(),
  });
  readAddress();
  bindControls();
  bindCompletion(el("add"), el("example"), el("offers"), el("addUnlike"), add);
  bindDrops(el("ask").dataset.largest, (token, told) => {
    known.files[token] = told;
    add("file", token);
  });
  const { tile } = await load("images");
  label = await loadProperty("index/label").catch(() => null);
  grid = new Grid(el("grid"), { ...tile, lines: label ? 2 : 1, caption: captionOf });
  tileButtons(grid, add);
  await search();
}

async function showStarts(box) {
  const { tile, count } = await load("images");
  const { all, arrays } = await load("exported");
  const positions = all ? Array.from({ length: count }, (_, place) => place) : Array.from(arrays[0]);
  new Grid(box, tile).show(positions);
}

function readAddress() {
  const query = asked();
  for (const name of ["like", "unlike", "file"]) state[name] = query.getAll(name);
  for (const name of SINGLE) state[name] = query.get(name) ?? "";
  if (state.count) el("count").value = state.count;
  el("least").value = state.least;
  if (el("others")) el("others").checked = state.groups === "other";
  if (!el("within")) return;
  el("within").value = state.within;
  if (state.unit in SECONDS) el("unit").value = state.unit;
}

function bindControls() {
  const bind = (name, read) => el(name)?.addEventListener("change", () => change(read()));
  bind("count", () => ({ count: el("count").value }));
  bind("least", () => ({ least: el("least").value }));
  bind("others", () => ({ groups: el("others").checked ? "other" : "" }));
  const time = () => ({ within: el("within").value, unit: el("unit").value });
  bind("within", time);
  bind("unit", time);
  el("clear").addEventListener("click", () => change({ like: [], unlike: [], file: [] }));
  el("encoder").addEventListener("change", () => {
    location.href = `${base}encoders/${el("encoder").value}/neighbours.html${location.search}`;
  });
}

function change(what) {
  Object.assign(state, what);
  const { within, unit, ...others } = state;
  remember({ ...others, ...(Number(within) > 0 && { within, unit }) });
  return search().catch(fail);
}

// list: like, unlike or file.
function add(list, name) {
  const without = Object.fromEntries(["like", "unlike", "file"].map((each) =>
    [each, state[each].filter((one) => one !== name)]));
  return change({ ...without, [list]: [...without[list], name] });
}

function take(list, name) {
  return change({ [list]: state[list].filter((one) => one !== name) });
}

async function addFocused(list) {
  const tile = document.activeElement.closest?.(".tile");
  if (!tile?.title) return;
  const place = Number(tile.dataset.place);
  await add(list, tile.title);
  grid.focus(place);
}

function question() {
  const { like, unlike, file, count, least, groups, within, unit } = state;
  const seconds = Number(within) * SECONDS[unit || "hours"];
  return queryOf({ encoder, like, unlike, file, count, least, groups, seconds: seconds || "" });
}

async function search() {
  const turn = ++latest;
  const any = state.like.length + state.file.length > 0;
  showChips();
  el("taken").hidden = !any;
  el("clear").hidden = !any && !state.unlike.length;
  if (!any) return offerStarts();
  const query = question();
  for (const ending of ["csv", "parquet"]) {
    el(ending).href = `${base}live/neighbours/answers.${ending}?${query}`;
  }
  el("shown").textContent = "searching ...";
  const found = await ask("neighbours/search", query).catch((error) => {
    if (turn === latest) nothing();
    throw error;
  });
  if (turn !== latest) return;
  tell("");
  known = { examples: found.examples, files: { ...known.files, ...found.files } };
  showChips();
  similarity = new Map(found.positions.map((one, place) => [one, found.similarity[place]]));
  grid.show(found.positions);
  el("shown").textContent = found.positions.length
    ? `${found.positions.length.toLocaleString("en")} most alike`
    : "no image is so alike";
}

function nothing() {
  similarity = new Map();
  grid.show([]);
  el("shown").textContent = "";
  el("taken").hidden = true;
}

async function offerStarts() {
  const { count } = await load("images");
  const step = Math.max(1, count / STARTS);
  similarity = new Map();
  grid.show(Array.from({ length: Math.min(count, STARTS) }, (_, place) => Math.floor(place * step)));
  el("shown").textContent = `${grid.positions.length} of ${count.toLocaleString("en")} images`;
}

function showChips() {
  const parts = [["like", state.like, "like"], ["file", state.file, ""], ["unlike", state.unlike, "not like"]];
  el("examples").replaceChildren(...parts.flatMap(([list, names, sign]) => [
    ...(sign && names.length ? [make("li", { className: "sign" }, sign)] : []),
    ...names.map((name) => chipOf(list, name, known, { add, take })),
  ]));
  if (state.like.length + state.file.length) return;
  const hint = "Add an example that answers should be like: by its name, by a file, or with + on one of these images.";
  el("examples").prepend(make("li", { className: "sign" }, hint));
}

function captionOf(position) {
  const value = similarity.get(position);
  const said = label ? label.text(position) : "";
  if (value === undefined) return said;
  const distance = Math.sqrt(Math.max(0, 2 - 2 * value));
  return [`${value.toFixed(3)}  d ${distance.toFixed(3)}`, said].join(label ? "\n" : "");
}

begin().catch(fail);
