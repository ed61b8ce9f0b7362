// The page. The package validates the form, and builds and sends requests. This file shows the results.
import { deleteInvitations, explain, init, signRequest } from "./pkg/index.js";
import * as curl from "./curl.js";
import { credentialsIn, words } from "./text.js";
import { showFailure, showOutcome, Progress } from "./results.js";

const $ = (id) => document.getElementById(id);
const form = $("form");
const CREDENTIALS = ["accessKeyId", "secretAccessKey", "sessionToken"];

/** Valid options, to validate one option at a time. */
const SAMPLE = {
  region: "us-east-1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
  accountIds: ["111122223333"],
};

/** The field of each setting that an error can name. */
const FIELD_OF = {
  region: "region",
  "endpoint URL": "endpoint",
  "relay URL": "relay",
  "access key id": "accessKeyId",
  "secret access key": "secretAccessKey",
  "session token": "sessionToken",
};

/** Returns the package's error for these options, or `undefined`. */
function errorFor(options) {
  try {
    signRequest({ ...SAMPLE, ...options });
  } catch (error) {
    return error;
  }
}

function say(field, text) {
  const place = $(`${field}-error`);
  place.textContent = text ?? "";
  place.hidden = !text;
  if (text) $(field).setAttribute("aria-invalid", "true");
  else $(field).removeAttribute("aria-invalid");
  return !text;
}

const value = (field) => $(field).value.trim();
/** Turns a message of the package into a sentence below the field. */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.?!]$/.test(text) ? "" : ".");

// Endpoint.

/** Returns the options of the endpoint that the request is signed for. */
function signedFor() {
  const options = { region: value("region") };
  if (form.route.value === "direct" && value("endpoint")) return { ...options, endpoint: value("endpoint") };
  return { ...options, fips: $("fips").checked, dualStack: $("dualStack").checked };
}

/** Returns the options that decide where a request goes. Throws the package's error for them. */
function destination() {
  const options = signedFor();
  const { host } = new URL(signRequest({ ...SAMPLE, ...options }).url);
  if (form.route.value === "direct") return { options, host };
  return { options: { ...options, relay: `${value("relay").replace(/\/+$/, "")}/${host}` }, host };
}

function checkWhere() {
  const direct = form.route.value === "direct";
  $("relay-field").hidden = direct;
  $("endpoint-field").hidden = !direct;
  $("variant-field").hidden = direct && value("endpoint") !== "";
  for (const field of ["region", "endpoint", "relay"]) say(field);
  try {
    const { options, host } = destination();
    const url = signRequest({ ...SAMPLE, ...options }).url;
    const target = $("target");
    target.replaceChildren("Sent to ", bold(url));
    if (new URL(url).host !== host) target.append(", signed for ", bold(host));
    return true;
  } catch (error) {
    $("target").replaceChildren();
    return say(FIELD_OF[error.setting] ?? "region", sentence(error.reason ?? error.message));
  }
}

function bold(text) {
  const element = document.createElement("b");
  element.textContent = text;
  return element;
}

// Credentials.

function credentials() {
  const token = value("sessionToken");
  return {
    accessKeyId: value("accessKeyId"),
    secretAccessKey: value("secretAccessKey"),
    ...(token && { sessionToken: token }),
  };
}

/** Checks the fields that were visited, or all of them. */
function checkCredentials(all) {
  const typed = credentials();
  const faults = CREDENTIALS.filter((field) => {
    if (!all && !$(field).dataset.visited) return false;
    if (field === "sessionToken" && !typed.sessionToken) return !say(field);
    const error = errorFor({ credentials: { ...SAMPLE.credentials, [field]: typed[field] } });
    return !say(field, error && sentence(error.reason ?? error.message));
  });
  const hint = typed.accessKeyId.startsWith("AKIA")
    ? "This is the id of a long-term key. It works, but temporary credentials are safer here."
    : typed.accessKeyId.startsWith("ASIA") && !typed.sessionToken
      ? "This is the id of a temporary key, which works only with its session token."
      : "";
  $("accessKeyId-hint").textContent = hint;
  $("accessKeyId-hint").hidden = !hint;
  return faults.length === 0;
}

/** A field is checked after a click on a button, because a new line would move the button away. */
const LATER = 250;

