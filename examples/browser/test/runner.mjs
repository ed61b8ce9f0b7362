// Runs cases one after the other, in whatever engine this is loaded into.

import { cases } from "./cases.mjs";
import { Bench } from "./bench.mjs";

/** `report` gets `{ name, failure?, skipped?, ms }` for each. */
export async function run({ engine, origin, only, report }) {
  const api = await import(/* @vite-ignore */ new URL("/pkg/index.js", origin).href).catch(() => undefined);
  return runWith(api, { engine, origin, only, report });
}

export async function runWith(api, { engine, origin, only, report }) {
  await api.init();
  for (const [name, test] of Object.entries(cases)) {
    if (only && !name.includes(only)) continue;
    const bench = new Bench(api, engine, origin);
    const started = Date.now();
    const result = { name };
    try {
      const skipped = await within(30_000, test(bench));
      if (typeof skipped === "string") result.skipped = skipped;
    } catch (error) {
      result.failure = error?.stack ?? String(error);
    }
    await bench.end();
    await report({ ...result, ms: Date.now() - started });
  }
}

function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
