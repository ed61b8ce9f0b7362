import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answer, assertError, credentials, emulator, failure, index, server, to } from "./support.mjs";

const hub = await import(index);
const { deleteInvitations } = hub;
before(() => hub.init());

test("an error of the service", async () => {
  const url = await emulator("--not-subscribed");
  const error = await failure(deleteInvitations(to(url)));
  assert.ok(error instanceof hub.ServiceError);
  assertError(error, {
    name: "ServiceError", kind: "InvalidAccess", code: "InvalidAccessException", status: 401, retryable: false, attempts: 1,
    requestId: "00000000-0000-4000-8000-000000000001",
    serviceMessage: "Account 123456789012 is not subscribed to AWS Security Hub",
    message: "InvalidAccessException: Account 123456789012 is not subscribed to AWS Security Hub (HTTP 401, request id 00000000-0000-4000-8000-000000000001)",
    notSubscribed: true, deniedByPolicy: false, maybeDisabledRegion: false, excerpt: undefined,
  });
  assert.equal(String(error), `ServiceError: ${error.message}`);
});

test("wrong keys", async () => {
  const error = await failure(deleteInvitations(to(await emulator(), { credentials: { ...credentials, secretAccessKey: "wrong" } })));
  assertError(error, { kind: "InvalidCredentials", code: "InvalidSignatureException", status: 403, retryable: false });
});

test("hints and excerpts", async () => {
  const answers = [
    [403, '{"Code":"AccessDeniedException","Message":"x with an explicit deny in a policy"}', { deniedByPolicy: true, kind: "AccessDenied" }],
    [403, '{"Code":"UnrecognizedClientException","Message":"The security token included in the request is invalid."}',
      { maybeDisabledRegion: true, kind: "InvalidCredentials" }],
    [404, "<html>nothing here</html>", { code: undefined, kind: "Other", excerpt: "<html>nothing here</html>" }],
    [200, "<html>captive</html>", { kind: "Malformed", status: 200, excerpt: "<html>captive</html>", code: undefined }],
  ];
  const { url } = await server((_, response, number) => answer(response, answers[number - 1][0], answers[number - 1][1]));
  for (const [status, , expected] of answers) {
    assertError(await failure(deleteInvitations(to(url))), { name: "ServiceError", status, requestId: "id-1", ...expected });
  }
});

test("refused account ids, every one of them", async () => {
  const refuse = (accountIds) => failure(deleteInvitations(to("http://127.0.0.1:9", { accountIds })));
  const rule = "an account id is exactly 12 ASCII digits";
  let error = await refuse(["111122223333", "12345", "4444 5555 666"]);
  assert.ok(error instanceof hub.InputError);
  assertError(error, {
    name: "InputError", kind: "InvalidAccountIds", retryable: false, attempts: 0, code: undefined, status: undefined, requestId: undefined,
    refused: [{ index: 1, text: "12345", rule }, { index: 2, text: "4444 5555 666", rule }],
    message: /^2 account ids refused, /,
  });
  assertError(await refuse([]), { name: "InputError", refused: [] });
  error = await refuse(["111122223333", 111122223333, null]);
  assertError(error, {
    name: "InputError", message: /index 1 and is of type number/,
    refused: [{ index: 1, text: "111122223333", rule }, { index: 2, text: "null", rule }],
  });
  for (const [accountIds, rule] of [
    [undefined, /it is missing/], ["111122223333", /of type string, and must be an array/], [{ length: 1 }, /must be an array/], [5, /must be/],
  ]) {
    assertError(await refuse(accountIds), { name: "ConfigError", setting: "accountIds", rule });
  }
});

