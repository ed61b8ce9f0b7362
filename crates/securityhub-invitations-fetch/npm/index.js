// @ts-self-types="./index.d.ts"
// The package's interface. It checks the types of options, and turns the module's plain objects into outputs and errors.
// index.d.ts has the documentation.
import * as wasm from "./securityhub_invitations.js";
import { HEADERS, elapsed, exchange, now, sleep } from "./exchange.js";

/** The longest response body that is read, in bytes. The module checks it as well. */
const LIMIT = 16 * 1024 * 1024;

class SecurityHubError extends Error {
  constructor({ message, cause, lastError, ...members }) {
    cause = lastError ? errorOf(lastError) : cause;
    super(message, cause === undefined ? undefined : { cause });
    define(this, {
      code: undefined,
      status: undefined,
      requestId: undefined,
      attempts: 0,
      unconfirmedAttempts: 0,
      mayHaveTakenEffect: false,
      ...members,
    });
  }
}
export class ServiceError extends SecurityHubError {}
export class TransportError extends SecurityHubError {}
export class DeadlineError extends SecurityHubError {}
export class ResponseTooLargeError extends SecurityHubError {}
export class PageError extends SecurityHubError {}
export class InputError extends SecurityHubError {}
export class ConfigError extends SecurityHubError {}
export class NotInitializedError extends SecurityHubError {}

const ERRORS = {
  ServiceError, TransportError, DeadlineError, ResponseTooLargeError, PageError, InputError, ConfigError, NotInitializedError,
};

/** Defines own properties without calling setters of a prototype. */
function define(object, members) {
  for (const key of Object.keys(members)) {
    Object.defineProperty(object, key, { value: members[key], enumerable: key !== "name", configurable: true, writable: true });
  }
}

function errorOf(facts) {
  return new ERRORS[facts.name](facts);
}

/** Throws the facts that have a name, because only errors do. */
function unwrap(facts) {
  if (facts.name) throw errorOf(facts);
  return facts;
}

let ready = false;
let loading;

export function init(source) {
  loading ??= load(source).catch((error) => {
    // The next call can load it again.
    loading = undefined;
    throw error;
  });
  return loading;
}

export function initSync(source) {
  if (!ready) wasm.initSync({ module: source });
  ready = true;
  loading ??= Promise.resolve();
}

async function load(source) {
  let from = "the value passed to init()";
  try {
    if (source === undefined) {
      source = from = new URL("securityhub_invitations_bg.wasm", import.meta.url);
      // Node's fetch does not read files.
      if (source.protocol === "file:" && globalThis.process?.versions?.node) source = await file(source);
    }
    await wasm.default({ module_or_path: await source });
    ready = true;
  } catch (cause) {
    throw new Error(`securityhub-invitations: cannot load the WebAssembly module from ${from}: ${cause?.message}`, { cause });
  }
}

async function file(url) {
  // The name is a variable, because a bundler for browsers must not look for the module.
  const name = "node:fs/promises";
  const { readFile } = await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
  return readFile(url);
}

function assertReady() {
  if (!ready) {
    throw errorOf({
      name: "NotInitializedError",
      kind: "NotInitialized",
      message: "securityhub-invitations is not initialized (expected one `await init()` before the first call)",
      retryable: false,
    });
  }
}

function reject(setting, reason) {
  throw errorOf({
    name: "ConfigError",
    kind: "InvalidConfig",
    message: `${setting}: ${reason}`,
    retryable: false,
    setting,
    reason,
  });
}

function nameOf(value) {
  if (value === undefined || value === null) return "missing";
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}

function required(value, setting, type) {
  if (typeof value !== type || value === null) reject(setting, `${nameOf(value)} (expected a value of type ${type})`);
  return value;
}

function optional(value, setting, type) {
  return value === undefined || value === null ? undefined : required(value, setting, type);
}

function url(value, setting) {
  return optional(value instanceof URL ? value.href : value, setting, "string");
}

function number(value, setting, least) {
  if (optional(value, setting, "number") === undefined) return undefined;
  if (!(value >= least)) reject(setting, `${value} is out of range (expected at least ${least})`);
  return value;
}

/** A number of attempts. No call reaches the largest. */
function attempts(value, setting, least) {
  value = number(value, setting, least);
  return value && Math.min(Math.floor(value), 0xffffffff);
}

function ids(accountIds) {
  if (typeof accountIds !== "object" || typeof accountIds?.[Symbol.iterator] !== "function") {
    reject("accountIds", `${nameOf(accountIds)} (expected an array or a set of strings)`);
  }
  const list = Array.from(accountIds);
  const invalid = [];
  list.forEach((id, index) => {
    if (typeof id !== "string") invalid.push({ index, value: String(id), reason: `is ${nameOf(id)}` });
  });
  if (invalid.length > 0) {
    const [{ index, reason }] = invalid;
    throw errorOf({
      name: "InputError",
      kind: "InvalidAccountIds",
      message: `${invalid.length} of the account ids are not strings (expected strings of exactly 12 digits): [${index}] ${reason}`,
      retryable: false,
      invalid,
    });
  }
  return list;
}

const encoder = new TextEncoder();

