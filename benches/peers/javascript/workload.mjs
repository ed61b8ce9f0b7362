// The arguments, clock and output that the programs of this folder share.
//
// Arguments: a folder with the packages in its node_modules, the milliseconds for each workload, then pairs of files with ids
// and a response.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const FEWEST = 5; // the smallest number of calls of a workload

const [folder, milliseconds, ...files] = process.argv.slice(2);

export const require = createRequire(join(folder, "package.json"));

/** Returns the version of a package, even if the package does not export its manifest. */
export function version(name) {
  return JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version;
}

/** Yields the ids and the bytes of the response of each call that has ids. */
export function* inputs() {
  for (let at = 0; at + 1 < files.length; at += 2) {
    const ids = readFileSync(files[at], "utf8").split("\n").filter(Boolean);
    if (ids.length > 0) yield { ids, response: new Uint8Array(readFileSync(files[at + 1])) };
  }
}

/** Prints the median time of individual calls of a workload. Calls that the machine interrupted do not affect it. */
export async function time(name, size, workload) {
  const now = () => process.hrtime.bigint();
  const calls = async (budget) => {
    const times = [];
    const end = now() + BigInt(Math.ceil(budget * 1e6));
    while (times.length < FEWEST || now() < end) {
      const start = now();
      await workload();
      times.push(Number(now() - start));
    }
    return times.sort((one, other) => one - other);
  };
  await calls(milliseconds); // lets the compiler warm up
  const times = await calls(milliseconds);
  console.log(JSON.stringify({ workload: name, size, nanoseconds: times[times.length >> 1] }));
}
