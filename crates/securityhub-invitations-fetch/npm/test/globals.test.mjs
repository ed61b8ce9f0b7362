// A page can replace any global. A call then ends with an error, and the next call works.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answer, assertError, failure, index, server, to } from "./support.mjs";

const hub = await import(index);
const { deleteInvitations } = hub;
before(() => hub.init());
const OK = '{"UnprocessedAccounts":[]}';
const { url } = await server((_, response) => answer(response, 200));

/** Runs `work` with a replaced member of `object`. */
async function replaced(object, name, value, work) {
  const before = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, typeof value === "object" ? { configurable: true, ...value }
    : { value, configurable: true, writable: true });
  try {
    return await work();
  } finally {
    Object.defineProperty(object, name, before);
  }
}

const thrower = () => {
  throw new RangeError("injected");
};
const throwing = { get: thrower };

/** Runs `work` with a `fetch` whose responses have other members. */
async function withMembers(members, work) {
  const { fetch } = globalThis;
  return replaced(globalThis, "fetch", async (...args) => {
    const response = await fetch(...args);
    for (const name of Object.keys(members)) Object.defineProperty(response, name, { value: members[name] });
    return response;
  }, work);
}

const { setTimeout: realSetTimeout } = globalThis;
const timeLimit = (promise) => Promise.race([promise, new Promise((_, reject) => {
  realSetTimeout(() => reject(new Error("the call never ends")), 3000).unref();
})]);

for (const [what, object, name, value, kind, members] of [
  ["fetch is gone", globalThis, "fetch", undefined, "Engine"],
  ["fetch throws", globalThis, "fetch", thrower, "NoResponse"],
  ["fetch rejects with nothing", globalThis, "fetch", () => Promise.reject(undefined), "NoResponse"],
  ["fetch rejects with a trap", globalThis, "fetch", () => Promise.reject({ get name() { return thrower(); }, get message() { return thrower(); } }), "NoResponse"],
  ["fetch returns a number", globalThis, "fetch", () => 5, "Engine"],
  ["fetch returns nothing", globalThis, "fetch", () => undefined, "Engine"],
  ["fetch returns another object", globalThis, "fetch", async () => ({ status: 200 }), "Engine"],
  ["fetch returns null", globalThis, "fetch", async () => null, "Engine"],
  ["setTimeout is gone", globalThis, "setTimeout", undefined, "Engine"],
  ["setTimeout throws", globalThis, "setTimeout", thrower, "Engine"],
  ["AbortController is gone", globalThis, "AbortController", undefined, "Engine"],
  ["AbortController throws", globalThis, "AbortController", thrower, "Engine"],
  ["AbortController is not a constructor", globalThis, "AbortController", () => ({}), "Engine"],
  ["AbortController.signal throws", AbortController.prototype, "signal", throwing, "Engine"],
  ["Headers.get throws", Headers.prototype, "get", thrower, "Engine"],
  ["Response.type throws", Response.prototype, "type", throwing, "Engine"],
  ["Response.status throws", Response.prototype, "status", throwing, "Engine"],
  ["Response.status is a string", Response.prototype, "status", { get: () => "many" }, "Engine"],
  ["Response.headers throws", Response.prototype, "headers", throwing, "Engine"],
  ["Response.headers is a number", Response.prototype, "headers", { get: () => 5 }, "Engine"],
  ["Response.body throws", Response.prototype, "body", throwing, "Engine"],
  ["Response.body is null", Response.prototype, "body", { get: () => null }, "Engine"],
  ["Response.body has no stream and no buffer", Response.prototype, "arrayBuffer", undefined, "Engine", { body: "{}" }],
  ["arrayBuffer returns a number", Response.prototype, "arrayBuffer", async () => 5, "Engine", { body: {} }],
  ["arrayBuffer rejects", Response.prototype, "arrayBuffer", () => Promise.reject(new TypeError("injected")), "Interrupted", { body: {} }],
  ["the stream cannot be read", ReadableStream.prototype, "getReader", thrower, "Engine"],
  ["the stream's reader is a string", ReadableStream.prototype, "getReader", () => "x", "Interrupted"],
  ["the stream's read throws", ReadableStreamDefaultReader.prototype, "read", thrower, "Interrupted"],
  ["the stream's read returns a number", ReadableStreamDefaultReader.prototype, "read", () => 5, "Interrupted"],
  ["the stream's read returns null", ReadableStreamDefaultReader.prototype, "read", async () => null, "Interrupted"],
  ["the stream returns strings", ReadableStreamDefaultReader.prototype, "read", async () => ({ done: false, value: "x" }), "Interrupted"],
]) {
  test(what, async () => {
    const call = () => timeLimit(failure(deleteInvitations(to(url, { maxAttempts: 2 }))));
    const error = await replaced(object, name, value, members ? () => withMembers(members, call) : call);
    assertError(error, { name: "TransportError", kind });
    // Only an engine that cannot start a request certainly sent nothing.
    const isUnsent = error.message.startsWith("the request was not sent: ");
    assert.equal(isUnsent, /^(fetch is gone|setTimeout|AbortController)/.test(what), error.message);
    assert.equal(error.mayHaveTakenEffect, !isUnsent);
    assert.equal((await timeLimit(deleteInvitations(to(url)))).isComplete, true);
  });
}

// These break after the call of `fetch`, so the request may have been sent.
for (const [what, object, name] of [["RegExp.test", RegExp.prototype, "test"], ["Promise.race", Promise, "race"]]) {
  test(`${what} throws after fetch started`, async (t) => {
    const refusal = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    const mock = t.mock.method(globalThis, "fetch", () => Promise.reject(new TypeError("injected", { cause: refusal })));
    const error = await replaced(object, name, thrower, () => failure(deleteInvitations(to(url, { maxAttempts: 1 }))));
    assert.equal(mock.mock.callCount(), 1);
    assertError(error, { name: "TransportError", kind: "NoResponse", mayHaveTakenEffect: true });
  });
}

