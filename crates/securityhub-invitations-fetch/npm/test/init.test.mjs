import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { assertError, credentials, failure, folder, index, to } from "./support.mjs";

const url = new URL("securityhub_invitations_bg.wasm", folder);
const OK = '{"UnprocessedAccounts":[]}';
/** Imports the package again. */
const fresh = (name) => import(`${index}?${name}`);

test("every function asks for init", async () => {
  const hub = await fresh("forgotten");
  const options = to("http://127.0.0.1:9");
  for (const call of [
    () => hub.deleteInvitations(options),
    () => hub.declineInvitations(options),
    () => hub.listInvitations(options),
    () => hub.signRequest(options),
    () => hub.explain(options),
    () => hub.parseResponse({ status: 200 }),
    () => hub.deleteInvitations(),
  ]) {
    const error = await failure(call);
    assertError(error, {
      name: "NotInitializedError", kind: "NotInitialized", retryable: false, attempts: 0, code: undefined,
      message: /is not initialized \(expected one `await init\(\)` before the first call\)/,
    });
    assert.ok(error instanceof hub.NotInitializedError);
  }
});

test("init loads the module once", async () => {
  const hub = await fresh("memoised");
  assert.equal(hub.default, hub.init);
  const first = hub.init();
  assert.equal(hub.init(), first);
  assert.equal(await first, undefined);
  assert.equal(hub.init(), first);
  hub.signRequest({ region: "us-east-1", credentials, accountIds: ["111122223333"] });
});

test("init can be called again after a failure", async () => {
  const hub = await fresh("failed");
  const error = await failure(hub.init(new Uint8Array([1, 2, 3])));
  assert.match(error.message, /^securityhub-invitations: cannot load the WebAssembly module from the value passed to init\(\): /);
  assert.ok(error.cause instanceof WebAssembly.CompileError);
  assert.equal((await failure(() => hub.signRequest({}))).name, "NotInitializedError");
  await hub.init();
  assert.equal((await failure(() => hub.signRequest({}))).name, "ConfigError");
});

test("init accepts every kind of source", async () => {
  const bytes = await readFile(url);
  const response = () => new Response(bytes, { headers: { "content-type": "application/wasm" } });
  const sources = [bytes, new Uint8Array(bytes).buffer, await WebAssembly.compile(bytes), response(), Promise.resolve(response()),
    `data:application/wasm;base64,${bytes.toString("base64")}`, new URL(`data:application/wasm;base64,${bytes.toString("base64")}`)];
  for (const [n, source] of sources.entries()) {
    const hub = await fresh(`source${n}`);
    await hub.init(source);
    assert.equal(hub.parseResponse({ status: 200, body: OK }).isComplete, true);
  }
});

test("initSync accepts bytes and modules", async () => {
  const hub = await fresh("sync");
  const bytes = await readFile(url);
  hub.initSync(bytes);
  hub.initSync(bytes);
  await hub.init();
  assert.equal(hub.parseResponse({ status: 200, body: OK }).isComplete, true);
  const other = await fresh("sync-module");
  other.initSync(new WebAssembly.Module(bytes));
  assert.equal(other.parseResponse({ status: 200, body: OK }).isComplete, true);
});

test("the package contains no eval and no paths", async () => {
  const text = await readFile(new URL("index.js", folder), "utf8");
  assert.doesNotMatch(text, /\beval\b|new Function/);
  const module = (await readFile(url)).toString("latin1");
  for (const path of ["/root/", "/home/", "/work/", ".cargo/"]) assert.ok(!module.includes(path), path);
});
