// Decisions about selected images: all have one label, or are to be looked at in the queue.

import { ask, catalogue, live } from "./data.js";
import { attempt, identifier, make, tell } from "./dom.js";

let possible; // asked for until it is known that something is; its last: what an undo would undo

// box: is filled. selected: positions. done: called after a decision, and to select nothing.
export async function offerDecisions(box, selected, done = () => {}) {
  if (!live) return;
  possible ??= ask("decisions/state").catch((error) => {
    possible = null;
    throw error;
  });
  const state = await possible;
  box.className = "decide";
  box.hidden = !selected.length;
  const count = make("b", { role: "status" }, `${selected.length.toLocaleString("en")} selected`);
  const none = make("button", { type: "button" }, "select none");
  none.addEventListener("click", done);
  if (state.why) {
    possible = null;
    const why = make("span", { className: "quiet" }, `No decision can be written: ${state.why}`);
    box.replaceChildren(count, why, none);
    return;
  }
  const send = (label) => attempt(async () => {
    await decided("take", { uid: identifier(), catalogue, at: selected, label });
    done();
  });
  const label = make("select", {}, make("option", { value: "" }, "class"),
    ...state.classes.map((value) => make("option", { value }, value)));
  label.setAttribute("aria-label", "class of all selected images");
  const all = make("button", { type: "button", disabled: true }, "give all this label");
  label.addEventListener("change", () => (all.disabled = !label.value));
  all.addEventListener("click", () => send(label.value));
  const queue = make("button", { type: "button" }, `send to the queue of round ${state.round + 1}`);
  queue.addEventListener("click", () => send(null));
  box.replaceChildren(count, make("label", {}, "all of these are ", label), all, queue, none);
  if (state.last) box.append(undoing(state.last));
}

function undoing({ images, label }) {
  const what = label === null ? "sent to the queue" : label;
  const undo = make("button", { type: "button" }, `undo: ${images.toLocaleString("en")} ${what}`);
  undo.addEventListener("click", () => attempt(async () => {
    await undoDecision();
    undo.remove();
  }));
  return undo;
}

// Undo one's own last decision.
export const undoDecision = () => decided("undo", {});

async function decided(route, body) {
  const { said, last } = await ask(`decisions/${route}`, {}, body);
  const state = await possible;
  if (state) state.last = last;
  tell(said);
}
