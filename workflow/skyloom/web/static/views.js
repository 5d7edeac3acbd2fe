// What the review page draws: elements from data, never text as markup.

export const el = (name) => document.getElementById(name);

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("data-") || name.startsWith("aria-") || name === "role") {
      made.setAttribute(name, value);
    } else made[name] = value;
  }
  made.append(...children);
  return made;
}

const percent = (share) => `${(100 * share).toFixed(0)} %`;
const words = (name) => name.replaceAll("_", " ");
const keys = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

export function drawItem(page, said, film, address) {
  el("name").textContent = said.item;
  el("cards").replaceChildren(...cards(said));
  el("reason").textContent = said.reason ?? "";
  el("begins").textContent = beginning(said.emergence);
  el("scale").textContent = film.scale;
  el("limit").hidden = film.limits.length === 0;
  el("limit").textContent = "l: limits";
  el("time").hidden = film.frames === 1;
  el("reading").hidden = film.frames === 1 && !film.scale;
  el(film.frames === 1 ? "below" : "beside").append(el("examples")); // where there is room
  el("meaning").textContent = said.emergence
    ? "Curve: the models' probability with all later frames masked. Under it: time slice, east on top."
    : "Time slice, east on top.";
  el("flag").setAttribute("aria-pressed", false);
  drawVerdicts(page, said);
  drawExamples(page, said, address);
  const facts = Object.entries(said.facts).flatMap(([name, value]) => [
    make("dt", {}, words(name)),
    make("dd", {}, typeof value === "number" ? String(Number(value.toPrecision(6))) : value),
  ]);
  el("facts").replaceChildren(...facts);
  drawLast(page);
}

function cards(said) {
  if (said.hidden) {
    const text = "Label and prediction are hidden for this one: decide by the image alone.";
    return [make("div", { className: "card whole" }, text)];
  }
  const both = [
    make("div", { className: "card" },
      make("small", {}, "label"), make("b", {}, said.label)),
    make("div", { className: "card" },
      make("small", {}, "models, out of fold"),
      make("b", {}, said.predicted), ` ${percent(said.probability)}`),
  ];
  return said.swapped ? both.reverse() : both;
}

function beginning(info) {
  if (!info) return "";
  if (!info.seen) return "No emergence seen: the probability never rises steeply.";
  const day = (frame) => ((frame * info.cadenceHours) / 24).toFixed(1);
  return `Emergence seen at frame ${info.frame + 1} (day ${day(info.frame)}; models ` +
    `${info.low + 1} to ${info.high + 1}).`;
}

function drawVerdicts(page, said) {
  const classes = page.queue.classes;
  const standing = page.decisions.get(said.item);
  const button = (key, text, choice, label) => {
    const made = make("button", { type: "button", "data-choice": choice },
      make("kbd", {}, key), ` ${text}`);
    if (label) made.dataset.label = label;
    if (classes.length <= 3) made.classList.add("big");
    const verdict = standing && (standing.choice ?? standing.verdict);
    const same = standing && (label ? standing.label === label : verdict === choice);
    made.classList.toggle("chosen", Boolean(same));
    return made;
  };
  el("verdicts").classList.toggle("two", classes.length === 2);
  el("verdicts").replaceChildren(
    ...classes.map((name, place) => button(keys[place] ?? "", words(name), "class", name)),
    button("0", "unsure", "unsure"),
    button("x", "none of these", "other"),
  );
}

function drawExamples(page, said, address) {
  const named = Object.entries(said.examples).filter(([, item]) => item);
  el("examples").replaceChildren(...named.map(([label, item]) =>
    make("figure", {},
      make("img", { src: address("thumbnail", { item }), alt: label, loading: "lazy" }),
      make("figcaption", {}, words(label)))));
}

export function drawLast(page) {
  const rows = page.decisions.history.slice(-5).reverse().map((row) =>
    make("li", {}, `${row.label ? words(row.label) : row.choice ?? row.verdict}   ${row.item}`));
  el("last").replaceChildren(...rows);
}

