import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { inspect } from "node:util";
import { assertError, credentials, failure, folder, index, to } from "./support.mjs";

const url = new URL("securityhub_invitations_bg.wasm", folder);
const bytes = await readFile(url);
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
  assert.match(error.message, /^securityhub-invitations: cannot load the WebAssembly module: WebAssembly.compile\(\): /);
  assert.ok(error.cause instanceof WebAssembly.CompileError);
  assert.equal((await failure(() => hub.signRequest({}))).name, "NotInitializedError");
  await hub.init();
  assert.equal((await failure(() => hub.signRequest({}))).name, "ConfigError");
});

test("init accepts every kind of source", async () => {
  const response = () => new Response(bytes, { headers: { "content-type": "application/wasm" } });
  const sources = [bytes, new Uint8Array(bytes).buffer, url, url.href, new Response(bytes), Promise.resolve(bytes), await WebAssembly.compile(bytes), response(), Promise.resolve(response()),
    `data:application/wasm;base64,${bytes.toString("base64")}`, new URL(`data:application/wasm;base64,${bytes.toString("base64")}`)];
  for (const [n, source] of sources.entries()) {
    const hub = await fresh(`source${n}`);
    await hub.init(source);
    assert.equal(hub.parseResponse({ status: 200, body: OK }).isComplete, true);
  }
});

test("initSync accepts bytes and modules", async () => {
  const hub = await fresh("sync");
  hub.initSync(bytes);
  hub.initSync(bytes);
  await hub.init();
  assert.equal(hub.parseResponse({ status: 200, body: OK }).isComplete, true);
  const other = await fresh("sync-module");
  other.initSync(new WebAssembly.Module(bytes));
  assert.equal(other.parseResponse({ status: 200, body: OK }).isComplete, true);
});

test("rejects values that are not a source", async () => {
  const hub = await fresh("wrong");
  for (const [source, problem] of [
    [5, "a value of type number (expected a URL, a Response, bytes or a WebAssembly.Module)"],
    [null, "missing (expected "],
    [[bytes], "an array (expected "],
    [Promise.resolve({}), "a value of type object (expected "],
    [Promise.reject(new Error("offline")), "offline"],
    [new Response("", { status: 404 }), "HTTP status 404 from "],
    [new URL("./missing.wasm", folder), "ENOENT"],
  ]) {
    const { message } = await failure(hub.init(source));
    assert.ok(message.startsWith(`securityhub-invitations: cannot load the WebAssembly module: ${problem}`), message);
  }
});

test("rejects the module of another version", async () => {
  const hub = await fresh("version");
  const { version } = JSON.parse(await readFile(new URL("package.json", folder)));
  const other = Buffer.from(bytes);
  other.write("9", other.lastIndexOf(version));
  const empty = new WebAssembly.Module(Buffer.from("\0asm\x01\0\0\0"));
  for (const [source, found] of [[other, version.replace(/^./, "9")], [empty, "unknown"]]) {
    const problem = `invalid version "${found}" of the module (expected ${version})`;
    assert.ok((await failure(hub.init(source))).message.endsWith(problem));
    assert.equal((await failure(() => hub.initSync(source))).message, problem);
  }
  await hub.init(bytes);
});

test("the inline entry needs no file", async () => {
  const hub = await import(new URL("inline.js", folder));
  assert.deepEqual(Object.keys(hub), Object.keys(await fresh("entries")));
  await hub.init();
  assert.equal(hub.parseResponse({ status: 200, body: OK }).isComplete, true);
});

// Node 20 crashes after many calls of a function of WebAssembly that returns an object.
test("no function of the module returns an object", async (t) => {
  const { instantiate } = WebAssembly;
  const returned = [];
  t.mock.method(WebAssembly, "instantiate", async (...args) => {
    const { exports } = await instantiate(...args);
    const recorded = (value) => typeof value !== "function" ? value : (...args) => {
      const result = value(...args);
      returned.push(typeof result);
      return result;
    };
    return { exports: Object.fromEntries(Object.entries(exports).map(([name, value]) => [name, recorded(value)])) };
  });
  const hub = await fresh("returns");
  await hub.init();
  t.mock.method(globalThis, "fetch", async () => new Response('{"UnprocessedAccounts":[],"Invitations":[]}'));
  const options = to("http://127.0.0.1:9");
  for (const call of [hub.deleteInvitations, hub.declineInvitations, hub.listInvitations, hub.signRequest, hub.explain]) await call(options);
  await hub.deleteInvitations({ ...options, credentials: () => credentials });
  hub.parseResponse({ status: 200, body: OK });
  assert.deepEqual([...new Set(returned)].sort(), ["number", "undefined"]);
});

test("error classes have names", async () => {
  const hub = await fresh("names");
  const classes = Object.entries(hub).filter(([, value]) => value?.prototype instanceof Error);
  assert.equal(classes.length, 8);
  for (const [name, { name: own }] of classes) assert.equal(own, name);
  assert.match(inspect(await failure(() => hub.signRequest())), /^NotInitializedError: /);
});

test("the package contains no eval and no paths", async () => {
  const text = await readFile(new URL("index.js", folder), "utf8");
  assert.doesNotMatch(text, /\beval\b|new Function/);
  const module = bytes.toString("latin1");
  for (const path of ["/root/", "/home/", "/work/", ".cargo/"]) assert.ok(!module.includes(path), path);
});
