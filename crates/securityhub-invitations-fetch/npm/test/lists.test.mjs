import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answer, assertError, emulator, failure, index, server, to } from "./support.mjs";

const hub = await import(index);
const { declineInvitations, listInvitations } = hub;
before(() => hub.init());

test("lists every page of invitations", async () => {
  const url = await emulator("--invite", "us-east-1:111122223333,444455556666,777788889999");
  const pages = [];
  let nextToken;
  do {
    pages.push(await listInvitations(to(url, { accountIds: undefined, pageSize: 2, nextToken })));
    nextToken = pages.at(-1).nextToken;
  } while (nextToken);
  assert.deepEqual(pages.map(({ invitations }) => invitations.map(({ accountId }) => accountId)), [
    ["111122223333", "444455556666"], ["777788889999"],
  ]);
  const { invitations: [invitation], requestId, attempts, unconfirmedAttempts } = pages[0];
  assert.ok(invitation.invitedAt instanceof Date && !Number.isNaN(invitation.invitedAt.getTime()), String(invitation.invitedAt));
  assert.deepEqual([typeof invitation.invitationId, invitation.memberStatus], ["string", "Invited"]);
  assert.deepEqual([requestId, attempts, unconfirmedAttempts], ["00000000-0000-4000-8000-000000000001", 1, 0]);
});

test("reads dates in every form, and missing members", async () => {
  const body = {
    Invitations: [
      { AccountId: "111122223333", InvitationId: "i-1", InvitedAt: "2026-11-22T20:37:05.123Z", MemberStatus: "Invited" },
      { InvitedAt: 1795379825.5 }, { InvitedAt: "yesterday" }, { InvitedAt: null }, {},
    ],
    NextToken: null,
  };
  const { url, requests } = await server((_, response) => answer(response, 200, JSON.stringify(body)));
  const output = await listInvitations(to(url, { nextToken: "a/+=" }));
  assert.deepEqual([requests[0].method, requests[0].url, requests[0].body], ["GET", "/invitations?NextToken=a%2F%2B%3D", ""]);
  assert.equal(requests[0].headers["content-type"], undefined);
  assert.deepEqual(output.invitations.map(({ invitedAt }) => invitedAt?.toISOString()), [
    "2026-11-22T20:37:05.123Z", "2026-11-22T20:37:05.500Z", undefined, undefined, undefined,
  ]);
  assert.deepEqual(output.invitations[4], {
    accountId: undefined, invitationId: undefined, invitedAt: undefined, memberStatus: undefined,
  });
  assert.equal(output.nextToken, undefined);
});

test("rejects a page token that repeats", async () => {
  const { url } = await server((_, response) => answer(response, 200, '{"Invitations":[],"NextToken":"t"}'));
  assert.equal((await listInvitations(to(url))).nextToken, "t");
  const error = await failure(listInvitations(to(url, { nextToken: "t" })));
  assert.ok(error instanceof hub.PageError);
  assertError(error, {
    name: "PageError", kind: "InvalidNextToken", requestId: "id-1", attempts: 1, mayHaveTakenEffect: false, retryable: false,
    message: /^page token repeats/,
  });
});

test("a failed list had no effect", async () => {
  const { url } = await server((_, response) => answer(response, 504, ""));
  assertError(await failure(listInvitations(to(url, { maxAttempts: 2 }))), {
    name: "ServiceError", kind: "Unavailable", attempts: 2, unconfirmedAttempts: 2, mayHaveTakenEffect: false,
  });
});

test("rejects the output of another operation", async () => {
  const { url } = await server((_, response) => answer(response, 200));
  const error = await failure(listInvitations(to(url)));
  assertError(error, { name: "ServiceError", kind: "Malformed", status: 200 });
});

test("rejects invalid page sizes and tokens", async () => {
  const { url, requests } = await server((_, response) => answer(response, 200, '{"Invitations":[]}'));
  for (const pageSize of [0, 51, 256, -1, 1.5, NaN, "5"]) {
    const error = await failure(listInvitations(to(url, { pageSize })));
    assertError(error, { name: "ConfigError", setting: /^page ?size$/i });
  }
  assertError(await failure(listInvitations(to(url, { nextToken: 5 }))), { name: "ConfigError", setting: "nextToken" });
  assert.equal(requests.length, 0);
  assert.deepEqual((await listInvitations(to(url, { pageSize: 50, nextToken: null }))).invitations, []);
  assert.equal(requests[0].url, "/invitations?MaxResults=50");
});

test("declines invitations", async () => {
  const url = await emulator("--invite", "us-east-1:111122223333");
  const operations = [];
  const options = to(url, { accountIds: ["111122223333", "444455556666"], onAttempt: ({ operation }) => operations.push(operation) });
  const output = await declineInvitations(options);
  assert.equal(output.isComplete, false);
  assert.deepEqual(output.verdicts.map(({ verdict }) => verdict), ["done", "notProcessed"]);
  assert.deepEqual(operations, ["DeclineInvitations"]);
});

test("a decline is uncertain after a lost response", async () => {
  const entry = '{"UnprocessedAccounts":[{"AccountId":"111122223333","ProcessingResult":"gone"}]}';
  const { url, requests } = await server((request, response, number) =>
    (number === 1 ? request.socket.destroy() : answer(response, 200, entry)));
  const { attempts, unconfirmedAttempts, verdicts } = await declineInvitations(to(url));
  assert.deepEqual([attempts, unconfirmedAttempts, requests[1].url], [2, 1, "/invitations/decline"]);
  assert.deepEqual(verdicts, [{ accountId: "111122223333", verdict: "uncertain", processingResult: "gone" }]);
});
