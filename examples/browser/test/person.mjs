// A person who uses the page in Chromium.

import { join } from "node:path";
import { Bench, equal, KEYS } from "./bench.mjs";

/** What the console reports about requests that a test lets fail. */
export const FAILED_REQUEST = /^Failed to load resource|ERR_|blocked by CORS policy/;

/** Runs these cases. `report` gets `{ name, failure?, skipped?, ms }` for each. */
export async function runPage(cases, { browser, origin, out, only, report }) {
  for (const [name, test] of Object.entries(cases)) {
    if (only && !name.includes(only)) continue;
    const bench = new Bench(undefined, "node", origin);
    const started = Date.now();
    const context = await browser.newContext({ viewport: { width: 1366, height: 768 } });
    const person = new Person(context, await context.newPage(), bench, out);
    const result = { name };
    try {
      const skipped = await test(person);
      if (typeof skipped === "string") result.skipped = skipped;
      person.checkQuiet();
    } catch (error) {
      result.failure = error?.stack ?? String(error);
      await person.screenshot(`failed-${name}`).catch(() => {});
    }
    await context.close();
    await bench.end();
    await report({ ...result, ms: Date.now() - started });
  }
}

class Person {
  /** The browser's complaints: violated policies, and errors that nobody caught. */
  complaints = [];
  /** The origins of all requests. */
  origins = new Set();
  /** The console reports failed requests as well. A test names those that it expects. */
  expects = /^$/;

  constructor(context, page, bench, out) {
    Object.assign(this, { context, page, bench, out });
    page.setDefaultTimeout(20_000);
    page.on(
      "console",
      (message) => ["error", "warning"].includes(message.type()) && this.complaints.push(message.text()),
    );
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== "blob:") this.origins.add(origin);
    });
  }

  checkQuiet() {
    equal(
      this.complaints.filter((text) => !this.expects.test(text)),
      [],
      "the browser complained",
    );
  }

  async open(more = {}) {
    await this.page.goto(`${this.bench.origin}#${new URLSearchParams(more)}`);
    await this.page.locator("#send:enabled").waitFor();
  }

  /** Opens the page for an emulator, without the relay. */
  openFor(emulator, more = {}) {
    return this.open({ region: emulator.region, endpoint: emulator.url, ...more });
  }

  async giveKeys(token) {
    await this.page.getByLabel("Access key id").fill(KEYS.accessKeyId);
    await this.page.getByLabel("Secret access key").fill(KEYS.secretAccessKey);
    if (token) await this.page.getByLabel("Session token").fill(token);
  }

  give(text) {
    return this.page.getByLabel("Account ids").fill(text);
  }

  /** Opens the page for an emulator, completes the form and sends it. */
  async deletes(emulator, ids, token) {
    await this.openFor(emulator);
    await this.giveKeys(token);
    await this.give(ids);
    await this.press("Delete invitations");
  }

  /** Presses as long as people do: a button that moves meanwhile is missed. */
  press(name) {
    return this.page.getByRole("button", { name, exact: true }).click({ delay: 100 });
  }

  texts(selector) {
    return this.page.locator(selector).allInnerTexts();
  }

  /** Returns the strings of elements that may be folded. */
  folded(selector) {
    return this.page.locator(selector).allTextContents();
  }

  async text(selector) {
    return (await this.texts(selector)).join();
  }

  focused() {
    return this.page.evaluate(() => document.activeElement.id);
  }

  /** Returns each row as `account: verdict`. */
  async outcome() {
    await this.page.locator("#accounts table").waitFor();
    return this.page
      .locator("#accounts tbody tr")
      .evaluateAll((rows) => rows.map((row) => `${row.cells[0].textContent}: ${row.cells[1].textContent}`));
  }

  async verdict() {
    await this.page.locator(".verdict").waitFor();
    return this.text(".verdict");
  }

  /** Returns whether an element is completely on the screen. */
  isOnScreen(selector) {
    return this.page
      .locator(selector)
      .first()
      .evaluate((element) => {
        const { top, left, bottom, right } = element.getBoundingClientRect();
        return element.checkVisibility() && top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
      });
  }

  /** Saves what is on the screen. */
  screenshot(name) {
    return this.page.screenshot({ path: join(this.out, `${name}.png`) });
  }
}
