// Adding an example by its name, which the server helps to complete.

import { ask } from "./data.js";
import { fail, make } from "./dom.js";

// form: with the input, its datalist and a button for unlike ones. add: called with list and name.
export function bindCompletion(form, input, offers, unlike, add) {
  let typed = 0;
  const offer = async () => {
    const turn = ++typed;
    const prefix = input.value.trim();
    const { names } = prefix ? await ask("neighbours/names", { prefix }) : { names: [] };
    if (turn === typed) offers.replaceChildren(...names.map((value) => make("option", { value })));
  };
  const give = (list) => {
    const name = input.value.trim();
    if (!name) return input.focus();
    input.value = "";
    offers.replaceChildren();
    add(list, name);
  };
  input.addEventListener("input", () => offer().catch(fail));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    give("like");
  });
  unlike.addEventListener("click", () => give("unlike"));
}
