import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answer, assertError, credentials, emulator, failure, index, server, sleep, to } from "./support.mjs";

const hub = await import(index);
const { deleteInvitations } = hub;
before(() => hub.init());

const throttled = (response, headers) =>
  answer(response, 429, '{"message":"Rate exceeded"}', { "x-amzn-errortype": "ThrottlingException", ...headers });

test("reports complete success", async () => {
  const url = await emulator("--invite", "us-east-1:111122223333,444455556666");
  const output = await deleteInvitations(to(url, { accountIds: ["111122223333", "444455556666", "111122223333"] }));
  assert.deepEqual(output, {
    verdicts: [{ accountId: "111122223333", verdict: "done" }, { accountId: "444455556666", verdict: "done" }],
    unprocessedAccounts: [], isComplete: true, requestId: "00000000-0000-4000-8000-000000000001", attempts: 1,
    unconfirmedAttempts: 0,
  });
});

test("reports partial success", async () => {
  const url = await emulator("--invite", "us-east-1:111122223333");
  const output = await deleteInvitations(to(url, { accountIds: new Set(["111122223333", "444455556666"]) }));
  assert.equal(output.isComplete, false);
  assert.deepEqual(output.verdicts, [
    { accountId: "111122223333", verdict: "done" },
    { accountId: "444455556666", verdict: "notProcessed", processingResult: "The account has no invitation in this Region" },
  ]);
  assert.deepEqual(output.unprocessedAccounts, [
    { accountId: "444455556666", processingResult: "The account has no invitation in this Region" },
  ]);
});

test("omitted members are undefined", async () => {
  const { url } = await server((_, response) => answer(response, 200, '{"UnprocessedAccounts":[{},{"AccountId":"é☃"}]}'));
  const { unprocessedAccounts, verdicts } = await deleteInvitations(to(url));
  assert.deepEqual(verdicts, [{ accountId: "111122223333", verdict: "uncertain" }]);
  assert.deepEqual(unprocessedAccounts, [
    { accountId: undefined, processingResult: undefined }, { accountId: "é☃", processingResult: undefined },
  ]);
});

test("an account after an unconfirmed attempt is uncertain", async () => {
  const entry = '{"UnprocessedAccounts":[{"AccountId":"111122223333","ProcessingResult":"gone"}]}';
  const { url } = await server((_, response, number) => (number === 1 ? answer(response, 504, "") : answer(response, 200, entry)));
  const { attempts, unconfirmedAttempts, isComplete, verdicts } = await deleteInvitations(to(url));
  assert.deepEqual([attempts, unconfirmedAttempts, isComplete], [2, 1, false]);
  assert.deepEqual(verdicts, [{ accountId: "111122223333", verdict: "uncertain", processingResult: "gone" }]);
});

test("an entry for an unknown account makes others uncertain", async () => {
  const body = '{"UnprocessedAccounts":[{"AccountId":"999999999999","ProcessingResult":"busy"},{"AccountId":"111122223333"},{"AccountId":"111122223333","ProcessingResult":"later"}]}';
  const { url } = await server((_, response) => answer(response, 200, body));
  const { verdicts } = await deleteInvitations(to(url, { accountIds: ["444455556666", "111122223333"] }));
  assert.deepEqual(verdicts, [
    { accountId: "444455556666", verdict: "uncertain", processingResult: "busy" },
    { accountId: "111122223333", verdict: "notProcessed" },
  ]);
});

test("accepts temporary credentials and a URL object", async () => {
  const url = await emulator("--access-key", "ASIAEXAMPLE:secret:IQoJb3JpZ2luX2VjEXAMPLE", "--invite", "us-east-1:111122223333");
  const keys = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret", sessionToken: "IQoJb3JpZ2luX2VjEXAMPLE" };
  assert.equal((await deleteInvitations(to(new URL(url), { credentials: keys }))).isComplete, true);
});

test("sends only the signed headers", async () => {
  const { url, requests } = await server((_, response) => answer(response, 200));
  await deleteInvitations(to(`${url}/base`));
  const [{ method, url: path, headers, body }] = requests;
  assert.deepEqual([method, path, body], ["POST", "/base/invitations/delete", '{"AccountIds":["111122223333"]}']);
  assert.equal(headers["content-type"], "application/json");
  assert.equal(`http://${headers.host}`, url);
  assert.match(headers.authorization, /SignedHeaders=content-type;host;x-amz-date, /);
  assert.deepEqual([headers.cookie, headers["amz-sdk-request"], headers["x-amz-user-agent"]], [undefined, undefined, undefined]);
});

