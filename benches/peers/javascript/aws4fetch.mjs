// aws4fetch: signs the same request. The body is written once, and the signer keeps the derived key.
import assert from "node:assert/strict";

import { inputs, require, time, version } from "./workload.mjs";

const { AwsClient } = require("aws4fetch");

console.log(JSON.stringify({ implementation: `aws4fetch ${version("aws4fetch")}, Node ${process.version}` }));
const client = new AwsClient({
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  service: "securityhub",
  region: "eu-central-1",
});
for (const { ids } of inputs()) {
  const body = JSON.stringify({ AccountIds: ids });
  await time("sign", ids.length, async () => {
    const request = await client.sign("https://securityhub.eu-central-1.amazonaws.com/invitations/delete", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    assert(request.headers.has("authorization"));
  });
}
