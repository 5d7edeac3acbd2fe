// The review page: shows one item after another, takes a class by one key, sends it with the
// name of the item that was on the screen.

import { Decisions } from "./decisions.js";
import { Player, fetchFilm } from "./film.js";
import { Grid } from "./grid.js";
import { Outbox } from "./outbox.js";
import { took } from "./pace.js";
import { address, json } from "./server.js";
import { drawEnd, drawItem, drawLast, drawNumbers, el } from "./views.js";

const AHEAD = 3; // items that are fetched before they are due
const POLL = 4000; // milliseconds

const page = {
  queue: null, // survey, round, classes, items
  decisions: new Decisions(),
  others: new Set(), // items that other reviewers have decided
  amended: new Set(), // items that this one has decided elsewhere
  shown: null, // {item, said, since}: what is on the screen; null while nothing is
  flagged: false,
  limit: 0,
  view: "single",
  fetched: new Map(),
};
const player = new Player(el("film"), el("keogram"), el("curve"), frameMoved);
const grid = new Grid(submit, () => showItem(nextOpen()));
let outbox;

async function begin() {
  page.queue = await json("api/queue");
  const { survey, round, reviewer, rows, closed } = page.queue;
  outbox = new Outbox(`skyloom/${survey}/${round}/${reviewer}`, send, waitingChanged);
  for (const row of [...rows, ...outbox.rows]) page.decisions.add(row);
  outbox.tell();
  outbox.flush();
  await refresh();
  setInterval(refresh, POLL);
  if (closed) showEnd();
  else showItem(nextOpen());
}

const send = (answers) => json("api/answers", {}, { answers });

function waitingChanged(count, refused) {
  el("saved").textContent = count ? `${count} waiting, will retry` : "saved";
  el("saved").className = count ? "waiting" : "";
  for (const { uid, error } of refused) {
    notice(error);
    page.decisions.forget(uid);
  }
}

const isOpen = ({ item, shared }) =>
  !page.decisions.has(item) && !page.amended.has(item) && (shared || !page.others.has(item));

// The newest decision about an item that the queue holds still.
function lastDecided() {
  const items = new Set(page.queue.items.map(({ item }) => item));
  return page.decisions.history.findLast(({ item }) => items.has(item));
}

function nextOpen(from = null, step = 1) {
  const items = page.queue.items;
  const start = items.findIndex(({ item }) => item === from);
  for (let offset = 1; offset <= items.length; offset++) {
    const place = (start + step * offset + 2 * items.length) % items.length;
    if (isOpen(items[place])) return items[place].item;
  }
  return null;
}

function fetchItem(item) {
  if (!page.fetched.has(item)) {
    const limit = page.limits?.[page.limit];
    const film = fetchFilm(address("film", limit ? { item, limit } : { item }));
    const both = Promise.all([json("api/item", { item }), film]);
    both.catch(() => page.fetched.delete(item));
    page.fetched.set(item, both);
    if (page.fetched.size > 4 * AHEAD) page.fetched.delete(page.fetched.keys().next().value);
  }
  return page.fetched.get(item);
}

async function showItem(item) {
  if (item === null) {
    showEnd();
    return;
  }
  put(null); // keys have nothing to land on until the item is on the screen
  page.wanted = item;
  setView("single");
  let said, film;
  try {
    [said, film] = await fetchItem(item);
  } catch (error) {
    notice(`${item} cannot be shown: ${error.message}${error.refused ? "" : ". Trying again."}`);
    if (!error.refused) setTimeout(() => page.wanted === item && showItem(item), 1500);
    return;
  }
  if (page.wanted !== item) return;
  page.limits = film.limits;
  page.flagged = false;
  el("note").value = "";
  player.load(film, said.emergence);
  drawItem(page, said, film, address);
  put({ item, said, since: performance.now() });
  let ahead = item;
  for (let count = 0; count < AHEAD; count++) {
    ahead = nextOpen(ahead);
    if (ahead === null || ahead === item) break;
    fetchItem(ahead).catch(() => {});
  }
}

// Say what is on the screen, and mark it on the page.
function put(shown) {
  page.shown = shown;
  document.body.dataset.item = shown?.item ?? "";
}

function frameMoved(frame) {
  if (!player.film) return;
  const hours = page.shown?.said.emergence?.cadenceHours;
  const day = hours ? `, day ${((frame * hours) / 24).toFixed(1)}` : "";
  const many = player.film.frames > 1;
  el("when").textContent = many ? `frame ${frame + 1} of ${player.film.frames}${day}` : "";
  el("speed").textContent = `s: ${player.framesASecond} frames/s`;
}

function decide(choice, label = null) {
  if (!page.shown || page.view !== "single") return;
  const { item, since } = page.shown;
  submit({
    item, choice, label, ms: took(since),
    note: el("note").value.trim(), flag: page.flagged,
  });
  put(null);
  el("note").blur();
  showItem(nextOpen(item));
}