test("retries throttled calls and observes attempts", async () => {
  const url = await emulator("--invite", "us-east-1:111122223333", "--throttle-first", "2");
  const attempts = [];
  const started = Date.now();
  const output = await deleteInvitations(to(url, { onAttempt: (attempt) => attempts.push(attempt) }));
  assert.equal(output.attempts, 3);
  assert.deepEqual(attempts.map(({ operation, number, error }) => [operation, number, error?.kind]), [
    ["DeleteInvitations", 1, "Throttled"], ["DeleteInvitations", 2, "Throttled"], ["DeleteInvitations", 3, undefined],
  ]);
  assertError(attempts[0].error, { name: "ServiceError", code: "ThrottlingException", status: 429, retryable: true, attempts: 1 });
  assert.deepEqual(Object.keys(attempts[2]).sort(), ["number", "operation", "requestId"]);
  const waited = attempts[0].waitMs + attempts[1].waitMs;
  assert.ok(Date.now() - started >= waited, `${waited}`);
});

test("maxAttempts includes the first attempt", async () => {
  const { url, requests } = await server((_, response) => throttled(response));
  const error = await failure(deleteInvitations(to(url, { maxAttempts: 1 })));
  assertError(error, { kind: "Throttled", attempts: 1, retryable: true });
  assert.equal(requests.length, 1);
});

test("ignores errors of the observer", async () => {
  const { url } = await server((_, response, number) => (number === 1 ? answer(response, 503) : answer(response, 200)));
  let calls = 0;
  const output = await deleteInvitations(to(url, {
    onAttempt: ({ number }) => {
      calls += 1;
      if (number === 1) throw new Error("ignored");
      return Promise.reject(new Error("ignored as well"));
    },
  }));
  await sleep(10);
  assert.deepEqual([output.attempts, calls], [2, 2]);
});

test("observers can make calls", async () => {
  const { url, requests } = await server((_, response, number) => (number === 1 ? answer(response, 503) : answer(response, 200)));
  let inner;
  await deleteInvitations(to(url, {
    onAttempt: ({ number }) => {
      if (number === 1) inner = deleteInvitations(to(url));
      hub.signRequest(to(url));
    },
  }));
  assert.equal((await inner).isComplete, true);
  assert.equal(requests.length, 3);
});

test("sends requests for the endpoint to the relay", async () => {
  const { url, requests } = await server((_, response) => answer(response, 200));
  await deleteInvitations({ ...to(undefined), region: "eu-central-1", relay: new URL("/relay", url) });
  assert.equal(requests[0].url, "/relay/invitations/delete");
  const signed = hub.explain({ ...to(undefined), region: "eu-central-1", relay: url }).canonicalRequest;
  assert.match(signed, /\nhost:securityhub\.eu-central-1\.amazonaws\.com\n/);
});

test("sends nothing if aborted before the call", async () => {
  const { url, requests } = await server((_, response) => answer(response, 200));
  const reason = new Error("mine");
  assert.equal(await failure(deleteInvitations(to(url, { signal: AbortSignal.abort(reason) }))), reason);
  const error = await failure(deleteInvitations(to(url, { signal: AbortSignal.abort() })));
  assert.deepEqual([error.name, error.constructor], ["AbortError", DOMException]);
  assert.equal(requests.length, 0);
});

