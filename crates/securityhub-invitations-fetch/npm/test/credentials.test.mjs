// Credentials that a function returns.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answer, assertError, credentials, failure, index, server, sleep, to } from "./support.mjs";

const { deleteInvitations, init, listInvitations } = await import(index);
before(() => init());

/** Returns a function that returns keys with the next expiration, and the number of its calls. */
function provider(...expirations) {
  const provide = async () => {
    provide.calls += 1;
    return { ...credentials, accessKeyId: `AKIDEXAMPLE${provide.calls}`, expiration: expirations[provide.calls - 1] };
  };
  provide.calls = 0;
  return provide;
}

/** Fails the first requests, and returns the access key ids of all. */
async function busy(failures) {
  const { url, requests } = await server((_, response, number) => answer(response, number <= failures ? 503 : 200));
  return { url, keys: () => requests.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization)[1]) };
}

test("asks the function once for each call", async () => {
  const { url, keys } = await busy(2);
  const provide = provider(undefined, new Date(Date.now() + 3600_000));
  assert.equal((await deleteInvitations(to(url, { credentials: provide }))).attempts, 3);
  await listInvitations(to(url, { credentials: provide })).catch(() => {});
  assert.deepEqual(keys(), ["AKIDEXAMPLE1", "AKIDEXAMPLE1", "AKIDEXAMPLE1", "AKIDEXAMPLE2"]);
});

test("asks again before a retry after the expiration", async () => {
  const { url, keys } = await busy(2);
  const provide = provider(Date.now() - 1, null);
  assert.equal((await deleteInvitations(to(url, { credentials: provide }))).attempts, 3);
  assert.deepEqual(keys(), ["AKIDEXAMPLE1", "AKIDEXAMPLE2", "AKIDEXAMPLE2"]);
});

test("accepts a function that is not asynchronous", async () => {
  const { url } = await busy(0);
  assert.equal((await deleteInvitations(to(url, { credentials: () => credentials }))).isComplete, true);
});

test("fails with the error of the function", async () => {
  const { url, keys } = await busy(0);
  const error = new Error("signed out");
  for (const provide of [() => Promise.reject(error), () => { throw error; }]) {
    assert.equal(await failure(deleteInvitations(to(url, { credentials: provide }))), error);
  }
  assert.equal(await failure(deleteInvitations(to(url, { credentials: () => Promise.reject() }))), undefined);
  assert.deepEqual(keys(), []);
});

test("checks the other options before the function", async () => {
  const provide = provider();
  for (const more of [{ accountIds: ["x"] }, { region: "X" }, { deadlineMs: "1" }]) {
    await failure(deleteInvitations(to("http://127.0.0.1:9", { credentials: provide, ...more })));
  }
  assert.equal(provide.calls, 0);
});

test("a function that never settles ends at the deadline", async () => {
  const { url, keys } = await busy(0);
  const never = () => new Promise(() => {});
  const error = await failure(deleteInvitations(to(url, { credentials: never, deadlineMs: 20 })));
  assertError(error, { name: "DeadlineError", attempts: 0, mayHaveTakenEffect: false });
  const signal = AbortSignal.timeout(20);
  assert.equal(await failure(deleteInvitations(to(url, { credentials: never, signal }))), signal.reason);
  await sleep(20);
  assert.deepEqual(keys(), []);
});

test("an early timer sends nothing without credentials", async (t) => {
  const { url, keys } = await busy(0);
  t.mock.method(globalThis, "setTimeout", (callback) => void callback());
  const error = await failure(deleteInvitations(to(url, { credentials: () => new Promise(() => {}), deadlineMs: 60_000 })));
  assertError(error, { name: "DeadlineError", attempts: 0 });
  assert.deepEqual(keys(), []);
});
