// Sends one request with the engine's `fetch`. The Rust crate and the npm package share this file.
//
// A page can replace every global. Whatever it does, a task ends with a result or a fault, and never rejects.

/** The headers that the core reads, in the order in which it takes them. */
export const HEADERS = [
  "age", "date", "retry-after", "x-amz-request-id", "x-amz-retry-after", "x-amzn-errortype", "x-amzn-requestid",
];

// The kinds of faults, as in transport_error.rs.
const CANNOT_SEND = 0;
const NOT_CONNECTED = 1;
const NO_RESPONSE = 2;
const BAD_RESPONSE = 3;
const INTERRUPTED = 4;
const TIMED_OUT = 5;
const REDIRECT = 6;
const TOO_LARGE = 7;

/**
 * Starts an exchange. The task resolves to `{ status, headers, body }` or to a fault `{ fault, message, thrown }`. `headers` has
 * the values of {@link HEADERS}.
 */
export function exchange({ url, method, headers, body }, timeoutMs, limit) {
  let controller;
  let mayBeSent = false;
  return task(timeoutMs, { fault: TIMED_OUT, message: `attempt timed out after ${Math.ceil(timeoutMs)} ms` }, () => {
    controller = new AbortController();
    // A GET with a body is rejected, even if the body is empty.
    const init = { method, headers, body: body || undefined, redirect: "manual", signal: controller.signal, ...privacy() };
    const { fetch } = globalThis;
    if (typeof fetch !== "function") throw new TypeError("fetch is not a function");
    mayBeSent = true;
    return respond(fetch, url, init, limit);
  }, () => controller?.abort(), () => mayBeSent);
}

/** Starts a wait. The task resolves to `undefined`, or to a fault. */
export function sleep(milliseconds) {
  return task(milliseconds, undefined, () => new Promise(() => {}));
}

/** Returns the time of the monotonic clock in milliseconds, or of `Date.now()` in an engine without it. */
export function elapsed() {
  try {
    return performance.now();
  } catch {
    return now();
  }
}

/** Returns the time of `Date.now()`. A broken clock shows 1970. */
export function now() {
  try {
    return Number(Date.now());
  } catch {
    return 0;
  }
}

/**
 * Returns `{ promise, abort }`: the result of `work`, or `late` after a time. `end` is called unless there is a response. If `work`
 * throws, `mayBeSent` tells whether the request may have been sent.
 */
export function task(milliseconds, late, work, end = () => {}, mayBeSent = () => false) {
  let timer;
  let settle;
  const stopped = new Promise((resolve) => (settle = resolve));
  const run = async () => {
    let result;
    try {
      // The engine would end a timer of more than 24 days at once.
      timer = setTimeout(() => settle(late), Math.min(Math.ceil(milliseconds), 0x7fffffff));
      result = await Promise.race([stopped, work()]);
    } catch (thrown) {
      const [fault, problem] = mayBeSent() ? [NO_RESPONSE, "fetch failed"] : [CANNOT_SEND, "the engine cannot send requests"];
      result = { fault, message: `${problem} (${describe(thrown)})`, thrown };
    }
    attempt(() => clearTimeout(timer));
    // A complete response needs no abort.
    if (result?.status === undefined) attempt(end);
    return result;
  };
  return { promise: run(), abort: () => settle() };
}

function attempt(work) {
  try {
    work();
  } catch {}
}

let accepted;

/** The settings that exclude cookies and caches, without those that the engine rejects: some releases of Cloudflare Workers do. */
function privacy() {
  const works = (init) => {
    try {
      return Boolean(new Request("http://localhost/", init));
    } catch {
      return false;
    }
  };
  // Without a working `Request`, nothing is known about the settings.
  accepted ??= Object.entries({ credentials: "omit", cache: "no-store" }).filter(
    ([name, value]) => works({ [name]: value }) || !works({}),
  );
  return Object.fromEntries(accepted);
}

async function respond(fetch, url, init, limit) {
  let response;
  try {
    response = await fetch(url, init);
  } catch (thrown) {
    // Node keeps the reason in `cause`, and browsers hide it.
    const cause = member(thrown, "cause");
    const isUnsent = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT)$/.test(string(cause, "code"));
    const hint = cause ? "" : "; browsers hide the reason, most often CORS or the network";
    return { fault: isUnsent ? NOT_CONNECTED : NO_RESPONSE, message: `fetch failed (${describe(thrown)})${hint}`, thrown };
  }
  const bad = (thrown) => ({ fault: BAD_RESPONSE, message: `fetch returned an unusable response (${describe(thrown)})`, thrown });
  let result;
  let reader;
  let buffer;
  try {
    if (response.type === "opaqueredirect") {
      return { fault: REDIRECT, message: "the server sent a redirect, which is not followed" };
    }
    const { status, body } = response;
    if (!(Number.isInteger(status) && status >= 100 && status <= 999)) return bad("invalid status");
    result = { status, headers: HEADERS.map((name) => response.headers.get(name)), body: new Uint8Array() };
    if (body === null) {
      // The Fetch standard allows this only for a status without a body. Otherwise, the body is missing.
      return [204, 205, 304].includes(status) ? result : bad("no body");
    }
    // React Native and polyfills have no streams.
    if (typeof body?.getReader === "function") reader = body.getReader();
    else buffer = response.arrayBuffer();
  } catch (thrown) {
    return bad(thrown);
  }
  try {
    if (buffer) {
      const bytes = new Uint8Array((buffer = await buffer));
      // `Uint8Array` accepts anything.
      if (buffer?.byteLength !== bytes.length) return bad("arrayBuffer() did not return a buffer");
      result.body = bytes;
    } else {
      result.body = await readAll(reader, limit);
    }
  } catch (thrown) {
    return { fault: INTERRUPTED, message: `the response body ended early (${describe(thrown)})`, thrown };
  }
  return result.body?.length <= limit ? result : { fault: TOO_LARGE };
}

/** Returns all bytes, or `undefined` if there are more than `limit`. */
async function readAll(reader, limit) {
  const chunks = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!ArrayBuffer.isView(value)) throw new TypeError("a chunk is not bytes");
    length += value.byteLength;
    if (length > limit) return undefined;
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  for (const chunk of chunks.reverse()) bytes.set(chunk, (length -= chunk.byteLength));
  return bytes;
}

/** Describes a thrown value, for example `TypeError: fetch failed: connect ECONNREFUSED 127.0.0.1:9`. */
function describe(thrown) {
  const cause = member(thrown, "cause");
  const parts = typeof thrown === "string" ? [thrown] : [string(thrown, "name"), string(thrown, "message")];
  parts.push(string(cause, "message") || string(cause, "code"));
  const text = parts.filter(Boolean).join(": ") || "no reason given";
  return text.slice(0, 300).replace(/[\0-\x1f\x7f-\x9f]/g, " ");
}

/** Returns a member, unless its getter throws. */
function member(value, name) {
  try {
    return value[name];
  } catch {
    return undefined;
  }
}

function string(value, name) {
  const found = member(value, name);
  return typeof found === "string" ? found : "";
}