for (const field of CREDENTIALS) {
  $(field).addEventListener("blur", () => {
    $(field).dataset.visited = $(field).value && "yes";
    setTimeout(checkCredentials, LATER, false);
  });
  $(field).addEventListener("input", () => checkCredentials(false));
  $(field).addEventListener("paste", (event) => {
    const found = credentialsIn(event.clipboardData?.getData("text/plain") ?? "");
    if (!found) return;
    event.preventDefault();
    for (const name of CREDENTIALS) {
      $(name).value = found[name] ?? "";
      $(name).dataset.visited = "yes";
    }
    changed();
    checkCredentials(false);
  });
}

function forget() {
  for (const field of CREDENTIALS) {
    $(field).value = "";
    delete $(field).dataset.visited;
    say(field);
  }
  checkCredentials(false);
  forgetExplanation();
}
$("forget").addEventListener("click", () => {
  forget();
  $("accessKeyId").focus();
});

// Accounts.

const SHOWN = 50;

/** Checks the ids. While `typing`, the word at the cursor may not be finished, and is skipped. */
function checkIds({ typing = false, all = false } = {}) {
  const box = $("ids");
  const found = words(box.value);
  const isUnfinished = ({ end }) => typing && document.activeElement === box && end === box.selectionStart;
  const checked = found.filter((word) => !isUnfinished(word));
  const error = checked.length > 0 ? errorFor({ accountIds: checked.map(({ word }) => word) }) : undefined;
  const refused = error?.invalid ?? [];

  clearTimeout(idsTimer);
  const list = $("ids-refused");
  list.replaceChildren(
    ...refused.slice(0, SHOWN).map(({ index, reason }) => refusedLine(box, checked[index], index, reason)),
  );
  if (refused.length > SHOWN) {
    const more = document.createElement("li");
    more.textContent = `and ${refused.length - SHOWN} more`;
    list.append(more);
  }
  if (refused.length > 0) box.setAttribute("aria-invalid", "true");
  else box.removeAttribute("aria-invalid");

  const status = $("ids-status");
  const good = checked.length - refused.length;
  status.classList.toggle("error", refused.length > 0);
  if (refused.length > 0) status.textContent = `${count(refused.length, "invalid id")}, ${good} valid.`;
  else if (checked.length > 0) {
    const kept = JSON.parse(signRequest({ ...SAMPLE, accountIds: checked.map(({ word }) => word) }).body).AccountIds
      .length;
    const repeated = checked.length - kept;
    const note = repeated > 0 ? `, ${repeated} of them repeated and sent once` : "";
    status.textContent = `${count(kept, "account id")}${note}.`;
  } else status.textContent = all ? "Enter at least one account id." : "";
  if (all && checked.length === 0) {
    status.classList.add("error");
    box.setAttribute("aria-invalid", "true");
  }
  return refused.length === 0 && checked.length > 0;
}

function refusedLine(box, { word, line, start, end }, index, reason) {
  const item = document.createElement("li");
  const where = document.createElement("button");
  where.type = "button";
  where.textContent = `Line ${line}, id ${index + 1}`;
  where.title = "Select this id in the field";
  where.addEventListener("click", () => {
    box.focus();
    box.setSelectionRange(start, end);
  });
  const code = document.createElement("code");
  code.textContent = word.length > 60 ? `${word.slice(0, 60)}…` : word;
  item.append(where, code, document.createTextNode(` ${reason}`));
  return item;
}

const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

let idsTimer;
$("ids").addEventListener("input", (event) => {
  clearTimeout(idsTimer);
  idsTimer = setTimeout(checkIds, 120, { typing: event.inputType?.startsWith("insertText") });
});
$("ids").addEventListener("blur", () => {
  clearTimeout(idsTimer);
  idsTimer = setTimeout(checkIds, LATER);
});

// Everything together.

function options() {
  return {
    ...destination().options,
    credentials: credentials(),
    accountIds: words($("ids").value).map(({ word }) => word),
  };
}

/** Returns whether the form can be sent. Otherwise, the first invalid field gets the focus. */
function isValid() {
  const results = [checkWhere(), checkCredentials(true), checkIds({ all: true })];
  if (results.every(Boolean)) return true;
  form.querySelector("[aria-invalid=true]")?.focus();
  return false;
}

