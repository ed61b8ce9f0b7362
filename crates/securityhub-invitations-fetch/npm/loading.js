// Loads the WebAssembly module. Each entry of the package has its own default source.
import * as wasm from "./securityhub_invitations.js";
import { errorOf, nameOf } from "./errors.js";

let isReady = false;
let loading;

/** Returns the `init` of an entry. `defaultSource` returns the source that is used without an argument, and its name. */
export function initWith(defaultSource) {
  return (source) => {
    loading ??= load(source, defaultSource).catch((error) => {
      // The next call can load it again.
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

export function initSync(source) {
  if (!isReady) {
    const module = checked(is("WebAssembly.Module", source) ? source : new WebAssembly.Module(source));
    start(new WebAssembly.Instance(module, wasm.__wbg_get_imports()), module);
  }
  loading ??= Promise.resolve();
}

export function assertReady() {
  if (!isReady) {
    throw errorOf({
      name: "NotInitializedError",
      kind: "NotInitialized",
      message: "securityhub-invitations is not initialized (expected one `await init()` before the first call)",
      retryable: false,
    });
  }
}

async function load(source, defaultSource) {
  try {
    const module = checked(await compiled(source === undefined ? defaultSource() : source));
    start(await WebAssembly.instantiate(module, wasm.__wbg_get_imports()), module);
  } catch (cause) {
    const hint = source === undefined ? " (or pass the module to init, or import securityhub-invitations/inline)" : "";
    throw new Error(`securityhub-invitations: cannot load the WebAssembly module: ${cause?.message}${hint}`, { cause });
  }
}

function start(instance, module) {
  wasm.__wbg_finalize_init(instance, module);
  isReady = true;
}

/** Unlike `instanceof`, it works for objects of other realms, such as frames. */
const is = (name, value) => Object.prototype.toString.call(value) === `[object ${name}]`;

/** Compiles a URL, a response, bytes or a module, or a promise of one of them. Early releases of workerd name no other classes. */
async function compiled(source) {
  source = await source;
  const isRequest = source?.arrayBuffer && !("status" in source);
  if (typeof source === "string" || source?.href || isRequest) source = await fetched(source);
  if (source?.arrayBuffer) {
    if (!source.ok) throw new Error(`HTTP status ${source.status} from ${source.url}`);
    // Browsers keep the compiled code only of streams.
    if (WebAssembly.compileStreaming && /^application\/wasm\b/.test(source.headers.get("content-type"))) {
      return WebAssembly.compileStreaming(source);
    }
    source = await source.arrayBuffer();
  }
  if (is("WebAssembly.Module", source)) return source;
  if (!ArrayBuffer.isView(source) && !is("ArrayBuffer", source)) {
    throw new TypeError(`${nameOf(source)} (expected a URL, a Response, bytes or a WebAssembly.Module)`);
  }
  return WebAssembly.compile(source);
}

/** Returns a response, or the bytes of a file: Node's `fetch` does not read files. */
function fetched(url) {
  const node = /^file:/.test(url) && globalThis.process?.getBuiltinModule?.("node:fs/promises");
  return node ? node.readFile(new URL(url)) : fetch(url);
}

/** Returns the module if it belongs to this JavaScript. The build adds a section with the version. */
function checked(module) {
  const [section] = WebAssembly.Module.customSections(module, "securityhub-invitations");
  const version = section ? new TextDecoder().decode(section) : "unknown";
  if (version !== VERSION) throw new Error(`invalid version "${version}" of the module (expected ${VERSION})`);
  return module;
}
