// The galaxies whose redshift is furthest off, by model.

import { load } from "./data.js";
import { asked, el, fail, remember } from "./dom.js";
import { Grid } from "./grid.js";
import { bindKeys } from "./keys.js";

const OUTLIER = 0.05; // |dz|
let furthest;

async function begin() {
  bindKeys();
  const { tile } = await load("images");
  furthest = new Grid(el("grid"), { ...tile, width: Math.max(tile.width, 170) });
  const wanted = asked().get("model");
  if (Array.from(el("model").options).some(({ value }) => value === wanted)) el("model").value = wanted;
  el("model").addEventListener("change", () => {
    remember({ model: el("model").value });
    showModel().catch(fail);
  });
  await showModel();
}

async function showModel() {
  const [positions, truth, told] = (await load(`redshifts/${el("model").value}`)).arrays;
  const off = truth.map((z, place) => (told[place] - z) / (1 + z));
  const places = Array.from(positions.keys()).sort((a, b) => Math.abs(off[b]) - Math.abs(off[a]) || a - b);
  const texts = new Map(places.map((place) => [positions[place],
    `z ${truth[place].toFixed(3)}, told ${told[place].toFixed(3)}`]));
  furthest.caption = (position) => texts.get(position) ?? "";
  furthest.show(places.map((place) => positions[place]));
  const outliers = off.filter((one) => Math.abs(one) > OUTLIER).length;
  el("off").textContent = `${outliers.toLocaleString("en")} of ${places.length.toLocaleString("en")} are outliers (|dz| above ${OUTLIER})`;
}

begin().catch(fail);
