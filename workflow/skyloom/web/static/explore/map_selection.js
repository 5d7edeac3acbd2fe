// Which images are selected: those that every condition (a lasso, a range of a histogram) holds for.

import { catalogue } from "./data.js";

export class Selection {
  // changed: called with this after each change.
  constructor(count, changed) {
    Object.assign(this, { count, changed, conditions: new Map() });
    this.apply(() => true);
  }

  get active() {
    return this.conditions.size > 0;
  }

  // flags: by position, 1 where the condition holds; null takes it away.
  set(name, flags) {
    if (flags) this.conditions.set(name, flags);
    else this.conditions.delete(name);
    this.changed(this);
  }

  clear() {
    this.conditions.clear();
    this.changed(this);
  }

  // possible: of a position, whether it is on the map at all.
  apply(possible) {
    const { count } = this;
    const all = [...this.conditions.values()];
    this.flags = new Uint8Array(count);
    let selected = 0;
    if (this.active) {
      for (let position = 0; position < count; position++) {
        if (!all.every((flags) => flags[position] === 1) || !possible(position)) continue;
        this.flags[position] = 1;
        selected += 1;
      }
    }
    this.positions = new Uint32Array(selected);
    for (let position = 0, place = 0; place < selected; position++) {
      if (this.flags[position]) this.positions[place++] = position;
    }
  }
}

const KEPT = "skyloom selection";
const MOST_RUNS = 100_000; // browsers keep a few megabytes

// Hand a selection to the page that comes next, if it is one of the same images. One in too many
// pieces is not kept.
export function handOver(positions) {
  const runs = runsOf(positions);
  if (positions.length === 0 || runs.length > MOST_RUNS) return;
  sessionStorage.setItem(KEPT, JSON.stringify({ catalogue, runs }));
}

// Take over what was handed over: flags by position, or null.
export function takeOver(count) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  sessionStorage.removeItem(KEPT);
  if (kept?.catalogue !== catalogue) return null;
  const flags = new Uint8Array(count);
  for (const [first, length] of kept.runs) flags.fill(1, first, first + length);
  return flags;
}

// Ascending numbers as [first, length] of each run of neighbours.
function runsOf(positions) {
  const runs = [];
  for (const position of positions) {
    const run = runs.at(-1);
    if (run && position === run[0] + run[1]) run[1] += 1;
    else runs.push([position, 1]);
  }
  return runs;
}
