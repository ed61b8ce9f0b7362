// Weighs the package: node sizes.mjs <folder> <limit>. Fails if the main entry, which is index.js and the module, has more than
// `limit` bytes after gzip -9.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

const [folder, limit] = process.argv.slice(2);
const row = (name, sizes) => console.log(name.padEnd(34), ...sizes.map((size) => String(size).padStart(9)));

row("", ["raw", "gzip -9", "brotli"]);
const sum = [0, 0, 0];
for (const name of readdirSync(folder).sort()) {
  const bytes = readFileSync(join(folder, name));
  const sizes = [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
  row(name, sizes);
  if (name === "index.js" || name.endsWith(".wasm")) sizes.forEach((size, n) => (sum[n] += size));
}
row("main entry", sum);
if (!(sum[1] <= Number(limit))) {
  console.error(`the main entry has ${sum[1]} bytes after gzip -9, and may have ${limit}`);
  process.exitCode = 1;
}
