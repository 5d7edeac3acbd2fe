// What people say about clusters: asked for, sent, told in words.

import { ask, live, load } from "./data.js";
import { attempt, el, identifier, make, tell } from "./dom.js";

export class Naming {
  // membership: SHA-256 of the clustering. changed: called with the state whenever it is new.
  constructor(encoder, algorithm, membership, changed) {
    Object.assign(this, { encoder, algorithm, membership, changed });
  }

  get where() {
    return { encoder: this.encoder, algorithm: this.algorithm };
  }

  async begin() {
    const name = `clusters/${this.encoder}/${this.algorithm}/state`;
    this.take(live ? await ask("clusters/state", this.where) : await load(name));
  }

  take(state) {
    this.state = state;
    el("names").replaceChildren(...state.names.map((name) => make("option", { value: name })));
    this.changed(state);
  }

  async say(act, more = {}) {
    const body = { ...this.where, membership: this.membership, uid: identifier(), act, ...more };
    this.take(await ask("clusters/say", {}, body));
  }

  async use() {
    const { file, state } = await ask("clusters/use", this.where, {});
    this.take(state);
    tell(`The workflow reads these names now (${file}). With relabel.names in the config they are `
      + "the crude labels of the rounds: skyloom run");
  }
}

// The buttons that are about all clusters.
export function drawNaming(box, naming) {
  if (!box) return;
  const { sealed, rows, reviewer, named } = naming.state;
  const mine = rows.some(({ by, stands, act }) => by === reviewer && stands && act);
  const undo = make("button", { type: "button", disabled: !mine }, "undo ", make("kbd", {}, "u"));
  undo.addEventListener("click", () => attempt(() => naming.say("undo")));
  const use = make("button", { type: "button", disabled: !named || sealed.current },
    sealed.current ? "names in use" : "use these names");
  use.title = sealed.file ? `the workflow reads ${sealed.file}` : "the workflow reads no names yet";
  use.addEventListener("click", () => attempt(() => naming.use()));
  box.replaceChildren(undo, use);
}

// What a row of the log says, in words.
export function inWords({ act, cluster, name, into }) {
  if (act === "name") return `cluster ${cluster} is "${name}"`;
  if (act === "merge") return `cluster ${cluster} is one with ${into}`;
  if (act === "split") return `cluster ${cluster} is not one thing`;
  if (act === "junk") return `cluster ${cluster} is junk`;
  return `undone, about cluster ${cluster}`;
}
