// @ts-self-types="./index.d.ts"
// The package's interface: checks what comes in, and makes objects and errors of what the WebAssembly module says.
// index.d.ts documents it.
import * as wasm from "./securityhub_invitations.js";

const MODULE = new URL("securityhub_invitations_bg.wasm", import.meta.url);
const RULE = "an account id is exactly 12 ASCII digits";

class SecurityHubError extends Error {
  constructor({ message, cause, latest, ...members }) {
    cause = latest ? errorOf(latest) : cause;
    super(message, cause === undefined ? undefined : { cause });
    define(this, { code: undefined, status: undefined, requestId: undefined, attempts: 0, ...members });
  }
}
export class ServiceError extends SecurityHubError {}
export class TransportError extends SecurityHubError {}
export class DeadlineError extends SecurityHubError {}
export class ResponseTooLargeError extends SecurityHubError {}
export class InputError extends SecurityHubError {}
export class ConfigError extends SecurityHubError {}
export class NotInitializedError extends SecurityHubError {}

const ERRORS = {
  ServiceError, TransportError, DeadlineError, ResponseTooLargeError, InputError, ConfigError, NotInitializedError,
};

/** Own properties, whatever setters somebody gave to a prototype. */
function define(object, members) {
  for (const key of Object.keys(members)) {
    Object.defineProperty(object, key, { value: members[key], enumerable: key !== "name", configurable: true, writable: true });
  }
}

function errorOf(facts) {
  return new ERRORS[facts.name](facts);
}

/** Facts that have a name are an error's. */
function unwrap(facts) {
  if (facts.name) throw errorOf(facts);
  return facts;
}

let ready = false;
let loading;

