import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answer, assertError, credentials, emulator, failure, index, server, sleep, to } from "./support.mjs";

const hub = await import(index);
const { deleteInvitations } = hub;
before(() => hub.init());

const throttled = (response, headers) =>
  answer(response, 429, '{"message":"Rate exceeded"}', { "x-amzn-errortype": "ThrottlingException", ...headers });

test("success", async () => {
  const url = await emulator("--invite", "us-east-1:111122223333,444455556666");
  const output = await deleteInvitations(to(url, { accountIds: ["111122223333", "444455556666", "111122223333"] }));
  assert.deepEqual(output, {
    unprocessedAccounts: [], requestId: "00000000-0000-4000-8000-000000000001", attempts: 1, complete: true,
  });
});

test("partial success is told apart", async () => {
  const url = await emulator("--invite", "us-east-1:111122223333");
  const output = await deleteInvitations(to(url, { accountIds: new Set(["111122223333", "444455556666"]) }));
  assert.equal(output.complete, false);
  assert.deepEqual(output.unprocessedAccounts, [
    { accountId: "444455556666", processingResult: "The account has no invitation in this Region" },
  ]);
});

test("members that the service leaves out are undefined", async () => {
  const { url } = await server((_, response) => answer(response, 200, '{"UnprocessedAccounts":[{},{"AccountId":"é☃"}]}'));
  const { unprocessedAccounts } = await deleteInvitations(to(url));
  assert.deepEqual(unprocessedAccounts, [
    { accountId: undefined, processingResult: undefined }, { accountId: "é☃", processingResult: undefined },
  ]);
});

test("temporary credentials, and a URL object as the endpoint", async () => {
  const url = await emulator("--access-key", "ASIAEXAMPLE:secret:IQoJb3JpZ2luX2VjEXAMPLE", "--invite", "us-east-1:111122223333");
  const keys = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret", sessionToken: "IQoJb3JpZ2luX2VjEXAMPLE" };
  assert.equal((await deleteInvitations(to(new URL(url), { credentials: keys }))).complete, true);
});

test("what is on the wire", async () => {
  const { url, requests } = await server((_, response) => answer(response, 200));
  await deleteInvitations(to(`${url}/base`));
  const [{ method, url: path, headers, body }] = requests;
  assert.deepEqual([method, path, body], ["POST", "/base/invitations/delete", '{"AccountIds":["111122223333"]}']);
  assert.equal(headers["content-type"], "application/json");
  assert.equal(`http://${headers.host}`, url);
  assert.match(headers.authorization, /SignedHeaders=content-type;host;x-amz-date, /);
  assert.deepEqual([headers.cookie, headers["amz-sdk-request"], headers["x-amz-user-agent"]], [undefined, undefined, undefined]);
});

test("a throttled call waits and succeeds, and the observer sees each attempt", async () => {
  const url = await emulator("--invite", "us-east-1:111122223333", "--throttle-first", "2");
  const attempts = [];
  const started = Date.now();
  const output = await deleteInvitations(to(url, { onAttempt: (attempt) => attempts.push(attempt) }));
  assert.equal(output.attempts, 3);
  assert.deepEqual(attempts.map(({ attempt, error, output }) => [attempt, error?.kind, output?.complete]), [
    [1, "Throttled", undefined], [2, "Throttled", undefined], [3, undefined, true],
  ]);
  assertError(attempts[0].error, { name: "ServiceError", code: "ThrottlingException", status: 429, retryable: true, attempts: 1 });
  assert.deepEqual(Object.keys(attempts[2]).sort(), ["attempt", "output"]);
  const waited = attempts[0].waitMs + attempts[1].waitMs;
  assert.ok(Date.now() - started >= waited, `${waited}`);
});

test("maxAttempts counts the first one", async () => {
  const { url, requests } = await server((_, response) => throttled(response));
  const error = await failure(deleteInvitations(to(url, { maxAttempts: 1 })));
  assertError(error, { kind: "Throttled", attempts: 1, retryable: true });
  assert.equal(requests.length, 1);
});

test("what the observer throws or rejects is ignored", async () => {
  const { url } = await server((_, response, number) => (number === 1 ? answer(response, 503) : answer(response, 200)));
  let calls = 0;
  const output = await deleteInvitations(to(url, {
    onAttempt: ({ attempt }) => {
      calls += 1;
      if (attempt === 1) throw new Error("ignored");
      return Promise.reject(new Error("ignored as well"));
    },
  }));
  await sleep(10);
  assert.deepEqual([output.attempts, calls], [2, 2]);
});

