// What the programs of this folder share: their arguments, the clock, and what they print.
//
// Arguments: the folder that has the packages in its node_modules, the milliseconds that each work may take, and files of ids
// and of the answer, by twos.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const FEWEST = 5; // calls of a work, however long they take

const [folder, milliseconds, ...files] = process.argv.slice(2);

export const require = createRequire(join(folder, "package.json"));

/** The version of a package, which may not export its manifest. */
export function version(name) {
  return JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version;
}

/** Ids and the answer's bytes, for each call that has ids. */
export function* inputs() {
  for (let at = 0; at + 1 < files.length; at += 2) {
    const ids = readFileSync(files[at], "utf8").split("\n").filter(Boolean);
    if (ids.length > 0) yield { ids, answer: new Uint8Array(readFileSync(files[at + 1])) };
  }
}

/** Times a work, and prints the median of calls that are timed one by one: one during which the machine did other things is
 * passed over. */
export async function time(name, size, work) {
  const now = () => process.hrtime.bigint();
  const calls = async (budget) => {
    const times = [];
    const end = now() + BigInt(Math.ceil(budget * 1e6));
    while (times.length < FEWEST || now() < end) {
      const start = now();
      await work();
      times.push(Number(now() - start));
    }
    return times.sort((one, other) => one - other);
  };
  await calls(milliseconds); // for the compiler
  const times = await calls(milliseconds);
  console.log(JSON.stringify({ work: name, size, nanoseconds: times[times.length >> 1] }));
}