export function drawNumbers(page, { here, others, progress }) {
  const total = page.queue.items.length;
  const done = page.queue.items.filter(({ item }) =>
    page.decisions.has(item) || page.amended.has(item) || page.others.has(item)).length;
  el("done").style.width = `${(100 * done) / Math.max(1, total)}%`;
  const parts = [`${done} of ${total}`, `${progress.corrected} corrected`];
  if (progress.last) parts.push(`${progress.lastCorrected} in the last ${progress.last}`);
  if (progress.minutes > 0.2) {
    parts.push(`${(progress.corrected / progress.minutes).toFixed(1)} a minute`);
    const left = ((total - done) * progress.millisecondsEach) / 60000;
    parts.push(`${Math.ceil(left)} min left`);
  }
  el("numbers").textContent = parts.join(" · ");
  const away = Object.entries(others).filter(([name]) => !here.includes(name));
  const said = [
    ...here.map((name) => `${name} is here`),
    ...away.map(([name, items]) => `${name} decided ${items.length}`),
  ];
  el("others").textContent = said.join(" · ");
}

export function drawGrid(label, tiles, address) {
  el("gridlabel").textContent = words(label);
  el("tiles").replaceChildren(...tiles.map(({ item }) => {
    const image = make("img", { src: address("thumbnail", { item }), alt: item });
    const tile = make("button", { type: "button", className: "tile", role: "option",
      "aria-selected": false, title: item }, image);
    image.addEventListener("load", () => // several frames side by side
      tile.classList.toggle("wide", image.naturalWidth > 2 * image.naturalHeight));
    return tile;
  }));
}

const whoAgrees = ({ first, second }) =>
  first === second ? `${first} agrees with earlier answers` : `${first} and ${second} agree`;

function howFar({ items, same, kappa, ac1 }) {
  const beyond = kappa === null ? "undefined (one answer only)" : kappa.toFixed(2);
  return `${same} of ${items} (${percent(same / items)}); kappa ${beyond}, AC1 ${ac1.toFixed(2)}`;
}

export function drawEnd(page, summary, { back, undo, close }) {
  const line = (name, value) => make("tr", {}, make("td", {}, name), make("td", {}, value));
  const share = ({ of, count }) => (of ? `${count} of ${of} (${percent(count / of)})` : "none");
  const counts = summary.verdicts;
  const whole = summary.open === 0;
  const closed = summary.closed;
  const button = (text, action) => {
    const made = make("button", { type: "button" }, text);
    made.addEventListener("click", action);
    return made;
  };
  const table = make("table", {},
    line("label kept", String(counts.keep ?? 0)),
    line("label corrected", String(counts.fix ?? 0)),
    line("unsure", String(counts.unsure ?? 0)),
    line("none of the classes", String(counts.other ?? 0)),
    line("time", `${summary.minutes.toFixed(1)} min`),
    line("corrections a minute", summary.correctionsPerMinute?.toFixed(2) ?? "none"),
    line("reviewers", Object.entries(summary.reviewers).map((pair) => pair.join(" ")).join(", ")),
    ...summary.agreement.map((pair) => line(whoAgrees(pair), howFar(pair))),
    line("repeats that kept the label", share(summary.repeats)),
    line("corrected, suggestion shown", share(summary.shown)),
    line("corrected, suggestion hidden", share(summary.hidden)),
    line("flagged", summary.flagged.join(", ") || "none"));
  const title = closed
    ? `Round ${page.queue.round} is closed.`
    : whole
      ? `Round ${page.queue.round}: every item has a verdict.`
      : `Round ${page.queue.round}: ${summary.open} of ${summary.items} items have no verdict yet.`;
  const then = closed
    ? [make("p", {}, "Now type: "), make("code", {}, summary.next)]
    : [
        make("p", {}, whole
          ? "Closing writes one row per item to the round's file, which becomes an input of the " +
            "workflow. It does not change again; later changes of mind go into later rounds."
          : "The round can be closed when every item has a verdict."),
        ...(whole ? [button("Close the round", close)] : []),
        button("Back to the items", back),
        button("Undo the last decision (u)", undo),
      ];
  const notes = summary.notes.map(({ item, note }) => make("li", {}, `${item}: ${note}`));
  el("end").replaceChildren(
    make("h1", {}, title), table, ...(notes.length ? [make("ul", {}, ...notes)] : []), ...then);
}
