// The page of the map: what it begins with, its controls, and the address.

import { offerProperties } from "./choose.js";
import { base, load } from "./data.js";
import { asked, el, fail, remember } from "./dom.js";
import { bindKeys } from "./keys.js";
import { Colouring } from "./map_colouring.js";
import { whenThemeChanges } from "./map_colours.js";
import { zoomKeys } from "./map_gestures.js";
import { Histogram } from "./map_histogram.js";
import { refreshLegend, showLegend } from "./map_legend.js";
import { SelectionPanel } from "./map_panel.js";
import { PointAt } from "./map_pointing.js";
import { MapPoints } from "./map_points.js";
import { MapScene } from "./map_scene.js";
import { handOver, takeOver } from "./map_selection.js";
import { listProperties, loadProperty } from "./property.js";

const HISTOGRAMS = ["first", "second"];
const NOTHING = "-"; // in the address, where a list says none
const { survey, encoder } = document.documentElement.dataset;
const state = Object.fromEntries(asked());
const histograms = [];
let scene, panel, pointing, classes;

async function begin() {
  bindKeys(el("map") ? pageKeys() : {});
  if (!el("map")) return;
  const [{ count, tile }, properties] = await Promise.all([load("images"), listProperties()]);
  choose(properties);
  for (const list of HISTOGRAMS) {
    const brushed = (flags) => scene.selection.set(list, flags);
    histograms.push(new Histogram(el(list).closest("figure"), brushed));
  }
  const [places, property] = await Promise.all([load(placesOf(state.by)), chosenProperty("colour")]);
  performance.mark("map-data");
  requestAnimationFrame(() => setTimeout(() => performance.mark("map-drawn"))); // with the next frame
  scene = new MapScene(el("map"), [el("points"), el("marks")], count, { rested, selected });
  panel = new SelectionPanel(tile, survey, (position) => pointing.ring(position));
  pointing = new PointAt(scene);
  classes = property?.kind === "category" ? property : null;
  colourBy(property, readNames(state.off));
  takeUp(places, state.view);
  bind();
  const labelled = properties.some(({ key }) => key === "index/label");
  classes ??= labelled ? await loadProperty("index/label") : null;
  await Promise.all(HISTOGRAMS.map(showHistogram));
  const handed = takeOver(count);
  if (handed) scene.selection.set("lasso", handed);
}

const placesOf = (projection) => `map/${encoder}/${projection}`;
const writeNames = (names) => names.map(encodeURIComponent).join();
const readNames = (text = "") => text.split(",").filter(Boolean).map(decodeURIComponent);

// The property that a list names, or null.
async function chosenProperty(list) {
  return state[list] === NOTHING ? null : loadProperty(state[list]);
}

// Fill the lists, and settle what the address left open.
function choose(properties) {
  const keys = new Set(properties.map(({ key }) => key));
  const first = (kind) => properties.find((one) => one.kind === kind)?.key;
  const known = (key) => (keys.has(key) ? key : undefined);
  const numbers = properties.filter(({ kind }) => kind !== "category");
  offer("colour", properties, "one colour", known("index/label") ?? known(`${encoder}/kmeans`) ?? first("category"));
  offer("first", numbers, "no histogram", known("index/time") ?? first("time"));
  offer("second", numbers, "no histogram", first("number"));
  const projections = Array.from(el("by").children, ({ dataset }) => dataset.by);
  if (!projections.includes(state.by)) [state.by] = projections;
}

function offer(list, properties, nothing, usual = NOTHING) {
  offerProperties(el(list), properties, nothing, NOTHING);
  el(list).value = state[list] ?? usual;
  if (!el(list).value) el(list).value = usual;
  state[list] = el(list).value;
}

function colourBy(property, off) {
  const colouring = new Colouring(property, scene.selection.count, off);
  scene.colour(colouring);
  showLegend(el("legend"), colouring, { changed: switched, lit: (code) => scene.light(code) });
}

