import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { assertError, emulator, failure, index, to } from "./support.mjs";

const hub = await import(index);
before(() => hub.init());

const vectors = new URL("../../../securityhub-invitations/tests/data/signing.json", import.meta.url);
const { cases } = JSON.parse(await readFile(vectors, "utf8"));

const clientCases = cases.filter(({ entry }) => entry === "hub");

test("finds botocore's vectors", () => assert.equal(clientCases.length, 16));

for (const vector of clientCases) {
  test(`signs like botocore: ${vector.name}`, () => {
    const { endpoint, time } = vector;
    const options = {
      region: endpoint.region,
      fips: endpoint.fips,
      dualStack: endpoint.dual_stack,
      endpoint: endpoint.custom ?? undefined,
      credentials: {
        accessKeyId: vector.access_key_id,
        secretAccessKey: vector.secret_access_key,
        sessionToken: vector.session_token ?? undefined,
      },
      accountIds: vector.account_ids,
      date: new Date(time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z")),
    };
    const request = hub.signRequest(options);
    assert.deepEqual(request, {
      url: vector.url,
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-amz-date": time,
        ...(vector.session_token ? { "x-amz-security-token": vector.session_token } : {}),
        authorization: vector.authorization,
      },
      body: vector.body,
    });
    assert.deepEqual(hub.explain({ ...options, date: options.date.getTime() }), {
      canonicalRequest: vector.canonical_request,
      stringToSign: vector.string_to_sign,
      signedHeaders: vector.signed_headers,
      signature: vector.signature,
    });
  });
}

test("the service accepts a signed request", async () => {
  const url = await emulator("--invite", "us-east-1:111122223333");
  const accountIds = ["111122223333", "444455556666"];
  const request = hub.signRequest(to(url, { accountIds }));
  const { status, headers, ...response } = await fetch(request.url, request).then(async (response) => ({
    status: response.status, headers: response.headers, body: await response.text(),
  }));
  const raw = { status, headers, ...response };
  const output = hub.parseResponse({ ...raw, accountIds, attempts: 1, unconfirmedAttempts: 0 });
  const processingResult = "The account has no invitation in this Region";
  assert.deepEqual(output, {
    verdicts: [{ accountId: "111122223333", verdict: "done" }, { accountId: "444455556666", verdict: "notProcessed", processingResult }],
    unprocessedAccounts: [{ accountId: "444455556666", processingResult }],
    isComplete: false,
    requestId: "00000000-0000-4000-8000-000000000001",
    attempts: 1,
    unconfirmedAttempts: 0,
  });
  // Without the number of unconfirmed attempts, nothing is certain.
  const { verdicts, attempts } = hub.parseResponse({ ...raw, accountIds });
  assert.deepEqual([verdicts[1].verdict, attempts], ["uncertain", undefined]);
  assert.equal(hub.parseResponse(raw).verdicts, undefined);
});

test("parseResponse accepts every form of headers and bodies", () => {
  const body = '{"UnprocessedAccounts":[{"AccountId":"é"}]}';
  const bytes = new TextEncoder().encode(`  ${body}`);
  for (const headers of [
    new Headers({ "X-Amzn-RequestId": "id-1" }),
    { "x-amzn-requestid": "id-1", date: undefined, "bad name": "x", "set-cookie": ["a", "b"] },
    { "X-Amzn-RequestId": ["id-1"], "x-bad-value": "a\nb" },
    [["x-amzn-requestid", "id-1"]],
    new Map([["x-amzn-requestid", "id-1"]]),
  ]) {
    for (const form of [body, bytes, bytes.buffer, bytes.subarray(2), new DataView(bytes.buffer), Buffer.from(body)]) {
      const output = hub.parseResponse({ status: 200, headers, body: form });
      assert.deepEqual([output.requestId, output.unprocessedAccounts[0].accountId], ["id-1", "é"]);
    }
  }
  assert.equal(hub.parseResponse({ status: 200, body: "{}", headers: null }).isComplete, true);
});

test("parseResponse throws errors", async () => {
  const parse = (response) => failure(() => hub.parseResponse(response));
  assertError(await parse({ status: 429, headers: { "x-amzn-errortype": "ThrottlingException" }, body: "{}" }), {
    name: "ServiceError", kind: "Throttled", code: "ThrottlingException", status: 429, retryable: true, attempts: undefined,
    unconfirmedAttempts: undefined,
  });
  for (const response of [{ status: 200 }, { status: 204, body: null, headers: null }, { status: 200, body: "" }]) {
    assertError(await parse(response), { kind: "Malformed", status: response.status, mayHaveTakenEffect: true });
  }
  assertError(await parse({ status: 504, attempts: 2, unconfirmedAttempts: 1 }), { attempts: 2, unconfirmedAttempts: 2 });
  assertError(await parse({ status: 200, body: new Uint8Array([0xff]) }), { kind: "Malformed", status: 200 });
  for (const status of [0, 99, 1000, 200.5, "200", NaN, undefined]) {
    assertError(await parse({ status }), { name: "ConfigError", setting: "status" });
  }
  assertError(await parse({ status: 200, body: {} }), { name: "ConfigError", setting: "body" });
  assertError(await parse(undefined), { name: "ConfigError", setting: "response" });
});
