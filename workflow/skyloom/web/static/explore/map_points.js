// The points of a map, sorted into the cells of a grid: those in a box, near a place or inside a
// line are found without looking at all of them.

const IN_A_CELL = 8;
const MOST_CELLS = 512; // along a side

export class MapPoints {
  // x, y: by position; images without a place have NaN. Afterwards x, y and position are in the
  // order of the cells, inside a cell at random, so that every so-manieth is a fair sample and none
  // lies on top because of its name.
  constructor(x, y) {
    this.total = x.length;
    this.measure(x, y);
    this.sort(this.cellsOf(x, y));
    this.mix();
    this.x = this.inOrder(x);
    this.y = this.inOrder(y);
  }

  // Values by position in the order of the sorted points.
  inOrder(values) {
    const { position } = this;
    const sorted = new values.constructor(position.length);
    for (let k = 0; k < position.length; k++) sorted[k] = values[position[k]];
    return sorted;
  }

  get length() {
    return this.position.length;
  }

  measure(x, y) {
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let position = 0; position < x.length; position++) {
      const across = x[position];
      const up = y[position];
      if (across < left) left = across;
      if (across > right) right = across;
      if (up < bottom) bottom = up;
      if (up > top) top = up;
    }
    this.bounds = right >= left ? { left, right, bottom, top } : { left: 0, right: 1, bottom: 0, top: 1 };
    const extent = Math.max(this.bounds.right - this.bounds.left, this.bounds.top - this.bounds.bottom) || 1;
    this.side = Math.min(MOST_CELLS, Math.max(1, Math.round(Math.sqrt(x.length / IN_A_CELL))));
    this.cellsAUnit = this.side / extent;
  }

  column(x) {
    return Math.min(this.side - 1, Math.max(0, Math.floor((x - this.bounds.left) * this.cellsAUnit)));
  }

  row(y) {
    return Math.min(this.side - 1, Math.max(0, Math.floor((y - this.bounds.bottom) * this.cellsAUnit)));
  }

  cellsOf(x, y) {
    const { side, cellsAUnit } = this;
    const { left, bottom } = this.bounds;
    const cells = new Int32Array(x.length);
    for (let position = 0; position < x.length; position++) {
      const column = (x[position] - left) * cellsAUnit;
      const row = (y[position] - bottom) * cellsAUnit;
      cells[position] = column + row >= 0 // false of NaN
        ? Math.min(side - 1, row | 0) * side + Math.min(side - 1, column | 0) : -1;
    }
    return cells;
  }

  // Where each cell begins, and the positions in the order of their cells.
  sort(cells) {
    const { side } = this;
    this.start = new Uint32Array(side * side + 1);
    const { start } = this;
    for (let position = 0; position < cells.length; position++) {
      if (cells[position] >= 0) start[cells[position] + 1] += 1;
    }
    for (let cell = 0; cell < side * side; cell++) start[cell + 1] += start[cell];
    const next = start.slice();
    this.position = new Uint32Array(start[side * side]);
    for (let position = 0; position < cells.length; position++) {
      if (cells[position] >= 0) this.position[next[cells[position]]++] = position;
    }
  }

  // Shuffle inside each cell (Fisher and Yates), always in the same way.
  mix() {
    const { position, start } = this;
    let random = 1;
    for (let cell = 0; cell + 1 < start.length; cell++) {
      const first = start[cell];
      for (let last = start[cell + 1] - 1; last > first; last--) {
        random = (Math.imul(random, 1664525) + 1013904223) | 0;
        const other = first + (random >>> 8) % (last - first + 1);
        const kept = position[last];
        position[last] = position[other];
        position[other] = kept;
      }
    }
  }

  // Stretches [from, to, from, to, ...] of the sorted points that hold all of a box, and few others.
  stretches({ left, right, bottom, top }) {
    const found = [];
    const [first, last] = [this.column(left), this.column(right)];
    for (let row = this.row(bottom); row <= this.row(top); row++) {
      const from = this.start[row * this.side + first];
      const to = this.start[row * this.side + last + 1];
      if (from === to) continue;
      if (found.at(-1) === from) found[found.length - 1] = to;
      else found.push(from, to);
    }
    return found;
  }

  // Call visit with the place, among the sorted points, of each in a box.
  each(box, visit) {
    const stretches = this.stretches(box);
    for (let one = 0; one < stretches.length; one += 2) {
      for (let k = stretches[one]; k < stretches[one + 1]; k++) {
        const inside = this.x[k] >= box.left && this.x[k] <= box.right
          && this.y[k] >= box.bottom && this.y[k] <= box.top;
        if (inside) visit(k);
      }
    }
  }

  // By position, 1 for images that have a place on the map.
  get placed() {
    if (!this.flags) {
      this.flags = new Uint8Array(this.total);
      for (const position of this.position) this.flags[position] = 1;
    }
    return this.flags;
  }

  // The place among the sorted points of an image, or -1.
  placeOf(position) {
    return this.position.indexOf(position);
  }

  // The place of the nearest point within a radius that may be taken, or -1.
  nearest(x, y, radius, taken) {
    let [found, least] = [-1, radius * radius];
    this.each({ left: x - radius, right: x + radius, bottom: y - radius, top: y + radius }, (k) => {
      const distance = (this.x[k] - x) ** 2 + (this.y[k] - y) ** 2;
      if (distance <= least && taken(k)) [found, least] = [k, distance];
    });
    return found;
  }

  // By position, 1 for the points inside a closed line of [x, y].
  enclosed(line) {
    const flags = new Uint8Array(this.total);
    const [xs, ys] = [line.map(([x]) => x), line.map(([, y]) => y)];
    const box = {
      left: Math.min(...xs), right: Math.max(...xs), bottom: Math.min(...ys), top: Math.max(...ys),
    };
    this.each(box, (k) => {
      if (isEnclosed(xs, ys, this.x[k], this.y[k])) flags[this.position[k]] = 1;
    });
    return flags;
  }
}

// Whether a line to the right of a place crosses the closed line an odd number of times.
function isEnclosed(xs, ys, x, y) {
  let odd = false;
  for (let to = 0, from = xs.length - 1; to < xs.length; from = to++) {
    const crosses = ys[to] > y !== ys[from] > y;
    if (crosses && x < xs[to] + (xs[from] - xs[to]) * (y - ys[to]) / (ys[from] - ys[to])) odd = !odd;
  }
  return odd;
}