// randomUUID is absent where the page is not served by this machine itself.
function newUid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function submit(answer) {
  const row = { uid: newUid(), ...answer };
  page.decisions.add(row);
  outbox.add(row);
  drawLast(page);
}

function undo() {
  const row = lastDecided();
  if (!row) {
    notice("There is no decision of yours to undo.");
    return;
  }
  submit({ undoes: row.uid });
  showItem(row.item);
}

async function refresh() {
  try {
    const state = await json("api/state");
    page.others = new Set(Object.values(state.others).flat());
    page.amended = new Set(state.amended);
    drawNumbers(page, state);
    if (state.queue !== page.queue.queue) {
      page.queue = await json("api/queue");
      page.fetched.clear();
      notice("The workflow has rebuilt the queue. Your decisions are kept.");
    }
    if (state.closed && page.view !== "end") showEnd();
    outbox.flush();
  } catch {
    el("others").textContent = "the server is away";
  }
}

function setView(view) {
  page.view = view;
  for (const name of ["single", "grid", "end"]) el(name).hidden = name !== view;
  if (view !== "single") player.stop();
}

async function showGrid() {
  const open = page.queue.items.filter(isOpen).map(({ item }) => item);
  const first = page.shown ? [page.shown.item] : [];
  if (!(await grid.show([...new Set([...first, ...open])]))) {
    notice("No open item shows its label: nothing can be accepted together.");
    return;
  }
  put(null);
  setView("grid");
  el("tiles").firstElementChild.focus();
}

async function showEnd() {
  put(null);
  page.wanted = null;
  setView("end");
  await outbox.flush();
  await refresh();
  try {
    const summary = await json("api/summary");
    drawEnd(page, summary, {
      back: () => showItem(nextOpen() ?? lastDecided()?.item ?? null),
      undo,
      close: async () => {
        try {
          await json("api/close", {}, {});
        } catch (error) {
          notice(error.message);
          return;
        }
        showEnd();
      },
    });
  } catch (error) {
    notice(`The summary cannot be read: ${error.message}`);
  }
}

function notice(text) {
  el("notice").textContent = text;
  el("notice").hidden = false;
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => (el("notice").hidden = true), 8000);
}

async function nextLimit() {
  if (!page.limits?.length || !page.shown) return;
  page.limit = (page.limit + 1) % page.limits.length;
  page.fetched.clear();
  const { item, said } = page.shown;
  const [, film] = await fetchItem(item);
  if (page.shown?.item !== item) return;
  player.load(film, said.emergence, true);
  el("scale").textContent = film.scale;
}

function toggle(name) {
  const pressed = el(name).getAttribute("aria-pressed") !== "true";
  el(name).setAttribute("aria-pressed", pressed);
  return pressed;
}

const actions = {
  " ": () => player.film?.frames > 1 && player.toggle(),
  ArrowLeft: () => player.film && player.step(-1),
  ArrowRight: () => player.film && player.step(1),
  0: () => decide("unsure"),
  x: () => decide("other"),
  u: undo,
  j: () => showItem(nextOpen(page.wanted)),
  k: () => showItem(nextOpen(page.wanted, -1)),
  s: () => (player.faster(), frameMoved(player.frame)),
  l: nextLimit,
  n: () => el("note").focus(),
  f: () => (page.flagged = toggle("flag")),
  c: () => (el("examples").hidden = !toggle("compare")),
  g: showGrid,
  e: showEnd,
  "?": () => el("help").showModal(),
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || el("help").open || event.repeat) return;
  if (event.target.tagName === "INPUT") {
    if (["Enter", "Escape"].includes(event.key)) event.target.blur();
    return;
  }
  if (page.view === "grid" && event.key !== "u") {
    if (grid.press(event.key)) event.preventDefault();
    return;
  }
  if (event.target.tagName === "BUTTON" && [" ", "Enter"].includes(event.key)) return;
  const place = keyOfClass(event.key);
  if (place !== null && page.view === "single") decide("class", page.queue.classes[place]);
  else if (page.view === "end" && !["u", "?"].includes(event.key)) return;
  else if (actions[event.key]) actions[event.key]();
  else return;
  event.preventDefault();
}

// 1 to 9 for the first nine classes, then capital letters.
function keyOfClass(key) {
  const place = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".indexOf(key);
  return key.length === 1 && place >= 0 && place < page.queue.classes.length ? place : null;
}

addEventListener("keydown", pressed);
addEventListener("online", () => outbox?.flush());
for (const [name, key] of Object.entries({
  play: " ", back: "ArrowLeft", forth: "ArrowRight", speed: "s", limit: "l", undo: "u",
  flag: "f", compare: "c", gridded: "g", helped: "?",
})) el(name).addEventListener("click", () => actions[key]());
el("verdicts").addEventListener("click", (event) => {
  const { choice, label } = event.target.closest("button")?.dataset ?? {};
  if (choice) decide(choice, label ?? null);
});
begin().catch((error) => notice(`The page cannot begin: ${error.message}`));
