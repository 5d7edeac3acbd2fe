// One cluster: its card, what is near it, what it may fall into, all its members.

import { offerProperties } from "./choose.js";
import { ask, live, load } from "./data.js";
import { offerDecisions } from "./decide.js";
import { attempt, el, fail, make } from "./dom.js";
import { Grid } from "./grid.js";
import { bindKeys } from "./keys.js";
import { Card, lookInWords } from "./cluster_card.js";
import { drawNaming, Naming } from "./naming.js";
import { listProperties, loadProperty } from "./property.js";
import { small } from "./small.js";

const encoder = document.documentElement.dataset.encoder;
const { algorithm, number } = el("cluster").dataset;
const source = `clusters/${encoder}/${algorithm}`;
let card;
let speech; // what people say about the clusters
let grid;
let members; // all positions
let shown; // positions in the grid

async function begin() {
  const told = await load(source);
  const about = told.cards.find((one) => one.number === Number(number));
  speech = new Naming(encoder, algorithm, told.membership, show);
  card = new Card(about, told, encoder, algorithm,
    (act, more) => attempt(() => speech.say(act, { cluster: about.number, ...more })));
  el("card").replaceWith(card.element);
  el("covariates").append(covariates(about.looks));
  el("nearest").append(...nearest(about, told));
  el("look")?.addEventListener("click", () => attempt(() => look(told.tile)));
  await Promise.all([speech.begin(), fillGrid(told.tile)]);
  bindKeys(live ? {
    n: () => card.input.focus(), m: () => card.merge.focus(),
    s: () => card.act("split"), x: () => card.act("junk"), u: () => attempt(() => speech.say("undo")),
  } : {});
}

function show(state) {
  card.show(state);
  const name = state.said[number]?.name;
  el("title").textContent = name ? `Cluster ${number}: ${name}` : `Cluster ${number}`;
  drawNaming(el("naming"), speech);
  for (const link of el("nearest").querySelectorAll("a.to")) {
    link.textContent = state.said[link.dataset.number]?.name ?? `cluster ${link.dataset.number}`;
  }
}

function covariates(looks) {
  if (!looks.length) {
    return make("p", { className: "quiet" }, "No covariate stands out from what whole groups of images give by chance.");
  }
  const cell = (text) => make("td", { className: "number" }, text);
  const rows = looks.map((one) => make("tr", {}, make("td", {}, lookInWords(one)),
    cell(one.effect?.toFixed(1) ?? ""), cell(one.q < 0.001 ? "< 0.001" : one.q.toFixed(3))));
  const head = ["covariate", "effect", "q"].map((title, place) =>
    make("th", { className: place ? "number" : "" }, title));
  return make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}

function nearest(about, told) {
  if (!about.nearest.length) {
    return [make("p", { className: "quiet" }, "None, or the features were not made ready for search. Run: snakemake all")];
  }
  return about.nearest.map(([other, distance]) => {
    const link = make("a", { className: "to", href: `${algorithm}-${other}.html` }, `cluster ${other}`);
    link.dataset.number = other;
    const { strong } = told.cards.find((one) => one.number === other);
    return make("div", { className: "near" }, small(strong.slice(0, 3), told.tile),
      make("p", {}, link, make("span", { className: "quiet" }, ` at ${distance.toFixed(2)}`)));
  });
}

// A proposal only: nothing is written.
async function look(tile) {
  const { how, parts, left } = await ask("clusters/finer", { encoder, algorithm, cluster: number });
  const made = parts.map((part, place) => {
    const title = `Part ${place + 1}`;
    const button = make("button", { type: "button" }, `show its ${part.images.toLocaleString("en")} images below`);
    button.addEventListener("click", () => only(part.members, `${title} of the proposal`));
    return make("div", { className: "part" }, make("b", {}, title), small(part.strong, tile), button);
  });
  const rest = left ? ` ${left.toLocaleString("en")} images are in none of them.` : "";
  const text = how ? `Seen: ${how}.${rest}` : "Nothing finer was found: too few images, or no features.";
  el("parts").replaceChildren(make("p", { className: "quiet" }, text), ...made);
}

async function fillGrid(tile) {
  const { arrays: [positions, strengths] } = await load(`${source}/${number}`);
  members = Array.from(positions);
  const strength = new Map(members.map((position, place) => [position, strengths[place]]));
  const asStrength = (position) => `strength ${strength.get(position).toFixed(2)}`;
  const chosen = (selected) => offerDecisions(el("decide"), [...selected], () => grid.select([])).catch(fail);
  grid = new Grid(el("grid"), { ...tile, caption: asStrength, chosen: live ? chosen : null });
  const properties = await listProperties();
  for (const name of ["sort", "caption"]) offerProperties(el(name), properties, "strength");
  el("sort").addEventListener("change", () => arrange().catch(fail));
  el("caption").addEventListener("change", () => attempt(async () => {
    const property = el("caption").value && await loadProperty(el("caption").value);
    grid.recaption(property ? (position) => property.text(position) : asStrength);
  }));
  el("all").addEventListener("click", () => only(members, "Members"));
  el("select")?.addEventListener("click", () => grid.select(shown));
  only(members, "Members");
}

function only(positions, title) {
  shown = positions;
  el("members").textContent = `${title} (${positions.length.toLocaleString("en")})`;
  el("all").hidden = positions === members;
  arrange().catch(fail);
}

async function arrange() {
  const property = el("sort").value && await loadProperty(el("sort").value);
  grid.show(property ? property.order(shown, false) : shown);
  grid.select([]);
}

begin().catch(fail);
