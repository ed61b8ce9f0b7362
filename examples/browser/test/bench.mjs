// What a case works with: the package, emulators, and assertions that work in every engine.

export const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
export const TOKEN = "IQoJb3JpZ2luX2VjEAkaCXVzLWVhc3QtMSJH/example+token==";

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Bench {
  #made = [];

  constructor(api, engine, origin) {
    Object.assign(this, { api, engine, origin, isBrowser: engine !== "node" });
  }

  async control(method, path, body) {
    const response = await fetch(new URL(`/control/${path}`, this.origin), {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
    return JSON.parse(text);
  }

  /** An emulator of this case's own; see `Control::make` in `src/control.rs`. */
  async emulator(wanted = {}) {
    const made = await this.control("POST", "emulators", wanted);
    const emulator = {
      ...made,
      relay: new URL(`/relay/${made.host}`, this.origin).href,
      report: () => this.control("GET", `emulators/${made.id}`),
      stop: () => {
        this.#made = this.#made.filter((other) => other !== emulator);
        return this.control("DELETE", `emulators/${made.id}`);
      },
    };
    this.#made.push(emulator);
    return emulator;
  }

  /** Options for a call to the emulator. */
  options(emulator, more = {}) {
    return {
      region: emulator.region,
      credentials: KEYS,
      accountIds: ["111122223333"],
      endpoint: emulator.url,
      ...more,
    };
  }

  call(emulator, more) {
    return this.api.deleteInvitations(this.options(emulator, more));
  }

  /** What a call fails with. */
  failure(emulator, more) {
    return rejected(this.call(emulator, more));
  }

  async end() {
    for (const emulator of this.#made) await emulator.stop().catch(() => {});
  }
}

export async function rejected(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`it did not fail, but gave ${JSON.stringify(value)}`);
}

/** Equal as JSON, whatever the order of members. */
export function equal(actual, expected, what = "") {
  const [left, right] = [actual, expected].map(canonical);
  if (left !== right) throw new Error(`${what}\n  actual   ${left}\n  expected ${right}`);
}

function canonical(value) {
  return (
    JSON.stringify(value, (_, inner) => {
      const isPlain = inner !== null && typeof inner === "object" && !Array.isArray(inner);
      return isPlain ? Object.fromEntries(Object.entries(inner).sort()) : inner;
    }) ?? "undefined"
  );
}

export function ok(condition, what) {
  if (!condition) throw new Error(what ?? "it is not so");
}

/** Waits until something is so. */
export async function until(question, what) {
  for (const end = Date.now() + 20_000; ;) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`it did not come to be: ${what}`);
    await pause(20);
  }
}

/** The values of a header of a request's head. */
export function header(head, name) {
  return head.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

export const posts = (report) => report.heads.filter(({ line }) => line.startsWith("POST "));
export const preflights = (report) => report.heads.filter(({ line }) => line.startsWith("OPTIONS "));
export const ids = (count) => Array.from({ length: count }, (_, index) => String(100_000_000_000 + index));
