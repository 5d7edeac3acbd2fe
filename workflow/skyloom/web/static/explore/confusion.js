// The images of one cell of a confusion matrix, of a row or of a column.

import { base, load } from "./data.js";
import { asked, el, fail, make, remember } from "./dom.js";
import { Grid } from "./grid.js";
import { bindKeys } from "./keys.js";
import { captions, loadPredictions, surest } from "./predictions.js";

const state = { ...Object.fromEntries(asked()) };
const CHOICES = ["encoder", "task", "true", "said"];
let matrix, cells;

async function begin() {
  bindKeys();
  cells = (await load("probes")).encoders;
  const { tile } = await load("images");
  matrix = new Grid(el("grid"), { ...tile, width: Math.max(tile.width, 190) });
  for (const name of CHOICES) {
    el(name).addEventListener("change", () => {
      state[name] = el(name).value;
      showCell().catch(fail);
    });
  }
  await showCell();
}

function offer(name, options, anything = null) {
  const listed = anything === null ? options : [["", anything], ...options];
  el(name).replaceChildren(...listed.map(([value, text]) => make("option", { value }, text)));
  const known = listed.some(([value]) => value === state[name]);
  el(name).value = state[name] = known ? state[name] : listed[0][0];
}

async function showCell() {
  offer("encoder", Object.keys(cells).map((name) => [name, name]));
  offer("task", cells[state.encoder].map(({ key, title }) => [key, title]));
  const found = await loadPredictions(state.encoder, state.task);
  const classes = found.classes.map((name) => [name, name]);
  offer("true", classes, "any");
  offer("said", classes, "any");
  const [truth, said] = [found.classes.indexOf(state.true), found.classes.indexOf(state.said)];
  const places = surest(found, (place) =>
    (truth < 0 || found.truth[place] === truth) && (said < 0 || found.predicted[place] === said));
  matrix.caption = captions(found, places);
  matrix.show(places.map((place) => found.positions[place]));
  remember(Object.fromEntries(CHOICES.map((name) => [name, state[name]])));
  el("title").textContent = state.true && state.true === state.said
    ? `${state.true}, found`
    : `${state.true || "any label"} taken for ${state.said || "anything"}`;
  el("count").textContent = places.length === 1 ? "1 image" : `${places.length.toLocaleString("en")} images`;
  el("back").href = `${base}encoders/${state.encoder}/probes.html?task=${state.task}`;
}

begin().catch(fail);
