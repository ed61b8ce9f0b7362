// The page, used as a person would use it: with a mouse, with a keyboard alone, on a narrow screen, in the dark.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Bench, equal, header, ids, KEYS, ok, pause, posts, TOKEN, until } from "./bench.mjs";

/** Runs all of them. `report` gets `{ name, failure?, skipped?, ms }` for each. */
export async function runPage({ browser, origin, out, only, report }) {
  for (const [name, test] of Object.entries(cases)) {
    if (only && !name.includes(only)) continue;
    const bench = new Bench(undefined, "node", origin);
    const started = Date.now();
    const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
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
  /** What the browser complained of: policies, errors that nobody caught. */
  complaints = [];
  /** The origins of all requests. */
  origins = new Set();
  /** The console reports failed requests as well. A test names those that it expects. */
  expects = /^$/;

  constructor(context, page, bench, out) {
    Object.assign(this, { context, page, bench, out });
    page.setDefaultTimeout(8000);
    page.on(
      "console",
      (message) => ["error", "warning"].includes(message.type()) && this.complaints.push(message.text()),
    );
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("request", (request) => this.origins.add(new URL(request.url()).origin));
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

  /** The page for an emulator, straight. */
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

  /** For as long as people do: a button that moves meanwhile is missed. */
  press(name) {
    return this.page.getByRole("button", { name, exact: true }).click({ delay: 100 });
  }

  texts(selector) {
    return this.page.locator(selector).allInnerTexts();
  }

  /** Each row as `account: outcome`. */
  async outcome() {
    await this.page.locator("#accounts table").waitFor();
    return this.page
      .locator("#accounts tbody tr")
      .evaluateAll((rows) => rows.map((row) => `${row.cells[1].textContent}: ${row.cells[2].textContent}`));
  }

  async verdict() {
    await this.page.locator(".verdict").waitFor();
    return (await this.texts(".verdict")).join();
  }

  /** Of the whole page, on a screen that is high enough for it. */
  async screenshot(name) {
    const screen = this.page.viewportSize();
    const height = await this.page.evaluate(() => {
      scrollTo(0, 0);
      return document.documentElement.scrollHeight;
    });
    await this.page.setViewportSize({ ...screen, height });
    await this.page.screenshot({ path: join(this.out, `${name}.png`), fullPage: true });
    await this.page.setViewportSize(screen);
  }
}

const FAILED_REQUEST = /^Failed to load resource|ERR_|blocked by CORS policy/;

const cases = {
  async invitations_are_deleted_straight(person) {
    const emulator = await person.bench.emulator({
      invite: ["111122223333", "444455556666"],
      faults: [{ is: "empty", status: 503 }, { is: "throttled" }],
    });
    person.expects = FAILED_REQUEST;
    await person.openFor(emulator);
    await person.giveKeys();
    await person.give("111122223333, 444455556666\n777788889999");
    await person.press("Delete invitations");
    equal(await person.outcome(), ["777788889999: Uncertain", "111122223333: Deleted", "444455556666: Deleted"]);
    const lines = await person.texts("#progress li");
    ok(/^Attempt 1: Unavailable \(HTTP 503\); the next one (is in \d\.\d s|follows at once)$/.test(lines[0]), lines[0]);
    ok(/^Attempt 2: Throttled \(HTTP 429\); the next one (is in \d\.\d s|follows at once)$/.test(lines[1]), lines[1]);
    equal(lines.slice(2), ["Attempt 3: succeeded"]);
    ok((await person.verdict()).includes("1 account of 3 uncertain."), await person.verdict());
    ok((await person.texts("#outcome dl")).join().includes("Unconfirmed attempts"), "the count is shown");
    await person.screenshot("outcome");
    equal(
      [...person.origins].sort(),
      [new URL(person.bench.origin).origin, emulator.url].sort(),
      "nobody else was asked",
    );
  },

  async invitations_are_deleted_through_the_relay(person) {
    const emulator = await person.bench.emulator({ cors: "none", invite: ["111122223333"], token: TOKEN });
    await person.open({ region: emulator.region });
    equal(await person.page.getByLabel("Through a relay").isChecked(), true);
    await person.page.locator("#target b").first().waitFor();
    equal(
      (await person.texts("#target")).join(),
      `Sent to ${emulator.relay}/invitations/delete, signed for ${emulator.host}`,
    );
    await person.giveKeys(TOKEN);
    await person.give("111122223333");
    await person.press("Delete invitations");
    equal(await person.outcome(), ["111122223333: Deleted"]);
    const report = await emulator.report();
    equal(
      [header(posts(report)[0], "host"), report.received[0].refusal, report.preflights],
      [[emulator.host], null, 0],
    );
    equal([...person.origins], [new URL(person.bench.origin).origin], "nobody else was asked");
    await person.screenshot("relay");
  },

  async ids_are_checked_as_they_are_typed(person) {
    await person.open();
    const box = person.page.getByLabel("Account ids");
    await box.pressSequentially("111122223333 1234");
    await pause(300);
    equal(await person.texts("#ids-status"), ["1 account id."], "what is being typed is let alone");
    await box.press("Enter");
    await box.pressSequentially("44445555666x, 777788889999 ");
    await until(async () => (await person.texts("#ids-refused li")).length === 2, "both are listed");
    equal(await person.texts("#ids-status"), ["2 invalid ids, 2 valid."]);
    const refused = await person.texts("#ids-refused li");
    ok(refused[0].startsWith("Line 1, id 2") && refused[0].includes("1234"), refused[0]);
    ok(refused[1].startsWith("Line 2, id 3") && refused[1].includes("44445555666x"), refused[1]);
    equal(
      [await box.getAttribute("aria-invalid"), (await box.getAttribute("aria-describedby")).includes("ids-refused")],
      ["true", true],
    );
    await person.screenshot("refused");
    // The place of a bad id is a button that selects it, so that typing replaces it.
    await person.page.getByRole("button", { name: "Line 2, id 3" }).click();
    await person.page.keyboard.type("444455556666");
    await person.page.getByRole("button", { name: "Line 1, id 2" }).click();
    await person.page.keyboard.type("111122223333");
    await person.page.getByLabel("Region").focus();
    await until(
      async () => (await person.texts("#ids-status"))[0] === "3 account ids, 1 of them repeated and sent once.",
      "all are good",
    );
    equal(await person.texts("#ids-refused li"), []);
  },

  async pasted_lists_of_any_form_are_understood(person) {
    await person.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await person.open();
    for (const [text, status] of [
      ['["111122223333", "444455556666"]', "2 account ids."],
      ["111122223333;444455556666;\r\n", "2 account ids."],
      ["'111122223333'\t`444455556666`", "2 account ids."],
      [ids(10_000).join("\n"), "10,000 account ids."],
      ["1111-2222-3333", "1 invalid id, 0 valid."],
    ]) {
      await person.give("");
      await person.page.evaluate((text) => navigator.clipboard.writeText(text), text);
      await person.page.keyboard.press("Control+V");
      await until(
        async () => (await person.texts("#ids-status"))[0] === status,
        `${text.slice(0, 40)}: ${await person.texts("#ids-status")}`,
      );
    }
  },

  async pasted_credentials_fill_all_fields(person) {
    await person.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await person.open();
    const field = person.page.getByLabel("Access key id");
    const values = () =>
      Promise.all(
        ["Access key id", "Secret access key", "Session token"].map((label) =>
          person.page.getByLabel(label).inputValue(),
        ),
      );
    for (const text of [
      "export AWS_ACCESS_KEY_ID=ASIA1\nexport AWS_SECRET_ACCESS_KEY=s/e+c\nexport AWS_SESSION_TOKEN=t/o+k==\n",
      '{ "Credentials": { "AccessKeyId": "ASIA1", "SecretAccessKey": "s/e+c", "SessionToken": "t/o+k==" } }',
      "[default]\naws_access_key_id = ASIA1\naws_secret_access_key = s/e+c\naws_session_token = t/o+k==\n",
      '$Env:AWS_ACCESS_KEY_ID="ASIA1"\n$Env:AWS_SECRET_ACCESS_KEY="s/e+c"\n$Env:AWS_SESSION_TOKEN="t/o+k=="',
    ]) {
      await person.press("Forget credentials");
      equal(await values(), ["", "", ""]);
      await person.page.evaluate((text) => navigator.clipboard.writeText(text), text);
      await field.focus();
      await person.page.keyboard.press("Control+V");
      equal(await values(), ["ASIA1", "s/e+c", "t/o+k=="], text);
    }
    await field.fill("AKIA1");
    ok((await person.texts("#accessKeyId-hint"))[0].includes("long-term"), "long-term keys are advised against");
  },

  async the_request_is_explained_without_being_sent(person) {
    const emulator = await person.bench.emulator({ token: TOKEN });
    await person.openFor(emulator);
    await person.giveKeys(TOKEN);
    await person.give("111122223333");
    await person.press("Explain");
    await person.page.locator("#explanation").waitFor();
    const [canonical] = await person.texts("#canonical");
    const [toSign] = await person.texts("#to-sign");
    ok(
      canonical.startsWith(
        `POST\n/invitations/delete\n\ncontent-type:application/json\nhost:${new URL(emulator.url).host}\nx-amz-date:`,
      ),
      canonical,
    );
    ok(toSign.startsWith(`AWS4-HMAC-SHA256\n${canonical.match(/x-amz-date:(.*)/)[1]}\n`), toSign);
    const hidden = (await person.page.locator("body").innerText()) + (await person.texts("pre")).join();
    ok(!hidden.includes(TOKEN) && !hidden.includes(KEYS.secretAccessKey), "secrets are hidden");
    equal(
      [canonical.includes("x-amz-security-token:[hidden]"), await person.texts("#signature")],
      [true, ["[hidden]"]],
    );
    const [explainAt, sendAt] = await Promise.all(
      ["#explain-title", "#send"].map((id) => person.page.locator(id).boundingBox()),
    );
    ok(sendAt.y - explainAt.y < 1000, "what a button does is seen from the button");
    await person.screenshot("explained");

    await person.page.getByLabel("Show secrets").check();
    const [shown, signature, command] = [
      await person.texts("#canonical"),
      await person.texts("#signature"),
      await person.texts("#curl"),
    ];
    ok(shown[0].includes(`x-amz-security-token:${TOKEN}`) && /^[0-9a-f]{64}$/.test(signature[0]), "secrets are shown");
    ok(command[0].includes(`Signature=${signature[0]}`), "one signature");
    ok(!command[0].includes(KEYS.secretAccessKey), "the secret key is nowhere");
    equal((await emulator.report()).heads, [], "nothing was sent");

    // Native code signs the same.
    const [, year, month, day, hours, minutes, seconds] = canonical.match(/x-amz-date:(....)(..)(..)T(..)(..)(..)Z/);
    const native = await person.bench.control("POST", "sign", {
      region: emulator.region,
      endpoint: emulator.url,
      credentials: { ...KEYS, sessionToken: TOKEN },
      accountIds: ["111122223333"],
      date: Date.UTC(year, month - 1, day, hours, minutes, seconds),
    });
    equal(
      [shown[0], toSign, signature[0]],
      [native.explanation.canonicalRequest, native.explanation.stringToSign, native.explanation.signature],
    );

    // A form that changes has another request.
    await person.give("444455556666");
    equal(
      [await person.page.locator("#explanation").isVisible(), await person.page.locator("#curl").textContent()],
      [false, ""],
    );
  },

  async the_curl_command_runs(person) {
    const emulator = await person.bench.emulator({ invite: ["111122223333"], token: TOKEN });
    await person.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await person.openFor(emulator);
    await person.giveKeys(TOKEN);
    await person.give("111122223333");
    await person.press("Explain");
    const copied = async () => {
      await person.page.locator("#copied").evaluate((note) => {
        note.textContent = "";
      });
      await person.press("Copy as curl");
      await person.page.locator("#copied:not(:empty)").waitFor();
      return [await person.page.evaluate(() => navigator.clipboard.readText()), (await person.texts("#copied"))[0]];
    };
    const [hidden, note] = await copied();
    ok(
      !hidden.includes(TOKEN) && hidden.includes("Signature=[hidden]") && note.startsWith("Copied without the secrets"),
      hidden,
    );
    await person.page.getByLabel("Show secrets").check();
    const [command, warning] = await copied();
    ok(command.includes(TOKEN) && warning.startsWith("Copied with the secrets"), warning);
    try {
      execFileSync("curl", ["--version"], { stdio: "ignore" });
    } catch {
      return "there is no curl to run it with";
    }
    const answer = execFileSync("sh", ["-c", `${command} --silent --show-error --noproxy '*'`], { encoding: "utf8" });
    equal(JSON.parse(answer), { UnprocessedAccounts: [] });
    equal((await emulator.report()).left, 0);
  },

  async everything_is_reached_by_keyboard(person) {
    const emulator = await person.bench.emulator({ invite: ["111122223333"] });
    await person.openFor(emulator);
    const { keyboard } = person.page;
    const focused = () =>
      person.page.evaluate(() => {
        const { id, name, value, tagName, type } = document.activeElement;
        return type === "radio" ? `${name}=${value}` : id || tagName.toLowerCase();
      });
    const isOutlined = () =>
      person.page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle !== "none");
    const stops = [];
    for (let stop = 0; stop < 25; stop++) {
      await keyboard.press("Tab");
      const id = await focused();
      if (id === "body") break;
      stops.push(id);
      ok(await isOutlined(), `the focus is seen on ${id}`);
      const typed = { accessKeyId: KEYS.accessKeyId, secretAccessKey: KEYS.secretAccessKey, ids: "111122223333" }[id];
      if (typed) await keyboard.type(typed);
      if (id === "explain") break;
    }
    equal(stops, [
      "region",
      "route=direct",
      "endpoint",
      "summary",
      "accessKeyId",
      "secretAccessKey",
      "sessionToken",
      "forget",
      "ids",
      "summary",
      "send",
      "explain",
    ]);
    await keyboard.press("Enter");
    await person.page.locator("#explanation").waitFor();
    const after = [];
    for (let stop = 0; stop < 6; stop++) {
      await keyboard.press("Tab");
      after.push(await focused());
    }
    equal(after, ["show-secrets", "canonical", "to-sign", "signature", "copy-curl", "curl"]);
    // Enter in a field sends the form.
    await person.page.getByLabel("Secret access key").focus();
    await keyboard.press("Enter");
    equal(await person.outcome(), ["111122223333: Deleted"]);
  },

  async what_is_missing_is_told_and_gets_the_focus(person) {
    await person.open();
    await person.page.getByLabel("Region").fill("US-EAST-1");
    await person.press("Delete invitations");
    equal(await person.page.evaluate(() => document.activeElement.id), "region");
    for (const id of ["region", "accessKeyId", "secretAccessKey"]) {
      const field = person.page.locator(`#${id}`);
      equal(
        [await field.getAttribute("aria-invalid"), await person.page.locator(`#${id}-error`).isVisible()],
        ["true", true],
        id,
      );
    }
    equal(await person.texts("#region-error"), ["'U' at position 1 (allowed: a-z, 0-9, -)."]);
    ok((await person.texts("#ids-status"))[0].includes("at least one account id"), "ids are required");
    await person.screenshot("missing");
  },

  async every_field_has_a_name_and_its_descriptions_exist(person) {
    await person.open();
    const faults = await person.page.evaluate(() => {
      const fields = [...document.querySelectorAll("input, textarea, button, [role=region]")];
      const unnamed = fields
        .filter(
          (field) =>
            !(
              field.labels?.length ||
              field.textContent.trim() ||
              field.ariaLabel ||
              field.getAttribute("aria-labelledby")
            ),
        )
        .map((field) => field.id);
      const references = [...document.querySelectorAll("[aria-describedby], [aria-labelledby]")].flatMap((element) =>
        `${element.getAttribute("aria-describedby") ?? ""} ${element.getAttribute("aria-labelledby") ?? ""}`
          .trim()
          .split(/\s+/),
      );
      const all = [...document.querySelectorAll("[id]")].map(({ id }) => id);
      return {
        unnamed,
        dangling: references.filter((id) => !document.getElementById(id)),
        twice: all.filter((id, index) => all.indexOf(id) !== index),
      };
    });
    equal(faults, { unnamed: [], dangling: [], twice: [] });
    equal(await person.page.locator("h1").count(), 1);
    equal(await person.page.locator("html").getAttribute("lang"), "en");
  },

  async texts_have_contrast_by_day_and_by_night(person) {
    for (const colorScheme of ["light", "dark"]) {
      await person.page.emulateMedia({ colorScheme });
      await person.open({ ids: "1234" });
      await person.giveKeys();
      const poor = await person.page.evaluate(() => {
        const parse = (color) => color.match(/[\d.]+/g).map(Number);
        const luminance = ([red, green, blue]) => {
          const [r, g, b] = [red, green, blue]
            .map((value) => value / 255)
            .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const background = (element) => {
          for (let place = element; place; place = place.parentElement) {
            const color = parse(getComputedStyle(place).backgroundColor);
            if (color[3] === undefined || color[3] === 1) return color;
          }
          return [255, 255, 255];
        };
        const poor = [];
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          const element = walker.currentNode.parentElement;
          if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest(":disabled")) continue;
          const [light, dark] = [parse(getComputedStyle(element).color), background(element)]
            .map(luminance)
            .sort((a, b) => b - a);
          const ratio = (light + 0.05) / (dark + 0.05);
          if (ratio < 4.5) poor.push(`${ratio.toFixed(1)} ${walker.currentNode.data.trim().slice(0, 40)}`);
        }
        return poor;
      });
      equal(poor, [], colorScheme);
    }
    await person.screenshot("dark");
  },

  async a_narrow_screen_is_enough(person) {
    const emulator = await person.bench.emulator({ invite: ["111122223333"] });
    await person.page.setViewportSize({ width: 320, height: 700 });
    await person.openFor(emulator);
    await person.giveKeys();
    await person.give("111122223333 444455556666");
    await person.press("Explain");
    await person.press("Delete invitations");
    equal((await person.outcome()).length, 2);
    equal(await person.page.evaluate(() => document.documentElement.scrollWidth), 320, "nothing sticks out");
    await person.screenshot("narrow");
  },

  async a_call_is_cancelled(person) {
    const emulator = await person.bench.emulator({ faults: [{ is: "none", delayMs: 20_000 }] });
    await person.openFor(emulator);
    await person.giveKeys();
    await person.give("111122223333");
    await person.press("Delete invitations");
    await until(async () => (await emulator.report()).requests === 1, "it is under way");
    equal(await person.page.evaluate(() => document.activeElement.id), "cancel", "the focus is kept");
    await person.screenshot("waiting");
    await person.press("Cancel");
    ok((await person.verdict()).startsWith("Cancelled."), "it says so");
    equal(await person.texts("#progress li"), ["Attempt 1: cancelled"]);
    await until(async () => (await emulator.report()).open === 0, "the connection is given up");
    equal(await person.page.locator("#send").isEnabled(), true);
  },

  async a_reload_in_the_middle_of_a_call_leaves_nothing(person) {
    const emulator = await person.bench.emulator({ faults: [{ is: "none", delayMs: 20_000 }] });
    await person.openFor(emulator);
    await person.giveKeys(TOKEN);
    await person.give("111122223333");
    await person.press("Delete invitations");
    await until(async () => (await emulator.report()).heads.length > 1, "it is under way");
    await person.page.reload();
    await person.page.locator("#send:enabled").waitFor();
    await until(async () => (await emulator.report()).open === 0, "the connection is given up");
    for (const label of ["Access key id", "Secret access key", "Session token"]) {
      equal(await person.page.getByLabel(label).inputValue(), "", label);
    }
    equal(await person.texts("#progress li"), []);
    await pause(300);
    equal((await emulator.report()).requests, 1, "nothing is sent again");
  },

  async a_page_that_is_left_and_come_back_to_has_forgotten_the_keys(person) {
    await person.open();
    await person.giveKeys(TOKEN);
    // Playwright switches off the cache that pages come back from as they were: this is what they are told before.
    await person.page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
    for (const label of ["Access key id", "Secret access key", "Session token"]) {
      equal(await person.page.getByLabel(label).inputValue(), "", `${label}, before`);
    }
    await person.giveKeys(TOKEN);
    await person.page.goto(`${person.bench.origin}test/engine.html`);
    await person.page.goBack();
    await person.page.locator("#send:enabled").waitFor();
    for (const label of ["Access key id", "Secret access key", "Session token"]) {
      equal(await person.page.getByLabel(label).inputValue(), "", label);
    }
    const stored = await person.page.evaluate(async () => [
      localStorage.length,
      sessionStorage.length,
      document.cookie,
      (await indexedDB.databases()).length,
      (await caches.keys()).length,
    ]);
    equal(stored, [0, 0, "", 0, 0], "nothing is stored");
  },

  async being_offline_is_told(person) {
    const emulator = await person.bench.emulator({ invite: ["111122223333"] });
    person.expects = FAILED_REQUEST;
    await person.openFor(emulator);
    await person.giveKeys();
    await person.give("111122223333");
    await person.context.setOffline(true);
    await person.press("Delete invitations");
    ok((await person.verdict()).startsWith("There was no response."), await person.verdict());
    ok((await person.texts("#outcome .hint"))[0].includes("offline"), "it says why");
    equal((await emulator.report()).requests, 0);
    await person.context.setOffline(false);
    await person.press("Delete invitations");
    equal(await person.outcome(), ["111122223333: Deleted"]);
  },

  async a_service_that_answers_no_pages_leads_to_the_relay(person) {
    const emulator = await person.bench.emulator({ cors: "none" });
    person.expects = FAILED_REQUEST;
    await person.openFor(emulator);
    await person.giveKeys();
    await person.give("111122223333");
    await person.press("Delete invitations");
    ok((await person.verdict()).startsWith("There was no response."), await person.verdict());
    ok((await person.texts("#outcome .hint"))[0].includes("use a relay"), "the hint helps");
  },

  async errors_are_shown_with_what_helps(person) {
    const emulator = await person.bench.emulator({ subscribed: false });
    person.expects = FAILED_REQUEST;
    await person.openFor(emulator);
    await person.giveKeys();
    await person.give("111122223333");
    await person.press("Delete invitations");
    ok((await person.verdict()).startsWith("InvalidAccessException"), await person.verdict());
    ok((await person.texts("#outcome .hint"))[0].includes("not enabled"), "the hint helps");
    await person.screenshot("error");
  },

  async what_a_server_says_is_text(person) {
    const markup = "<img src=x onerror=alert(1)><b>bold</b>";
    const emulator = await person.bench.emulator({
      faults: [
        { is: "raw", body: JSON.stringify({ UnprocessedAccounts: [{ AccountId: markup, ProcessingResult: markup }] }) },
      ],
    });
    await person.openFor(emulator);
    await person.giveKeys();
    await person.give("111122223333");
    await person.press("Delete invitations");
    equal(await person.outcome(), ["111122223333: Uncertain", `${markup}: Not processed`]);
    equal(await person.page.locator("#accounts img, #accounts b").count(), 0);
  },

  async the_policy_is_enforced(person) {
    person.expects = /Content Security Policy|Content-Security-Policy/;
    const response = await person.page.goto(person.bench.origin);
    const policy = response.headers()["content-security-policy"];
    ok(
      policy.startsWith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';") &&
        !policy.includes("unsafe-inline"),
      policy,
    );
    await person.page.locator("#send:enabled").waitFor();
    const done = await person.page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "globalThis.inline = true";
      document.body.append(script);
      const style = document.createElement("style");
      style.textContent = "body { opacity: 0.5 }";
      document.head.append(style);
      const violations = [];
      addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
      // An address of this machine that the policy does not name: nothing leaves it either way.
      const fetched = await fetch("http://127.0.0.2:9/").then(
        () => "fetched",
        () => "refused",
      );
      const frame = document.createElement("iframe");
      frame.src = "/test/engine.html";
      document.body.append(frame);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return {
        inline: globalThis.inline ?? false,
        opacity: getComputedStyle(document.body).opacity,
        fetched,
        violations: [...new Set(violations)].sort(),
      };
    });
    equal(done, {
      inline: false,
      opacity: "1",
      fetched: "refused",
      violations: ["connect-src", "frame-src", "script-src-elem", "style-src-elem"],
    });
  },
};
