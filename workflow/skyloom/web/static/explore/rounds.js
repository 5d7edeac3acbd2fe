// The rounds: the open one's numbers kept up to date, and the corrected labels.

import { ask, live, load } from "./data.js";
import { el, fail, make } from "./dom.js";
import { Grid } from "./grid.js";
import { bindKeys } from "./keys.js";

const EVERY = 15_000; // ms
const VERDICTS = new Map([[true, ["on", "holds"]], [false, ["off", "does not hold"]], [null, ["unknown", "not known yet"]]]);

async function begin() {
  bindKeys();
  if (live && el("open")) setInterval(() => document.hidden || refresh().catch(() => {}), EVERY);
  if (el("grid")) await showCorrected();
}

async function refresh() {
  const now = await ask("rounds/open");
  if (now.closed) {
    el("closed").textContent = now.closed;
    el("closed").hidden = false;
    el("open").closest("section").hidden = true;
  }
  if (!now.items) return;
  for (const place of el("open").querySelectorAll("[data-number]")) {
    place.textContent = now[place.dataset.number];
  }
  el("whole").hidden = now.left > 0;
  el("lights").replaceChildren(...now.lights.map(lightOf));
}

function lightOf({ title, holds, value, why }) {
  const [look, verdict] = VERDICTS.get(holds);
  return make("li", { className: `light ${look}` },
    make("b", {}, title), make("span", { className: "value" }, value), " ",
    make("span", { className: "verdict" }, verdict), " ", make("span", { className: "quiet" }, why));
}

async function showCorrected() {
  const { tile } = await load("images");
  const { names, arrays } = await load("rounds/corrected");
  const [positions, before, after, rounds] = arrays;
  const places = Array.from(positions.keys());
  const change = (place) => `${names[before[place]]} \u2192 ${names[after[place]]}`;
  const counts = new Map();
  for (const place of places) counts.set(change(place), (counts.get(change(place)) ?? 0) + 1);
  const kinds = Array.from(counts).sort((a, b) => b[1] - a[1]);
  el("change").append(make("option", { value: "" }, "all changes"),
    ...kinds.map(([name, count]) => make("option", { value: name }, `${name} (${count})`)));
  const texts = new Map(places.map((place) => [positions[place], `${change(place)}, round ${rounds[place]}`]));
  const grid = new Grid(el("grid"), { ...tile, width: Math.max(tile.width, 190), caption: (at) => texts.get(at) });
  const choose = () => {
    const chosen = places.filter((place) => !el("change").value || change(place) === el("change").value);
    grid.show(chosen.map((place) => positions[place]));
    el("changed").textContent = `${chosen.length} of ${places.length}`;
  };
  el("change").addEventListener("change", choose);
  choose();
}

begin().catch(fail);
