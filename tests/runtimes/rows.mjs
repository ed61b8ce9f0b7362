// The table of runtimes and bundlers. Each row builds, loads and makes a call. Rows with `ci` run in each CI, and all with --full.
import { pathToFileURL } from "node:url";

const PAGE = '<!doctype html><script type="module" src="./page.js"></script>';
const script = (code) => `<!doctype html><script type="module">${code}</script>`;
const COPY = "copy the module next to the bundle";

const runtime = (name, packages, command, ci) => ({
  name,
  packages: [packages],
  ci,
  run: (bench) => bench.program(command, "program.js"),
});

const NODE = `node-${process.platform}-${process.arch}`;
const node = (version) => runtime("Node", `${NODE}@${version}`, `node_modules/${NODE}/bin/node`, true);

/** A browser with the program as it is. */
const browser = (name, browser, html, ci) => ({
  name,
  version: "current",
  ci,
  run: (bench) => {
    bench.write("index.html", html);
    return bench.open(`/index.html${bench.query()}`, browser);
  },
});

const inWorker = (create) => script(create.replace("URL", "'./page.js' + location.search, { type: 'module' }"));

/** A bundler whose bundle for browsers is opened in Chromium. */
const web = (name, packages, { build, page, ...more }) => ({
  name,
  packages,
  ...more,
  run: async (bench) => {
    await build(bench);
    return bench.open(`${page}${bench.query()}`);
  },
});

/** A bundler whose bundle runs in Node. */
const forNode = (name, packages, { build, file, source, ...more }) => ({
  name,
  packages,
  ...more,
  run: async (bench) => {
    await build(bench);
    return bench.program("node", file, source && pathToFileURL(bench.path(source)).href);
  },
});

const esbuild = (bench, file, ...args) => bench.run("esbuild", file, "--bundle", "--minify", ...args);
const webpack = async (bench, file, target) => {
  await bench.run("webpack", "--entry", `./${file}`, "--mode", "production", "--target", target, "--output-path", bench.path("out"), "--output-filename", "main.cjs");
};

const vite = (version, exclude) => [
  web("Vite build", [`vite@${version}`], {
    page: "/dist/index.html",
    build: async (bench) => {
      bench.write("index.html", PAGE);
      await bench.run("vite", "build", "--base", "./");
    },
  }),
  {
    name: "Vite dev",
    packages: [`vite@${version}`],
    note: exclude && `set \`${exclude}\``,
    run: async (bench) => {
      bench.write("index.html", PAGE);
      if (exclude) bench.write("vite.config.js", `export default { ${exclude} };`);
      const server = bench.start("vite", ["--host", "127.0.0.1", "--port", "0"]);
      const [url] = await bench.printed(server, /http:\/\/127\.0\.0\.1:\d+/);
      return bench.open(`${url}/index.html${bench.query()}`);
    },
  },
];

const workerd = (date) => ({
  name: `workerd, compatibility date ${date}`,
  packages: ["workerd@1.20261117.1", "esbuild@0.28.2"],
  note: "import the module, and pass it to `init`",
  fails: { inline: /code generation disallowed/ },
  run: async (bench) => {
    const module = "securityhub-invitations/securityhub_invitations_bg.wasm";
    await esbuild(bench, "worker.js", "--format=esm", "--outfile=out/worker.js", `--external:${module}`);
    const port = await bench.freePort();
    bench.write("config.capnp", `using Workerd = import "/workerd/workerd.capnp";
      const config :Workerd.Config = (
        services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["private"]))],
        sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
      );
      const main :Workerd.Worker = (
        modules = [
          (name = "worker", esModule = embed "out/worker.js"),
          (name = "${module}", wasm = embed "node_modules/${module}")
        ],
        compatibilityDate = "${date}"
      );`);
    const server = bench.start("workerd", ["serve", "config.capnp"]);
    return bench.request(server, `http://127.0.0.1:${port}/${bench.query()}`);
  },
});