for (const [what, object, name, value] of [
  ["Date.now is NaN", Date, "now", () => NaN],
  ["Date.now is infinite", Date, "now", () => Infinity],
  ["Date.now is negative", Date, "now", () => -1e300],
  ["Date.now is a text", Date, "now", () => "x"],
  ["Date.now throws", Date, "now", thrower],
  ["Date is gone", globalThis, "Date", undefined],
  ["clearTimeout is gone", globalThis, "clearTimeout", undefined],
  ["clearTimeout throws", globalThis, "clearTimeout", thrower],
  ["Response is gone", globalThis, "Response", undefined],
  ["Request is gone", globalThis, "Request", undefined],
  ["Headers is gone", globalThis, "Headers", undefined],
  ["AbortController.abort throws", AbortController.prototype, "abort", thrower],
  ["performance is gone", globalThis, "performance", undefined],
  ["performance.now throws", Performance.prototype, "now", thrower],
]) {
  // Node's own fetch needs some of them. This one needs nothing.
  test(`works although ${what}`, async (t) => {
    const { Response } = globalThis;
    const mock = t.mock.method(globalThis, "fetch", async () => new Response(OK));
    // Node waits for a timer that cannot be cleared.
    const options = to(url, { attemptTimeoutMs: 1000 });
    const output = await replaced(object, name, value, () => timeLimit(deleteInvitations(options)));
    assert.equal(output.isComplete, true);
    mock.mock.restore();
    assert.equal((await timeLimit(deleteInvitations(to(url)))).isComplete, true);
  });
}

test("survives timers that fire at once or never", async (t) => {
  const mock = t.mock.method(globalThis, "fetch", () => new Promise(() => {}));
  const error = await replaced(globalThis, "setTimeout", (callback) => void callback(), () =>
    timeLimit(failure(deleteInvitations(to(url, { maxAttempts: 1 })))));
  assertError(error, { name: "TransportError", kind: "TimedOut" });
  mock.mock.mockImplementation(async () => new Response(OK));
  const output = await replaced(globalThis, "setTimeout", () => ({}), () => timeLimit(deleteInvitations(to(url))));
  assert.equal(output.isComplete, true);
});

test("rejects options that throw", async () => {
  const trap = new Proxy({}, { get: thrower });
  assert.ok((await failure(deleteInvitations(trap))) instanceof RangeError);
  assert.ok((await failure(() => hub.signRequest({ ...to(url), credentials: trap }))) instanceof RangeError);
  assert.equal((await deleteInvitations(to(url))).isComplete, true);
});

// React Native, polyfills and test stubs have responses without a stream.
const unprocessed = '{"UnprocessedAccounts":[{"AccountId":"111122223333","ProcessingResult":"busy"}]}';
const encoded = (text) => new TextEncoder().encode(text).buffer;
const stub = (members) => ({ status: 200, headers: new Headers(), ...members });

for (const [what, response, isComplete] of [
  ["reads a response without a stream", stub({ arrayBuffer: async () => encoded(unprocessed) }), false],
  ["reads a response whose body is not a stream", stub({ body: {}, arrayBuffer: async () => encoded(OK) }), true],
  ["reads an empty buffer as malformed", stub({ arrayBuffer: async () => new ArrayBuffer(0) }), "Malformed"],
  ["rejects a success without a body", stub({ body: null, arrayBuffer: async () => encoded(OK) }), "Engine"],
  ["rejects an error without a body", stub({ status: 503, body: null }), "Engine"],
  ["rejects a response without any body", stub({}), "Engine"],
  ["status 204 has no body", stub({ status: 204, body: null }), "Malformed"],
  ["status 304 has no body", stub({ status: 304, body: null }), "Other"],
  ["stops at 16 MiB without a stream", stub({ arrayBuffer: async () => new ArrayBuffer((16 << 20) + 1) }), "ResponseTooLarge"],
  ["rejects a locked body", Object.assign(new Response(OK)), "Engine"],
  ["rejects status 0", stub({ status: 0, arrayBuffer: async () => encoded(OK) }), "Engine"],
]) {
  test(what, async (t) => {
    if (what.includes("locked")) response.body.getReader();
    t.mock.method(globalThis, "fetch", async () => response);
    const call = deleteInvitations(to("http://127.0.0.1:9", { maxAttempts: 1 }));
    if (typeof isComplete === "boolean") {
      const output = await call;
      assert.equal(output.isComplete, isComplete);
      assert.deepEqual(output.unprocessedAccounts.length, isComplete ? 0 : 1);
    } else {
      assertError(await failure(call), { kind: isComplete, unconfirmedAttempts: 1, mayHaveTakenEffect: true });
    }
  });
}

test("omits settings that the engine rejects", async (t) => {
  const { Request } = globalThis;
  const inits = [];
  t.mock.method(globalThis, "fetch", async (url, init) => (inits.push(init), new Response(OK)));
  // Some releases of Cloudflare Workers.
  class WorkersRequest extends Request {
    constructor(url, init) {
      if ("cache" in init) throw new Error("The 'cache' field on 'RequestInitializerDict' is not implemented.");
      super(url, init);
    }
  }
  const fresh = await import(`${index}?workers`);
  await fresh.init();
  await replaced(globalThis, "Request", WorkersRequest, () => fresh.deleteInvitations(to(url)));
  await deleteInvitations(to(url));
  assert.deepEqual(inits.map(({ cache, credentials, redirect }) => [cache, credentials, redirect]), [
    [undefined, "omit", "manual"], ["no-store", "omit", "manual"],
  ]);
});
