// @aws-sdk/client-securityhub against the emulator: reads calls as a JSON list from standard input, and prints their results as
// another. The argument is the folder that has the SDK in its node_modules.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const folder = join(process.argv[2], "package.json");
const require = createRequire(folder);
const sdk = require("@aws-sdk/client-securityhub");
const { version } = JSON.parse(readFileSync(require.resolve("@aws-sdk/client-securityhub/package.json")));

async function run(call) {
  const client = new sdk.SecurityHubClient({
    region: call.region,
    endpoint: call.url,
    credentials: {
      accessKeyId: call.access_key_id,
      secretAccessKey: call.secret_access_key,
      sessionToken: call.session_token ?? undefined,
    },
  });
  try {
    const output = await client.send(new sdk.DeleteInvitationsCommand({ AccountIds: call.account_ids }));
    return { unprocessed: output.UnprocessedAccounts.map((account) => account.AccountId) };
  } catch (error) {
    const type = sdk[error.name];
    return {
      code: error.name,
      typed: typeof type === "function" && error instanceof type ? error.name : null,
      message: error.message,
    };
  } finally {
    client.destroy();
  }
}

const results = [];
for (const call of JSON.parse(readFileSync(0, "utf8"))) results.push(await run(call));
console.log(JSON.stringify({ client: `@aws-sdk/client-securityhub ${version}, Node ${process.version}`, results }));
