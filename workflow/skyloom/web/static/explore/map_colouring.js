// How the points are coloured: a code for each image, and what each code looks like.

import { categoryColours, grey, scaleColour, strongGrey } from "./map_colours.js";
import { Spread } from "./map_spread.js";

const LEVELS = 250;
const FAINT = 110; // opacity, of 255, of what is not selected
const FULL = 255;

// All images alike, categories, or numbers on a scale. Code `none` is for images without a value.
export class Colouring {
  // property: null for all alike. off: names of categories that are switched off.
  constructor(property, count, off) {
    this.property = property;
    this.categories = property?.kind === "category" ? property.categories : null;
    if (!property) [this.codes, this.none] = [new Uint16Array(count), 0];
    else if (this.categories) this.codeCategories();
    else this.codeNumbers();
    this.counts = countsOf(this.codes, this.none + 1);
    const hidden = new Set(off);
    this.shown = Array.from({ length: this.none + 1 }, (_, code) => !hidden.has(this.nameOf(code)));
  }

  codeCategories() {
    this.none = this.categories.length;
    this.codes = this.property.values.slice();
    const { codes, none } = this;
    for (let position = 0; position < codes.length; position++) {
      if (codes[position] > none) codes[position] = none;
    }
  }

  codeNumbers() {
    this.none = LEVELS;
    this.spread = new Spread(this.property.values);
    this.codes = this.spread.bins(this.property.values, LEVELS, LEVELS);
  }

  // What a switch of the legend is called in the address.
  nameOf(code) {
    return code === this.none ? "none" : this.categories?.[code] ?? "";
  }

  get off() {
    const names = this.shown.map((shown, code) => (shown ? "" : this.nameOf(code)));
    return names.filter((name) => name);
  }

  // Colour of each code, null for grey.
  get colours() {
    if (!this.property) return [scaleColour(0.35)];
    if (!this.categories) {
      const scale = Array.from({ length: LEVELS }, (_, code) => scaleColour(code / (LEVELS - 1)));
      return [...scale, null];
    }
    return [...categoryColours(this.counts.subarray(0, this.none), this.shown), null];
  }

  // Colours as 0xAABBGGRR of codes twice: even for points that are not selected, odd for those that
  // are; 0 for what is switched off. lit: the one code that stands out, or null.
  palette(selecting, lit) {
    const palette = new Uint32Array(2 * (this.none + 1));
    this.colours.forEach((colour, code) => {
      if (!this.shown[code]) return;
      const faint = selecting || (lit !== null && lit !== code);
      const own = packedColour(colour ?? (selecting || lit === code ? strongGrey() : grey()), FULL);
      palette[2 * code] = faint ? packedColour(grey(), FAINT) : own;
      palette[2 * code + 1] = own;
    });
    return palette;
  }
}

function packedColour([red, green, blue], alpha) {
  return (alpha << 24 | blue << 16 | green << 8 | red) >>> 0;
}

function countsOf(codes, length) {
  const counts = new Uint32Array(length);
  for (const code of codes) counts[code] += 1;
  return counts;
}
