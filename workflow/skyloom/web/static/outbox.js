// Decisions on their way to the server's disk. They wait in this browser while it is away.
//
// Each waits under a name of its own, so that tabs do not overwrite what others have kept. A tab that
// opens sends what it finds, too; the server takes a row once.

const RETRY = 1500; // milliseconds

export class Outbox {
  // name: of the place in the browser's storage; send: rows -> {taken, refused}; changed: called
  // with the number of rows that wait, and with the rows that the server has refused.
  constructor(name, send, changed) {
    Object.assign(this, { name, send, changed });
    const kept = Object.keys(localStorage).filter((key) => key.startsWith(`${name}/`));
    const found = kept.map((key) => JSON.parse(localStorage.getItem(key))); // null: sent meanwhile
    this.rows = found.filter(Boolean).sort((a, b) => a.at - b.at).map(({ row }) => row);
  }

  add(row) {
    const at = performance.timeOrigin + performance.now(); // Date.now() has no parts of milliseconds
    localStorage.setItem(`${this.name}/${row.uid}`, JSON.stringify({ at, row }));
    this.rows.push(row);
    this.tell();
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
        for (const { uid } of batch) localStorage.removeItem(`${this.name}/${uid}`);
        this.rows = this.rows.slice(batch.length);
        this.tell(reply.refused ?? []);
      }
    } catch {
      setTimeout(() => this.flush(), RETRY);
    }
  }

  tell(refused = []) {
    this.changed(this.rows.length, refused);
  }
}