// Show points of a projection; view: part of the plane, as the address has it.
function takeUp({ arrays }, view = "") {
  scene.place(new MapPoints(...arrays));
  scene.plot.reset();
  scene.camera.read(view);
  for (const button of el("by").children) button.setAttribute("aria-pressed", button.dataset.by === state.by);
  for (const words of document.querySelectorAll("[data-about]")) words.hidden = words.dataset.about !== state.by;
}

function switched() {
  scene.lit = null;
  scene.selectAgain();
  refreshLegend(el("legend"), scene.colouring);
}

async function showHistogram(list) {
  const property = await chosenProperty(list);
  histograms[HISTOGRAMS.indexOf(list)].show(property);
  overlay();
}

// What the histograms show on top: the selection, or else what is in view of more.
function overlay() {
  const { selection, seenNow: seen } = scene;
  const part = seen && seen.count < scene.points.length;
  const [flags, what] = selection.active ? [selection.flags, "those selected"]
    : part ? [seen.flags, "those in view"] : [null, ""];
  for (const one of histograms) one.over(flags, what);
  el("over").textContent = what && `on top: ${what}, to their own scale`;
}

// Called when the map stands still: says what is in view, and brings the address up to date.
function rested({ count }) {
  const all = scene.points.length;
  const said = count === all ? `${all.toLocaleString("en")} images`
    : `${count.toLocaleString("en")} of ${all.toLocaleString("en")} images in view`;
  if (el("seen").textContent !== said) el("seen").textContent = said;
  overlay();
  moved();
}

function selected(selection) {
  panel.show(selection, classes);
}

function moved() {
  state.view = scene.camera.text;
  state.off = writeNames(scene.colouring.off);
  const { by, colour, off, view, first, second } = state;
  remember({ by, colour, off, view, first, second });
}

function pageKeys() {
  const ready = (work) => () => scene && work();
  const keys = zoomKeys((factor) => pointing.grow(factor), () => scene.plot.reset());
  return Object.fromEntries(Object.entries({
    ...keys, l: () => pointing.turnLasso(), s: () => scene.selectSeen(), x: nextProjection,
  }).map(([key, work]) => [key, ready(work)]));
}

function bind() {
  pointing.bind(clear);
  for (const button of el("by").children) button.addEventListener("click", () => project(button.dataset.by).catch(fail));
  el("colour").addEventListener("change", () => recolour().catch(fail));
  for (const list of HISTOGRAMS) {
    el(list).addEventListener("change", () => {
      state[list] = el(list).value;
      showHistogram(list).then(moved).catch(fail);
    });
  }
  for (const [name, work] of Object.entries({
    closer: () => pointing.grow(1.5), farther: () => pointing.grow(1 / 1.5), whole: () => scene.plot.reset(),
    lasso: () => pointing.turnLasso(), "select-seen": () => scene.selectSeen(), clear,
  })) el(name).addEventListener("click", work);
  el("encoder")?.addEventListener("change", changeEncoder);
  whenThemeChanges(() => colourBy(scene.colouring.property, scene.colouring.off));
}

function clear() {
  for (const one of histograms) one.forget();
  scene.selection.clear();
}

async function project(projection) {
  if (projection === state.by) return;
  const places = await load(placesOf(projection));
  state.by = projection;
  takeUp(places);
}

function nextProjection() {
  const all = Array.from(el("by").children, ({ dataset }) => dataset.by);
  project(all[(all.indexOf(state.by) + 1) % all.length]).catch(fail);
}

async function recolour() {
  state.colour = el("colour").value;
  const property = await chosenProperty("colour");
  if (property?.kind === "category") classes = property;
  colourBy(property, []);
}

// The other encoder's page has the same state and selection, but sees everything.
function changeEncoder() {
  handOver(scene.selection.positions);
  const query = new URLSearchParams(location.search);
  query.delete("view");
  location.href = `${base}encoders/${el("encoder").value}/map.html?${query}`;
}

begin().catch(fail);
