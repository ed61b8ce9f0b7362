import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answer, assertError, credentials, emulator, failure, index, server, to } from "./support.mjs";

const hub = await import(index);
const { deleteInvitations } = hub;
before(() => hub.init());

test("reports an error of the service", async () => {
  const url = await emulator("--not-subscribed");
  const error = await failure(deleteInvitations(to(url)));
  assert.ok(error instanceof hub.ServiceError);
  assertError(error, {
    name: "ServiceError", kind: "InvalidAccess", code: "InvalidAccessException", status: 401, retryable: false, attempts: 1,
    requestId: "00000000-0000-4000-8000-000000000001",
    serviceMessage: "Account 123456789012 is not subscribed to AWS Security Hub",
    message: "InvalidAccessException: Account 123456789012 is not subscribed to AWS Security Hub (HTTP 401, request id 00000000-0000-4000-8000-000000000001)",
    notSubscribed: true, deniedByPolicy: false, maybeDisabledRegion: false, excerpt: undefined,
    unconfirmedAttempts: 0, mayHaveTakenEffect: false,
  });
  assert.equal(String(error), `ServiceError: ${error.message}`);
});

test("reports wrong keys", async () => {
  const error = await failure(deleteInvitations(to(await emulator(), { credentials: { ...credentials, secretAccessKey: "wrong" } })));
  assertError(error, { kind: "InvalidCredentials", code: "InvalidSignatureException", status: 403, retryable: false });
});

test("reports hints and excerpts", async () => {
  const answers = [
    [403, '{"Code":"AccessDeniedException","Message":"x with an explicit deny in a policy"}', { deniedByPolicy: true, kind: "AccessDenied" }],
    [403, '{"Code":"UnrecognizedClientException","Message":"The security token included in the request is invalid."}',
      { maybeDisabledRegion: true, kind: "InvalidCredentials" }],
    [404, "<html>nothing here</html>", { code: undefined, kind: "Other", excerpt: "<html>nothing here</html>" }],
    [200, "<html>captive</html>", { kind: "Malformed", status: 200, excerpt: "<html>captive</html>", code: undefined, unconfirmedAttempts: 1, mayHaveTakenEffect: true }],
  ];
  const { url } = await server((_, response, number) => answer(response, answers[number - 1][0], answers[number - 1][1]));
  for (const [status, , expected] of answers) {
    assertError(await failure(deleteInvitations(to(url))), { name: "ServiceError", status, requestId: "id-1", ...expected });
  }
});

