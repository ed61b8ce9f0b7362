// The request, explained. The signature and the session token are copied on demand, but never shown.
import { explain, signRequest } from "./pkg/index.js";
import * as curl from "./curl.js";
import { $ } from "./dom.js";

let request;

/** Shows what is signed for these options, without sending anything. */
export function show(options) {
  const date = new Date();
  request = signRequest({ ...options, date });
  const { canonicalRequest, stringToSign } = explain({ ...options, date });
  $("signed-at").textContent = `Signed at ${date.toISOString().slice(11, 19)} UTC, valid for five minutes.`;
  $("canonical").textContent = curl.canonical(canonicalRequest);
  $("to-sign").textContent = stringToSign;
  $("curl").textContent = curl.command(request);
  $("copied").textContent = "";
  $("explanation").hidden = false;
  $("explanation").focus({ preventScroll: true });
  $("explanation").scrollIntoView({ block: "nearest" });
}

/** Forgets the request, because the form has changed or the page is left. */
export function forget() {
  if (!request) return;
  request = undefined;
  for (const id of ["canonical", "to-sign", "curl", "copied"]) $(id).textContent = "";
  $("explanation").hidden = true;
}

async function copy(showSecrets, done) {
  try {
    await navigator.clipboard.writeText(curl.command(request, showSecrets));
    $("copied").textContent = done;
  } catch {
    $("copied").textContent = "The browser does not let this page copy.";
  }
}

$("copy").addEventListener("click", () => copy(false, "Copied without the secrets, so it does not run."));
$("copy-secrets").addEventListener("click", () =>
  copy(true, "Copied with the secrets. Anyone who has it can make this one request within five minutes."),
);
