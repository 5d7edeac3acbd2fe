// Decisions on their way to the server's disk. They wait in this browser while it is away.

const RETRY = 1500; // milliseconds

export class Outbox {
  // name: of the place in the browser's storage; send: rows -> {taken, refused}; changed: called
  // with the number of rows that wait, and with the rows that the server has refused.
  constructor(name, send, changed) {
    this.name = name;
    this.send = send;
    this.changed = changed;
    this.rows = JSON.parse(localStorage.getItem(name) ?? "[]");
  }

  add(row) {
    this.rows.push(row);
    this.keep();
    this.flush();
  }

  // Send what waits; ends when nothing does, or when the server is away.
  flush() {
    this.flight ??= this.empty().finally(() => (this.flight = null));
    return this.flight;
  }

  async empty() {
    try {
      while (this.rows.length) {
        const batch = this.rows.slice(0, 100);
        const reply = await this.send(batch);
        const done = new Set(batch.map((row) => row.uid));
        this.rows = this.rows.filter((row) => !done.has(row.uid));
        this.keep(reply.refused ?? []);
      }
    } catch {
      setTimeout(() => this.flush(), RETRY);
    }
  }

  keep(refused = []) {
    localStorage.setItem(this.name, JSON.stringify(this.rows));
    this.changed(this.rows.length, refused);
  }
}