function changed() {
  checkWhere();
  forgetExplanation();
}
form.addEventListener("input", changed);
form.addEventListener("change", changed);

// Sending.

let call;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (call || !isValid()) return;
  call = new AbortController();
  const sent = options();
  const progress = new Progress($("progress"));
  $("progress-empty").hidden = true;
  $("accounts").replaceChildren();
  $("accounts").hidden = true;
  $("outcome").replaceChildren();
  busy(true);
  try {
    const output = await deleteInvitations({
      ...sent,
      maxAttempts: Number($("maxAttempts").value) || 3,
      attemptTimeoutMs: (Number($("attemptTimeout").value) || 30) * 1000,
      signal: call.signal,
      onAttempt: (attempt) => progress.finished(attempt),
    });
    showOutcome($("outcome"), $("accounts"), output);
  } catch (error) {
    progress.ended(error);
    showFailure($("outcome"), error, { direct: form.route.value === "direct", offline: !navigator.onLine });
  } finally {
    call = undefined;
    busy(false);
  }
});

function busy(is) {
  // The focus must not be lost with the button that had it.
  const hadFocus = document.activeElement;
  $("cancel").disabled = !is;
  $("send").disabled = is;
  if (is && hadFocus === $("send")) $("cancel").focus();
  if (!is && hadFocus === $("cancel")) $("send").focus();
}

$("cancel").addEventListener("click", () => call?.abort());

// Explaining.

let explained;

$("explain").addEventListener("click", () => {
  if (!isValid()) return;
  const date = new Date();
  // curl needs no relay, because CORS applies only to browsers.
  const { relay, ...direct } = options();
  explained = { request: signRequest({ ...direct, date }), explanation: explain({ ...direct, date }) };
  $("signed-at").textContent = `Signed at ${date.toISOString().slice(11, 19)} UTC. The signature is valid for five minutes.`;
  $("show-secrets").checked = false;
  showExplanation();
});

function showExplanation() {
  const { request, explanation } = explained;
  const secrets = $("show-secrets").checked;
  $("canonical").textContent = curl.canonical(explanation.canonicalRequest, secrets);
  $("to-sign").textContent = explanation.stringToSign;
  $("signature").textContent = curl.signature(explanation.signature, secrets);
  $("curl").textContent = curl.command(request, secrets);
  $("copied").textContent = "";
  $("explanation").hidden = false;
  $("explain-empty").hidden = true;
}

/** Forgets the explanation of an earlier form, and its secrets. */
function forgetExplanation() {
  if (!explained) return;
  explained = undefined;
  for (const id of ["canonical", "to-sign", "signature", "curl", "copied"]) $(id).textContent = "";
  $("show-secrets").checked = false;
  $("explanation").hidden = true;
  $("explain-empty").hidden = false;
}

$("show-secrets").addEventListener("change", () => explained && showExplanation());
$("copy-curl").addEventListener("click", async () => {
  const secrets = $("show-secrets").checked;
  try {
    await navigator.clipboard.writeText(curl.command(explained.request, secrets));
    $("copied").textContent = secrets
      ? "Copied with the secrets. Anyone who has it can make this one request within five minutes."
      : "Copied without the secrets, so it does not run. Tick “Show secrets” first to copy one that does.";
  } catch {
    $("copied").textContent = "The browser does not let this page copy. Select the command and copy it by hand.";
  }
});

// Start and end.

/** Completes the form from the link, which has no secrets: `#region=eu-central-1&endpoint=http://127.0.0.1:4566` */
function prefill() {
  const given = new URLSearchParams(location.hash.slice(1));
  $("relay").value = given.get("relay") ?? new URL("relay", location.href.split("#")[0]).href;
  for (const field of ["region", "endpoint", "ids"]) if (given.has(field)) $(field).value = given.get(field);
  if (given.has("endpoint")) form.route.value = "direct";
}

// A page can come back from the browser's cache, and must come back empty.
addEventListener("pagehide", () => {
  call?.abort();
  forget();
});

prefill();
try {
  await init();
  for (const id of ["send", "explain"]) $(id).disabled = false;
  changed();
  if ($("ids").value) checkIds();
} catch (error) {
  $("broken").textContent = `The page could not load the module that signs its requests. ${error.message}`;
  $("broken").hidden = false;
}