test("lists every invalid account id", async () => {
  const reject = (accountIds) => failure(deleteInvitations(to("http://127.0.0.1:9", { accountIds })));
  let error = await reject(["111122223333", "12345", "4444 5555 666"]);
  assert.ok(error instanceof hub.InputError);
  assertError(error, {
    name: "InputError", kind: "InvalidAccountIds", retryable: false, attempts: 0, code: undefined, status: undefined, requestId: undefined,
    unconfirmedAttempts: 0, mayHaveTakenEffect: false,
    invalid: [
      { index: 1, value: "12345", reason: "has 5 digits" }, { index: 2, value: "4444 5555 666", reason: "has ' ' at position 5" },
    ],
    message: /^2 invalid account ids \(expected exactly 12 digits\): \[1\] "12345" has 5 digits; /,
  });
  assertError(await reject([]), { name: "InputError", invalid: [], message: "no account ids (expected at least 1)" });
  error = await reject(["111122223333", 111122223333, null]);
  assertError(error, {
    name: "InputError", message: /\(expected strings of exactly 12 digits\): \[1\] is a value of type number$/,
    invalid: [
      { index: 1, value: "111122223333", reason: "is a value of type number" }, { index: 2, value: "null", reason: "is missing" },
    ],
  });
  for (const [accountIds, reason] of [
    [undefined, /^missing/], ["111122223333", /^a value of type string \(expected an array/], [{ length: 1 }, /^a value of type object/],
    [5, /^a value of type number/],
  ]) {
    assertError(await reject(accountIds), { name: "ConfigError", setting: "accountIds", reason });
  }
});

test("names the invalid option and the problem", async () => {
  const url = "http://127.0.0.1:9";
  const keys = (more) => ({ credentials: { ...credentials, ...more } });
  for (const [options, setting, reason] of [
    [undefined, "options", /^missing \(expected a value of type object\)$/],
    [null, "options", /^missing/],
    ["x", "options", /^a value of type string/],
    [to(url, { credentials: undefined }), "credentials", /^missing/],
    [to(url, { region: undefined }), "region", /^missing/],
    [to(url, { region: 5 }), "region", /^a value of type number \(expected a value of type string\)$/],
    [to(url, { region: "US-EAST-1" }), "region", /^'U' at position 1/],
    [to("ftp://x"), "endpoint URL", /scheme/],
    [to(5), "endpoint", /expected a value of type string/],
    [to(undefined, { relay: "/relay" }), "relay URL", /scheme/],
    [to(url, { fips: true }), "fips", /^Invalid Configuration: FIPS and custom endpoint are not supported$/],
    [to(url, { dualStack: true }), "dualStack", /^Invalid Configuration: Dualstack and custom endpoint are not supported$/],
    [to(url, { region: "fips-us-east-1" }), "region", /FIPS and custom endpoint/],
    [to(undefined, { fips: "true" }), "fips", /expected a value of type boolean/],
    [to(url, { credentials: "AKID" }), "credentials", /of type string/],
    [to(url, { credentials: () => undefined }), "credentials", /^missing \(expected a value of type object\)$/],
    [to(url, { credentials: async () => "AKID" }), "credentials", /of type string/],
    [to(url, { credentials: async () => keys({ secretAccessKey: 5 }).credentials }), "credentials.secretAccessKey", /^a value of type number/],
    [to(url, { credentials: async () => keys({ secretAccessKey: "hunter2 " }).credentials }), "secret access key", /position 8/],
    [to(url, { credentials: async () => keys({ expiration: new Date("x") }).credentials }), "credentials.expiration", /^invalid date$/],
    [to(url, keys({ accessKeyId: undefined })), "credentials.accessKeyId", /^missing/],
    [to(url, keys({ secretAccessKey: 5 })), "credentials.secretAccessKey", /^a value of type number/],
    [to(url, keys({ sessionToken: 5 })), "credentials.sessionToken", /^a value of type number/],
    [to(url, keys({ sessionToken: "" })), "session token", /empty/],
    [to(url, keys({ secretAccessKey: "hunter2 " })), "secret access key", /position 8/],
    [to(url, keys({ secretAccessKey: "hünter2" })), "secret access key", /position 2/],
    [to(url, keys({ accessKeyId: "hunter/2" })), "access key id", /./],
    [to(url, { endpoint: [] }), "endpoint", /^an array \(expected a value of type string\)$/],
    [to(undefined, { dualStack: 1 }), "dualStack", /expected a value of type boolean/],
    [to(url, { maxAttempts: 0 }), "maxAttempts", /^0 is out of range \(expected at least 1\)$/],
    [to(url, { maxAttempts: NaN }), "maxAttempts", /^NaN/],
    [to(url, { maxAttempts: "3" }), "maxAttempts", /expected a value of type number/],
    [to(url, { attemptTimeoutMs: 0 }), "attemptTimeoutMs", /at least 1/],
    [to(url, { attemptTimeoutMs: 10n }), "attemptTimeoutMs", /^a value of type bigint/],
    [to(url, { deadlineMs: -1 }), "deadlineMs", /at least 0/],
    [to(url, { signal: true }), "signal", /^a value of type boolean \(expected an AbortSignal\)$/],
    [to(url, { signal: {} }), "signal", /AbortSignal/],
    [to(url, { onAttempt: "x" }), "onAttempt", /expected a value of type function/],
  ]) {
    const error = await failure(deleteInvitations(options));
    assert.ok(error instanceof hub.ConfigError, String(error));
    assertError(error, { name: "ConfigError", kind: "InvalidConfig", setting, reason, retryable: false, attempts: 0, status: undefined });
    assert.doesNotMatch(error.message, /hunter|hünter/);
  }
  const error = await failure(() => hub.signRequest(to(url, { date: new Date("x") })));
  assertError(error, { name: "ConfigError", setting: "date" });
  const { message } = await failure(() => hub.explain(to(url, { credentials: () => credentials })));
  assert.equal(message, "credentials: a value of type function (expected a value of type object)");
});

test("accepts null and Infinity in options", async () => {
  const { url } = await server((_, response) => answer(response, 200));
  const nothing = { relay: null, fips: null, maxAttempts: null, deadlineMs: null, signal: null, onAttempt: null };
  assert.equal((await deleteInvitations(to(url, nothing))).isComplete, true);
  const long = { maxAttempts: Infinity, attemptTimeoutMs: Infinity, deadlineMs: Infinity };
  assert.equal((await deleteInvitations(to(url, long))).isComplete, true);
});

test("a failure has the reason that Node hides", async () => {
  const { url } = await server((request) => request.socket.destroy());
  const error = await failure(deleteInvitations(to(url, { maxAttempts: 2 })));
  assert.ok(error instanceof hub.TransportError);
  assertError(error, {
    name: "TransportError", kind: "NoResponse", retryable: true, attempts: 2, code: undefined, status: undefined, requestId: undefined,
    unconfirmedAttempts: 2, mayHaveTakenEffect: true,
    message: /^the connection broke before the response was complete: fetch failed \(TypeError: fetch failed: other side closed\) \(after 2 attempts\)$/,
  });
  assert.ok(error.cause instanceof TypeError);
});

test("a refused connection had no effect", async () => {
  const { url, close } = await server(() => {});
  await close();
  const error = await failure(deleteInvitations(to(url, { maxAttempts: 1 })));
  assertError(error, {
    name: "TransportError", kind: "NoResponse", retryable: true, attempts: 1, unconfirmedAttempts: 0, mayHaveTakenEffect: false,
    message: /^the request was not sent: fetch failed \(TypeError: fetch failed: connect ECONNREFUSED /,
  });
});

test("an earlier attempt counts in the final error", async (t) => {
  const { fetch } = globalThis;
  const refused = Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } });
  let number = 0;
  t.mock.method(globalThis, "fetch", (...args) => ((number += 1) === 1 ? fetch(...args) : Promise.reject(refused)));
  const { url } = await server((request) => request.socket.destroy());
  assertError(await failure(deleteInvitations(to(url))), {
    name: "TransportError", attempts: 3, unconfirmedAttempts: 1, mayHaveTakenEffect: true, message: /^the request was not sent: /,
  });
});

