import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { assertError, emulator, failure, index, to } from "./support.mjs";

const hub = await import(index);
before(() => hub.init());

const vectors = new URL("../../../securityhub-invitations/tests/data/signing.json", import.meta.url);
const { cases } = JSON.parse(await readFile(vectors, "utf8"));

for (const vector of cases.filter(({ door }) => door === "hub")) {
  test(`as botocore: ${vector.name}`, () => {
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

test("a signed request is what fetch takes, and the service accepts", async () => {
  const url = await emulator("--invite", "us-east-1:111122223333");
  const request = hub.signRequest(to(url, { accountIds: ["111122223333", "444455556666"] }));
  const response = await fetch(request.url, request);
  const output = hub.parseResponse({ status: response.status, headers: response.headers, body: await response.text() });
  assert.deepEqual(output, {
    unprocessedAccounts: [{ accountId: "444455556666", processingResult: "The account has no invitation in this Region" }],
    requestId: "00000000-0000-4000-8000-000000000001",
    attempts: 1,
    complete: false,
  });
});

test("parseResponse takes headers and bodies of every form", () => {
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
  for (const response of [{ status: 200 }, { status: 204, body: null, headers: null }, { status: 200, body: "" }]) {
    assert.deepEqual(hub.parseResponse(response), { unprocessedAccounts: [], requestId: undefined, attempts: 1, complete: true });
  }
});

test("parseResponse throws what the service says, and what is no response", async () => {
  const parse = (response) => failure(() => hub.parseResponse(response));
  assertError(await parse({ status: 429, headers: { "x-amzn-errortype": "ThrottlingException" }, body: "{}" }), {
    name: "ServiceError", kind: "Throttled", code: "ThrottlingException", status: 429, retryable: true, attempts: 1,
  });
  assertError(await parse({ status: 200, body: new Uint8Array([0xff]) }), { kind: "Malformed", status: 200 });
  for (const status of [0, 99, 1000, 200.5, "200", NaN, undefined]) {
    assertError(await parse({ status }), { name: "ConfigError", setting: "status" });
  }
  assertError(await parse({ status: 200, body: {} }), { name: "ConfigError", setting: "body" });
  assertError(await parse(undefined), { name: "ConfigError", setting: "status" });
});
