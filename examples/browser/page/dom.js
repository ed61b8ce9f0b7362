// Elements. Strings are set as text, so nothing from a server becomes markup.

export const $ = (id) => document.getElementById(id);

export const value = (field) => $(field).value.trim();

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Shows the problem of a field below it, or removes it. Returns whether there is none. */
export function say(field, problem) {
  const place = $(`${field}-error`);
  place.textContent = problem ?? "";
  place.hidden = !problem;
  if (problem) $(field).setAttribute("aria-invalid", "true");
  else $(field).removeAttribute("aria-invalid");
  return !problem;
}

/** Returns a message of the package as a sentence. */
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.?!]$/.test(text) ? "" : ".");

export const number = (value) => value.toLocaleString("en");

export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