test("an observer may make calls of its own", async () => {
  const { url, requests } = await server((_, response, number) => (number === 1 ? answer(response, 503) : answer(response, 200)));
  let inner;
  await deleteInvitations(to(url, {
    onAttempt: ({ attempt }) => {
      if (attempt === 1) inner = deleteInvitations(to(url));
      hub.signRequest(to(url));
    },
  }));
  assert.equal((await inner).complete, true);
  assert.equal(requests.length, 3);
});

test("a relay gets what is signed for the endpoint", async () => {
  const { url, requests } = await server((_, response) => answer(response, 200));
  await deleteInvitations({ ...to(undefined), region: "eu-central-1", relay: new URL("/relay", url) });
  assert.equal(requests[0].url, "/relay/invitations/delete");
  const signed = hub.explain({ ...to(undefined), region: "eu-central-1", relay: url }).canonicalRequest;
  assert.match(signed, /\nhost:securityhub\.eu-central-1\.amazonaws\.com\n/);
});

test("aborted before: nothing is sent", async () => {
  const { url, requests } = await server((_, response) => answer(response, 200));
  const reason = new Error("mine");
  assert.equal(await failure(deleteInvitations(to(url, { signal: AbortSignal.abort(reason) }))), reason);
  const error = await failure(deleteInvitations(to(url, { signal: AbortSignal.abort() })));
  assert.deepEqual([error.name, error.constructor], ["AbortError", DOMException]);
  assert.equal(requests.length, 0);
});

test("aborted during: the connection is closed, and the promise rejects with the reason", async () => {
  let closed;
  const isClosed = new Promise((resolve) => (closed = resolve));
  const controller = new AbortController();
  const { url, requests } = await server((request) => {
    request.socket.on("close", closed);
    controller.abort("enough");
  });
  assert.equal(await failure(deleteInvitations(to(url, { signal: controller.signal }))), "enough");
  await isClosed;
  assert.equal(requests.length, 1);
});

test("aborted while the body streams", async () => {
  const controller = new AbortController();
  const { url } = await server((_, response) => {
    response.writeHead(200);
    response.write("{");
    setTimeout(() => controller.abort(), 30);
  });
  assert.equal((await failure(deleteInvitations(to(url, { signal: controller.signal })))).name, "AbortError");
});

test("aborted while waiting: no further attempt", async () => {
  const { url, requests } = await server((_, response) => throttled(response, { "x-amz-retry-after": "4000" }));
  const controller = new AbortController();
  const started = Date.now();
  const call = deleteInvitations(to(url, { signal: controller.signal, onAttempt: () => setTimeout(() => controller.abort(), 20) }));
  assert.equal((await failure(call)).name, "AbortError");
  assert.ok(Date.now() - started < 2000);
  await sleep(50);
  assert.equal(requests.length, 1);
});

test("one signal may outlive many calls", async () => {
  const { url } = await server((_, response) => answer(response, 200));
  const warnings = [];
  const onWarning = (warning) => warnings.push(warning.name);
  process.on("warning", onWarning);
  const controller = new AbortController();
  for (let n = 0; n < 30; n += 1) await deleteInvitations(to(url, { signal: controller.signal }));
  controller.abort();
  await sleep(20);
  process.off("warning", onWarning);
  assert.deepEqual(warnings, []);
});

test("an attempt that takes too long is tried again", async () => {
  const { url, requests } = await server((_, response, number) => number > 1 && answer(response, 200));
  const output = await deleteInvitations(to(url, { attemptTimeoutMs: 100 }));
  assert.deepEqual([output.attempts, requests.length], [2, 2]);
});

test("a stalled body counts as well, and in the end it is an error", async () => {
  const { url } = await server((_, response) => {
    response.writeHead(200);
    response.write("{");
  });
  const error = await failure(deleteInvitations(to(url, { attemptTimeoutMs: 60, maxAttempts: 2 })));
  assertError(error, {
    name: "TransportError", kind: "TimedOut", retryable: true, attempts: 2, message: "the attempt's 60 ms are over (after 2 attempts)",
    code: undefined, status: undefined, requestId: undefined, cause: undefined,
  });
});

