// Examples of tests with the AWS SDK for JavaScript, versions 3 and 2, and aws4fetch. They are also the emulator's own.
// A client whose package is not installed is skipped.
//
//   SECURITYHUB_EMULATOR=…/securityhub-emulator node --test emulator.test.cjs
"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const { after, before, beforeEach, test } = require("node:test");

const ACCOUNT = "123456789012";
const ADMINISTRATOR = "111122223333";
const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

let emulator;
let url;

before(async () => {
  const program = process.env.SECURITYHUB_EMULATOR ?? "securityhub-emulator";
  emulator = spawn(program, ["--port", "0"], { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await once(emulator.stdout, "data");
  url = line.toString().trim().replace("listening on ", "");
});

after(() => emulator.kill());

beforeEach(async () => {
  await control("reset", {});
  const invitation = { administrators: [ADMINISTRATOR], members: [ACCOUNT], regions: ["us-east-1"] };
  await control("setup", {
    invitations: [invitation],
    roles: [{ accounts: [ADMINISTRATOR], name: "Cleanup" }],
  });
});

async function control(path, document) {
  const options = document && { method: "POST", body: JSON.stringify(document) };
  const response = await fetch(`${url}/_emulator/v1/${path}`, options);
  const body = await response.json();
  assert.ok(response.ok, body.error);
  return body;
}

async function invitations() {
  const { hubs } = await control(`state?account=${ACCOUNT}&region=us-east-1`);
  return hubs[0].invitations.map((invitation) => invitation.AccountId);
}

function optional(name) {
  try {
    return require(name);
  } catch {
    return undefined;
  }
}

function clientTest(name, packages, run) {
  const modules = packages.map(optional);
  const missing = packages.filter((_, index) => modules[index] === undefined);
  test(name, { skip: missing.length > 0 && `not installed: ${missing.join(", ")}` }, () => run(...modules));
}

clientTest("SDK v3", ["@aws-sdk/client-securityhub", "@aws-sdk/client-sts"], async (hubs, sts) => {
  const config = { region: "us-east-1", endpoint: url, credentials, maxAttempts: 1 };
  const hub = new hubs.SecurityHubClient(config);
  await control("setup", { faults: [{ response: "throttled" }] });
  const deletion = new hubs.DeleteInvitationsCommand({ AccountIds: [ADMINISTRATOR] });
  await assert.rejects(hub.send(deletion), { name: "ThrottlingException" });
  assert.deepEqual((await hub.send(deletion)).UnprocessedAccounts, []);
  assert.deepEqual(await invitations(), []);

  const client = new sts.STSClient(config);
  const role = { RoleArn: `arn:aws:iam::${ADMINISTRATOR}:role/Cleanup`, RoleSessionName: "test" };
  const { Credentials: issued } = await client.send(new sts.AssumeRoleCommand(role));
  assert.ok(issued.Expiration > new Date());
  const session = {
    accessKeyId: issued.AccessKeyId,
    secretAccessKey: issued.SecretAccessKey,
    sessionToken: issued.SessionToken,
  };
  const caller = new sts.STSClient({ ...config, credentials: session });
  assert.equal((await caller.send(new sts.GetCallerIdentityCommand({}))).Account, ADMINISTRATOR);
  const unknown = { ...role, RoleArn: `arn:aws:iam::${ACCOUNT}:role/Cleanup` };
  await assert.rejects(client.send(new sts.AssumeRoleCommand(unknown)), { name: "AccessDenied" });
});

clientTest("SDK v2", ["aws-sdk"], async (AWS) => {
  const config = { region: "us-east-1", endpoint: url, maxRetries: 0, ...credentials };
  const hub = new AWS.SecurityHub(config);
  const response = await hub.deleteInvitations({ AccountIds: [ADMINISTRATOR] }).promise();
  assert.deepEqual(response.UnprocessedAccounts, []);
  assert.deepEqual(await invitations(), []);
  assert.equal((await new AWS.STS(config).getCallerIdentity({}).promise()).Account, ACCOUNT);
});

clientTest("aws4fetch", ["aws4fetch"], async ({ AwsClient }) => {
  const client = new AwsClient({ ...credentials, service: "securityhub", region: "us-east-1", retries: 0 });
  const body = JSON.stringify({ AccountIds: [ADMINISTRATOR] });
  const headers = { "content-type": "application/json" };
  const response = await client.fetch(`${url}/invitations/delete`, { method: "POST", headers, body });
  assert.deepEqual(await response.json(), { UnprocessedAccounts: [] });
  assert.deepEqual(await invitations(), []);
});
