// The program of every row: it loads each entry of the package and makes a call.
import * as main from "securityhub-invitations";
import * as inline from "securityhub-invitations/inline";

/** Returns how each entry was loaded, or its error. `source` is for environments where `init()` needs an argument. */
export async function results(endpoint, source) {
  return { main: await call(main, endpoint, source), inline: await call(inline, endpoint) };
}

async function call(hub, endpoint, source) {
  let how = "init()";
  try {
    try {
      await hub.init();
    } catch (error) {
      if (!source) throw error;
      await hub.init(source);
      how = "init(source)";
    }
    const { verdicts } = await hub.deleteInvitations({
      region: "us-east-1",
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
      accountIds: ["111122223333"],
      endpoint,
      maxAttempts: 1,
    });
    return verdicts[0].accountId === "111122223333" ? how : `wrong output: ${JSON.stringify(verdicts)}`;
  } catch (error) {
    return String(error);
  }
}