export function init(source) {
  loading ??= load(source).catch((error) => {
    // The next call tries again.
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
  try {
    await wasm.default({ module_or_path: await (source ?? ownModule()) });
    ready = true;
  } catch (cause) {
    throw new Error(`securityhub-invitations: the WebAssembly module could not be loaded from ${
      source === undefined ? MODULE : "what init() was given"}: ${cause?.message}`, { cause });
  }
}

async function ownModule() {
  // Node's fetch takes no file: URLs. Bundlers are not to look for the module: a browser never comes here.
  if (MODULE.protocol === "file:" && globalThis.process?.versions?.node) {
    const name = "node:fs/promises";
    const { readFile } = await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
    return readFile(MODULE);
  }
  return MODULE;
}

function assertReady() {
  if (!ready) {
    throw errorOf({
      name: "NotInitializedError",
      kind: "NotInitialized",
      message: "securityhub-invitations is not initialized: `await init()` once, before the first call",
      retryable: false,
    });
  }
}

function refuse(setting, rule) {
  throw errorOf({ name: "ConfigError", kind: "InvalidConfig", message: `${setting}: ${rule}`, retryable: false, setting, rule });
}

function nameOf(value) {
  return value === null ? "null" : Array.isArray(value) ? "an array" : `of type ${typeof value}`;
}

function optional(value, setting, type) {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== type) refuse(setting, `it is ${nameOf(value)}, and must be a ${type}`);
  return value;
}

function required(value, setting) {
  return optional(value, setting, "string") ?? refuse(setting, "it is missing");
}

function url(value, setting) {
  return optional(value instanceof URL ? value.href : value, setting, "string");
}

function number(value, setting, least) {
  if (optional(value, setting, "number") === undefined) return undefined;
  if (!(value >= least)) refuse(setting, `it is ${value}, and must be ${least} or more`);
  return value;
}

function ids(accountIds) {
  if (accountIds === undefined || accountIds === null) refuse("accountIds", "it is missing");
  if (typeof accountIds !== "object" || typeof accountIds[Symbol.iterator] !== "function") {
    refuse("accountIds", `it is ${nameOf(accountIds)}, and must be an array of strings`);
  }
  const list = Array.from(accountIds);
  const refused = [];
  list.forEach((id, index) => {
    if (typeof id !== "string") refused.push({ index, text: String(id), rule: RULE });
  });
  if (refused.length > 0) {
    const { index } = refused[0];
    throw errorOf({
      name: "InputError",
      kind: "InvalidAccountIds",
      message: `${refused.length} of the account ids are no strings, and ${RULE}: the first has index ${index} and is ${nameOf(list[index])}`,
      retryable: false,
      refused,
    });
  }
  return list;
}

const encoder = new TextEncoder();

/** Runs `use` with the checked settings, and wipes the copies of the keys that were made for it. */
function withSettings(options, more, use) {
  assertReady();
  if (typeof options !== "object" || options === null) refuse("options", `it is ${nameOf(options)}, and must be an object`);
  const credentials = options.credentials;
  if (typeof credentials !== "object" || credentials === null) {
    refuse("credentials", `it is ${nameOf(credentials)}, and must be an object`);
  }
  const settings = {
    region: required(options.region, "region"),
    endpoint: url(options.endpoint, "endpoint"),
    relay: url(options.relay, "relay"),
    fips: optional(options.fips, "fips", "boolean") ?? false,
    dualStack: optional(options.dualStack, "dualStack", "boolean") ?? false,
    accessKeyId: required(credentials.accessKeyId, "credentials.accessKeyId"),
    accountIds: ids(options.accountIds),
    ...more,
  };
  if (settings.endpoint !== undefined) {
    if (settings.fips) refuse("fips", "Invalid Configuration: FIPS and custom endpoint are not supported");
    if (settings.dualStack) refuse("dualStack", "Invalid Configuration: Dualstack and custom endpoint are not supported");
  }
  const token = optional(credentials.sessionToken, "credentials.sessionToken", "string");
  settings.secretAccessKey = encoder.encode(required(credentials.secretAccessKey, "credentials.secretAccessKey"));
  settings.sessionToken = token === undefined ? undefined : encoder.encode(token);
  try {
    return use(settings);
  } finally {
    settings.secretAccessKey.fill(0);
    settings.sessionToken?.fill(0);
  }
}

export async function deleteInvitations(options) {
  assertReady();
  const { signal, onAttempt } = options ?? {};
  if (signal !== undefined && signal !== null && typeof signal.addEventListener !== "function") {
    refuse("signal", "it must be an AbortSignal");
  }
  const maxAttempts = number(options?.maxAttempts, "maxAttempts", 1);
  let giveUp;
  let settle;
  const more = {
    // More than any clock lives to see.
    maxAttempts: maxAttempts === undefined ? undefined : Math.min(Math.floor(maxAttempts), 0xffffffff),
    attemptTimeoutMs: number(options?.attemptTimeoutMs, "attemptTimeoutMs", 1),
    deadlineMs: number(options?.deadlineMs, "deadlineMs", 0),
    onAttempt: observer(optional(onAttempt, "onAttempt", "function")),
    aborted: signal ? new Promise((resolve, reject) => {
      settle = resolve;
      giveUp = () => reject(signal.reason);
    }) : undefined,
  };
  if (signal?.aborted) throw signal.reason;
  signal?.addEventListener("abort", giveUp);
  try {
    return unwrap(await withSettings(options, more, wasm.deleteInvitations));
  } finally {
    signal?.removeEventListener("abort", giveUp);
    settle?.();
  }
}

/** What the observer throws is its own affair: the call goes on. */
function observer(onAttempt) {
  return onAttempt && (({ error, ...attempt }) => {
    try {
      const result = onAttempt(error ? { ...attempt, error: errorOf(error) } : attempt);
      if (typeof result?.then === "function") result.then(undefined, () => {});
    } catch {}
  });
}

/** `Date.now()`, unless the caller has another clock. */
function time(date) {
  const now = date === undefined ? Date.now() : Number(date);
  if (Number.isNaN(now)) refuse("date", "it is no date");
  return { now };
}

export function signRequest(options) {
  return unwrap(withSettings(options, time(options?.date), wasm.signRequest));
}

export function explain(options) {
  return unwrap(withSettings(options, time(options?.date), wasm.explain));
}

export function parseResponse(response) {
  assertReady();
  const { status, headers, body } = response ?? {};
  if (!Number.isInteger(status) || status < 100 || status > 999) refuse("status", "it must be an HTTP status");
  return unwrap(wasm.parseResponse(status, headersOf(headers), bytesOf(body)));
}

/** Whatever has headers: `Headers`, an object, pairs. Node's values can be lists. What is no header is left out. */
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
  return all;
}

function bytesOf(body) {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === "string") return encoder.encode(body);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  return refuse("body", `it is ${nameOf(body)}, and must be text or bytes`);
}

export default init;
