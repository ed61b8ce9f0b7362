// After a call, nothing of the keys remains in the module's memory.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answer, failure, index, server, to } from "./support.mjs";

let memory;
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (...args) => {
  const result = await instantiate.apply(WebAssembly, args);
  // Node's fetch has its own module, which imports from `env`.
  const { exports } = result.instance ?? result;
  if (!args[1]?.env) memory = Object.values(exports).find((value) => value instanceof WebAssembly.Memory);
  return result;
};
const hub = await import(index);
before(() => hub.init());
const { url } = await server((_, response) => answer(response, 200));

const SECRET = "hunter2/SECRETmarker+KLMzyxwv9876QRSTUVsecret";
const TOKEN = "IQoJb3JpZ2luTOKENmarker/EXAMPLE+aqswdefrgthyjukilo2143658709POIUtoken".repeat(8);
const temporary = { accessKeyId: "AKIDMARKER", secretAccessKey: SECRET, sessionToken: TOKEN };

/** Counts a string in the module's memory, as it is or as HMAC mixes it into its key blocks. */
function found(text) {
  const bytes = Buffer.from(memory.buffer);
  let count = 0;
  for (const mask of [0, 0x36, 0x5c, 0x36 ^ 0x5c]) {
    const masked = Buffer.from(text, "latin1").map((byte) => byte ^ mask);
    for (let at = bytes.indexOf(masked); at >= 0; at = bytes.indexOf(masked, at + 1)) count += 1;
  }
  return count;
}

/** Counts parts of a string, because a copy that was overwritten in part is still a copy. */
function remains(text) {
  let count = 0;
  for (let at = 0; at + 12 <= Math.min(text.length, 68); at += 4) count += found(text.slice(at, at + 12));
  return count;
}

function assertGone() {
  assert.deepEqual({ secret: remains(SECRET), token: remains(TOKEN) }, { secret: 0, token: 0 });
}

test("keys are found only during a call", async () => {
  let during;
  const { url } = await server((_, response) => {
    during = [found(SECRET), found(TOKEN)];
    answer(response, 200);
  });
  await hub.deleteInvitations(to(url, { credentials: temporary }));
  assert.ok(during[0] > 0 && during[1] > 0, `the search finds nothing during the call: ${during}`);
  assertGone();
});

test("keys are gone after failed and aborted calls", async () => {
  let number = 0;
  const { url } = await server((_, response) => {
    number += 1;
    if (number === 1) return answer(response, 503);
    if (number < 4) return answer(response, 403, '{"Code":"InvalidSignatureException"}');
    return undefined;
  });
  const error = await failure(hub.deleteInvitations(to(url, { credentials: temporary })));
  assert.equal(error.code, "InvalidSignatureException");
  await failure(hub.deleteInvitations(to(url, { credentials: temporary })));
  await failure(hub.deleteInvitations(to(url, { credentials: temporary, signal: AbortSignal.timeout(50) })));
  assertGone();
});

test("keys of a function are gone after a retry", async () => {
  const { url } = await server((_, response, number) => answer(response, number < 3 ? 503 : 200));
  await hub.deleteInvitations(to(url, { credentials: () => ({ ...temporary, expiration: 0 }) }));
  assertGone();
});

test("keys are gone after signRequest and explain", () => {
  hub.signRequest(to(url, { credentials: temporary }));
  assert.ok(hub.explain(to(url, { credentials: temporary })).canonicalRequest.includes(TOKEN));
  assertGone();
});

test("keys are gone after invalid options", async () => {
  for (const more of [
    { accountIds: ["x"] }, { region: "X" }, { relay: "x" }, { credentials: { ...temporary, accessKeyId: "" } },
    { credentials: { ...temporary, secretAccessKey: `${SECRET}\n` } }, { credentials: { ...temporary, secretAccessKey: `${SECRET}é` } },
    { credentials: { ...temporary, sessionToken: `${TOKEN} ` } }, { credentials: { ...temporary, sessionToken: `${TOKEN}é` } },
  ]) {
    await failure(hub.deleteInvitations(to(url, { credentials: temporary, ...more })));
    await failure(() => hub.signRequest(to(url, { credentials: temporary, ...more })));
  }
  assertGone();
});

test("keys are gone after 200 concurrent calls", async () => {
  await Promise.all(Array.from({ length: 200 }, () => hub.deleteInvitations(to(url, { credentials: temporary }))));
  assertGone();
});

test("errors do not contain keys", async () => {
  const error = await failure(hub.deleteInvitations(to("http://127.0.0.1:9", { credentials: temporary, maxAttempts: 1 })));
  for (const text of [error.stack, JSON.stringify(error), String(error.cause?.stack)]) {
    assert.ok(!text.includes("marker"), text);
  }
});

test("memory does not grow with the number of calls", async () => {
  const { url } = await server((_, response) => answer(response, 200));
  const call = (more) => hub.deleteInvitations(to(url, { credentials: temporary, ...more }));
  const many = async () => {
    for (let n = 0; n < 20; n += 1) await Promise.all(Array.from({ length: 25 }, () => call({ signal: new AbortController().signal })));
    await Promise.all(Array.from({ length: 100 }, () => failure(call({ signal: AbortSignal.timeout(1) }))));
  };
  await many();
  const before = memory.buffer.byteLength;
  for (let n = 0; n < 3; n += 1) await many();
  assert.ok(memory.buffer.byteLength - before <= 65_536, `${before} → ${memory.buffer.byteLength}`);
});
