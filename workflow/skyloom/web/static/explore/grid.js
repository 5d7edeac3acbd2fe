// Many thumbnails in a box that scrolls; only those in sight are elements. Tab reaches one of them, the
// arrows the others.

import { itemPage, namesOf, paged, thumbnailOf } from "./data.js";
import { make } from "./dom.js";

const GAP = 8;
const LINE = 20; // of a caption
const BEYOND = 2; // rows above and below those in sight

export class Grid {
  // box: scrolls. size: {width, height} of a tile's picture. caption: of a position.
  // lines: of captions. chosen: called with the set of selected positions when it changes; null
  // forbids selection.
  constructor(box, { width, height, caption = () => "", lines = 1, chosen = null }) {
    Object.assign(this, { box, width, height, caption, lines, chosen });
    this.positions = [];
    this.selected = new Set();
    this.tiles = new Map(); // place -> element
    this.current = 0; // place of the tile that Tab reaches: the last that had the focus, or one in sight
    const name = box.getAttribute("aria-label") ?? "images";
    const list = chosen && { role: "listbox", "aria-multiselectable": true, "aria-label": name };
    this.field = make("div", { className: "field", ...list });
    box.tabIndex = -1;
    box.replaceChildren(this.field);
    box.classList.add("scrolled");
    box.addEventListener("scroll", () => this.draw(), { passive: true });
    box.addEventListener("keydown", (event) => this.press(event));
    box.addEventListener("click", (event) => this.click(event));
    box.addEventListener("focusin", ({ target }) => target.matches(".tile") && this.reach(Number(target.dataset.place)));
    new ResizeObserver(() => this.layOut()).observe(box);
  }

  show(positions) {
    this.positions = positions;
    this.selected.clear();
    this.clear();
    this.current = 0;
    this.box.scrollTop = 0;
    this.layOut();
  }

  recaption(caption) {
    this.caption = caption;
    this.clear();
    this.draw();
  }

  clear() {
    this.tiles.clear();
    this.field.replaceChildren();
  }

  layOut() {
    const inside = this.box.clientWidth - GAP;
    const columns = Math.max(1, Math.floor(inside / (this.width + GAP)));
    if (columns !== this.columns) this.clear();
    this.columns = columns;
    this.pitch = this.height + this.lines * LINE + 2 + GAP;
    const rows = Math.ceil(this.positions.length / columns);
    this.field.style.height = `${rows * this.pitch + GAP}px`;
    this.draw();
  }

  draw() {
    if (!this.columns) return;
    const first = Math.floor(this.box.scrollTop / this.pitch) - BEYOND;
    const last = Math.ceil((this.box.scrollTop + this.box.clientHeight) / this.pitch) + BEYOND;
    const from = Math.max(0, first * this.columns);
    const to = Math.min(this.positions.length, last * this.columns);
    const away = (place) => place < from || place >= to;
    const focused = this.tiles.get(this.current) === document.activeElement; // and must not go
    if (away(this.current) && !focused) this.reach(this.firstInSight);
    for (const [place, tile] of this.tiles) {
      if (away(place) && place !== this.current) {
        tile.remove();
        this.tiles.delete(place);
      }
    }
    const made = [];
    for (let place = from; place < to; place++) {
      if (!this.tiles.has(place)) made.push(this.add(place));
    }
    this.name(made);
  }

  get firstInSight() {
    const row = Math.ceil(this.box.scrollTop / this.pitch);
    return Math.max(0, Math.min(this.positions.length - 1, row * this.columns));
  }

  reach(place) {
    const before = this.tiles.get(this.current);
    if (before) before.tabIndex = -1;
    this.current = place;
    const now = this.tiles.get(place);
    if (now) now.tabIndex = 0;
  }

  add(place) {
    const position = this.positions[place];
    const image = make("img", { src: thumbnailOf(position), alt: "", decoding: "async" });
    image.width = this.width;
    image.height = this.height;
    const tabIndex = place === this.current ? 0 : -1;
    const tile = make("a", { className: "tile", tabIndex, ...(this.chosen && this.listed(place)) },
      image, make("span", {}, this.caption(position)));
    tile.dataset.place = place;
    tile.lastChild.style.height = `${this.lines * LINE}px`;
    tile.style.width = `${this.width}px`;
    tile.style.left = `${GAP + (place % this.columns) * (this.width + GAP)}px`;
    tile.style.top = `${GAP + Math.floor(place / this.columns) * this.pitch}px`;
    this.tiles.set(place, tile);
    this.field.append(tile);
    return tile;
  }

  // To readers of the screen a tile that can be selected is an entry of a list.
  listed(place) {
    const selected = this.selected.has(this.positions[place]);
    const { length } = this.positions;
    return { role: "option", "aria-selected": selected, "aria-posinset": place + 1, "aria-setsize": length };
  }

  // Addresses and texts of new tiles; their pictures do not wait for them.
  async name(tiles) {
    const positions = tiles.map((tile) => this.positions[tile.dataset.place]);
    const [names, pages] = await Promise.all([namesOf(positions), paged(positions)]);
    tiles.forEach((tile, place) => {
      if (pages[place]) tile.href = itemPage(names[place]);
      tile.title = names[place];
      tile.firstChild.alt = names[place];
    });
  }

  click(event) {
    const tile = event.target.closest(".tile");
    if (!tile || !this.chosen || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
    event.preventDefault();
    this.toggle(Number(tile.dataset.place));
  }

  toggle(place) {
    const position = this.positions[place];
    if (!this.selected.delete(position)) this.selected.add(position);
    this.tiles.get(place)?.setAttribute("aria-selected", this.selected.has(position));
    this.chosen(this.selected);
  }

  select(positions) {
    if (!this.chosen) return;
    this.selected = new Set(positions);
    for (const [place, tile] of this.tiles) {
      tile.setAttribute("aria-selected", this.selected.has(this.positions[place]));
    }
    this.chosen(this.selected);
  }

  press(event) {
    const place = Number(document.activeElement?.dataset?.place);
    if (Number.isNaN(place)) {
      if (event.target !== this.box || !event.key.startsWith("Arrow")) return;
      this.focus(this.firstInSight);
      event.preventDefault();
      return;
    }
    const page = this.columns * Math.max(1, Math.floor(this.box.clientHeight / this.pitch));
    const moves = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns,
      PageUp: -page, PageDown: page, Home: -place, End: this.positions.length - 1 - place,
    };
    if (event.key in moves) this.focus(place + moves[event.key]);
    else if (event.key === " " && this.chosen) { if (!event.repeat) this.toggle(place); }
    else return;
    event.preventDefault();
  }

  focus(place) {
    const wanted = Math.min(this.positions.length - 1, Math.max(0, place));
    const top = Math.floor(wanted / this.columns) * this.pitch;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    const bottom = top + this.pitch + GAP - this.box.clientHeight;
    if (bottom > this.box.scrollTop) this.box.scrollTop = bottom;
    this.draw();
    this.tiles.get(wanted)?.focus();
  }
}
