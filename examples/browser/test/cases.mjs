// What the package promises, once for every engine: a page, a worker, Node. Those that the native adapters' suite has
// too have its names. A case fails by throwing; it can return why it does not apply.

import { equal, header, ids, KEYS, ok, pause, posts, preflights, rejected, TOKEN, until } from "./bench.mjs";

const ALL = ["111122223333", "444455556666"];

const DROP = { is: "none", dropBeforeAnswer: true };

/**
 * The faults that make one attempt fail before its response. Chromium repeats a request if the connection was used before and ends
 * without a response. The preflight counts as a use.
 */
const drops = (bench, more) => Array(bench.isBrowser ? 2 : 1).fill({ ...DROP, ...more });

export const cases = {
  // Requests.

  async a_request_is_the_signed_one_and_nothing_else(bench) {
    const emulator = await bench.emulator({ invite: ["111122223333"] });
    const output = await bench.call(emulator);
    equal(output.isComplete, true);
    const report = await emulator.report();
    equal(
      report.received.map(({ status, refusal }) => [status, refusal]),
      [[200, null]],
    );
    const [post] = posts(report);
    equal(post.line, "POST /invitations/delete HTTP/1.1");
    const amazon = post.headers.map(([name]) => name.toLowerCase()).filter((name) => /^(x-amz|amz-|cookie)/.test(name));
    equal(amazon, ["x-amz-date"]);
    equal(header(post, "content-type"), ["application/json"]);
    const scope = `Credential=AKIDEXAMPLE/DATE/${emulator.region}/securityhub/aws4_request`;
    const masked = header(post, "authorization")[0].replace(/\/\d{8}\//, "/DATE/").replace(/[0-9a-f]{64}$/, "HEX");
    equal(masked, `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=content-type;host;x-amz-date, Signature=HEX`);
    equal(header(post, "content-length"), [String('{"AccountIds":["111122223333"]}'.length)]);
  },

  async a_preflight_asks_for_the_signed_headers_alone(bench) {
    const emulator = await bench.emulator({ invite: ALL, token: TOKEN });
    await bench.call(emulator, { credentials: { ...KEYS, sessionToken: TOKEN } });
    const report = await emulator.report();
    if (!bench.isBrowser) {
      equal(report.preflights, 0);
      return;
    }
    const [preflight] = preflights(report);
    equal([report.preflights, header(preflight, "access-control-request-method")], [1, ["POST"]]);
    equal(header(preflight, "access-control-request-headers"), [
      "authorization,content-type,x-amz-date,x-amz-security-token",
    ]);
    equal(header(preflight, "origin"), [new URL(bench.origin).origin], "another origin");
  },

  async the_host_on_the_wire_is_the_one_signed_with_its_port(bench) {
    const emulator = await bench.emulator({ invite: ["111122223333"] });
    await bench.call(emulator, { endpoint: `${emulator.url}/` });
    const report = await emulator.report();
    equal(header(posts(report)[0], "host"), [new URL(emulator.url).host]);
    equal(report.received[0].refusal, null);
  },

  async the_host_on_the_wire_is_the_one_signed_for_upper_case(bench) {
    const emulator = await bench.emulator();
    const { port } = new URL(emulator.url);
    await bench.call(emulator, { endpoint: `HTTP://LOCALHOST:${port}` });
    const report = await emulator.report();
    equal(header(posts(report)[0], "host"), [`localhost:${port}`]);
    equal(report.received[0].refusal, null);
  },

  async a_base_path_travels_as_it_was_given(bench) {
    const emulator = await bench.emulator();
    for (const [path, sent] of [
      ["/base/", "/base"],
      ["/a%20b/~c", "/a%20b/~c"],
      ["/a:b@c", "/a:b@c"],
    ]) {
      await bench.call(emulator, { endpoint: emulator.url + path });
      const report = await emulator.report();
      equal(posts(report).at(-1).line, `POST ${sent}/invitations/delete HTTP/1.1`);
      equal(report.received.at(-1).refusal, null, path);
    }
  },

  async a_session_token_is_sent_once(bench) {
    const emulator = await bench.emulator({ invite: ["111122223333"], token: TOKEN });
    const output = await bench.call(emulator, { credentials: { ...KEYS, sessionToken: TOKEN } });
    equal(output.isComplete, true);
    equal(header(posts(await emulator.report())[0], "x-amz-security-token"), [TOKEN]);
  },

  async repeated_ids_are_sent_once(bench) {
    const emulator = await bench.emulator();
    const output = await bench.call(emulator, { accountIds: [...ALL, ...ALL] });
    equal(
      output.unprocessedAccounts.map(({ accountId }) => accountId),
      ALL,
    );
  },

  async a_call_through_a_relay_is_signed_for_the_service(bench) {
    const emulator = await bench.emulator({ invite: ["111122223333"], cors: "none", token: TOKEN });
    const output = await bench.call(emulator, {
      endpoint: undefined,
      relay: emulator.relay,
      credentials: { ...KEYS, sessionToken: TOKEN },
    });
    equal(output.isComplete, true);
    ok(output.requestId, "nothing is hidden on one's own origin");
    const report = await emulator.report();
    equal([report.preflights, report.received[0].refusal], [0, null]);
    const [post] = posts(report);
    equal(post.line, "POST /invitations/delete HTTP/1.1");
    equal(header(post, "host"), [emulator.host]);
    equal(post.headers.map(([name]) => name).sort(), [
      "authorization",
      "content-length",
      "content-type",
      "host",
      "x-amz-date",
      "x-amz-security-token",
    ]);
  },

  async a_relay_passes_errors_and_patience_on(bench) {
    const emulator = await bench.emulator({
      cors: "none",
      faults: [
        { is: "throttled", retryAfterMs: 1200 },
        {
          is: "frontEnd",
          status: 403,
          code: "ExpiredTokenException",
          message: "The security token included in the request is expired",
        },
      ],
    });
    const attempts = [];
    const error = await bench.failure(emulator, {
      endpoint: undefined,
      relay: emulator.relay,
      onAttempt: (attempt) => attempts.push(attempt),
    });
    equal(
      [error.kind, error.code, error.status, error.attempts],
      ["ExpiredCredentials", "ExpiredTokenException", 403, 2],
    );
    equal(
      attempts.map(({ number, waitMs }) => [number, waitMs]),
      [
        [1, 1200],
        [2, undefined],
      ],
    );
  },

  async a_relay_refuses_other_hosts(bench) {
    const emulator = await bench.emulator();
    const error = await bench.failure(emulator, {
      endpoint: undefined,
      relay: new URL("/relay/example.com", bench.origin).href,
      maxAttempts: 1,
    });
    equal([error.name, error.kind, error.code], ["ServiceError", "AccessDenied", "RelayHostRefused"]);
    equal((await emulator.report()).requests, 0);
  },

  // Answers.

  async one_invitation_is_deleted(bench) {
    const emulator = await bench.emulator({ invite: ["111122223333"] });
    const { requestId, ...output } = await bench.call(emulator);
    equal(output, {
      verdicts: [{ accountId: "111122223333", verdict: "done" }],
      unprocessedAccounts: [],
      isComplete: true,
      attempts: 1,
      unconfirmedAttempts: 0,
    });
    equal((await emulator.report()).left, 0);
  },

  async fifty_invitations_are_deleted(bench) {
    const emulator = await bench.emulator({ invite: ids(50) });
    equal((await bench.call(emulator, { accountIds: ids(50) })).isComplete, true);
    equal((await emulator.report()).deleted, 50);
  },

  async ten_thousand_invitations_are_deleted(bench) {
    const emulator = await bench.emulator({ invite: ids(10_000) });
    equal((await bench.call(emulator, { accountIds: ids(10_000) })).isComplete, true);
    equal((await emulator.report()).deleted, 10_000);
  },

  async ten_thousand_unprocessed_accounts_are_read(bench) {
    const emulator = await bench.emulator();
    const output = await bench.call(emulator, { accountIds: ids(10_000) });
    equal([output.isComplete, output.unprocessedAccounts.length, output.verdicts.length], [false, 10_000, 10_000]);
    equal(output.unprocessedAccounts[9999].accountId, "100000009999");
  },

  async lists_invitations_page_by_page(bench) {
    const emulator = await bench.emulator({ invite: ids(3) });
    const options = bench.options(emulator, { accountIds: undefined, pageSize: 2 });
    const first = await bench.api.listInvitations(options);
    const second = await bench.api.listInvitations({ ...options, nextToken: first.nextToken });
    const listed = [...first.invitations, ...second.invitations];
    equal(
      listed.map(({ accountId, memberStatus }) => [accountId, memberStatus]),
      ids(3).map((id) => [id, "Invited"]),
    );
    ok(
      listed.every(({ invitedAt }) => invitedAt instanceof Date),
      "dates",
    );
    equal([first.invitations.length, second.nextToken], [2, undefined]);
  },

  async declines_and_lists_through_the_relay(bench) {
    const emulator = await bench.emulator({ cors: "none", invite: ["111122223333"] });
    const options = bench.options(emulator, { endpoint: undefined, relay: emulator.relay, accountIds: ALL });
    const { verdicts } = await bench.api.declineInvitations(options);
    equal(
      verdicts.map(({ verdict }) => verdict),
      ["done", "notProcessed"],
    );
    const { invitations } = await bench.api.listInvitations({ ...options, accountIds: undefined, pageSize: 50 });
    equal(invitations.length, 1);
  },

  async partial_failure_lists_the_accounts(bench) {
    const emulator = await bench.emulator({ invite: ["111122223333"] });
    const output = await bench.call(emulator, { accountIds: ALL });
    equal(output.isComplete, false);
    equal(output.unprocessedAccounts, [
      { accountId: "444455556666", processingResult: "The account has no invitation in this Region" },
    ]);
  },

  async an_empty_list_is_success(bench) {
    const bodies = ['{"UnprocessedAccounts":[]}', "{}", '{"UnprocessedAccounts":null}'];
    const emulator = await bench.emulator({ faults: bodies.map((body) => ({ is: "raw", body })) });
    for (const body of bodies) equal((await bench.call(emulator)).isComplete, true, body);
  },

  async an_empty_body_is_never_success(bench) {
    const faults = [200, 204].map((status) => ({ is: "empty", status }));
    const emulator = await bench.emulator({ faults });
    for (const { status } of faults) {
      const error = await bench.failure(emulator);
      equal([error.kind, error.status, error.mayHaveTakenEffect], ["Malformed", status, true]);
    }
  },

  async chunked_answers_and_answers_of_known_length_read_the_same(bench) {
    const emulator = await bench.emulator({ faults: [{ is: "none", chunked: true }, { is: "none" }] });
    const [chunked, known] = [await bench.call(emulator), await bench.call(emulator)];
    equal(chunked.unprocessedAccounts, known.unprocessedAccounts);
    equal(chunked.unprocessedAccounts.length, 1);
  },

  async an_answer_that_trickles_is_read_whole(bench) {
    const emulator = await bench.emulator({ faults: [{ is: "none", dribbleMs: 5, dribbleBytes: 7 }] });
    equal((await bench.call(emulator)).unprocessedAccounts.length, 1);
  },

  async every_modelled_error_arrives_whole(bench) {
    const all = [
      [500, "InternalException", "Internal"],
      [400, "InvalidInputException", "InvalidInput"],
      [401, "InvalidAccessException", "InvalidAccess"],
      [429, "LimitExceededException", "LimitExceeded"],
      [404, "ResourceNotFoundException", "ResourceNotFound"],
      [403, "AccessDeniedException", "AccessDenied"],
    ];
    const faults = all.map(([status, code]) => ({ is: "error", status, code, message: `what ${code} says` }));
    const emulator = await bench.emulator({ faults });
    for (const [status, code, kind] of all) {
      const error = await bench.failure(emulator, { maxAttempts: 1 });
      ok(error instanceof Error && error instanceof bench.api.ServiceError, "it is an Error");
      equal(
        [error.name, error.kind, error.code, error.status, error.serviceMessage, error.attempts],
        ["ServiceError", kind, code, status, `what ${code} says`, 1],
      );
      ok(error.message.includes(code) && error.message.includes(`what ${code} says`), error.message);
    }
  },

  async error_bodies_are_kept_on_every_status(bench) {
    const statuses = [400, 401, 403, 404, 407, 413, 418, 429, 500, 502, 503, 504, 599];
    const faults = statuses.map((status) => ({ is: "raw", status, body: `{"message":"status ${status}"}` }));
    const emulator = await bench.emulator({ faults });
    for (const status of statuses) {
      const error = await bench.failure(emulator, { maxAttempts: 1 });
      // Node refuses to show this one to anybody.
      if (status === 407 && error.name === "TransportError") continue;
      equal([error.name, error.status, error.serviceMessage], ["ServiceError", status, `status ${status}`]);
    }
  },

  async what_is_no_json_is_kept_as_an_excerpt(bench) {
    const emulator = await bench.emulator({ faults: [{ is: "html", status: 502 }] });
    const error = await bench.failure(emulator, { maxAttempts: 1 });
    equal([error.kind, error.status, error.code], ["Unavailable", 502, undefined]);
    ok(error.excerpt.includes("502 Bad Gateway"), error.excerpt);
  },

  async a_success_that_is_no_json_is_an_error(bench) {
    const bodies = ["<html>", "[]", '{"UnprocessedAccounts":{}}', "{} {}", '{"UnprocessedAccounts":[null]}', "null"];
    const emulator = await bench.emulator({ faults: bodies.map((body) => ({ is: "raw", body })) });
    for (const body of bodies) {
      const error = await bench.failure(emulator);
      equal([error.name, error.kind, error.status, error.retryable], ["ServiceError", "Malformed", 200, false], body);
    }
    equal((await emulator.report()).requests, bodies.length, "no retries");
  },

  async redirects_are_not_followed(bench) {
    const target = await bench.emulator();
    for (const status of [301, 302, 303, 307, 308]) {
      const emulator = await bench.emulator({
        faults: [{ is: "empty", status, headers: { location: `${target.url}/invitations/delete` } }],
      });
      const error = await bench.failure(emulator);
      // A browser hides the redirect. Node shows it.
      if (bench.isBrowser) equal([error.name, error.kind], ["TransportError", "Redirect"]);
      else equal([error.name, error.status], ["ServiceError", status]);
      equal((await emulator.report()).requests, 1);
    }
    equal((await target.report()).requests, 0);
  },

  async reads_a_body_at_the_limit(bench) {
    const emulator = await bench.emulator({ faults: [{ is: "none", paddedTo: 16 * 1024 * 1024 }] });
    equal((await bench.call(emulator)).unprocessedAccounts.length, 1);
  },

  async stops_reading_a_body_over_the_limit(bench) {
    const emulator = await bench.emulator({ faults: [{ is: "none", paddedTo: 16 * 1024 * 1024 + 1 }] });
    const error = await bench.failure(emulator);
    equal([error.name, error.attempts], ["ResponseTooLargeError", 1]);
    equal((await emulator.report()).requests, 1);
  },

  // What CORS hides.

  async hidden_headers_are_not_needed(bench) {
    const emulator = await bench.emulator({
      cors: "hidden",
      invite: ["111122223333"],
      faults: [
        {
          is: "error",
          status: 401,
          code: "InvalidAccessException",
          message: "Account 123456789012 is not subscribed to AWS Security Hub",
        },
        { is: "throttled" },
        { is: "none" },
      ],
    });
    if (bench.isBrowser) {
      // The package sees the same headers as every script.
      const response = await fetch(`${emulator.url}/`, { method: "POST" });
      equal(
        [...response.headers.keys()].filter((name) => /^x-amz|^date$/.test(name)),
        [],
      );
    }
    const refused = await bench.failure(emulator);
    equal([refused.kind, refused.code, refused.notSubscribed], ["InvalidAccess", "InvalidAccessException", true]);
    // The code is only in the header.
    const throttled = await bench.failure(emulator, { maxAttempts: 1 });
    equal([throttled.kind, throttled.status, throttled.retryable], ["Throttled", 429, true]);
    equal(throttled.code, bench.isBrowser ? undefined : "ThrottlingException");
    const output = await bench.call(emulator);
    equal(output.isComplete, true);
    for (const { requestId } of [refused, throttled, output]) equal(requestId === undefined, bench.isBrowser);
  },

  async exposed_headers_are_used(bench) {
    const emulator = await bench.emulator({ cors: "exposed", faults: [{ is: "throttled" }] });
    const error = await bench.failure(emulator, { maxAttempts: 1 });
    equal([error.kind, error.code], ["Throttled", "ThrottlingException"]);
    ok(/^[0-9a-f-]{36}$/.test(error.requestId), error.requestId);
  },

  async a_service_that_answers_no_pages_is_a_failure_without_a_reason(bench) {
    const emulator = await bench.emulator({ cors: "none", invite: ["111122223333"] });
    if (!bench.isBrowser) {
      equal((await bench.call(emulator)).isComplete, true);
      return;
    }
    const error = await bench.failure(emulator, { maxAttempts: 2 });
    equal([error.name, error.kind, error.attempts, error.status], ["TransportError", "NoResponse", 2, undefined]);
    ok(/CORS/.test(error.message) && error.cause instanceof TypeError, error.message);
    const report = await emulator.report();
    equal([posts(report).length, report.left], [0, 1], "only preflights came");
  },

  async a_clock_that_is_off_is_corrected(bench) {
    const emulator = await bench.emulator({ cors: "exposed", invite: ["111122223333"], clockOffset: 900 });
    const output = await bench.call(emulator);
    equal([output.isComplete, output.attempts], [true, 2]);
    equal((await bench.call(emulator)).attempts, 1, "what was learnt is kept");
  },

  async a_clock_that_is_off_is_told_where_the_date_is_hidden(bench) {
    if (!bench.isBrowser) return "nothing is hidden from Node";
    const emulator = await bench.emulator({ cors: "hidden", clockOffset: 900 });
    const error = await bench.failure(emulator);
    equal([error.name, error.status, error.attempts], ["ServiceError", 403, 1]);
    ok(/Signature expired/.test(error.serviceMessage), error.serviceMessage);
  },

  // Failures.

  async a_service_that_is_away_is_a_failure_without_a_reason(bench) {
    const emulator = await bench.emulator();
    await emulator.stop();
    const error = await bench.failure(emulator);
    equal([error.name, error.kind, error.attempts, error.retryable], ["TransportError", "NoResponse", 3, true]);
    ok(error instanceof bench.api.TransportError);
  },

  async a_connection_that_breaks_before_the_answer_is_a_failure(bench) {
    const emulator = await bench.emulator({ faults: drops(bench) });
    const error = await bench.failure(emulator, { maxAttempts: 1 });
    equal([error.name, error.kind], ["TransportError", "NoResponse"]);
  },

  async a_body_cut_short_is_never_success(bench) {
    const body = '{"UnprocessedAccounts":[]}';
    const cuts = [0, 1, body.length - 1];
    const faults = cuts.map((cutAfter) => ({ is: "raw", body, cutAfter }));
    const emulator = await bench.emulator({ faults });
    for (const cut of cuts) {
      const error = await bench.failure(emulator, { maxAttempts: 1 });
      equal(error.name, "TransportError", `after ${cut} bytes`);
    }
  },

  async every_failure_of_the_transport_is_tried_again(bench) {
    const emulator = await bench.emulator({
      invite: ["111122223333"],
      faults: [...drops(bench), { is: "raw", body: "{}   ", cutAfter: 2 }],
    });
    const attempts = [];
    const output = await bench.call(emulator, { onAttempt: (attempt) => attempts.push(attempt) });
    equal([output.isComplete, output.attempts], [true, 3]);
    equal(
      attempts.map(({ error }) => error?.name),
      ["TransportError", "TransportError", undefined],
    );
    const { received } = await emulator.report();
    ok(
      received.every(({ refusal }) => refusal === null),
      "every attempt is signed well",
    );
  },

  async an_attempt_reaches_the_server_once(bench) {
    const emulator = await bench.emulator({ faults: [{ is: "none", close: true, cutAfter: 0 }] });
    await bench.failure(emulator, { maxAttempts: 1 });
    await pause(300);
    equal((await emulator.report()).requests, 1);
  },

  /** Nobody can turn this off: `attempts` is 1, and accounts that are reported as unprocessed may have been deleted. */
  async a_browser_may_send_an_attempt_twice(bench) {
    if (!bench.isBrowser) return "Node repeats no request";
    const emulator = await bench.emulator({ invite: ["111122223333"], faults: [{ ...DROP, afterProcessing: true }] });
    const output = await bench.call(emulator);
    const report = await emulator.report();
    equal([output.isComplete, output.attempts, report.requests, report.left], [false, 1, 2, 0]);
    const [first, again] = posts(report).map((post) => header(post, "authorization"));
    equal(again, first, "the same request");
  },

  async a_lost_response_makes_the_account_uncertain(bench) {
    const emulator = await bench.emulator({
      invite: ["111122223333"],
      faults: drops(bench, { afterProcessing: true }),
    });
    const output = await bench.call(emulator);
    equal([output.isComplete, output.attempts, (await emulator.report()).left], [false, 2, 0]);
    equal([output.unconfirmedAttempts, output.verdicts[0].verdict], [1, "uncertain"]);
  },

  async slow_headers_time_out(bench) {
    const emulator = await bench.emulator({ faults: [{ is: "none", delayMs: 5000 }] });
    const started = Date.now();
    const error = await bench.failure(emulator, { attemptTimeoutMs: 200, maxAttempts: 1 });
    equal([error.name, error.kind], ["TransportError", "TimedOut"]);
    ok(Date.now() - started < 2000, "in time");
    await until(async () => (await emulator.report()).open === 0, "the connection is given up");
  },

  async a_slow_body_times_out(bench) {
    const emulator = await bench.emulator({ faults: [{ is: "none", dribbleMs: 150, dribbleBytes: 1 }] });
    const error = await bench.failure(emulator, { attemptTimeoutMs: 500, maxAttempts: 1 });
    equal([error.name, error.kind], ["TransportError", "TimedOut"]);
    await until(async () => (await emulator.report()).open === 0, "the connection is given up");
  },

  async an_attempt_that_timed_out_is_tried_again(bench) {
    const emulator = await bench.emulator({
      invite: ["111122223333"],
      faults: [{ is: "empty", status: 200, delayMs: 5000 }],
    });
    const output = await bench.call(emulator, { attemptTimeoutMs: 600 });
    equal([output.isComplete, output.attempts], [true, 2]);
  },

  // Waiting.

  async the_wait_that_throttling_asks_for_is_waited(bench) {
    const emulator = await bench.emulator({
      cors: "exposed",
      invite: ["111122223333"],
      faults: [{ is: "throttled", retryAfterMs: 1500 }],
    });
    const started = Date.now();
    const waits = [];
    const output = await bench.call(emulator, { onAttempt: ({ waitMs }) => waits.push(waitMs) });
    equal([output.attempts, waits], [2, [1500, undefined]]);
    ok(Date.now() - started >= 1490, "it was waited");
  },

  async an_answer_that_asks_for_another_attempt_gets_one(bench) {
    const emulator = await bench.emulator({
      invite: ["111122223333"],
      faults: [
        { is: "empty", status: 503 },
        { is: "html", status: 502 },
      ],
    });
    const output = await bench.call(emulator);
    equal([output.isComplete, output.attempts], [true, 3]);
  },

  async attempts_have_a_limit(bench) {
    const emulator = await bench.emulator({ faults: Array(4).fill({ is: "empty", status: 503 }) });
    const error = await bench.failure(emulator, { maxAttempts: 2 });
    equal([error.kind, error.attempts, (await emulator.report()).requests], ["Unavailable", 2, 2]);
  },

  async every_attempt_is_observed_with_its_wait(bench) {
    const emulator = await bench.emulator({ invite: ["111122223333"], faults: [{ is: "empty", status: 503 }] });
    const seen = [];
    await bench.call(emulator, { onAttempt: (attempt) => seen.push(attempt) });
    equal(
      seen.map(({ operation, number, error }) => [operation, number, error?.kind]),
      [
        ["DeleteInvitations", 1, "Unavailable"],
        ["DeleteInvitations", 2, undefined],
      ],
    );
    ok(seen[0].error instanceof Error && seen[0].waitMs >= 0 && seen[1].waitMs === undefined, "waits");
  },

  async an_observer_that_throws_changes_nothing(bench) {
    const emulator = await bench.emulator({ invite: ["111122223333"] });
    const output = await bench.call(emulator, {
      onAttempt: () => {
        throw new Error("mine");
      },
    });
    equal(output.isComplete, true);
  },

  async a_deadline_cuts_a_wait_short(bench) {
    const emulator = await bench.emulator({ cors: "exposed", faults: [{ is: "throttled", retryAfterMs: 4000 }] });
    const started = Date.now();
    const error = await bench.failure(emulator, { deadlineMs: 600 });
    equal([error.name, error.attempts, error.cause.kind], ["DeadlineError", 1, "Throttled"]);
    ok(Date.now() - started < 2000, "at once");
  },

  async a_deadline_cuts_an_attempt_short(bench) {
    const emulator = await bench.emulator({ faults: [{ is: "none", delayMs: 5000 }] });
    const error = await bench.failure(emulator, { deadlineMs: 300 });
    equal([error.name, error.attempts], ["DeadlineError", 1]);
  },

  async a_deadline_of_nothing_sends_nothing(bench) {
    const emulator = await bench.emulator();
    const error = await bench.failure(emulator, { deadlineMs: 0 });
    equal([error.name, error.attempts, (await emulator.report()).requests], ["DeadlineError", 0, 0]);
  },

  async a_cancelled_call_leaves_no_request_running(bench) {
    const emulator = await bench.emulator({ faults: [{ is: "none", delayMs: 10_000 }] });
    const controller = new AbortController();
    const failing = bench.failure(emulator, { signal: controller.signal });
    await until(async () => (await emulator.report()).requests === 1, "the request is under way");
    controller.abort();
    equal((await failing).name, "AbortError");
    await until(async () => (await emulator.report()).open === 0, "the connection is given up");
    equal((await emulator.report()).requests, 1);
  },

  async a_call_cancelled_while_waiting_sends_nothing_more(bench) {
    const emulator = await bench.emulator({ cors: "exposed", faults: [{ is: "throttled", retryAfterMs: 1000 }] });
    const controller = new AbortController();
    const reason = new Error("enough");
    const error = await bench.failure(emulator, {
      signal: controller.signal,
      onAttempt: () => controller.abort(reason),
    });
    ok(error === reason, "the caller's reason");
    await pause(1300);
    equal((await emulator.report()).requests, 1);
  },

  async a_signal_that_is_aborted_already_sends_nothing(bench) {
    const emulator = await bench.emulator();
    equal((await bench.failure(emulator, { signal: AbortSignal.abort() })).name, "AbortError");
    equal((await emulator.report()).requests, 0);
  },

  async calls_do_not_wait_for_each_other(bench) {
    const emulator = await bench.emulator({ invite: ids(20) });
    const outputs = await Promise.all(ids(20).map((id) => bench.call(emulator, { accountIds: [id] })));
    ok(
      outputs.every(({ isComplete }) => isComplete),
      "all are complete",
    );
    equal((await emulator.report()).left, 0);
  },

  // Without sending.

  async signatures_are_those_of_native_code(bench) {
    const credentials = { ...KEYS, sessionToken: TOKEN };
    const variants = [
      {},
      { credentials },
      { region: "cn-north-1" },
      { fips: true },
      { dualStack: true },
      { fips: true, dualStack: true },
      { region: "fips-us-gov-west-1" },
      { endpoint: "http://LOCALHOST:4566/base//path/" },
      { endpoint: "https://example.com:443/%7Ea/b c".replace(" ", "%20") },
      { endpoint: "http://[::1]:4566" },
      { relay: "https://tools.example.com/relay", credentials },
      { accountIds: ids(1000) },
      { accountIds: [...ALL, ...ALL] },
      { date: 0 },
      { date: 951782400000 },
      { date: 4102444799999 },
      { date: 253402300799000 },
    ];
    for (const variant of variants) {
      const options = {
        region: "eu-central-1",
        credentials: KEYS,
        accountIds: ALL,
        date: 1_795_379_825_000,
        ...variant,
      };
      const native = await bench.control("POST", "sign", options);
      const here = { ...options, date: new Date(options.date) };
      equal(bench.api.signRequest(here), native.request, JSON.stringify(variant));
      equal(bench.api.explain(here), native.explanation, JSON.stringify(variant));
      ok(native.request.headers.authorization.endsWith(native.explanation.signature), "one signature");
    }
  },

  async a_signed_request_can_be_sent_by_hand(bench) {
    const emulator = await bench.emulator({ invite: ["111122223333"] });
    const { url, ...request } = bench.api.signRequest(bench.options(emulator, { accountIds: ALL }));
    const response = await fetch(url, request);
    const output = bench.api.parseResponse({
      status: response.status,
      headers: response.headers,
      body: await response.text(),
    });
    equal([output.isComplete, output.unprocessedAccounts.map(({ accountId }) => accountId)], [false, ["444455556666"]]);
  },

  async parsing_tells_success_from_failure(bench) {
    const { parseResponse } = bench.api;
    const { unprocessedAccounts, requestId, isComplete } = parseResponse({
      status: 200,
      headers: { "x-amzn-requestid": "id" },
      body: "{}",
    });
    equal([unprocessedAccounts, requestId, isComplete], [[], "id", true]);
    const error = await rejected(
      (async () =>
        parseResponse({
          status: 403,
          headers: new Headers({ "x-amzn-errortype": "AccessDeniedException:http://internal.amazon.com/" }),
          body: "{}",
        }))(),
    );
    equal([error.name, error.kind, error.code], ["ServiceError", "AccessDenied", "AccessDeniedException"]);
  },

  async every_bad_id_is_listed_with_its_position(bench) {
    const emulator = await bench.emulator();
    const accountIds = ["111122223333", "12345", "11112222333x", "", "１１１１２２２２３３３３", "444455556666"];
    const error = await bench.failure(emulator, { accountIds });
    ok(error instanceof bench.api.InputError);
    equal(
      error.invalid.map(({ index, value }) => [index, value]),
      [
        [1, "12345"],
        [2, "11112222333x"],
        [3, ""],
        [4, "１１１１２２２２３３３３"],
      ],
    );
    equal(error.invalid[0].reason, "has 5 digits");
    equal((await emulator.report()).requests, 0);
  },

  async a_setting_that_is_wrong_is_named(bench) {
    const emulator = await bench.emulator();
    for (const [wrong, setting] of [
      [{ region: "US-EAST-1" }, "region"],
      [{ endpoint: "ftp://example.com" }, "endpoint URL"],
      [{ relay: "nowhere" }, "relay URL"],
      [{ credentials: { ...KEYS, accessKeyId: "" } }, "access key id"],
      [{ credentials: { ...KEYS, sessionToken: "a b" } }, "session token"],
    ]) {
      const error = await bench.failure(emulator, wrong);
      equal([error.name, error.setting], ["ConfigError", setting]);
    }
    equal((await emulator.report()).requests, 0);
  },

  async nothing_shown_is_secret(bench) {
    const token = "A-SESSION-TOKEN-THAT-NOBODY-IS-TO-SEE";
    const secretAccessKey = "A/SECRET/KEY/THAT/NOBODY/IS/TO/SEE";
    const emulator = await bench.emulator({ token });
    const credentials = { ...KEYS, secretAccessKey, sessionToken: token };
    const seen = [];
    // The emulator quotes the canonical request, as AWS does.
    seen.push(
      await bench.failure(emulator, { credentials, onAttempt: (attempt) => seen.push(attempt, attempt.error) }),
    );
    ok(/canonical/i.test(seen.at(-1).message), "it was quoted");
    await emulator.stop();
    seen.push(await bench.failure(emulator, { credentials, maxAttempts: 1 }));
    seen.push(await bench.failure(emulator, { credentials, region: "US" }));
    seen.push(await bench.failure(emulator, { credentials: { ...credentials, sessionToken: `${token} ` } }));
    for (const value of seen) {
      const shown = [String(value), value.stack, JSON.stringify(value), JSON.stringify(value.cause ?? null)].join();
      ok(!shown.includes(token) && !shown.includes(secretAccessKey), shown);
    }
  },
};
