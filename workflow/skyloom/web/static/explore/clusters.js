// All clusters of one clustering as cards.

import { live, load } from "./data.js";
import { asked, attempt, el, fail, make, remember } from "./dom.js";
import { bindKeys } from "./keys.js";
import { Card } from "./cluster_card.js";
import { drawNaming, inWords, Naming } from "./naming.js";

const encoder = document.documentElement.dataset.encoder;
const choice = { algorithm: "", order: "", ...Object.fromEntries(asked()) };
const ORDERS = {
  "": ({ images }) => -images,
  purity: ({ purity }) => -(purity ?? -1),
  stability: ({ stability }) => -(stability ?? -1),
  number: ({ number }) => number,
};
let cards = [];
let speech; // what people say about the clusters

async function begin() {
  const buttons = Array.from(el("switch").children);
  const known = buttons.map((button) => button.dataset.algorithm);
  if (!known.includes(choice.algorithm)) choice.algorithm = known[0];
  for (const button of buttons) {
    button.addEventListener("click", () => change({ algorithm: button.dataset.algorithm }));
  }
  el("order").value = choice.order in ORDERS ? choice.order : "";
  el("order").addEventListener("change", () => change({ order: el("order").value }));
  await draw();
  bindKeys({
    j: () => move(1), k: () => move(-1), ArrowRight: () => move(1), ArrowLeft: () => move(-1),
    Enter: () => current() && (location.href = current().address),
    ...(live && {
      n: () => current()?.input.focus(), m: () => current()?.merge.focus(),
      s: () => current()?.act("split"), x: () => current()?.act("junk"),
      u: () => attempt(() => speech.say("undo")),
    }),
  });
}

function change(what) {
  Object.assign(choice, what);
  remember({ algorithm: choice.algorithm, order: choice.order });
  draw().catch(fail);
}

async function draw() {
  const { algorithm } = choice;
  for (const button of el("switch").children) {
    button.setAttribute("aria-pressed", button.dataset.algorithm === algorithm);
  }
  const clustering = await load(`clusters/${encoder}/${algorithm}`);
  speech = new Naming(encoder, algorithm, clustering.membership, told);
  const key = ORDERS[choice.order] ?? ORDERS[""];
  const sorted = [...clustering.cards].sort((a, b) => key(a) - key(b) || a.number - b.number);
  cards = sorted.map((about) => new Card(about, clustering, encoder, algorithm,
    (act, more) => attempt(() => speech.say(act, { cluster: about.number, ...more }))));
  if (cards.length) cards[0].element.tabIndex = 0;
  el("cards").replaceChildren(...cards.map(({ element }) => element));
  const noise = clustering.noise ? `, ${clustering.noise.toLocaleString("en")} images in none` : "";
  el("count").textContent = `${cards.length} clusters${noise}`;
  if (!cards.length) {
    el("cards").append(make("p", { className: "empty" }, "No cluster was found: all images are noise."));
  }
  await speech.begin();
}

function told(state) {
  for (const card of cards) card.show(state);
  drawNaming(el("naming"), speech);
  fill(el("lost"), state.lost, (one) => [
    `${inWords(one)} (${one.by}, ${one.at}): no cluster holds these ${one.images.toLocaleString("en")} images now. `,
    dismissal(one),
  ]);
  fill(el("rows"), state.rows, (one) => [
    `${one.at} ${one.by}: ${inWords(one)}${one.stands || !one.act ? "" : " (undone)"}`,
  ]);
}

function fill(box, entries, words) {
  box.hidden = !entries.length;
  box.querySelector("ul, ol").replaceChildren(...entries.map((one) => make("li", {}, ...words(one))));
}

function dismissal({ uid }) {
  if (!live) return "";
  const button = make("button", { type: "button" }, "dismiss");
  button.addEventListener("click", () => attempt(() => speech.say("undo", { undoes: uid })));
  return button;
}

const current = () => cards.find(({ element }) => element.contains(document.activeElement));

function move(step) {
  const wanted = Math.min(cards.length - 1, Math.max(0, cards.indexOf(current()) + step));
  cards[wanted]?.element.focus();
}

begin().catch(fail);
