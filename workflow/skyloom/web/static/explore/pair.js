// Two encoders: the images that they see most differently.

import { base, load } from "./data.js";
import { el, fail } from "./dom.js";
import { Grid } from "./grid.js";
import { bindKeys } from "./keys.js";

async function begin() {
  bindKeys();
  el("pair").addEventListener("change", () => location.assign(base + el("pair").value));
  const { tile } = await load("images");
  if (el("answers")) await showAnswers(tile);
  if (el("neighbours")) await showShared(tile);
}

async function showAnswers(tile) {
  const { classes, arrays } = await load(el("answers").dataset.name);
  const [positions, truth, first, second] = arrays;
  const texts = new Map(Array.from(positions, (position, place) => [position,
    `${classes[truth[place]]}; ${classes[first[place]]}, ${classes[second[place]]}`]));
  const grid = new Grid(el("answers"), { ...tile, width: Math.max(tile.width, 190), caption: (at) => texts.get(at) });
  grid.show(Array.from(positions));
}

async function showShared(tile) {
  const { count, arrays } = await load(el("neighbours").dataset.name);
  const [positions, shared] = arrays;
  const places = Array.from(positions.keys()).sort((a, b) => shared[a] - shared[b] || a - b);
  const texts = new Map(places.map((place) => [positions[place],
    `${Math.round(shared[place] * count)} of ${count} in common`]));
  const grid = new Grid(el("neighbours"), { ...tile, width: Math.max(tile.width, 150), caption: (at) => texts.get(at) });
  grid.show(places.map((place) => positions[place]));
  const mean = shared.reduce((sum, one) => sum + one, 0) / shared.length;
  el("shared").textContent = `Of the ${count} nearest images of other groups, ${(100 * mean).toFixed(0)} % are the same for both `
    + `(mean of ${shared.length.toLocaleString("en")} images, drawn by hash); the fewest in common first.`;
}

begin().catch(fail);
