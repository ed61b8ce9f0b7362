// What a row works with: its folder, programs, a server for pages, and browsers.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const APP = join(dirname(fileURLToPath(import.meta.url)), "app");
const PATIENCE = 180_000;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

export class Bench {
  #children = new Set();
  #report;

  constructor({ package: pkg, tools, browsers, endpoint }) {
    Object.assign(this, { pkg, tools, browsers, endpoint });
  }

  /** Creates the row's folder with the program, the package and the packages of the row. */
  async prepare(packages = []) {
    this.folder = join(this.tools, packages.join("+").replaceAll("/", "-") || "none");
    mkdirSync(this.folder, { recursive: true });
    for (const name of readdirSync(this.folder)) {
      if (!["node_modules", "installed"].includes(name)) rmSync(this.path(name), { recursive: true });
    }
    this.write("package.json", '{ "private": true, "type": "module", "@parcel/resolver-default": { "packageExports": true } }');
    if (!existsSync(this.path("installed"))) {
      await this.run("npm", "install", "--silent", "--no-audit", "--no-fund", "--no-save", ...packages);
      this.write("installed", "");
    }
    cpSync(APP, this.folder, { recursive: true });
    const modules = this.path("node_modules/securityhub-invitations");
    // Vite keeps its bundle of a package there, as long as the version is the same.
    for (const old of [modules, this.path("node_modules/.vite")]) rmSync(old, { recursive: true, force: true });
    cpSync(this.pkg, modules, { recursive: true });
  }

  path(name) {
    return join(this.folder, name);
  }

  write(name, content) {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  /** Copies the module next to a bundle, for bundlers that do not. */
  copyModule(to) {
    cpSync(join(this.pkg, "securityhub_invitations_bg.wasm"), this.path(`${to}/securityhub_invitations_bg.wasm`));
  }

  /** Runs a program, for example one of the installed packages, and returns its output. */
  async run(name, ...args) {
    const child = this.start(name, args);
    const what = `${name} ${args.join(" ")}`;
    const code = await limited(new Promise((resolve) => child.on("close", resolve)), what, () => child.output + child.errors);
    if (code !== 0) throw new Error(`${what} exited with ${code}\n${child.output}${child.errors}`);
    return child.output;
  }

  /** Starts a program that `end` stops, with all its children. */
  start(program, args) {
    const path = `${this.path("node_modules/.bin")}${delimiter}${process.env.PATH}`;
    const env = { ...process.env, PATH: path, NO_COLOR: "1", FORCE_COLOR: "0", NEXT_TELEMETRY_DISABLED: "1", DENO_NO_UPDATE_CHECK: "1" };
    const child = spawn(program, args, { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    Object.assign(child, { output: "", errors: "" });
    child.stdout.on("data", (data) => (child.output += data));
    child.stderr.on("data", (data) => (child.errors += data));
    child.on("error", (error) => (child.errors += error));
    this.#children.add(child);
    return child;
  }

  /** Returns a port that is free now, for programs that do not print theirs. */
  async freePort() {
    const server = createServer();
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  /** Requests a URL of a started program until it responds, and returns the result. */
  async request(child, url) {
    for (const end = Date.now() + PATIENCE; Date.now() < end && child.exitCode === null; ) {
      const response = await fetch(url).catch(() => undefined);
      if (response) {
        const body = await response.text();
        if (response.ok) return JSON.parse(body);
        throw new Error(`${response.status}: ${body.slice(0, 1000)}\n${child.output}${child.errors}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the program does not respond: ${child.output}${child.errors}`);
  }

  /** Waits until a program prints a match. */
  async printed(child, pattern) {
    for (const end = Date.now() + PATIENCE; Date.now() < end && child.exitCode === null; ) {
      const match = pattern.exec(child.output + child.errors);
      if (match) return match;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the program did not start: ${child.output}${child.errors}`);
  }

  /** Runs the program or a bundle of it, and returns its result. */
  async program(command, file, source = []) {
    return JSON.parse(await this.run(...[command].flat(), file, this.endpoint, ...[source].flat()));
  }

  /** Serves files of the row's folder. A browser reports its result here. */
  async serve() {
    const rewrite = (text) => text.replace(/"securityhub-invitations(\/\w+)?"/g, (_, entry) => `"/node_modules/securityhub-invitations${entry ?? "/index"}.js"`);
    this.server = createServer((request, response) => {
      const { pathname } = new URL(request.url, "http://localhost");
      response.setHeader("access-control-allow-origin", "*");
      if (pathname === "/report") {
        let body = "";
        request.on("data", (data) => (body += data));
        request.on("end", () => (response.end(), this.#report?.(JSON.parse(body))));
        return;
      }
      const path = this.path(pathname);
      if (!existsSync(path) || !extname(path)) {
        response.writeHead(404).end();
        return;
      }
      response.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream");
      // Without a bundler, a page has no names of packages.
      const file = readFileSync(path);
      response.end(pathname === "/call.js" ? rewrite(String(file)) : file);
    });
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
  }

  query() {
    return `?${new URLSearchParams({ endpoint: this.endpoint, report: `${this.origin}/report` })}`;
  }

  /** Opens a page in a browser, and returns what the program in it reports. */
  async open(url, browser = "chromium") {
    const result = new Promise((resolve) => (this.#report = resolve));
    const { path, args } = this.browsers[browser];
    const profile = this.path("profile");
    mkdirSync(profile);
    const child = this.start(path, [...args(profile), new URL(url, this.origin).href]);
    return limited(result, `${browser} ${url}`, () => `${child.output}${child.errors}`);
  }

  async end() {
    for (const child of this.#children) {
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {}
    }
    this.server?.closeAllConnections();
    this.server?.close();
  }
}

/** Rejects if the promise takes too long. */
function limited(promise, what, why = () => "") {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no result after ${PATIENCE} ms: ${what}\n${why()}`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
