// For Node, Deno and Bun: program.js <endpoint> [URL of the module]
import { results } from "./call.js";

results(process.argv[2], process.argv[3]).then((result) => console.log(JSON.stringify(result)));
