// A dedicated worker that runs the cases, and posts each result.
import { run } from "./runner.mjs";

onmessage = async ({ data }) => {
  try {
    await run({ ...data, engine: "worker", report: (result) => postMessage(result) });
    postMessage({ end: true });
  } catch (error) {
    postMessage({ end: true, failure: String(error) });
  }
};