test("refused options, with the setting and the rule", async () => {
  const url = "http://127.0.0.1:9";
  const keys = (more) => ({ credentials: { ...credentials, ...more } });
  for (const [options, setting, rule] of [
    [undefined, "options", /it is of type undefined/],
    [null, "options", /it is null/],
    ["x", "options", /it is of type string/],
    [{}, "credentials", /it is of type undefined/],
    [to(url, { region: undefined }), "region", /it is missing/],
    [to(url, { region: 5 }), "region", /it is of type number, and must be a string/],
    [to(url, { region: "US-EAST-1" }), "region", /character 1 is 'U'/],
    [to("ftp://x"), "endpoint URL", /its scheme is neither http nor https/],
    [to(5), "endpoint", /must be a string/],
    [to(undefined, { relay: "/relay" }), "relay URL", /it has no scheme/],
    [to(url, { fips: true }), "fips", /^Invalid Configuration: FIPS and custom endpoint are not supported$/],
    [to(url, { dualStack: true }), "dualStack", /^Invalid Configuration: Dualstack and custom endpoint are not supported$/],
    [to(url, { region: "fips-us-east-1" }), "region", /FIPS and custom endpoint/],
    [to(undefined, { fips: "true" }), "fips", /must be a boolean/],
    [to(url, { credentials: "AKID" }), "credentials", /of type string/],
    [to(url, keys({ accessKeyId: undefined })), "credentials.accessKeyId", /it is missing/],
    [to(url, keys({ secretAccessKey: 5 })), "credentials.secretAccessKey", /it is of type number/],
    [to(url, keys({ sessionToken: 5 })), "credentials.sessionToken", /it is of type number/],
    [to(url, keys({ sessionToken: "" })), "session token", /it is empty/],
    [to(url, keys({ secretAccessKey: "hunter2 " })), "secret access key", /character 8 is a space/],
    [to(url, keys({ secretAccessKey: "hünter2" })), "secret access key", /character 2 is not ASCII/],
    [to(url, keys({ accessKeyId: "hunter/2" })), "access key id", /is it the secret\?/],
    [to(url, { maxAttempts: 0 }), "maxAttempts", /it is 0, and must be 1 or more/],
    [to(url, { maxAttempts: NaN }), "maxAttempts", /it is NaN/],
    [to(url, { maxAttempts: "3" }), "maxAttempts", /must be a number/],
    [to(url, { attemptTimeoutMs: 0 }), "attemptTimeoutMs", /1 or more/],
    [to(url, { deadlineMs: -1 }), "deadlineMs", /0 or more/],
    [to(url, { signal: {} }), "signal", /AbortSignal/],
    [to(url, { onAttempt: "x" }), "onAttempt", /must be a function/],
  ]) {
    const error = await failure(deleteInvitations(options));
    assert.ok(error instanceof hub.ConfigError, String(error));
    assertError(error, { name: "ConfigError", kind: "InvalidConfig", setting, rule, retryable: false, attempts: 0, status: undefined });
    assert.doesNotMatch(error.message, /hunter|hünter/);
  }
  const error = await failure(() => hub.signRequest(to(url, { date: new Date("x") })));
  assertError(error, { name: "ConfigError", setting: "date" });
});

test("null is as good as absent, and infinity as very long", async () => {
  const { url } = await server((_, response) => answer(response, 200));
  const nothing = { relay: null, fips: null, maxAttempts: null, deadlineMs: null, signal: null, onAttempt: null };
  assert.equal((await deleteInvitations(to(url, nothing))).complete, true);
  const long = { maxAttempts: Infinity, attemptTimeoutMs: Infinity, deadlineMs: Infinity };
  assert.equal((await deleteInvitations(to(url, long))).complete, true);
});

test("an opaque failure says that there is no reason, and keeps what was thrown", async () => {
  const { url } = await server((request) => request.socket.destroy());
  const error = await failure(deleteInvitations(to(url, { maxAttempts: 2 })));
  assert.ok(error instanceof hub.TransportError);
  assertError(error, {
    name: "TransportError", kind: "NoResponse", retryable: true, attempts: 2, code: undefined, status: undefined, requestId: undefined,
    message: "fetch got no response (TypeError: fetch failed): browsers give no reason; CORS and the network are the usual ones (after 2 attempts)",
  });
  assert.ok(error.cause instanceof TypeError);
});

test("a body that breaks off is tried again, and then an error", async () => {
  const { url, requests } = await server((_, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("{}");
    setTimeout(() => response.destroy(), 20);
  });
  assertError(await failure(deleteInvitations(to(url, { maxAttempts: 2 }))), {
    name: "TransportError", kind: "Interrupted", attempts: 2, retryable: true, message: /^the response broke off: /,
  });
  assert.equal(requests.length, 2);
});

test("a redirect is not followed", async () => {
  const { url, requests } = await server((_, response) => {
    response.writeHead(307, { location: "/elsewhere" });
    response.end();
  });
  // Node shows the answer as it is; a browser does not.
  assertError(await failure(deleteInvitations(to(url))), { name: "ServiceError", kind: "Other", status: 307, retryable: false });
  assert.equal(requests.length, 1);
});

test("a redirect that is hidden, as in browsers", async (t) => {
  const hidden = Object.defineProperties(Response.error(), { type: { value: "opaqueredirect" }, status: { value: 0 } });
  t.mock.method(globalThis, "fetch", async () => hidden);
  assertError(await failure(deleteInvitations(to("http://127.0.0.1:9"))), {
    name: "TransportError", kind: "Redirect", retryable: false, attempts: 1, message: /redirect, which is not followed/,
  });
});

test("a body over 16 MiB is not read to its end", async () => {
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
    message: "the response body is longer than 16777216 bytes",
  });
  await isClosed;
  assert.ok(written < 40, `${written} MiB were taken`);
  assert.equal(requests.length, 1);
});

test("setters on prototypes do not see what an error says", async () => {
  let seen = 0;
  Object.defineProperty(Error.prototype, "kind", { configurable: true, set: () => (seen += 1) });
  try {
    assertError(await failure(deleteInvitations(to("x"))), { name: "ConfigError", kind: "InvalidConfig" });
  } finally {
    delete Error.prototype.kind;
  }
  assert.equal(seen, 0);
});
