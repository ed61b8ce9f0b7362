// Runs the probe: `node run.mjs wasm-probe.wasm`. The exit status tells an injected fault from any other.

import { readFileSync } from "node:fs";

const IMPORTS = 3;
const TOO_SMALL = 4;
const TRAPPED = 5;
const FAILED = 6;

/** A smaller module does not contain the core, because an optimiser removed it. */
const LEAST_BYTES = 30 * 1024;

/** A panic alone has ten frames. */
Error.stackTraceLimit = 100;

function fail(status, message) {
  console.error(`wasm-probe: ${message}`);
  process.exit(status);
}

const bytes = readFileSync(process.argv[2]);
const module = new WebAssembly.Module(bytes);
const imports = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`);
console.log(`wasm-probe: ${bytes.length} bytes, ${imports.length} imports`);
if (imports.length !== 0) fail(IMPORTS, `it imports ${imports.join(", ")}`);
if (bytes.length <= LEAST_BYTES) fail(TOO_SMALL, `the module has at most ${LEAST_BYTES} bytes`);

const { exports } = new WebAssembly.Instance(module, {});
let result;
try {
  result = exports.main(0, 0);
} catch (error) {
  if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  fail(TRAPPED, `main trapped: ${error.stack}`);
}
if (result !== 0) fail(FAILED, `main returned ${result}`);
console.log("wasm-probe: main returned 0");
