// The cost in Node, compared with a bare fetch and with aws4fetch: node cost.mjs target/npm/securityhub-invitations [CALLS]. It
// installs aws4fetch in target/tools. Each client runs in a process of its own.
import { execFileSync, fork } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const AWS4FETCH = "aws4fetch@1.0.20";
const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const BODY = '{"AccountIds":["111122223333"]}';
const HEADERS = { "content-type": "application/json", "x-amz-date": "20261122T203705Z", authorization: `AWS4-HMAC-SHA256 ${"0".repeat(200)}` };

/** Returns a function that makes a call, and one that signs without sending. Both load what they need. */
const CLIENTS = {
  async fetch({ url }) {
    return { call: async () => (await fetch(url, { method: "POST", headers: HEADERS, body: BODY })).json(), sign: () => {} };
  },
  async ours({ url, folder }) {
    const hub = await import(pathToFileURL(join(folder, "index.js")));
    await hub.init();
    const options = { region: "us-east-1", credentials: KEYS, accountIds: ["111122223333"], endpoint: url };
    return { call: () => hub.deleteInvitations(options), sign: () => hub.signRequest(options) };
  },
  async aws4fetch({ url, tools }) {
    const { AwsClient } = await import(pathToFileURL(join(tools, "node_modules/aws4fetch/dist/aws4fetch.esm.mjs")));
    // As with our calls, the keys are new each time.
    const client = () => new AwsClient({ ...KEYS, service: "securityhub", region: "us-east-1", retries: 0 });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: BODY };
    const path = `${url}/invitations/delete`;
    return { call: async () => (await client().fetch(path, init)).json(), sign: () => client().sign(path, init) };
  },
};

const cpu = (since) => Object.values(process.cpuUsage(since)).reduce((sum, micros) => sum + micros, 0);

async function measure({ name, calls, ...setup }) {
  const started = performance.now();
  const { call, sign } = await CLIENTS[name](setup);
  await sign();
  const first = performance.now() - started;
  for (let n = 0; n < calls / 10; n += 1) await call();
  const usage = process.cpuUsage();
  const micros = [];
  for (let round = 0; round < 10; round += 1) {
    const before = cpu(usage);
    for (let n = 0; n < calls / 10; n += 1) await call();
    micros.push((cpu(usage) - before) / (calls / 10));
  }
  globalThis.gc();
  return { first, median: micros.sort((a, b) => a - b)[5], megabytes: process.memoryUsage().rss / 1e6 };
}

const self = fileURLToPath(import.meta.url);
if (process.send) {
  process.on("message", async (setup) => process.send(await measure(setup), () => process.exit()));
} else {
  const [folder, calls = "10000"] = process.argv.slice(2);
  const tools = join(dirname(resolve(folder)), "../tools/cost");
  if (!existsSync(join(tools, "node_modules/aws4fetch"))) {
    mkdirSync(tools, { recursive: true });
    execFileSync("npm", ["install", "--silent", "--no-save", "--prefix", tools, AWS4FETCH]);
  }
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"UnprocessedAccounts":[]}');
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  console.log(`after ${calls} calls      CPU of a call    start to first signature    memory`);
  for (const name of Object.keys(CLIENTS)) {
    const child = fork(self, { execArgv: ["--expose-gc"] });
    child.send({ name, calls: Number(calls), url, folder: resolve(folder), tools });
    const { median, first, megabytes } = await new Promise((resolve, reject) => {
      child.on("message", resolve);
      child.on("exit", (code, signal) => reject(new Error(`${name} ended with ${code ?? signal}`)));
    });
    console.log(`${name.padEnd(22)} ${median.toFixed(0).padStart(8)} µs ${first.toFixed(1).padStart(24)} ms ${megabytes.toFixed(0).padStart(9)} MB`);
  }
  server.close();
}