const next = (name, run) => ({
  name,
  packages: ["next@16.4.6", "react@19.3.1", "react-dom@19.3.1"],
  run: async (bench) => {
    bench.write("app/layout.js", "export default ({ children }) => <html><body>{children}</body></html>;");
    bench.write("app/page.js", `"use client";
      import { useEffect } from "react";
      export default function Page() {
        useEffect(() => void import("../page.js"), []);
      }`);
    bench.write("app/call/route.js", `import { results } from "../../call.js";
      export const GET = async ({ url }) => Response.json(await results(new URL(url).searchParams.get("endpoint")));`);
    bench.write("next.config.mjs", `export default { turbopack: { root: ${JSON.stringify(bench.folder)} } };`);
    await bench.run("next", "build");
    const port = await bench.freePort();
    const server = bench.start("next", ["start", "--hostname", "127.0.0.1", "--port", `${port}`]);
    await bench.printed(server, /Ready/);
    return run(bench, server, `http://127.0.0.1:${port}`);
  },
});

const ESBUILD = ["esbuild@0.28.2"];
const WEBPACK = ["webpack@5.112.2", "webpack-cli@7.3.1"];

export const ROWS = [
  node("20.16.0"),
  node("26.10.0"),
  browser("Chromium page", "chromium", PAGE, true),
  browser("Chromium worker", "chromium", inWorker("new Worker(URL)"), true),
  browser("Chromium shared worker", "chromium", inWorker("new SharedWorker(URL)")),
  browser("Chromium service worker", "chromium", inWorker("navigator.serviceWorker.register(URL)")),
  forNode("esbuild, ESM", ESBUILD, {
    ci: true,
    note: COPY,
    file: "out/program.mjs",
    build: async (bench) => {
      await esbuild(bench, "program.js", "--platform=node", "--format=esm", "--outfile=out/program.mjs");
      bench.copyModule("out");
    },
  }),
  forNode("esbuild, CommonJS", ESBUILD, {
    ci: true,
    file: "out/program.cjs",
    source: "node_modules/securityhub-invitations/securityhub_invitations_bg.wasm",
    build: (bench) => esbuild(bench, "program.js", "--platform=node", "--format=cjs", "--outfile=out/program.cjs"),
  }),
  web("esbuild, web", ESBUILD, {
    ci: true,
    note: COPY,
    page: "/out/index.html",
    build: async (bench) => {
      await esbuild(bench, "page.js", "--format=esm", "--outfile=out/page.js");
      bench.write("out/index.html", PAGE);
      bench.copyModule("out");
    },
  }),
  web("webpack, web", WEBPACK, {
    ci: true,
    page: "/out/index.html",
    build: async (bench) => {
      await webpack(bench, "page.js", "web");
      bench.write("out/index.html", '<!doctype html><script src="./main.cjs"></script>');
    },
  }),
  forNode("webpack, node", WEBPACK, { ci: true, file: "out/main.cjs", build: async (bench) => webpack(bench, "program.js", "node") }),
  ...vite("8.3.8"),
  ...vite("7.3.8", 'optimizeDeps: { exclude: ["securityhub-invitations"] }'),
  web("rollup", ["rollup@4.68.8", "@rollup/plugin-node-resolve@16.0.3"], {
    note: COPY,
    page: "/out/index.html",
    build: async (bench) => {
      await bench.run("rollup", "page.js", "--dir", "out", "--plugin", "node-resolve");
      bench.write("out/index.html", PAGE);
      bench.copyModule("out");
    },
  }),
  web("Parcel", ["parcel@2.16.4"], {
    page: "/out/index.html",
    build: async (bench) => {
      bench.write("index.html", PAGE);
      await bench.run("parcel", "build", "index.html", "--dist-dir", "out", "--public-url", "./");
    },
  }),
  next("Next, client", (bench, server, url) => bench.open(`${url}/${bench.query()}`)),
  next("Next, route handler", (bench, server, url) => bench.request(server, `${url}/call${bench.query()}`)),
  runtime("Deno", "deno@2.9.6", ["deno", "run", "--allow-net", "--allow-read"]),
  runtime("Bun", "bun@1.4.5", "bun"),
  workerd("2021-09-14"),
  workerd("2026-11-17"),
  browser("Firefox ESR page", "firefox", PAGE),
  browser("Firefox ESR worker", "firefox", inWorker("new Worker(URL)")),
];