test("retries when the body ends early", async () => {
  const { url, requests } = await server((_, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("{}");
    setTimeout(() => response.destroy(), 20);
  });
  assertError(await failure(deleteInvitations(to(url, { maxAttempts: 2 }))), {
    name: "TransportError", kind: "Interrupted", attempts: 2, retryable: true, unconfirmedAttempts: 2,
    message: /the response body ended early \(/,
  });
  assert.equal(requests.length, 2);
});

test("does not follow redirects", async () => {
  const { url, requests } = await server((_, response) => {
    response.writeHead(307, { location: "/elsewhere" });
    response.end();
  });
  // Node shows the response, unlike a browser.
  assertError(await failure(deleteInvitations(to(url))), {
    name: "ServiceError", kind: "Other", status: 307, retryable: false, unconfirmedAttempts: 1, mayHaveTakenEffect: true,
  });
  assert.equal(requests.length, 1);
});

test("reports the hidden redirects of browsers", async (t) => {
  const hidden = Object.defineProperties(Response.error(), { type: { value: "opaqueredirect" }, status: { value: 0 } });
  t.mock.method(globalThis, "fetch", async () => hidden);
  assertError(await failure(deleteInvitations(to("http://127.0.0.1:9"))), {
    name: "TransportError", kind: "Redirect", retryable: false, attempts: 1, message: /redirect, which is not followed/, mayHaveTakenEffect: true,
  });
});

test("stops reading at 16 MiB", async () => {
  const chunk = Buffer.alloc(1 << 20, " ");
  let written = 0;
  let closed;
  const isClosed = new Promise((resolve) => (closed = resolve));
  const { url, requests } = await server((_, response) => {
    response.on("close", closed);
    response.writeHead(200);
    const write = () => {
      while (!response.destroyed && written < 64) {
        written += 1;
        if (!response.write(chunk)) return;
      }
      response.end();
    };
    response.on("drain", write);
    write();
  });
  assertError(await failure(deleteInvitations(to(url))), {
    name: "ResponseTooLargeError", kind: "ResponseTooLarge", retryable: false, attempts: 1, status: undefined,
    unconfirmedAttempts: 1,
    mayHaveTakenEffect: true, message: "response body is too large (expected at most 16777216 bytes)",
  });
  await isClosed;
  assert.ok(written < 40, `${written} MiB were read`);
  assert.equal(requests.length, 1);
});

test("errors call no setters of prototypes", async () => {
  let seen = 0;
  Object.defineProperty(Error.prototype, "kind", { configurable: true, set: () => (seen += 1) });
  try {
    assertError(await failure(deleteInvitations(to("x"))), { name: "ConfigError", kind: "InvalidConfig" });
  } finally {
    delete Error.prototype.kind;
  }
  assert.equal(seen, 0);
});
