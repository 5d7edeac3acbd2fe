// A column of the images: numbers, times or categories; what it says of one image, in words.

import { load } from "./data.js";
import { make } from "./dom.js";

const NONE = 65535;

export class Property {
  constructor({ title, kind, categories, arrays }) {
    Object.assign(this, { title, kind, categories: categories ?? [] });
    this.values = arrays[0];
  }

  get length() {
    return this.values.length;
  }

  has(position) {
    const value = this.values[position];
    return this.kind === "category" ? value !== NONE : !Number.isNaN(value);
  }

  // What stands for the value in an address and in a list.
  text(position) {
    if (!this.has(position)) return "none";
    return this.say(this.values[position]);
  }

  say(value) {
    if (this.kind === "category") return this.categories[value];
    if (this.kind === "time") return new Date(value * 1000).toISOString().slice(0, 16).replace("T", " ");
    return String(Number(value.toPrecision(4)));
  }

  // Positions from the smallest to the largest value, those without one at the end.
  order(positions, descending) {
    const sign = descending ? -1 : 1;
    return Array.from(positions).sort((a, b) => {
      const [first, second] = [this.has(a), this.has(b)];
      if (!first || !second) return second - first || a - b;
      return sign * (this.values[a] - this.values[b]) || a - b;
    });
  }

  // How many of some positions have each category, in the order of the categories.
  counts(positions) {
    const found = new Uint32Array(this.categories.length);
    for (const position of positions) if (this.has(position)) found[this.values[position]] += 1;
    return found;
  }
}

export async function loadProperty(key) {
  return new Property(await load(`columns/${key}`));
}

// The list of all properties, [{key, title, kind, source}].
export async function listProperties() {
  return (await load("properties")).properties;
}

// Offer properties in a select, by the table that they come from.
export function fillProperties(select, properties, nothing) {
  const groups = Map.groupBy(properties, ({ source }) => source);
  select.replaceChildren(make("option", { value: "" }, nothing));
  for (const [source, members] of groups) {
    const options = members.map(({ key, title }) => make("option", { value: key }, title));
    const group = make("optgroup", {}, ...options);
    group.label = source;
    select.append(group);
  }
}
