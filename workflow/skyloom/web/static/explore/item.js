// One image: its frames, its keys.

import { live, load, paged } from "./data.js";
import { el, fail } from "./dom.js";
import { Player } from "../film.js";
import { emergenceOf, showMore } from "./item_more.js";
import { bindKeys } from "./keys.js";
import { showNearest } from "./nearest.js";

const item = document.querySelector(".item").dataset;
let player;

// Frames as the player takes them; limit: of the scale, in its units.
async function filmAt(limit) {
  const name = limit === undefined ? item.slug : `${item.slug}@${limit}`;
  const { arrays, shapes, scale, limits } = await load(`films/${name}`);
  const [frames, height, width, bands] = shapes[0];
  return { bytes: arrays[0], frames, height, width, bands, scale, limits };
}

// An export may have no page of the image before or after.
async function hideAbsent() {
  const place = Number(item.position);
  const there = await paged([place - 1, place + 1]);
  ["before", "after"].forEach((name, at) => el(name) && (el(name).hidden = !there[at]));
}

async function begin() {
  bindKeys({
    j: () => el("after")?.click(),
    k: () => el("before")?.click(),
    " ": () => press(() => player.toggle()),
    s: () => press(() => player.faster()),
    l: () => press(nextLimit),
    ArrowLeft: () => press(() => player.step(-1)),
    ArrowRight: () => press(() => player.step(1)),
    n: () => el("similar")?.click(),
  });
  if (!live) hideAbsent().catch(fail);
  showMore(item);
  showNearest(item.slug).catch(fail);
  player = new Player(el("film"), el("keogram"), el("curve"), moved);
  const film = await filmAt();
  const moving = film.frames > 1;
  el("time").hidden = !moving;
  el("reading").hidden = !moving && !film.scale;
  player.load(film, await emergenceOf(item));
  for (const [name, work] of Object.entries({
    play: () => player.toggle(), back: () => player.step(-1), forth: () => player.step(1),
    speed: () => player.faster(), limit: nextLimit,
  })) el(name)?.addEventListener("click", () => press(work));
  if (live && film.limits.length > 1) el("limit").hidden = false;
  moved(player.frame);
}

async function press(work) {
  try {
    await work();
  } catch (error) {
    fail(error);
  }
  moved(player.frame);
}

let turn = 0;

async function nextLimit() {
  const { limits } = player.film;
  if (!live || limits.length < 2) return;
  turn = (turn + 1) % limits.length;
  player.load(await filmAt(limits[turn]), player.info, true);
}

function moved(frame) {
  if (!player?.film) return;
  el("when").textContent = player.film.frames > 1 ? `frame ${frame + 1} of ${player.film.frames}` : "";
  el("scale").textContent = player.film.scale;
  el("speed").textContent = `${player.framesASecond} frames/s`;
  if (el("limit")) el("limit").textContent = "limits";
}

begin().catch(fail);
