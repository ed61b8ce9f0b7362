// Compiled but not run: the types need no DOM library.
import { deleteInvitations, init } from "securityhub-invitations/inline";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
await init(new ArrayBuffer(0));
await deleteInvitations({ region: "eu-central-1", credentials, accountIds: ["111122223333"] });
