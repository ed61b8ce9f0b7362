// The page. The package validates the form, and builds and sends requests.
import { deleteInvitations, init, listInvitations } from "./pkg/index.js";
import * as accounts from "./accounts.js";
import * as credentials from "./credentials.js";
import * as destination from "./destination.js";
import { $, value } from "./dom.js";
import * as explanation from "./explanation.js";
import { outdate, Result, reveal } from "./result.js";

const form = $("form");

/** Returns whether the form is valid, with or without its accounts. Otherwise, the first invalid field gets the focus. */
function isValid({ withAccounts = true } = {}) {
  const results = [
    destination.check(),
    credentials.check({ all: true }),
    !withAccounts || accounts.check({ all: true }),
  ];
  if (results.every(Boolean)) return true;
  focusInvalid();
  return false;
}

function focusInvalid() {
  const field = form.querySelector("[aria-invalid=true]");
  const folded = field?.closest("details");
  if (folded) folded.open = true;
  field?.focus();
}

/** Returns the options of a call, with the credentials of the form. */
function callOptions() {
  const options = { ...destination.destination(), credentials: credentials.take() };
  if (value("maxAttempts")) options.maxAttempts = Number(value("maxAttempts"));
  if (value("attemptTimeout")) options.attemptTimeoutMs = Number(value("attemptTimeout")) * 1000;
  return options;
}

function changed({ target }) {
  if (target !== $("ids")) destination.check();
  explanation.forget();
  outdate();
}
form.addEventListener("input", changed);
form.addEventListener("change", changed);

$("forget").addEventListener("click", () => {
  credentials.forget();
  explanation.forget();
  $("accessKeyId").focus();
});

let running;

/** Makes a call, with a panel for its progress. `make` gets the options and the panel, and shows the output. */
async function run(button, call, make) {
  const options = callOptions();
  running = new AbortController();
  const result = new Result(call);
  busy(true);
  reveal({ focus: false });
  try {
    await make({ ...options, signal: running.signal, onAttempt: (attempt) => result.attempted(attempt) }, result);
  } catch (error) {
    if (destination.show(error) === false) {
      result.listed();
      focusInvalid();
    } else {
      if (["ExpiredCredentials", "InvalidCredentials"].includes(error.kind)) credentials.forget();
      result.failed(error, { isDirect: destination.isDirect(), isOffline: !navigator.onLine });
    }
  } finally {
    running = undefined;
    busy(false, button);
  }
}

/** Enables and disables buttons. The focus must not be lost with the button that had it. */
function busy(is, button) {
  const focused = document.activeElement;
  $("cancel").hidden = !is;
  for (const id of ["send", "list", "explain"]) $(id).disabled = is;
  if (is) $("cancel").focus({ preventScroll: true });
  else if (focused === $("cancel") || document.activeElement === document.body) button.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (running || !isValid()) return;
  const accountIds = accounts.accountIds();
  const call = { region: value("region"), accounts: new Set(accountIds).size };
  run($("send"), call, async (options, result) => {
    result.succeeded(await deleteInvitations({ ...options, accountIds }));
  });
});

$("list").addEventListener("click", () => {
  if (running || !isValid({ withAccounts: false })) return;
  const region = value("region");
  run($("list"), { region, accounts: 0 }, async (options, result) => {
    const found = [];
    let nextToken;
    try {
      do {
        accounts.listing(region, found.length);
        const page = await listInvitations({ ...options, pageSize: 50, nextToken });
        found.push(...page.invitations);
        nextToken = page.nextToken;
      } while (nextToken);
    } catch (error) {
      accounts.check();
      throw error;
    }
    result.listed();
    accounts.fill(region, found);
    $("ids").scrollIntoView({ block: "center" });
  });
});

$("cancel").addEventListener("click", () => running?.abort());

$("explain").addEventListener("click", () => {
  if (!isValid()) return;
  // curl needs no relay, because CORS applies only to browsers.
  const { relay, ...direct } = destination.destination();
  explanation.show({ ...direct, credentials: credentials.take(), accountIds: accounts.accountIds() });
});

// A page can come back from the browser's cache, and must come back without secrets.
addEventListener("pagehide", () => {
  running?.abort();
  credentials.forget();
  explanation.forget();
});

destination.prefill();
try {
  await init();
  for (const id of ["send", "list", "explain"]) $(id).disabled = false;
  destination.check();
  if (value("ids")) accounts.check();
} catch (error) {
  $("broken").textContent = `The page could not load the module that signs its requests. ${error.message}`;
  $("broken").hidden = false;
}
