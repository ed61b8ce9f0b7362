// The page as a person sees, hears and reaches it: screens, zoom, colours, motion, keyboard and screen readers.

import { equal, KEYS, ok, TOKEN, until } from "./bench.mjs";
import { FAILED_REQUEST } from "./person.mjs";

const INVITED = ["111122223333", "444455556666", "888899990000"];
const PARTIAL = `${INVITED.join(", ")}\n777788889999`;

const SIZES = {
  phone: { width: 390, height: 844 },
  tablet: { width: 820, height: 1180 },
  laptop: { width: 1366, height: 768 },
  desktop: { width: 1920, height: 1080 },
};

const partial = (person, more) => person.bench.emulator({ invite: INVITED, ...more });

/** Returns what sticks out of the screen to the right. */
const wide = (person) =>
  person.page.evaluate(() => {
    const isScrolled = (element) => element.closest("pre, .scroll, .unseen, .refused");
    const all = [...document.querySelectorAll("body *")].filter((element) => !isScrolled(element));
    return all
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
      .map(({ outerHTML }) => outerHTML.slice(0, 80));
  });

/** Returns whether the table of accounts must be scrolled sideways. */
const isTableWide = (person) =>
  person.page.locator("#accounts").evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);

/** Returns strings with little contrast to their background, and controls whose edges have little. */
const pale = (person) =>
  person.page.evaluate(() => {
    const parse = (color) => color.match(/[\d.]+/g).map(Number);
    const luminance = (color) => {
      const [r, g, b] = color
        .slice(0, 3)
        .map((value) => value / 255)
        .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (one, other) => {
      const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
      return (light + 0.05) / (dark + 0.05);
    };
    const background = (element) => {
      for (let place = element; place; place = place.parentElement) {
        const color = parse(getComputedStyle(place).backgroundColor);
        if (color[3] === undefined || color[3] === 1) return color;
      }
      return [255, 255, 255];
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const text = walker.currentNode.data.trim();
      if (!text || !element.checkVisibility() || element.closest(":disabled, datalist")) continue;
      const contrast = ratio(parse(getComputedStyle(element).color), background(element));
      if (contrast < 4.5) found.push(`${contrast.toFixed(1)} ${text.slice(0, 40)}`);
    }
    for (const field of document.querySelectorAll("textarea, input:not([type=radio], [type=checkbox])")) {
      if (!field.checkVisibility()) continue;
      const contrast = ratio(parse(getComputedStyle(field).borderTopColor), background(field.parentElement));
      if (contrast < 3) found.push(`${contrast.toFixed(1)} edge of ${field.id}`);
    }
    for (const part of document.querySelectorAll("#regions .bar span:not(.uncertain)")) {
      const contrast = ratio(parse(getComputedStyle(part).backgroundColor), background(part.closest(".card")));
      if (contrast < 3) found.push(`${contrast.toFixed(1)} bar ${part.className}`);
    }
    return found;
  });

export const cases = {
  async a_laptop_shows_the_button_and_the_result(person) {
    const emulator = await partial(person);
    await person.openFor(emulator);
    ok(await person.isOnScreen("#send"), "the button is visible");
    await person.giveKeys();
    await person.give(PARTIAL);
    await person.press("Delete invitations");
    await person.outcome();
    for (const selector of ["#send", ".verdict", "#regions .bar", "#filter", "#csv", "#accounts", "#details summary"]) {
      ok(await person.isOnScreen(selector), `${selector} is visible`);
    }
    equal([await person.page.evaluate(() => scrollY), await person.focused()], [0, "send"]);
  },

  async a_result_stays_beside_a_long_form(person) {
    const emulator = await partial(person);
    await person.openFor(emulator);
    await person.giveKeys();
    await person.give(PARTIAL);
    await person.page.locator("#advanced summary").click();
    await person.press("Delete invitations");
    await person.outcome();
    ok((await person.page.evaluate(() => scrollY)) > 0, "the button is below the screen's edge");
    equal([await person.isOnScreen("#send"), await person.isOnScreen(".verdict")], [true, true]);
  },

  async a_long_result_does_not_stretch_the_form(person) {
    const emulator = await partial(person);
    const lastBottom = () =>
      person.page.locator("#form > :last-child").evaluate((element) => element.getBoundingClientRect().bottom);
    await person.deletes(emulator, PARTIAL);
    await person.outcome();
    const before = await lastBottom();
    await person.page.locator("#regions").evaluate((regions) => {
      for (let region = 0; region < 12; region++) regions.append(regions.firstElementChild.cloneNode(true));
    });
    equal(await lastBottom(), before);
  },

  async a_phone_scrolls_to_the_result(person) {
    await person.page.setViewportSize(SIZES.phone);
    const emulator = await partial(person, { faults: [{ is: "none", delayMs: 400 }] });
    await person.deletes(emulator, PARTIAL);
    await until(() => person.isOnScreen("#cancel"), "the progress is visible");
    await person.outcome();
    equal(await person.focused(), "result");
    await until(() => person.isOnScreen(".verdict"), "the verdict is visible");
    await until(() => person.isOnScreen("#filter"), "the counts are visible");
  },

  async a_phone_scrolls_to_errors_and_listings(person) {
    await person.page.setViewportSize(SIZES.phone);
    const emulator = await partial(person, { faults: [{ is: "html", status: 403 }] });
    person.expects = FAILED_REQUEST;
    await person.deletes(emulator, PARTIAL);
    await person.verdict();
    equal(await person.focused(), "result");
    await until(() => person.isOnScreen(".verdict"), "the cause is visible");
    await person.press("List invitations");
    await until(async () => (await person.text("#ids-status")).startsWith("3 invitations"), "they are listed");
    equal(await person.focused(), "list");
    await until(() => person.isOnScreen("#ids"), "the filled field is visible");
  },

  async four_sizes_and_dark_mode(person) {
    const emulator = await partial(person, { faults: [{ is: "empty", status: 503 }] });
    person.expects = FAILED_REQUEST;
    await person.openFor(emulator);
    await person.screenshot("empty");
    await person.giveKeys();
    await person.give(PARTIAL);
    await person.press("Delete invitations");
    await person.outcome();
    for (const [name, size] of Object.entries(SIZES)) {
      await person.page.setViewportSize(size);
      await person.page
        .locator(size.width < 992 ? "#result" : "body")
        .evaluate((element) => element.scrollIntoView({ behavior: "instant" }));
      equal(
        [await wide(person), await isTableWide(person), await person.isOnScreen(".verdict")],
        [[], false, true],
        name,
      );
      await person.screenshot(name);
    }
    await person.page.setViewportSize(SIZES.laptop);
    await person.page.emulateMedia({ colorScheme: "dark" });
    await person.screenshot("dark");
  },

  async narrow_screens_and_zoom_are_enough(person) {
    const emulator = await partial(person);
    // 320 CSS pixels are 1280 at 400 %, and 683 × 384 are a laptop at 200 %.
    for (const size of [
      { width: 320, height: 256 },
      { width: 683, height: 384 },
    ]) {
      await person.page.setViewportSize(size);
      await person.page.goto("about:blank");
      await person.openFor(emulator, { ids: "1234 44445555666x" });
      for (const summary of await person.page.locator("form summary").all()) await summary.click();
      equal(await wide(person), [], "the form");
      await person.giveKeys();
      await person.give(PARTIAL);
      await person.press("Explain");
      await person.press("Delete invitations");
      await person.outcome();
      await until(() => person.isOnScreen(".verdict strong"), "the verdict is visible");
      await person.page.locator("#details summary").click();
      equal([await wide(person), await isTableWide(person)], [[], false], "the result");
      equal(await person.page.evaluate(() => document.documentElement.scrollWidth), size.width);
    }
  },

  async larger_text_fits(person) {
    const emulator = await partial(person);
    await person.deletes(emulator, PARTIAL);
    await person.outcome();
    // Text zoom without page zoom: only the root's font size changes.
    await person.page.evaluate(() => {
      document.documentElement.style.fontSize = "30px";
    });
    equal(await wide(person), []);
  },

  async contrast_is_sufficient_in_light_and_dark(person) {
    person.expects = FAILED_REQUEST;
    for (const colorScheme of ["light", "dark"]) {
      await person.page.emulateMedia({ colorScheme });
      await person.page.goto("about:blank");
      await person.open({ ids: "1234", relay: "https://evil.example" });
      await person.giveKeys();
      await person.page.locator("#advanced summary").click();
      equal(await pale(person), [], `${colorScheme}, form`);
      for (const wanted of [
        { invite: INVITED, faults: [{ is: "empty", status: 503 }] },
        { invite: INVITED },
        { subscribed: false },
      ]) {
        const emulator = await person.bench.emulator(wanted);
        await person.page.goto("about:blank");
        await person.deletes(emulator, PARTIAL);
        await person.verdict();
        await person.page.locator("#details summary").click();
        equal(await pale(person), [], `${colorScheme}, ${await person.verdict()}`);
      }
    }
  },

  async motion_is_reduced_on_request(person) {
    const emulator = await person.bench.emulator({
      faults: [
        { is: "none", delayMs: 20_000 },
        { is: "none", delayMs: 20_000 },
      ],
    });
    const motions = () =>
      person.page.evaluate(() => [
        document.getAnimations().length,
        getComputedStyle(document.documentElement).scrollBehavior,
      ]);
    await person.deletes(emulator, "111122223333");
    await person.page.locator(".waiting").waitFor();
    equal(await motions(), [1, "smooth"]);
    await person.page.emulateMedia({ reducedMotion: "reduce" });
    equal(await motions(), [0, "auto"]);
    await person.press("Cancel");
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
    const tab = async (last) => {
      const stops = [];
      for (let stop = 0; stop < 25 && stops.at(-1) !== last; stop++) {
        await keyboard.press("Tab");
        const id = await focused();
        stops.push(id);
        ok(await isOutlined(), `the focus is seen on ${id}`);
        const typed = { accessKeyId: KEYS.accessKeyId, secretAccessKey: KEYS.secretAccessKey, ids: "111122223333" }[id];
        if (typed) await keyboard.type(typed);
      }
      return stops;
    };
    equal(await tab("explain"), [
      "list",
      "ids",
      "region",
      "accessKeyId",
      "secretAccessKey",
      "sessionToken",
      "summary",
      "summary",
      "send",
      "explain",
    ]);
    await keyboard.press("Enter");
    await person.page.locator("#explanation").waitFor();
    equal(await tab("copy-secrets"), ["canonical", "to-sign", "curl", "copy", "copy-secrets"]);
    // Enter in a field sends the form.
    await person.page.getByLabel("Region", { exact: true }).focus();
    await keyboard.press("Enter");
    equal(await person.outcome(), ["111122223333: Done"]);
    await person.page.locator("#advanced summary").focus();
    await keyboard.press("Enter");
    equal(await tab("send"), ["route=direct", "endpoint", "maxAttempts", "attemptTimeout", "send"]);
    equal(await tab("accounts"), ["explain", "csv", "accounts"]);
  },

  async every_field_has_a_name_and_its_descriptions_exist(person) {
    await person.open();
    const faults = await person.page.evaluate(() => {
      const fields = [...document.querySelectorAll("input, textarea, button, [role=region]")];
      const unnamed = fields.filter(
        (field) =>
          !field.labels?.length &&
          !field.textContent.trim() &&
          !field.ariaLabel &&
          !field.getAttribute("aria-labelledby"),
      );
      const references = [...document.querySelectorAll("[aria-describedby], [aria-labelledby]")].flatMap((element) =>
        `${element.getAttribute("aria-describedby") ?? ""} ${element.getAttribute("aria-labelledby") ?? ""}`
          .trim()
          .split(/\s+/),
      );
      const all = [...document.querySelectorAll("[id]")].map(({ id }) => id);
      return {
        unnamed: unnamed.map(({ id }) => id),
        dangling: references.filter((id) => !document.getElementById(id)),
        twice: all.filter((id, index) => all.indexOf(id) !== index),
      };
    });
    equal(faults, { unnamed: [], dangling: [], twice: [] });
    equal(await person.page.locator("h1").count(), 1);
    equal(await person.page.locator("html").getAttribute("lang"), "en");
  },

  async a_screen_reader_gets_roles_and_states(person) {
    const emulator = await partial(person, { faults: [{ is: "none", delayMs: 20_000 }] });
    const tree = () => person.page.locator("#result").ariaSnapshot();
    await person.deletes(emulator, PARTIAL, TOKEN);
    await person.page.locator(".waiting").waitFor();
    for (const line of [
      '- heading "Result" [level=2]',
      '- button "Cancel"',
      '- list "Regions":',
      '- status: "Attempt 1: waiting for the response"',
      `- progressbar "${emulator.region}"`,
    ]) {
      ok((await tree()).includes(line), `${line} in\n${await tree()}`);
    }
    await person.press("Cancel");
    await person.verdict();
    await person.page.goto("about:blank");
    await person.deletes(await partial(person), PARTIAL);
    await person.outcome();
    for (const line of [
      "- status:",
      '- img "3 done, 1 not processed"',
      '- group "Accounts to show":',
      '- radio "All 4" [checked]',
      '- region "Accounts":',
      '- columnheader "Verdict"',
      '- cell "Not processed"',
    ]) {
      ok((await tree()).includes(line), `${line} in\n${await tree()}`);
    }
  },
};
