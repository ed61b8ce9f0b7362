// Builds, loads and makes a call with each runtime and bundler of rows.mjs, and compares the results with the table in the
// package's README:
//
//   node check.mjs --package FOLDER --emulator BINARY --tools FOLDER --readme FILE
//       [--chromium BINARY] [--firefox BINARY] [--full] [--only TEXT] [--bless]
//
// Without --full, only the rows with `ci` run, and the others must have a line in the table.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Bench } from "./bench.mjs";
import { ROWS } from "./rows.mjs";

const string = { type: "string" };
const flag = { type: "boolean" };
const { values: given } = parseArgs({
  options: {
    package: string, emulator: string, tools: string, readme: string, chromium: string, firefox: string,
    full: flag, only: string, bless: flag,
  },
});

const browsers = {
  chromium: {
    path: given.chromium,
    args: (profile) => [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--no-proxy-server", `--user-data-dir=${profile}`,
    ],
  },
  firefox: { path: given.firefox, args: (profile) => ["--headless", "--no-remote", "--profile", profile] },
};

/** Resolves to the URL of an emulator. */
function startEmulator() {
  const args = ["--port", "0", "--cors", "--invite", "us-east-1:111122223333"];
  const child = spawn(given.emulator, args, { stdio: ["ignore", "pipe", "ignore"] });
  process.on("exit", () => child.kill());
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.stdout.on("data", (data) => {
      const url = /http:\/\/\S+/.exec(String(data));
      if (url) resolve(url[0]);
    });
  });
}

/** Returns the line of the table. */
async function lineOf(row, endpoint) {
  const bench = new Bench({ package: resolve(given.package), tools: resolve(given.tools), browsers, endpoint });
  try {
    await bench.prepare(row.packages);
    await bench.serve();
    const { main, inline } = await row.run(bench);
    const cell = (how) => (/^init\(/.test(how) ? `\`${how}\`` : "no");
    // The default of a row is that both entries work.
    for (const [entry, how] of Object.entries({ main, inline })) {
      if (cell(how) === "no" && !row.fails?.[entry]?.test(how)) throw new Error(`${entry}: ${how}`);
    }
    return line([row.name, versionOf(row), cell(main), cell(inline), row.note ?? ""]);
  } finally {
    await bench.end();
  }
}

const line = (cells) => `| ${cells.join(" | ")} |`.replace(/ {2,}/g, " ");
const versionOf = ({ version, packages }) => version ?? packages[0].replace(/.*@/, "");

const endpoint = await startEmulator();
const readme = readFileSync(given.readme, "utf8");
const [START, END] = ["<!-- runtimes -->\n", "<!-- /runtimes -->\n"];
const [before, rest] = readme.split(START);
const [old, after] = rest.split(END);
const lines = [];
let passed = 0;
let failed = 0;
for (const row of ROWS) {
  const title = `${row.name} ${versionOf(row)}`;
  const known = old.split("\n").find((text) => text.startsWith(line([row.name, versionOf(row), ""]).slice(0, -2)));
  const isChosen = given.only ? title.includes(given.only) : given.full || row.ci;
  const started = Date.now();
  let found = known;
  try {
    if (isChosen) found = await lineOf(row, endpoint);
    if (found === undefined) throw new Error("the table has no line (run with --full --bless)");
    if (found !== known && !given.bless) throw new Error(`the table is stale (run with --bless)\n  table ${known}\n  found ${found}`);
    lines.push(found);
    passed += isChosen ? 1 : 0;
    if (isChosen) console.log(`ok ${title} (${((Date.now() - started) / 1000).toFixed(1)} s): ${found}`);
  } catch (error) {
    failed += 1;
    if (known) lines.push(known);
    console.log(`FAILED ${title}: ${error.message}`);
  }
}
const table = [line(["runtime or bundler", "version", "main entry", "inline entry", "note"]), "|---|---|---|---|---|", ...lines, ""].join("\n");
if (given.bless) writeFileSync(given.readme, before + START + table + END + after);
else if (failed === 0 && table !== old) {
  failed += 1;
  console.log("FAILED table: it has other lines (run with --bless)");
}
console.log(`runtimes: ${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