/** Calls `use` with the checked settings, and wipes the copies of the keys. */
function withSettings(options, more, use) {
  assertReady();
  required(options, "options", "object");
  const credentials = required(options.credentials, "credentials", "object");
  const settings = {
    region: required(options.region, "region", "string"),
    endpoint: url(options.endpoint, "endpoint"),
    relay: url(options.relay, "relay"),
    fips: optional(options.fips, "fips", "boolean") ?? false,
    dualStack: optional(options.dualStack, "dualStack", "boolean") ?? false,
    accessKeyId: required(credentials.accessKeyId, "credentials.accessKeyId", "string"),
    ...more,
  };
  if (settings.endpoint !== undefined) {
    if (settings.fips) reject("fips", "Invalid Configuration: FIPS and custom endpoint are not supported");
    if (settings.dualStack) reject("dualStack", "Invalid Configuration: Dualstack and custom endpoint are not supported");
  }
  const token = optional(credentials.sessionToken, "credentials.sessionToken", "string");
  settings.secretAccessKey = encoder.encode(required(credentials.secretAccessKey, "credentials.secretAccessKey", "string"));
  settings.sessionToken = token === undefined ? undefined : encoder.encode(token);
  try {
    return use(settings);
  } finally {
    settings.secretAccessKey.fill(0);
    settings.sessionToken?.fill(0);
  }
}

export function deleteInvitations(options) {
  return call(options, () => ({ accountIds: ids(options.accountIds) }), wasm.deleteInvitations);
}

export function declineInvitations(options) {
  return call(options, () => ({ accountIds: ids(options.accountIds) }), wasm.declineInvitations);
}

export async function listInvitations(options) {
  const output = await call(options, () => ({
    pageSize: pageSize(options.pageSize),
    nextToken: optional(options.nextToken, "nextToken", "string"),
  }), wasm.listInvitations);
  for (const invitation of output.invitations) {
    if (invitation.invitedAt !== undefined) invitation.invitedAt = new Date(invitation.invitedAt);
  }
  return output;
}

/** The core knows the range. Only a number that would change on its way there is rejected here. */
function pageSize(value) {
  if (optional(value, "pageSize", "number") === undefined) return undefined;
  if (!(Number.isInteger(value) && value >= 0 && value <= 255)) reject("page size", `${value} is out of range (expected 1–50)`);
  return value;
}

/** Makes a call. `input` returns the checked settings of the operation. */
async function call(options, input, operation) {
  assertReady();
  required(options, "options", "object");
  const { signal } = options;
  if (signal !== undefined && signal !== null && typeof signal.addEventListener !== "function") {
    reject("signal", `${nameOf(signal)} (expected an AbortSignal)`);
  }
  const observe = observer(optional(options.onAttempt, "onAttempt", "function"));
  const more = {
    ...input(),
    maxAttempts: attempts(options.maxAttempts, "maxAttempts", 1),
    attemptTimeoutMs: number(options.attemptTimeoutMs, "attemptTimeoutMs", 1),
    deadlineMs: number(options.deadlineMs, "deadlineMs", 0),
  };
  if (signal?.aborted) throw signal.reason;
  const running = unwrap(withSettings(options, more, operation));
  let task;
  const abort = () => task?.abort();
  signal?.addEventListener("abort", abort);
  const run = async (next) => {
    task = next;
    const result = await task.promise;
    if (signal?.aborted) throw signal.reason;
    return result;
  };
  try {
    const started = elapsed();
    let timerFault;
    for (;;) {
      const request = unwrap(running.start(elapsed() - started, now()));
      // Without a working timer, a retry could neither wait nor time out.
      const exchanged = timerFault ?? (await run(exchange(request, request.timeoutMs, LIMIT)));
      const { attempt, waitMs, result } = running.finish(exchanged, elapsed() - started, now());
      observe?.(attempt);
      if (result) return unwrap(result);
      if (signal?.aborted) throw signal.reason;
      timerFault = await run(sleep(waitMs));
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    running.free();
  }
}

/** Ignores what the observer throws, so that the call continues. */
function observer(onAttempt) {
  return onAttempt && (({ error, ...attempt }) => {
    try {
      const result = onAttempt(error ? { ...attempt, error: errorOf(error) } : attempt);
      if (typeof result?.then === "function") result.then(undefined, () => {});
    } catch {}
  });
}

/** The settings of a signature: the ids, and the caller's time or `Date.now()`. */
function signing(options) {
  assertReady();
  required(options, "options", "object");
  const { date, accountIds } = options;
  const time = date === undefined ? now() : Number(date);
  if (Number.isNaN(time)) reject("date", "invalid date");
  return { now: time, accountIds: ids(accountIds) };
}

export function signRequest(options) {
  return unwrap(withSettings(options, signing(options), wasm.signRequest));
}

export function explain(options) {
  return unwrap(withSettings(options, signing(options), wasm.explain));
}

export function parseResponse(response) {
  assertReady();
  const { status, headers, body, accountIds } = required(response, "response", "object");
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    reject("status", `${typeof status === "number" ? status : nameOf(status)} (expected an integer from 100 to 999)`);
  }
  const settings = {
    accountIds: accountIds === undefined || accountIds === null ? [] : ids(accountIds),
    attempts: attempts(response.attempts, "attempts", 1),
    unconfirmedAttempts: attempts(response.unconfirmedAttempts, "unconfirmedAttempts", 0),
  };
  return unwrap(wasm.parseResponse(settings, status, headersOf(headers), bytesOf(body)));
}

/** Returns the values of {@link HEADERS}. Accepts `Headers`, objects and pairs. Node's values can be lists. Invalid headers are omitted. */
function headersOf(headers) {
  const all = new Headers();
  const pairs = typeof headers?.[Symbol.iterator] === "function" ? headers : Object.entries(headers ?? {});
  for (const [name, values] of pairs) {
    for (const value of Array.isArray(values) ? values : [values]) {
      if (value === undefined || value === null) continue;
      try {
        all.append(name, value);
      } catch {}
    }
  }
  return HEADERS.map((name) => all.get(name));
}

function bytesOf(body) {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === "string") return encoder.encode(body);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  return reject("body", `${nameOf(body)} (expected a string or bytes)`);
}

export default init;
