// A page can have replaced any global, and whatever it does, a call ends with an error, and the next one works.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answer, assertError, failure, index, server, to } from "./support.mjs";

const hub = await import(index);
const { deleteInvitations } = hub;
before(() => hub.init());
const { url } = await server((_, response) => answer(response, 200));

/** Runs `work` with a member of `object` replaced. */
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
  throw new RangeError("planted");
};
const throwing = { get: thrower };

const { setTimeout: realSetTimeout } = globalThis;
const timeLimit = (promise) => Promise.race([promise, new Promise((_, reject) => {
  realSetTimeout(() => reject(new Error("the call never ends")), 3000).unref();
})]);

for (const [what, object, name, value, kind] of [
  ["fetch is gone", globalThis, "fetch", undefined, "Engine"],
  ["fetch throws", globalThis, "fetch", thrower, "Engine"],
  ["fetch rejects with nothing", globalThis, "fetch", () => Promise.reject(undefined), "NoResponse"],
  ["fetch rejects with a trap", globalThis, "fetch", () => Promise.reject({ get name() { return thrower(); }, get message() { return thrower(); } }), "NoResponse"],
  ["fetch gives no promise", globalThis, "fetch", () => 5, "Engine"],
  ["fetch gives nothing", globalThis, "fetch", () => undefined, "Engine"],
  ["fetch gives no response", globalThis, "fetch", async () => ({ status: 200 }), "Engine"],
  ["fetch gives null", globalThis, "fetch", async () => null, "Engine"],
  ["setTimeout is gone", globalThis, "setTimeout", undefined, "Engine"],
  ["setTimeout throws", globalThis, "setTimeout", thrower, "Engine"],
  ["AbortController is gone", globalThis, "AbortController", undefined, "Engine"],
  ["AbortController throws", globalThis, "AbortController", thrower, "Engine"],
  ["AbortController is no constructor", globalThis, "AbortController", () => ({}), "Engine"],
  ["AbortController.signal throws", AbortController.prototype, "signal", throwing, "Engine"],
  ["Headers.get throws", Headers.prototype, "get", thrower, "Engine"],
  ["Response.type throws", Response.prototype, "type", throwing, "Engine"],
  ["Response.status throws", Response.prototype, "status", throwing, "Engine"],
  ["Response.status is a text", Response.prototype, "status", { get: () => "many" }, "Engine"],
  ["Response.headers throws", Response.prototype, "headers", throwing, "Engine"],
  ["Response.headers is a number", Response.prototype, "headers", { get: () => 5 }, "Engine"],
  ["Response.body throws", Response.prototype, "body", throwing, "Engine"],
  ["Response.body is a text", Response.prototype, "body", { get: () => "{}" }, "Engine"],
  ["the stream cannot be read", ReadableStream.prototype, "getReader", thrower, "Engine"],
  ["the stream's reader is a text", ReadableStream.prototype, "getReader", () => "x", "Interrupted"],
  ["the stream's read throws", ReadableStreamDefaultReader.prototype, "read", thrower, "Interrupted"],
  ["the stream's read gives no promise", ReadableStreamDefaultReader.prototype, "read", () => 5, "Interrupted"],
  ["the stream's read gives no chunk", ReadableStreamDefaultReader.prototype, "read", async () => null, "Interrupted"],
  ["the stream gives texts", ReadableStreamDefaultReader.prototype, "read", async () => ({ done: false, value: "x" }), "Interrupted"],
]) {
  test(what, async () => {
    const error = await replaced(object, name, value, () => timeLimit(failure(deleteInvitations(to(url, { maxAttempts: 2 })))));
    assertError(error, { name: "TransportError", kind });
    assert.equal((await timeLimit(deleteInvitations(to(url)))).complete, true);
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
  ["Response.body is null", Response.prototype, "body", { get: () => null }],
]) {
  // Node's own fetch needs some of them. This one needs nothing.
  test(`${what}: nothing that is needed`, async (t) => {
    const { Response } = globalThis;
    const mock = t.mock.method(globalThis, "fetch", async () => new Response("{}"));
    // A timer that cannot be cleared keeps Node waiting for it.
    const options = to(url, { attemptTimeoutMs: 1000 });
    const output = await replaced(object, name, value, () => timeLimit(deleteInvitations(options)));
    assert.equal(output.complete, true);
    mock.mock.restore();
    assert.equal((await timeLimit(deleteInvitations(to(url)))).complete, true);
  });
}

test("a setTimeout that fires at once times out, and one that never fires waits", async (t) => {
  const mock = t.mock.method(globalThis, "fetch", () => new Promise(() => {}));
  const error = await replaced(globalThis, "setTimeout", (callback) => void callback(), () =>
    timeLimit(failure(deleteInvitations(to(url, { maxAttempts: 1 })))));
  assertError(error, { name: "TransportError", kind: "TimedOut" });
  mock.mock.mockImplementation(async () => new Response("{}"));
  const output = await replaced(globalThis, "setTimeout", () => ({}), () => timeLimit(deleteInvitations(to(url))));
  assert.equal(output.complete, true);
});

test("options that are traps reject", async () => {
  const trap = new Proxy({}, { get: thrower });
  assert.ok((await failure(deleteInvitations(trap))) instanceof RangeError);
  assert.ok((await failure(() => hub.signRequest({ ...to(url), credentials: trap }))) instanceof RangeError);
  assert.equal((await deleteInvitations(to(url))).complete, true);
});
