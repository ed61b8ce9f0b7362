// Starts the page's server, and runs the cases in a Chromium page, a Chromium worker and Node, and the page itself as a
// person would use it. `cargo xtask test --only browser` installs what this needs and runs it:
//
//   node main.mjs --serve BINARY --pkg FOLDER --tools FOLDER --chromium BINARY --out FOLDER
//       [--only TEXT] [--engine node|page|worker|people]

import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { cases as looks } from "./looks.mjs";
import { cases as uses } from "./page.mjs";
import { runPage } from "./person.mjs";
import { runWith } from "./runner.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const text = { type: "string" };
const { values: given } = parseArgs({
  options: { serve: text, pkg: text, tools: text, chromium: text, out: text, only: text, engine: text },
});

const ARGUMENTS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  "--no-proxy-server",
];

/** Resolves to the page's URL and the program. */
function startServer() {
  const program = spawn(
    given.serve,
    [
      "--port",
      "0",
      "--emulator-port",
      "0",
      "--quiet",
      "--page",
      join(here, "../page"),
      "--pkg",
      given.pkg,
      "--control",
      here,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  return new Promise((done, failed) => {
    let output = "";
    program.on("error", failed);
    program.on("exit", (code) => failed(new Error(`the server ended with ${code}`)));
    program.stdout.on("data", (data) => {
      output += data;
      const url = /listening on (\S+)\n/.exec(output)?.[1];
      if (url) done({ url, program });
    });
  });
}

/** Prints results as they come, and a last line that counts them. */
class Report {
  passed = 0;
  failed = 0;
  skipped = 0;

  constructor(engine) {
    this.engine = engine;
    console.log(`\n${engine}`);
  }

  add = ({ name, failure, skipped, ms }) => {
    const result = failure ? "FAILED" : skipped ? "skipped" : "ok";
    this[failure ? "failed" : skipped ? "skipped" : "passed"] += 1;
    console.log(`  ${name} ... ${result}${skipped ? `: ${skipped}` : ""} (${ms} ms)`);
    if (failure) console.log(failure.replace(/^/gm, "      "));
  };

  end() {
    console.log(
      `${this.engine}: ${this.passed} passed, ${this.failed} failed${this.skipped ? `, ${this.skipped} skipped` : ""}`,
    );
    return this.failed;
  }
}

const wants = (engine) => !given.engine || given.engine === engine;

async function inNode(origin) {
  const report = new Report("node");
  const api = await import(pathToFileURL(resolve(given.pkg, "index.js")).href);
  await runWith(api, { engine: "node", origin, only: given.only, report: report.add });
  return report.end();
}

async function inPage(browser, origin) {
  const report = new Report("chromium page");
  const page = await browser.newPage();
  await page.goto(`${origin}test/engine.html`);
  await page.exposeFunction("report", report.add);
  await page.evaluate(
    async ([origin, only]) => {
      const { run } = await import("/test/runner.mjs");
      await run({ engine: "page", origin, only, report: globalThis.report });
    },
    [origin, given.only],
  );
  await page.close();
  return report.end();
}

async function inWorker(browser, origin) {
  const report = new Report("chromium worker");
  const page = await browser.newPage();
  await page.goto(`${origin}test/engine.html`);
  await page.exposeFunction("report", report.add);
  await page.evaluate(
    ([origin, only]) =>
      new Promise((resolve, reject) => {
        const worker = new Worker("/test/worker.mjs", { type: "module" });
        worker.onerror = (event) => reject(new Error(`the worker failed: ${event.message}`));
        worker.onmessage = ({ data }) => {
          if (!data.end) globalThis.report(data);
          else if (data.failure) reject(new Error(data.failure));
          else resolve();
        };
        worker.postMessage({ origin, only });
      }),
    [origin, given.only],
  );
  await page.close();
  return report.end();
}

async function inChromium(origin) {
  const { chromium } = createRequire(pathToFileURL(`${resolve(given.tools)}/`))("playwright-core");
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({
    executablePath: given.chromium,
    headless: true,
    args: [...ARGUMENTS, ...sandbox],
  });
  try {
    let failed = 0;
    if (wants("page")) failed += await inPage(browser, origin);
    if (wants("worker")) failed += await inWorker(browser, origin);
    if (wants("people")) {
      const report = new Report("the page, used by a person");
      await runPage({ ...uses, ...looks }, { browser, origin, out: given.out, only: given.only, report: report.add });
      failed += report.end();
    }
    return failed;
  } finally {
    await browser.close();
  }
}

mkdirSync(given.out, { recursive: true });
const { url, program } = await startServer();
let failed = 1;
try {
  failed = wants("node") ? await inNode(url) : 0;
  if (["page", "worker", "people"].some(wants)) failed += await inChromium(url);
} finally {
  program.removeAllListeners("exit");
  program.kill();
}
process.exitCode = failed > 0 ? 1 : 0;
