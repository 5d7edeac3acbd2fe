// What stands of all rows of one reviewer, whether the server has them already or not.

export class Decisions {
  constructor() {
    this.history = []; // rows that stand or stood before another of the same item, in order
    this.standing = new Map(); // item -> its last row
  }

  has(item) {
    return this.standing.has(item);
  }

  get(item) {
    return this.standing.get(item);
  }

  add(row) {
    if (row.undoes) {
      this.forget(row.undoes);
      return;
    }
    this.history = this.history.filter((other) => other.uid !== row.uid);
    this.history.push(row);
    this.standing.set(row.item, row);
  }

  forget(uid) {
    const row = this.history.find((one) => one.uid === uid);
    if (!row) return;
    this.history = this.history.filter((one) => one.uid !== uid);
    this.standing.delete(row.item);
    const before = this.history.findLast((one) => one.item === row.item);
    if (before) this.standing.set(row.item, before);
  }
}
