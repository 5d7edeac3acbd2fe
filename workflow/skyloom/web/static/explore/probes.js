// Scores and confusions: one model and split at a time, with the images that are most surely wrong.

import { load } from "./data.js";
import { asked, el, fail, remember } from "./dom.js";
import { Grid } from "./grid.js";
import { bindKeys } from "./keys.js";
import { captions, loadPredictions, surest } from "./predictions.js";

const sections = Array.from(document.querySelectorAll("section[data-task]"));
const drawn = new Set();

async function begin() {
  bindKeys();
  const choice = el("task");
  const wanted = asked().get("task");
  if (choice && sections.some(({ dataset }) => dataset.task === wanted)) choice.value = wanted;
  choice?.addEventListener("change", () => {
    remember({ task: choice.value });
    showTask(choice.value).catch(fail);
  });
  if (sections.length) await showTask(choice?.value ?? sections[0].dataset.task);
}

async function showTask(task) {
  for (const section of sections) section.hidden = section.dataset.task !== task;
  for (const link of document.querySelectorAll(".tabs a")) link.search = el("task") ? `?task=${task}` : "";
  for (const section of sections) if (!section.hidden && section.dataset.encoder) await drawWorst(section);
}

async function drawWorst(section) {
  const box = section.querySelector(".worst");
  if (!box || drawn.has(box)) return;
  drawn.add(box);
  const { tile } = await load("images");
  const said = await loadPredictions(section.dataset.encoder, section.dataset.task);
  const places = surest(said, (place) => said.truth[place] !== said.predicted[place]);
  const grid = new Grid(box, { ...tile, width: Math.max(tile.width, 190), caption: captions(said, places) });
  grid.show(places.map((place) => said.positions[place]));
}

begin().catch(fail);
