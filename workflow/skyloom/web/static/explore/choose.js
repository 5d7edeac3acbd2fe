// Lists to choose a property from, by the table that it comes from.

import { make } from "./dom.js";

// properties: as `listProperties` gives them. nothing: what the first entry says, whose value is
// `empty`.
export function offerProperties(select, properties, nothing, empty = "") {
  const groups = Map.groupBy(properties, ({ source }) => source);
  select.replaceChildren(make("option", { value: empty }, nothing));
  for (const [source, members] of groups) {
    const options = members.map(({ key, title }) => make("option", { value: key }, title));
    const group = make("optgroup", {}, ...options);
    group.label = source;
    select.append(group);
  }
}
