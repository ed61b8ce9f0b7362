// The page as a person uses it: calls, results, errors, links and secrets.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { equal, header, ids, KEYS, ok, pause, posts, TOKEN, until } from "./bench.mjs";
import { FAILED_REQUEST } from "./person.mjs";

const INVITED = ["111122223333", "444455556666"];

export const cases = {
  async invitations_are_deleted_directly(person) {
    const emulator = await person.bench.emulator({
      invite: INVITED,
      faults: [{ is: "empty", status: 503 }, { is: "throttled" }],
    });
    person.expects = FAILED_REQUEST;
    await person.deletes(emulator, `${INVITED.join(", ")}\n777788889999`);
    equal(await person.outcome(), ["777788889999: Uncertain", "111122223333: Done", "444455556666: Done"]);
    const lines = await person.folded("#attempts li");
    ok(/^Attempt 1: Unavailable \(HTTP 503\); the next (is in \d\.\d s|follows at once)$/.test(lines[0]), lines[0]);
    ok(/^Attempt 2: Throttled \(HTTP 429\); the next (is in \d\.\d s|follows at once)$/.test(lines[1]), lines[1]);
    equal(lines.slice(2), ["Attempt 3: the service responded"]);
    ok((await person.verdict()).startsWith("Not everything is deleted: 1 account uncertain."), await person.verdict());
    equal(await person.page.locator(".verdict.good").count(), 0, "a partial result is not a success");
    equal(await person.text("#regions"), `${emulator.region}\n2 done, 1 uncertain`, "the region is named");
    ok((await person.folded("#facts")).join().includes("Unconfirmed attempts"), "the count is shown");
    equal(
      [...person.origins].sort(),
      [new URL(person.bench.origin).origin, emulator.url].sort(),
      "there are no other connections",
    );
  },

  async invitations_are_deleted_through_the_relay(person) {
    const emulator = await person.bench.emulator({ cors: "none", invite: ["111122223333"], token: TOKEN });
    await person.open({ region: emulator.region });
    equal(await person.text("#target"), `Goes to ${emulator.host}, through this page's relay.`);
    await person.giveKeys(TOKEN);
    await person.give("111122223333");
    await person.press("Delete invitations");
    equal(await person.outcome(), ["111122223333: Done"]);
    equal(
      await person.verdict(),
      "The invitation is deleted.\nSecurity Hub processed every account in " + emulator.region + ".",
    );
    const report = await emulator.report();
    equal(
      [header(posts(report)[0], "host"), report.received[0].refusal, report.preflights],
      [[emulator.host], null, 0],
    );
    equal([...person.origins], [new URL(person.bench.origin).origin], "there are no other connections");
  },

  async a_listing_fills_the_accounts_field(person) {
    const invited = ids(60);
    const emulator = await person.bench.emulator({ cors: "none", invite: invited });
    await person.open({ region: emulator.region });
    await person.giveKeys();
    await person.give("999988887777");
    await person.press("List invitations");
    await until(async () => (await person.text("#ids-status")) === `60 invitations in ${emulator.region}.`, "it ends");
    equal((await person.page.getByLabel("Account ids").inputValue()).split("\n").sort(), invited, "both pages");
    equal(await person.page.locator("#idle").isVisible(), true, "there is no result yet");
    await person.press("Restore the previous list");
    equal(await person.page.getByLabel("Account ids").inputValue(), "999988887777");
    await person.press("List invitations");
    await until(async () => (await person.text("#ids-status")) === `60 invitations in ${emulator.region}.`, "it ends");
    await person.press("Delete invitations");
    ok((await person.verdict()).startsWith("All 60 invitations are deleted."), await person.verdict());
    await person.press("List invitations");
    const none = `There are no invitations in ${emulator.region}.`;
    await until(async () => (await person.text("#ids-status")) === none, "an empty list is reported");
  },

  async a_failed_listing_keeps_the_accounts(person) {
    const emulator = await person.bench.emulator({ cors: "exposed", denied: "no identity-based policy allows it" });
    person.expects = FAILED_REQUEST;
    await person.openFor(emulator);
    await person.giveKeys();
    await person.give("111122223333");
    await person.press("List invitations");
    ok((await person.verdict()).startsWith("These credentials may not make this call."), await person.verdict());
    equal(
      [await person.page.getByLabel("Account ids").inputValue(), await person.text("#ids-status")],
      ["111122223333", "1 account id."],
    );
  },

  async ids_are_checked_as_they_are_typed(person) {
    await person.open();
    const box = person.page.getByLabel("Account ids");
    await box.pressSequentially("111122223333 1234");
    await pause(300);
    equal(await person.texts("#ids-status"), ["1 account id."], "an unfinished id is not checked");
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
    // The place of a bad id is a button that selects it, so that typing replaces it.
    await person.page.getByRole("button", { name: "Line 2, id 3" }).click();
    await person.page.keyboard.type("444455556666");
    await person.page.getByRole("button", { name: "Line 1, id 2" }).click();
    await person.page.keyboard.type("111122223333");
    await person.page.getByLabel("Region", { exact: true }).focus();
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
    const labels = ["Access key id", "Secret access key", "Session token"];
    const values = () => Promise.all(labels.map((label) => person.page.getByLabel(label).inputValue()));
    const paste = async (text) => {
      await person.page.evaluate((text) => navigator.clipboard.writeText(text), text);
      await field.focus();
      await person.page.keyboard.press("Control+V");
    };
    for (const text of [
      "export AWS_ACCESS_KEY_ID=ASIA1\nexport AWS_SECRET_ACCESS_KEY=s/e+c\nexport AWS_SESSION_TOKEN=t/o+k==\n",
      '{ "Credentials": { "AccessKeyId": "ASIA1", "SecretAccessKey": "s/e+c", "SessionToken": "t/o+k==" } }',
      "[default]\naws_access_key_id = ASIA1\naws_secret_access_key = s/e+c\naws_session_token = t/o+k==\n",
      '$Env:AWS_ACCESS_KEY_ID="ASIA1"\n$Env:AWS_SECRET_ACCESS_KEY="s/e+c"\n$Env:AWS_SESSION_TOKEN="t/o+k=="',
    ]) {
      for (const label of labels) await person.page.getByLabel(label).fill("");
      await paste(text);
      equal(await values(), ["ASIA1", "s/e+c", "t/o+k=="], text);
    }
    // A long-term key has no token, and an old token would not belong to it.
    await paste("AWS_ACCESS_KEY_ID=AKIA1\nAWS_SECRET_ACCESS_KEY=other");
    equal(await values(), ["AKIA1", "other", ""]);
    ok((await person.text("#accessKeyId-hint")).includes("long-term"), "temporary credentials are recommended");
  },

  async lines_pasted_one_by_one_add_up(person) {
    await person.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await person.open();
    for (const line of ["AWS_ACCESS_KEY_ID=ASIA1", "AWS_SECRET_ACCESS_KEY=s/e+c", "AWS_SESSION_TOKEN=t/o+k=="]) {
      await person.page.evaluate((text) => navigator.clipboard.writeText(text), `export ${line}`);
      await person.page.getByLabel("Session token").focus();
      await person.page.keyboard.press("Control+V");
    }
    equal(await person.page.locator("#typed input").evaluateAll((fields) => fields.map(({ value }) => value)), [
      "ASIA1",
      "s/e+c",
      "t/o+k==",
    ]);
  },

  async temporary_credentials_come_from_the_region(person) {
    await person.open();
    for (const [region, partition] of [
      ["eu-central-1", "aws"],
      ["cn-north-1", "aws-cn"],
      ["us-gov-west-1", "aws-us-gov"],
    ]) {
      await person.page.getByLabel("Region", { exact: true }).fill(region);
      const [hint] = await person.folded("#assume-role");
      ok(hint.includes(`aws sts assume-role --region ${region} `) && hint.includes(`arn:${partition}:iam::`), hint);
    }
  },

  async secrets_are_nowhere_after_use(person) {
    const emulator = await person.bench.emulator({ invite: ["111122223333"], token: TOKEN });
    const isFound = () =>
      person.page.evaluate(
        async (secrets) => {
          const fields = [...document.querySelectorAll("input, textarea")].map(({ value }) => value);
          const places = [
            document.documentElement.outerHTML,
            ...fields,
            location.href,
            document.title,
            document.cookie,
            window.name,
            JSON.stringify([history.state, { ...localStorage }, { ...sessionStorage }]),
            ...performance.getEntries().map(({ name }) => name),
          ].join("\n");
          const stores = [...(await indexedDB.databases()), ...(await caches.keys())].length;
          return [secrets.filter((secret) => places.includes(secret)).length, stores];
        },
        [KEYS.secretAccessKey, TOKEN, KEYS.accessKeyId],
      );
    await person.deletes(emulator, "111122223333", TOKEN);
    await person.outcome();
    equal(await isFound(), [0, 0], "after a call");
    equal(await person.text("#held b"), "AKID…MPLE");
    await person.press("Explain");
    await person.page.locator("#explanation").waitFor();
    const [secrets] = await isFound();
    equal(secrets, 1, "an explanation contains the key id alone");
    // A second call uses the credentials in memory.
    await person.press("Delete invitations");
    equal(await person.outcome(), ["111122223333: Not processed"]);
    await person.press("Forget credentials");
    equal([await isFound(), await person.focused()], [[0, 0], "accessKeyId"]);
    await person.press("Delete invitations");
    ok(await person.page.locator("#accessKeyId-error").isVisible(), "they are really forgotten");
  },

  async asks_before_using_a_relay_from_a_link(person) {
    const own = new URL("relay", person.bench.origin).href;
    const relay = person.page.locator("#relay");
    await person.open({ relay: "https://user@evil.example/relay" });
    equal(
      [await person.text("#offer-url"), await relay.inputValue(), await person.text("#target")],
      ["https://evil.example", own, "Goes to securityhub.us-east-1.amazonaws.com, through this page's relay."],
    );
    await person.press("Ignore it");
    equal([await person.page.locator("#offer").isVisible(), await relay.inputValue()], [false, own]);
    await person.page.reload();
    await person.press("Send requests there");
    equal(
      [await relay.inputValue(), await person.text("#target")],
      ["https://user@evil.example/relay", ""],
      "the package rejects a user name",
    );
    await person.page.goto("about:blank");
    await person.open({ relay: "https://evil.example/relay" });
    await person.press("Send requests there");
    equal(
      await person.text("#target"),
      "Goes to securityhub.us-east-1.amazonaws.com, through the relay https://evil.example.",
    );
    for (const [link, isAsked] of [
      [{ relay: own }, false],
      [{ relay: "http://127.0.0.1:9/relay" }, true],
      [{ relay: "javascript:alert(1)" }, true],
      [{ endpoint: "https://evil.example" }, true],
      [{ endpoint: "http://localhost.evil.example" }, true],
      [{ endpoint: "http://127.0.0.1:4566" }, false],
    ]) {
      await person.page.goto("about:blank");
      await person.open(link);
      equal(await person.page.locator("#offer").isVisible(), isAsked, JSON.stringify(link));
      equal(await person.page.locator('[value="direct"]').isChecked(), !isAsked && "endpoint" in link);
    }
    equal([...person.origins], [new URL(person.bench.origin).origin], "nothing was sent there");
  },

  async the_request_is_explained_without_being_sent(person) {
    const emulator = await person.bench.emulator({ token: TOKEN });
    await person.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await person.openFor(emulator);
    await person.giveKeys(TOKEN);
    await person.give("111122223333");
    await person.press("Explain");
    await person.page.locator("#explanation").waitFor();
    equal(await person.focused(), "explanation");
    const [canonical, toSign] = [await person.text("#canonical"), await person.text("#to-sign")];
    ok(canonical.includes("\nx-amz-security-token:[hidden]\n"), canonical);

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
      [canonical.replace("[hidden]", TOKEN), toSign],
      [native.explanation.canonicalRequest, native.explanation.stringToSign],
    );
    await person.press("Copy with secrets");
    await person.page.locator("#copied:not(:empty)").waitFor();
    const command = await person.page.evaluate(() => navigator.clipboard.readText());
    ok(command.includes(`Signature=${native.explanation.signature}`), command);
    ok(!command.includes(KEYS.secretAccessKey), "the secret key is nowhere");
    equal((await emulator.report()).heads, [], "nothing was sent");

    // A form that changes has another request.
    await person.give("444455556666");
    equal([await person.page.locator("#explanation").isVisible(), await person.folded("#curl")], [false, [""]]);
  },

  async the_curl_command_runs(person) {
    const emulator = await person.bench.emulator({ invite: ["111122223333"], token: TOKEN });
    await person.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await person.openFor(emulator);
    await person.giveKeys(TOKEN);
    await person.give("111122223333");
    await person.press("Explain");
    const copied = async (button, note) => {
      await person.press(button);
      await until(async () => (await person.text("#copied")).startsWith(note), note);
      return person.page.evaluate(() => navigator.clipboard.readText());
    };
    const hidden = await copied("Copy", "Copied without the secrets");
    ok(!hidden.includes(TOKEN) && hidden.includes("Signature=[hidden]"), hidden);
    const command = await copied("Copy with secrets", "Copied with the secrets");
    try {
      execFileSync("curl", ["--version"], { stdio: "ignore" });
    } catch {
      return "there is no curl to run it with";
    }
    const answer = execFileSync("sh", ["-c", `${command} --silent --show-error --noproxy '*'`], { encoding: "utf8" });
    equal(JSON.parse(answer), { UnprocessedAccounts: [] });
    equal((await emulator.report()).left, 0);
  },

  async verdicts_are_counted_filtered_and_downloaded(person) {
    const formula = '=HYPERLINK("https://evil.example"), quoted';
    const emulator = await person.bench.emulator({
      faults: [
        { is: "empty", status: 503 },
        {
          is: "raw",
          body: JSON.stringify({
            UnprocessedAccounts: [
              { AccountId: "444455556666", ProcessingResult: formula },
              { AccountId: "999900001111", ProcessingResult: "a stranger" },
            ],
          }),
        },
      ],
    });
    person.expects = FAILED_REQUEST;
    await person.deletes(emulator, "111122223333 444455556666 777788889999");
    const all = await person.outcome();
    equal(await person.texts("#filter label"), ["All 4", "Not processed 1", "Uncertain 3"]);
    equal(await person.page.getByRole("radio", { name: "All 4" }).isChecked(), true);
    await person.page.getByText("Not processed 1", { exact: true }).click();
    equal(await person.outcome(), ["999900001111: Not processed"]);
    await person.page.keyboard.press("ArrowLeft");
    equal(await person.outcome(), all, "the arrow keys change the filter");

    const [download] = await Promise.all([person.page.waitForEvent("download"), person.press("Download CSV")]);
    ok(new RegExp(`^invitations-${emulator.region}-[-0-9T]+Z\\.csv$`).test(download.suggestedFilename()), "its name");
    const lines = readFileSync(await download.path(), "utf8").split("\r\n");
    equal(lines[0], '"account_id","region","verdict","reason"');
    equal(lines.length, 6, "one line for each account, and the end of the last");
    equal(
      lines.filter((line) => line.includes("HYPERLINK")),
      [`"444455556666","${emulator.region}","uncertain","'=HYPERLINK(""https://evil.example""), quoted"`],
    );
  },

  async long_results_are_cut_but_not_in_the_file(person) {
    const emulator = await person.bench.emulator();
    await person.openFor(emulator);
    await person.giveKeys();
    // Spaces, because Chromium inserts lines one by one, which takes seconds.
    await person.give(ids(1200).join(" "));
    await person.press("Delete invitations");
    equal((await person.outcome()).length, 1000);
    equal(await person.text("caption"), "The first 1,000 of 1,200 accounts. The CSV file has all of them.");
    const [download] = await Promise.all([person.page.waitForEvent("download"), person.press("Download CSV")]);
    equal(readFileSync(await download.path(), "utf8").split("\r\n").length, 1202);
  },

  async a_result_of_an_earlier_form_says_so(person) {
    const emulator = await person.bench.emulator({ invite: ["111122223333"] });
    await person.deletes(emulator, "111122223333");
    await person.outcome();
    equal(await person.page.locator("#stale").isVisible(), false);
    await person.page.getByLabel("Region", { exact: true }).fill("eu-west-1");
    equal(await person.page.locator("#stale").isVisible(), true);
    ok((await person.verdict()).includes(emulator.region), "the result names its own region");
  },

  async what_is_invalid_is_explained_and_focused(person) {
    await person.open();
    await person.page.getByLabel("Region", { exact: true }).fill("US-EAST-1");
    await person.press("Delete invitations");
    equal(await person.focused(), "ids");
    for (const id of ["region", "accessKeyId", "secretAccessKey"]) {
      const field = person.page.locator(`#${id}`);
      equal(
        [await field.getAttribute("aria-invalid"), await person.page.locator(`#${id}-error`).isVisible()],
        ["true", true],
        id,
      );
    }
    equal(await person.texts("#region-error"), ["'U' at position 1 (allowed: a-z, 0-9, -)."]);
    equal(await person.text("#ids-status"), "Enter at least one account id.");
  },

  async an_invalid_folded_field_is_unfolded(person) {
    await person.open();
    await person.giveKeys();
    await person.give("111122223333");
    await person.page.locator("#advanced summary").click();
    await person.page.getByLabel("Maximum attempts").fill("0");
    await person.page.locator("#advanced summary").click();
    await person.press("Delete invitations");
    await until(async () => (await person.focused()) === "maxAttempts", "it gets the focus");
    ok(await person.page.locator("#maxAttempts-error").isVisible(), "it says why");
    equal(await person.page.locator("#idle").isVisible(), true, "nothing was sent");
    await person.page.getByLabel("Maximum attempts").fill("3");
    equal(await person.page.locator("#maxAttempts-error").isVisible(), false);
  },

  async a_call_is_cancelled(person) {
    const emulator = await person.bench.emulator({ faults: [{ is: "none", delayMs: 20_000 }] });
    await person.deletes(emulator, "111122223333");
    await until(async () => (await emulator.report()).requests === 1, "it is under way");
    equal(await person.focused(), "cancel", "the focus is kept");
    equal(await person.text("#regions"), `${emulator.region}\nAttempt 1: waiting for the response`);
    await person.press("Cancel");
    ok((await person.verdict()).startsWith("You cancelled the call."), "it says so");
    equal(await person.text("#regions"), `${emulator.region}\n1 uncertain`);
    equal(await person.folded("#attempts li"), ["Attempt 1: cancelled"]);
    await until(async () => (await emulator.report()).open === 0, "the connection is closed");
    equal([await person.page.locator("#send").isEnabled(), await person.focused()], [true, "send"]);
  },

  async a_reload_during_a_call_leaves_nothing(person) {
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
    equal(await person.folded("#attempts li"), []);
    await pause(300);
    equal((await emulator.report()).requests, 1, "nothing is sent again");
  },

  async returning_to_the_page_finds_no_keys(person) {
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
  },

  async being_offline_is_told(person) {
    const emulator = await person.bench.emulator({ invite: ["111122223333"] });
    person.expects = FAILED_REQUEST;
    await person.openFor(emulator);
    await person.giveKeys();
    await person.give("111122223333");
    await person.context.setOffline(true);
    await person.press("Delete invitations");
    ok((await person.verdict()).startsWith("This computer is offline."), await person.verdict());
    equal((await emulator.report()).requests, 0);
    await person.context.setOffline(false);
    await person.press("Delete invitations");
    equal(await person.outcome(), ["111122223333: Done"]);
  },

  async causes_come_first(person) {
    person.expects = FAILED_REQUEST;
    for (const [wanted, cause, bar] of [
      [{ subscribed: false }, "Security Hub is not enabled for your account in ", "not processed"],
      [{ cors: "none" }, "The endpoint could not be reached from this page.", "uncertain"],
      [
        { denied: "with an explicit deny in a service control policy" },
        "A policy explicitly denies this call.",
        "not processed",
      ],
      [{ faults: [{ is: "html", status: 200 }] }, "The response is not one of Security Hub.", "uncertain"],
      [
        { faults: [{ is: "error", status: 400, code: "ExpiredTokenException", message: "expired" }] },
        "The session token has expired.",
        "not processed",
      ],
    ]) {
      const emulator = await person.bench.emulator(wanted);
      await person.page.goto("about:blank");
      await person.deletes(emulator, "111122223333");
      const verdict = await person.verdict();
      ok(verdict.startsWith(cause), `${cause}: ${verdict}`);
      equal(await person.text("#regions"), `${emulator.region}\n1 ${bar}`, cause);
      equal(verdict.includes("may have been processed"), bar === "uncertain", cause);
    }
  },

  async canonical_strings_are_folded(person) {
    const emulator = await person.bench.emulator({ token: TOKEN, cors: "exposed" });
    person.expects = FAILED_REQUEST;
    await person.openFor(emulator);
    await person.giveKeys(TOKEN);
    await person.page.getByLabel("Secret access key").fill("wrong");
    await person.give("111122223333");
    await person.press("Delete invitations");
    const verdict = await person.verdict();
    ok(verdict.startsWith("The access key id, the secret access key and the session token do not belong"), verdict);
    ok(!(await person.text("main")).includes("Canonical String"), "the service's text is folded");
    ok((await person.folded("#facts")).join().includes("Canonical String"), "it is there for those who want it");
    equal(
      await person.page.getByLabel("Access key id").isVisible(),
      true,
      "the fields are ready for other credentials",
    );
  },

  async a_relays_refusal_is_its_cause(person) {
    await person.open({ region: "us-east-1" });
    await person.giveKeys();
    await person.give("111122223333");
    await person.page.locator("#advanced summary").click();
    await person.page.getByLabel("Relay", { exact: true }).fill(new URL("relay/other", person.bench.origin).href);
    person.expects = FAILED_REQUEST;
    await person.press("Delete invitations");
    ok((await person.verdict()).includes("The relay did not forward the request."), await person.verdict());
  },

  async what_a_server_says_is_text(person) {
    const markup = "<img src=x onerror=alert(1)><b>bold</b>";
    const emulator = await person.bench.emulator({
      faults: [
        { is: "raw", body: JSON.stringify({ UnprocessedAccounts: [{ AccountId: markup, ProcessingResult: markup }] }) },
      ],
    });
    await person.deletes(emulator, "111122223333");
    equal(await person.outcome(), [`${markup}: Not processed`, "111122223333: Uncertain"]);
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
