// Elements from data, never text as markup.

export const el = (name) => document.getElementById(name);

export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (/^(data-|aria-|role$|for$)/.test(name)) made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

// Say something to everybody, readers of the screen too; an empty text takes it away.
export function tell(text, kind = "said") {
  const notice = el("notice");
  notice.textContent = text;
  notice.className = kind;
  notice.hidden = !text;
}

export const fail = (error) => tell(error.message, "failed");

// A name for something that is about to be sent, so that it is taken once.
export const identifier = () => Array.from(crypto.getRandomValues(new Uint8Array(16)),
  (byte) => byte.toString(16).padStart(2, "0")).join("");

// Do something; say what goes wrong.
export async function attempt(work) {
  try {
    await work();
  } catch (error) {
    fail(error);
  }
}

// The part of the address behind the question mark, kept when the page is loaded again or sent on.
export const asked = () => new URLSearchParams(location.search);

export function remember(parameters) {
  const text = String(queryOf(parameters));
  history.replaceState(null, "", text ? `?${text}` : location.pathname);
}

// Names and values as the address has them; empty ones are left out, a list is many of one name.
export function queryOf(parameters) {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, one]));
  return new URLSearchParams(pairs.filter(([, value]) => value));
}
