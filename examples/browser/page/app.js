// The page. What is right and wrong, where requests go and what they look like, the package says; this file shows it.
import { deleteInvitations, explain, init, signRequest } from "./pkg/index.js";
import * as curl from "./curl.js";
import { credentialsIn, words } from "./text.js";
import { showFailure, showOutcome, Progress } from "./results.js";

const $ = (id) => document.getElementById(id);
const form = $("form");
const CREDENTIALS = ["accessKeyId", "secretAccessKey", "sessionToken"];

/** For questions about one setting, with the others in order. */
const SAMPLE = {
  region: "us-east-1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
  accountIds: ["111122223333"],
};

/** The field that an error's setting was typed into. */
const FIELD_OF = {
  region: "region",
  "endpoint URL": "endpoint",
  "relay URL": "relay",
  "access key id": "accessKeyId",
  "secret access key": "secretAccessKey",
  "session token": "sessionToken",
};

/** What the package says against these options, or `undefined`. */
function refusal(options) {
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
/** What the package says, as a sentence of its own below the field. */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.?!]$/.test(text) ? "" : ".");

// Where.

/** What the request is signed for: the relay carries it there. */
function signedFor() {
  const options = { region: value("region") };
  if (form.route.value === "direct" && value("endpoint")) return { ...options, endpoint: value("endpoint") };
  return { ...options, fips: $("fips").checked, dualStack: $("dualStack").checked };
}

/** The options that say where a request goes. Throws what the package has against them. */
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
    return say(FIELD_OF[error.setting] ?? "region", sentence(error.rule ?? error.message));
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

/** Fields that nobody has been to are not complained about, unless `all`. */
function checkCredentials(all) {
  const typed = credentials();
  const faults = CREDENTIALS.filter((field) => {
    if (!all && !$(field).dataset.visited) return false;
    if (field === "sessionToken" && !typed.sessionToken) return !say(field);
    const error = refusal({ credentials: { ...SAMPLE.credentials, [field]: typed[field] } });
    return !say(field, error && sentence(error.rule ?? error.message));
  });
  const hint = typed.accessKeyId.startsWith("AKIA")
    ? "This is the id of a long-term key. It will do, but temporary credentials are safer here."
    : typed.accessKeyId.startsWith("ASIA") && !typed.sessionToken
      ? "This is the id of a temporary key, which is good only together with its session token."
      : "";
  $("accessKeyId-hint").textContent = hint;
  $("accessKeyId-hint").hidden = !hint;
  return faults.length === 0;
}

/** What is left for a button is looked at once the button had its click: a line that appears would move it away. */
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

/** `typing` leaves the word at the cursor alone: it may not be finished. */
function checkIds({ typing = false, all = false } = {}) {
  const box = $("ids");
  const found = words(box.value);
  const isUnfinished = ({ end }) => typing && document.activeElement === box && end === box.selectionStart;
  const checked = found.filter((word) => !isUnfinished(word));
  const error = checked.length > 0 ? refusal({ accountIds: checked.map(({ word }) => word) }) : undefined;
  const refused = error?.refused ?? [];

  clearTimeout(idsTimer);
  const list = $("ids-refused");
  list.replaceChildren(
    ...refused.slice(0, SHOWN).map(({ index, rule }) => refusedLine(box, checked[index], index, rule)),
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
  if (refused.length > 0) status.textContent = `${count(refused.length, "id")} refused, ${good} in order.`;
  else if (checked.length > 0) {
    const kept = JSON.parse(signRequest({ ...SAMPLE, accountIds: checked.map(({ word }) => word) }).body).AccountIds
      .length;
    const repeated = checked.length - kept;
    const note = repeated > 0 ? `, ${repeated} of them repeated and sent once` : "";
    status.textContent = `${count(kept, "account id")}${note}.`;
  } else status.textContent = all ? "There is no account id yet: a call takes 1 or more." : "";
  if (all && checked.length === 0) {
    status.classList.add("error");
    box.setAttribute("aria-invalid", "true");
  }
  return refused.length === 0 && checked.length > 0;
}

function refusedLine(box, { word, line, start, end }, index, rule) {
  const item = document.createElement("li");
  const where = document.createElement("button");
  where.type = "button";
  where.textContent = `Line ${line}, id ${index + 1}`;
  where.title = "Select it in the text";
  where.addEventListener("click", () => {
    box.focus();
    box.setSelectionRange(start, end);
  });
  const code = document.createElement("code");
  code.textContent = word.length > 60 ? `${word.slice(0, 60)}…` : word;
  item.append(where, code, document.createTextNode(` ${rule}`));
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

/** Whether the form can be sent. If not, the first field that is wrong gets the focus. */
function isInOrder() {
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
  if (call || !isInOrder()) return;
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
      onAttempt: (attempt) => progress.answered(attempt),
    });
    showOutcome($("outcome"), $("accounts"), sent.accountIds, output, progress.isUncertain);
  } catch (error) {
    progress.ended(error);
    showFailure($("outcome"), error, { direct: form.route.value === "direct", offline: !navigator.onLine });
  } finally {
    call = undefined;
    busy(false);
  }
});

function busy(is) {
  // The focus is not to be lost with the button that had it.
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
  if (!isInOrder()) return;
  const date = new Date();
  // By curl there is no need of a relay: no browser is asked.
  const { relay, ...direct } = options();
  explained = { request: signRequest({ ...direct, date }), explanation: explain({ ...direct, date }) };
  $("signed-at").textContent = `Signed at ${date.toISOString().slice(11, 19)} UTC, and good for five minutes.`;
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

/** The form is another one now, and its secrets are not to stay. */
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
      ? "Copied, with the secrets in it: whoever has it can make this one request, for five minutes."
      : "Copied without the secrets, so it will not run. Tick “Show secrets” first to copy one that does.";
  } catch {
    $("copied").textContent = "The browser does not let this page copy. Select the command and copy it by hand.";
  }
});

// Beginning and end.

/** What a link can say: nothing secret. `#region=eu-central-1&endpoint=http://127.0.0.1:4566` */
function prefill() {
  const given = new URLSearchParams(location.hash.slice(1));
  $("relay").value = given.get("relay") ?? new URL("relay", location.href.split("#")[0]).href;
  for (const field of ["region", "endpoint", "ids"]) if (given.has(field)) $(field).value = given.get(field);
  if (given.has("endpoint")) form.route.value = "direct";
}

// A page that is left can come back from the browser's cache, and is to come back empty.
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
  $("broken").textContent = `The page could not load what signs its requests. ${error.message}`;
  $("broken").hidden = false;
}
