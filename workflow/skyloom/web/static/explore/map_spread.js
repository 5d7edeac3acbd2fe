// The range of numbers or times that a scale shows: what lies beyond counts as its ends.

const LONG = 40 * 86400; // seconds, from which on days are enough
const SAMPLE = 20000;
const BEYOND_ENDS = 0.005; // on either side

export class Spread {
  // low, high: ends of the scale; below, above: whether values lie beyond.
  constructor(values) {
    const known = sampleOf(values).sort();
    const [least, most] = extremes(values);
    const cut = Math.floor(known.length * BEYOND_ENDS);
    const [low, high] = [known[cut], known[known.length - 1 - cut]];
    // A tail is cut only where the scale gains much by it.
    const tight = most - least > 1.5 * (high - low) && high > low;
    [this.low, this.high] = tight ? [low, high] : [least, most];
    [this.below, this.above] = [this.low > least, this.high < most];
  }

  // By position, the number of the bin 0 to count - 1, or `none` where there is no value.
  bins(values, count, none) {
    const { low } = this;
    const factor = count / (this.high - low || 1);
    const bins = new Uint16Array(values.length);
    for (let position = 0; position < values.length; position++) {
      const value = values[position];
      const bin = (value - low) * factor;
      bins[position] = value !== value ? none : bin <= 0 ? 0 : bin >= count ? count - 1 : bin | 0;
    }
    return bins;
  }

  at(share) {
    return this.low + share * (this.high - this.low);
  }

  // A value of the property in words, no finer than the scale needs.
  say(property, value) {
    const extent = this.high - this.low;
    if (property.kind === "time") return property.say(value).slice(0, extent > LONG ? 10 : undefined);
    const digits = Math.min(20, Math.max(0, 2 - Math.floor(Math.log10(extent || 1))));
    return property.say(Number(value.toFixed(digits)));
  }

  // What the ends of the scale say.
  ends(property) {
    return [
      `${this.below ? "\u2264 " : ""}${this.say(property, this.low)}`,
      `${this.above ? "\u2265 " : ""}${this.say(property, this.high)}`,
    ];
  }
}

function sampleOf(values) {
  const step = Math.max(1, Math.floor(values.length / SAMPLE));
  return values.filter((value, position) => position % step === 0 && value === value);
}

function extremes(values) {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}
