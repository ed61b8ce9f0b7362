// Credentials. They leave the fields when they are used, and stay in memory until they are forgotten.
import { $, say, sentence, value } from "./dom.js";
import { credentialsIn } from "./pasted.js";
import { errorForCredential } from "./sample.js";

const FIELDS = ["accessKeyId", "secretAccessKey", "sessionToken"];

/** A field is checked after a click on a button, because a new line would move the button away. */
const LATER = 250;

let held;

function typed() {
  const token = value("sessionToken");
  return {
    accessKeyId: value("accessKeyId"),
    secretAccessKey: value("secretAccessKey"),
    ...(token && { sessionToken: token }),
  };
}

/** Checks the fields that were visited, or all of them. Returns whether they are valid. */
export function check({ all = false } = {}) {
  if (held) return true;
  const given = typed();
  const faults = FIELDS.filter((field) => {
    if (!all && !$(field).dataset.visited) return false;
    if (field === "sessionToken" && !given.sessionToken) return !say(field);
    const error = errorForCredential(field, given[field]);
    return !say(field, error && sentence(error.reason ?? error.message));
  });
  const hint = given.accessKeyId.startsWith("AKIA")
    ? "This is the id of a long-term key. It works, but temporary credentials are safer here."
    : given.accessKeyId.startsWith("ASIA") && !given.sessionToken
      ? "This is the id of a temporary key, which works only with its session token."
      : "";
  $("accessKeyId-hint").textContent = hint;
  $("accessKeyId-hint").hidden = !hint;
  return faults.length === 0;
}

/** Takes valid credentials out of the fields, and returns them. */
export function take() {
  if (held) return held;
  held = typed();
  empty();
  const { accessKeyId, sessionToken } = held;
  $("held-key").textContent = accessKeyId.length > 8 ? `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}` : "Key";
  $("held-note").textContent = sessionToken ? "and token, in memory only" : "in memory only";
  show();
  return held;
}

/** Forgets the credentials. */
export function forget() {
  held = undefined;
  empty();
  show();
  check();
}

function empty() {
  for (const field of FIELDS) {
    $(field).value = "";
    delete $(field).dataset.visited;
    say(field);
  }
}

function show() {
  $("typed").hidden = held !== undefined;
  $("held").hidden = held === undefined;
}

for (const field of FIELDS) {
  $(field).addEventListener("blur", () => {
    $(field).dataset.visited = $(field).value && "yes";
    setTimeout(check, LATER);
  });
  $(field).addEventListener("input", () => check());
  $(field).addEventListener("paste", (event) => {
    const found = credentialsIn(event.clipboardData?.getData("text/plain") ?? "");
    if (!found) return;
    event.preventDefault();
    // A complete key replaces everything, and a single line only its own field.
    const isComplete = found.accessKeyId && found.secretAccessKey;
    for (const name of isComplete ? FIELDS : Object.keys(found)) {
      $(name).value = found[name] ?? "";
      $(name).dataset.visited = "yes";
    }
    $(field).dispatchEvent(new Event("input", { bubbles: true }));
  });
}
