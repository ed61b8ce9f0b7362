// The calls. They check the types of options, and turn the module's plain objects into outputs and errors. index.d.ts has the
// documentation.
import * as wasm from "./securityhub_invitations.js";
import { errorOf, nameOf, reject, unwrap } from "./errors.js";
import { HEADERS, elapsed, exchange, now, sleep, task } from "./exchange.js";
import { assertReady } from "./loading.js";

export {
  ServiceError, TransportError, DeadlineError, ResponseTooLargeError, PageError, InputError, ConfigError, NotInitializedError,
} from "./errors.js";

/** The longest response body that is read, in bytes. The module checks it as well. */
const LIMIT = 16 * 1024 * 1024;

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

/** Checks the settings of an endpoint. */
function endpointOf(options) {
  const settings = {
    region: required(options.region, "region", "string"),
    endpoint: url(options.endpoint, "endpoint"),
    relay: url(options.relay, "relay"),
    fips: Number(optional(options.fips, "fips", "boolean") ?? 0),
    dualStack: Number(optional(options.dualStack, "dualStack", "boolean") ?? 0),
  };
  if (settings.endpoint !== undefined) {
    if (settings.fips) reject("fips", "Invalid Configuration: FIPS and custom endpoint are not supported");
    if (settings.dualStack) reject("dualStack", "Invalid Configuration: Dualstack and custom endpoint are not supported");
  }
  return settings;
}

/** Calls an export with the settings and the checked keys, overwrites the copies of the keys, and returns the result. */
function withKeys(credentials, settings, use) {
  required(credentials, "credentials", "object");
  const accessKeyId = required(credentials.accessKeyId, "credentials.accessKeyId", "string");
  const secret = required(credentials.secretAccessKey, "credentials.secretAccessKey", "string");
  const token = optional(credentials.sessionToken, "credentials.sessionToken", "string");
  const secretAccessKey = encoder.encode(secret);
  const sessionToken = token === undefined ? undefined : encoder.encode(token);
  try {
    const all = { ...settings, accessKeyId, secretAccessKey, sessionToken };
    use(all);
    return all.result;
  } finally {
    secretAccessKey.fill(0);
    sessionToken?.fill(0);
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

/** The credentials of a call before its function returned any. Nothing is signed with them. */
const NO_KEYS = { accessKeyId: "none", secretAccessKey: "none" };

/** Makes a call. `input` returns the checked settings of the operation. */
async function call(options, input, operation) {
  assertReady();
  required(options, "options", "object");
  const { credentials, signal } = options;
  if (signal !== undefined && signal !== null && typeof signal.addEventListener !== "function") {
    reject("signal", `${nameOf(signal)} (expected an AbortSignal)`);
  }
  const observe = observer(optional(options.onAttempt, "onAttempt", "function"));
  const settings = {
    ...endpointOf(options),
    ...input(),
    maxAttempts: attempts(options.maxAttempts, "maxAttempts", 1),
    attemptTimeoutMs: number(options.attemptTimeoutMs, "attemptTimeoutMs", 1),
    deadlineMs: number(options.deadlineMs, "deadlineMs", 0),
  };
  const isProvided = typeof credentials === "function";
  const running = unwrap(withKeys(isProvided ? NO_KEYS : credentials, settings, operation));
  let current;
  const abort = () => current?.abort();
  const run = async (next) => {
    current = next;
    const result = await current.promise;
    throwIfAborted(signal);
    return result;
  };
  const started = elapsed();
  const sinceStart = () => elapsed() - started;
  let expiration = -Infinity;
  try {
    throwIfAborted(signal);
    signal?.addEventListener("abort", abort);
    let timerFault;
    for (;;) {
      let time = sinceStart();
      if (isProvided && expiration <= now()) {
        const provided = await run(provide(credentials, (settings.deadlineMs ?? Infinity) - time));
        time = provided ? sinceStart() : settings.deadlineMs;
        if (provided) {
          if ("thrown" in provided) throw provided.thrown;
          expiration = expirationOf(required(provided.keys, "credentials", "object"));
          unwrap(withKeys(provided.keys, settings, (keys) => running.renew(keys)) ?? {});
        }
      }
      const step = {};
      running.start(step, time, now());
      const request = unwrap(step.result);
      // Without a working timer, a retry could neither wait nor time out.
      const exchanged = timerFault ?? (await run(exchange(request, request.timeoutMs, LIMIT)));
      const next = {};
      running.finish(next, exchanged, sinceStart(), now());
      const { attempt, waitMs, result } = next;
      observe?.(attempt);
      if (result) return unwrap(result);
      throwIfAborted(signal);
      timerFault = await run(sleep(waitMs));
    }
  } finally {
    signal?.removeEventListener?.("abort", abort);
    running.free();
  }
}

/** Calls the caller's function. The task resolves to an object with the keys, or to `undefined` after the time. */
function provide(credentials, milliseconds) {
  return task(milliseconds, undefined, async () => ({ keys: await credentials() }));
}

function expirationOf({ expiration }) {
  if (expiration === undefined || expiration === null) return Infinity;
  if (Number.isNaN(Number(expiration))) reject("credentials.expiration", "invalid date");
  return Number(expiration);
}

/** Throws the reason of an aborted signal. Old engines have none. */
function throwIfAborted(signal) {
  if (!signal?.aborted) return;
  throw signal.reason === undefined ? Object.assign(new Error("the call was aborted"), { name: "AbortError" }) : signal.reason;
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

/** Calls `sign` with the settings of a signature: the ids, and the caller's time or `Date.now()`. */
function signing(options, sign) {
  assertReady();
  required(options, "options", "object");
  const { date, accountIds } = options;
  const time = date === undefined ? now() : Number(date);
  if (Number.isNaN(time)) reject("date", "invalid date");
  const settings = { ...endpointOf(options), now: time, accountIds: ids(accountIds) };
  return withKeys(options.credentials, settings, sign);
}

export function signRequest(options) {
  return unwrap(signing(options, wasm.signRequest));
}

export function explain(options) {
  return unwrap(signing(options, wasm.explain));
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
    status,
    headers: headersOf(headers),
    body: bytesOf(body),
  };
  wasm.parseResponse(settings);
  return unwrap(settings.result);
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
