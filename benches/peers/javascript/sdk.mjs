// @aws-sdk/client-securityhub: whole calls, with a request handler that responds at once.
import assert from "node:assert/strict";

import { inputs, require, time, version } from "./workload.mjs";

const { DeleteInvitationsCommand, SecurityHubClient } = require("@aws-sdk/client-securityhub");

const implementation = `@aws-sdk/client-securityhub ${version("@aws-sdk/client-securityhub")}, Node ${process.version}`;
console.log(JSON.stringify({ implementation }));
for (const { ids, response } of inputs()) {
  const headers = { "content-type": "application/json", "content-length": String(response.length) };
  const client = new SecurityHubClient({
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
    requestHandler: { handle: async () => ({ response: { statusCode: 200, headers, body: response } }) },
  });
  await time("call", ids.length, async () => {
    const output = await client.send(new DeleteInvitationsCommand({ AccountIds: ids }));
    assert.equal(output.UnprocessedAccounts.length, ids.length);
  });
}