test("the deadline ends a stalled attempt", async () => {
  const { url } = await server(() => {});
  const started = Date.now();
  const error = await failure(deleteInvitations(to(url, { deadlineMs: 100 })));
  assertError(error, { name: "DeadlineError", kind: "Deadline", attempts: 1, retryable: true });
  assertError(error.cause, { name: "TransportError", kind: "TimedOut" });
  assert.ok(Date.now() - started < 2000);
});

test("a wait past the deadline is not begun", async () => {
  const { url, requests } = await server((_, response) => throttled(response, { "x-amz-retry-after": "4000" }));
  const started = Date.now();
  const error = await failure(deleteInvitations(to(url, { deadlineMs: 1000 })));
  assertError(error, { name: "DeadlineError", attempts: 1 });
  assertError(error.cause, { name: "ServiceError", kind: "Throttled", status: 429 });
  assert.ok(Date.now() - started < 900);
  assert.equal(requests.length, 1);
});

test("no time at all: nothing is sent", async () => {
  const { url, requests } = await server((_, response) => answer(response, 200));
  assertError(await failure(deleteInvitations(to(url, { deadlineMs: 0 }))), {
    name: "DeadlineError", attempts: 0, cause: undefined, message: "the deadline had passed before anything was sent",
  });
  assert.equal(requests.length, 0);
});

test("200 calls at once", async () => {
  const url = await emulator("--invite", "us-east-1:111122223333", "--throttle-first", "5");
  const { signal } = new AbortController();
  const calls = Array.from({ length: 200 }, () => deleteInvitations(to(url, { signal })));
  const outputs = await Promise.all(calls);
  assert.equal(outputs.filter((output) => output.complete).length, 1);
  assert.equal(new Set(outputs.map((output) => output.requestId)).size, 200);
});

test("the retry quota lives on, per endpoint, whatever the credentials", async () => {
  const handle = (_, response) => answer(response, 500, '{"Code":"InternalException"}');
  const { url, requests } = await server(handle);
  const calls = async (url, keys) => {
    const error = await failure(deleteInvitations(to(url, { maxAttempts: 1_000, credentials: { ...credentials, ...keys }, deadlineMs: 60_000 })));
    return error.attempts;
  };
  // 500 units, 14 a retry: 35 retries. The waits are short, since the backoff is bounded by the jitter: so many calls at once.
  const attempts = await Promise.all(Array.from({ length: 18 }, (_, n) =>
    failure(deleteInvitations(to(url, { credentials: { ...credentials, secretAccessKey: `s${n}` } }))).then((e) => e.attempts)));
  const sum = attempts.reduce((a, b) => a + b);
  assert.equal(sum - attempts.length, 35);
  assert.equal(requests.length, sum);
  assert.equal(await calls(url, { secretAccessKey: "other" }), 1);
  const other = await server(handle);
  assert.ok((await failure(deleteInvitations(to(other.url)))).attempts === 3);
});

test("the clock offset lives on, per endpoint", async () => {
  const hour = 3_600_000;
  const { url, requests } = await server((_, response) =>
    answer(response, 200, "{}", { date: new Date(Date.now() + hour).toUTCString() }));
  const dated = (text) => Date.parse(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  await deleteInvitations(to(url));
  await deleteInvitations(to(url, { credentials: { ...credentials, secretAccessKey: "another" } }));
  const [first, second] = requests.map(({ headers }) => dated(headers["x-amz-date"]));
  assert.ok(Math.abs(first - Date.now()) < 60_000);
  assert.ok(Math.abs(second - Date.now() - hour) < 60_000);
  const signed = dated(hub.signRequest(to(url)).headers["x-amz-date"]);
  assert.ok(Math.abs(signed - Date.now() - hour) < 60_000);
  const elsewhere = dated(hub.signRequest(to("http://127.0.0.1:1")).headers["x-amz-date"]);
  assert.ok(Math.abs(elsewhere - Date.now()) < 60_000);
});

test("a thousand endpoints are no leak", async () => {
  for (let n = 0; n < 1000; n += 1) hub.signRequest(to(`http://host${n}.example.com`));
  assert.equal(hub.signRequest(to("http://host0.example.com")).url, "http://host0.example.com/invitations/delete");
});