test("closes the connection when aborted", async () => {
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

test("stops when aborted while the body streams", async () => {
  const controller = new AbortController();
  const { url } = await server((_, response) => {
    response.writeHead(200);
    response.write("{");
    setTimeout(() => controller.abort(), 30);
  });
  assert.equal((await failure(deleteInvitations(to(url, { signal: controller.signal })))).name, "AbortError");
});

test("sends nothing more when aborted while waiting", async () => {
  const { url, requests } = await server((_, response) => throttled(response, { "x-amz-retry-after": "4000" }));
  const controller = new AbortController();
  const started = Date.now();
  const call = deleteInvitations(to(url, { signal: controller.signal, onAttempt: () => setTimeout(() => controller.abort(), 20) }));
  assert.equal((await failure(call)).name, "AbortError");
  assert.ok(Date.now() - started < 2000);
  await sleep(50);
  assert.equal(requests.length, 1);
});

test("accepts signals of old engines", async () => {
  const { url } = await server((_, response) => answer(response, 200));
  const addEventListener = () => {};
  const error = await failure(deleteInvitations(to(url, { signal: { aborted: true, addEventListener } })));
  assert.equal(String(error), "AbortError: the call was aborted");
  assert.equal((await deleteInvitations(to(url, { signal: { aborted: false, addEventListener } }))).isComplete, true);
});

test("one signal serves many calls", async () => {
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

test("retries an attempt that timed out", async () => {
  const { url, requests } = await server((_, response, number) => number > 1 && answer(response, 200));
  const output = await deleteInvitations(to(url, { attemptTimeoutMs: 100 }));
  assert.deepEqual([output.attempts, requests.length], [2, 2]);
});

test("times out while the body stalls", async () => {
  const { url } = await server((_, response) => {
    response.writeHead(200);
    response.write("{");
  });
  const error = await failure(deleteInvitations(to(url, { attemptTimeoutMs: 60, maxAttempts: 2 })));
  assertError(error, {
    name: "TransportError", kind: "TimedOut", retryable: true, attempts: 2, unconfirmedAttempts: 2, mayHaveTakenEffect: true,
    message: "no response arrived in time: attempt timed out after 60 ms (after 2 attempts)",
    code: undefined, status: undefined, requestId: undefined, cause: undefined,
  });
});

test("the deadline ends a stalled attempt", async () => {
  const { url } = await server(() => {});
  const started = Date.now();
  const error = await failure(deleteInvitations(to(url, { deadlineMs: 100 })));
  assertError(error, {
    name: "DeadlineError", kind: "Deadline", attempts: 1, retryable: true, unconfirmedAttempts: 1, mayHaveTakenEffect: true,
    message: "deadline of 100ms exceeded after 1 attempt",
  });
  assertError(error.cause, { name: "TransportError", kind: "TimedOut" });
  assert.ok(Date.now() - started < 2000);
});

test("starts no wait beyond the deadline", async () => {
  const { url, requests } = await server((_, response) => throttled(response, { "x-amz-retry-after": "4000" }));
  const started = Date.now();
  const error = await failure(deleteInvitations(to(url, { deadlineMs: 1000 })));
  assertError(error, {
    name: "DeadlineError", attempts: 1, unconfirmedAttempts: 0, mayHaveTakenEffect: false, requestId: "id-1",
    message: /^deadline of 1s leaves no time for a retry in /,
  });
  assertError(error.cause, { name: "ServiceError", kind: "Throttled", status: 429 });
  assert.ok(Date.now() - started < 900);
  assert.equal(requests.length, 1);
});

test("the deadline ignores steps of the wall clock", async (t) => {
  const { url } = await server((_, response, number) => (number === 1 ? answer(response, 503) : answer(response, 200)));
  let now = Date.now();
  t.mock.method(Date, "now", () => (now += 120_000));
  assert.equal((await deleteInvitations(to(url, { deadlineMs: 20_000 }))).attempts, 2);
});

test("sends nothing with a deadline of zero", async () => {
  const { url, requests } = await server((_, response) => answer(response, 200));
  assertError(await failure(deleteInvitations(to(url, { deadlineMs: 0 }))), {
    name: "DeadlineError", attempts: 0, cause: undefined, mayHaveTakenEffect: false,
    message: /^deadline of 0.* exceeded before the first attempt$/,
  });
  assert.equal(requests.length, 0);
});

test("makes 200 concurrent calls", async () => {
  const url = await emulator("--invite", "us-east-1:111122223333", "--throttle-first", "5");
  const { signal } = new AbortController();
  const calls = Array.from({ length: 200 }, () => deleteInvitations(to(url, { signal })));
  const outputs = await Promise.all(calls);
  assert.equal(outputs.filter((output) => output.isComplete).length, 1);
  assert.equal(new Set(outputs.map((output) => output.requestId)).size, 200);
});

test("calls to an endpoint share its retry quota", async () => {
  const handle = (_, response) => answer(response, 500, '{"Code":"InternalException"}');
  const { url, requests } = await server(handle);
  const calls = async (url, keys) => {
    const error = await failure(deleteInvitations(to(url, { maxAttempts: 1_000, credentials: { ...credentials, ...keys }, deadlineMs: 60_000 })));
    return error.attempts;
  };
  // 500 units at 14 for each retry pay for 35 retries.
  const attempts = await Promise.all(Array.from({ length: 18 }, (_, n) =>
    failure(deleteInvitations(to(url, { credentials: { ...credentials, secretAccessKey: `s${n}` } }))).then((e) => e.attempts)));
  const sum = attempts.reduce((a, b) => a + b);
  assert.equal(sum - attempts.length, 35);
  assert.equal(requests.length, sum);
  assert.equal(await calls(url, { secretAccessKey: "other" }), 1);
  const other = await server(handle);
  assert.ok((await failure(deleteInvitations(to(other.url)))).attempts === 3);
});

test("calls to an endpoint share its clock offset", async () => {
  const hour = 3_600_000;
  const { url, requests } = await server((_, response) =>
    answer(response, 200, undefined, { date: new Date(Date.now() + hour).toUTCString() }));
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

test("forgets the oldest of a thousand endpoints", async () => {
  for (let n = 0; n < 1000; n += 1) hub.signRequest(to(`http://host${n}.example.com`));
  assert.equal(hub.signRequest(to("http://host0.example.com")).url, "http://host0.example.com/invitations/delete");
});
