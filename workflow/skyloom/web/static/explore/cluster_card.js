// A card: what a cluster looks like, what is known of it, and what people say.

import { base, live } from "./data.js";
import { make } from "./dom.js";
import { small } from "./small.js";

// Rounded, but a few are not none, and not all are not all.
function percent(share) {
  if (share > 0 && share < 0.005) return "< 1 %";
  if (share < 1 && share > 0.995) return "> 99 %";
  return `${Math.round(100 * share)} %`;
}

export class Card {
  // about: of one cluster. told: of its clustering. act: called with what a person says.
  constructor(about, told, encoder, algorithm, act) {
    Object.assign(this, { about, told, act });
    this.address = `${base}encoders/${encoder}/clusters/${algorithm}-${about.number}.html`;
    this.heading = make("a", { href: this.address }, `cluster ${about.number}`);
    this.aside = make("span", { className: "quiet" });
    this.marks = make("span", { className: "marks" });
    this.element = make("article", { className: "panel card", tabIndex: -1 },
      make("div", { className: "head" }, make("h2", {}, this.heading, " ", this.aside), this.marks));
    this.element.dataset.number = about.number;
    if (live) this.element.append(this.verbs());
    this.element.append(this.pictures(), this.facts(), ...this.labels(), ...this.looks(), times(about.times, told.times));
  }

  // The name that holds, and who gave it.
  show(state) {
    const { number } = this.about;
    const said = state.said[number] ?? {};
    const words = [];
    if (said.act === "junk") words.push("junk");
    if (said.act === "split") words.push("not one thing");
    if (Number.isInteger(said.with)) words.push(`one with cluster ${said.with}`);
    this.marks.replaceChildren(...words.map((word) => make("span", { className: "mark" }, word)));
    this.heading.textContent = said.name ?? `cluster ${number}`;
    this.heading.title = said.by ? `${said.by}, ${said.at} UTC` : "";
    this.aside.textContent = said.name ? `cluster ${number}` : "";
    this.element.classList.toggle("junk", said.act === "junk");
    this.element.setAttribute("aria-label", `cluster ${number} ${said.name ?? ""}`);
    if (this.input && document.activeElement !== this.input) this.input.value = said.name ?? "";
  }

  verbs() {
    this.input = make("input", { placeholder: "name it", autocomplete: "off", maxLength: 60 });
    this.input.setAttribute("list", "names");
    this.input.setAttribute("aria-label", `name of cluster ${this.about.number}`);
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !this.input.value.trim()) return;
      event.stopPropagation();
      this.act("name", { name: this.input.value });
      this.element.focus();
    });
    this.merge = make("select", {}, make("option", { value: "" }, "merge with"));
    this.merge.setAttribute("aria-label", `merge cluster ${this.about.number} with`);
    this.merge.addEventListener("focus", () => this.offer());
    const join = make("button", { type: "button", title: "it is one with that one (Enter)", hidden: true }, "merge");
    const merge = () => {
      if (!this.merge.value) return;
      this.act("merge", { into: Number(this.merge.value) });
      this.merge.value = "";
      join.hidden = true;
      this.element.focus();
    };
    // Arrow keys change a list that is not open: a choice alone says nothing yet.
    this.merge.addEventListener("change", () => (join.hidden = !this.merge.value));
    this.merge.addEventListener("keydown", (event) => event.key === "Enter" && merge());
    join.addEventListener("click", merge);
    const buttons = [["split", "it is not one thing (s)"], ["junk", "it is no class at all (x)"]];
    return make("div", { className: "verbs" }, this.input, this.merge, join, ...buttons.map(([act, title]) => {
      const button = make("button", { type: "button", title }, act);
      button.addEventListener("click", () => this.act(act));
      return button;
    }));
  }

  // The other clusters, the nearest first.
  offer() {
    if (this.merge.options.length > 1) return;
    const near = this.about.nearest.map(([number]) => number);
    const others = this.told.cards.map(({ number }) => number).sort((a, b) => a - b)
      .filter((number) => number !== this.about.number && !near.includes(number));
    const words = (number) => (near.includes(number) ? `cluster ${number} (near)` : `cluster ${number}`);
    this.merge.append(...[...near, ...others].map((value) => make("option", { value }, words(value))));
  }

  pictures() {
    const blocks = [["strongest, of different groups", this.about.strong], ["at the border", this.about.border]];
    return make("div", { className: "examples" }, ...blocks.map(([title, positions]) =>
      make("figure", {}, small(positions, this.told.tile), make("figcaption", {}, title))));
  }

  facts() {
    const { images, groups, stability, purity } = this.about;
    const told = [[images.toLocaleString("en"), "images"], [groups.toLocaleString("en"), "groups"],
      [stability === null ? "?" : stability.toFixed(2), "stability"],
      [purity === null ? "no labels" : percent(purity), "purity"]];
    return make("dl", { className: "figures" }, ...told.map(([value, title]) =>
      make("div", {}, make("dt", {}, title), make("dd", {}, value))));
  }

  labels() {
    const { labels, labelled } = this.about;
    if (!labelled) return [];
    const shares = labels.map(([, count]) => {
      const part = make("span", {});
      part.style.width = `${100 * count / labelled}%`;
      return part;
    });
    const words = labels.map(([name, count]) => `${name} ${percent(count / labelled)}`).join(", ");
    const bar = make("div", { className: "shares", title: words }, ...shares);
    return [bar, make("p", { className: "quiet line", title: words }, words)];
  }

  looks() {
    const words = this.about.looks.slice(0, 3).map(lookInWords).join("; ");
    return words ? [make("p", { className: "quiet line", title: `goes with it: ${words}` }, words)] : [];
  }
}

// A covariate of a cluster, in words.
export function lookInWords({ covariate, value, inside, all }) {
  if (value !== null) return `${covariate} ${value} ${percent(inside)} (all ${percent(all)})`;
  return `${covariate} ${Number(inside.toPrecision(3))} (all ${Number(all.toPrecision(3))})`;
}

// How many of its images are from when.
function times(counts, range) {
  if (!range.length) return make("span", {});
  const most = Math.max(...counts, 1);
  const bars = counts.map((count) => {
    const bar = make("span", {});
    bar.style.height = `${Math.max(count ? 6 : 0, 100 * count / most)}%`;
    return bar;
  });
  const chart = make("div", { className: "bars", role: "img" }, ...bars);
  chart.setAttribute("aria-label", `images over time, from ${range[0]} to ${range[1]}`);
  return make("div", { className: "times" }, chart, ...range.map((end) => make("span", {}, end)));
}
