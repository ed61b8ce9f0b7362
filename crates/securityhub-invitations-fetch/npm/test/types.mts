// Compiled but not run: checks the types against the documentation.
import init, {
  type Attempt,
  type Credentials,
  type AccountVerdict,
  type DeleteInvitationsOutput,
  type Invitation,
  type SecurityHubError,
  DeadlineError,
  ServiceError,
  declineInvitations,
  deleteInvitations,
  explain,
  initSync,
  listInvitations,
  parseResponse,
  signRequest,
} from "securityhub-invitations";

const credentials: Credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const operation = { region: "eu-central-1", credentials, accountIds: ["111122223333"] };

await init();
await init(new URL("https://example.com/x.wasm"));
await init(fetch("https://example.com/x.wasm"));
await init(WebAssembly.compile(new ArrayBuffer(0)));
initSync(new Uint8Array());

const output: DeleteInvitationsOutput = await deleteInvitations({
  ...operation,
  accountIds: new Set(["111122223333"]),
  endpoint: new URL("http://127.0.0.1:4566"),
  relay: "https://tools.example.com/relay",
  fips: true,
  dualStack: false,
  maxAttempts: 5,
  attemptTimeoutMs: 1_000,
  deadlineMs: 10_000,
  signal: AbortSignal.timeout(5_000),
  onAttempt: ({ operation, number, error, waitMs, requestId }: Attempt) => {
    const text: string = `${operation} ${number.toFixed()} ${error?.kind} ${waitMs?.toFixed()} ${requestId}`;
    return text;
  },
});
await listInvitations({ region: "eu-central-1", credentials: async () => ({ ...credentials, expiration: new Date() }) });
// @ts-expect-error a function cannot be awaited
signRequest({ ...operation, credentials: async () => credentials });
const accountId: string | undefined = output.unprocessedAccounts[0]?.accountId;
const complete: boolean = output.isComplete && output.unconfirmedAttempts === 0;
const verdicts: AccountVerdict[] = output.verdicts.filter(({ verdict }) => verdict !== "done");
const declined: AccountVerdict[] = (await declineInvitations(operation)).verdicts;
const { accountIds: _, ...endpoint } = operation;
const page = await listInvitations({ ...endpoint, pageSize: 50, nextToken: undefined });
const invitation: Invitation | undefined = page.invitations[0];
const invitedAt: Date | undefined = invitation?.invitedAt;
const nextToken: string | undefined = page.nextToken;

const request = signRequest({ ...operation, date: new Date() });
const response = await fetch(request.url, request);
const parsed = parseResponse({ status: response.status, headers: response.headers, body: await response.arrayBuffer() });
const known: number | undefined = parsed.attempts;
// @ts-expect-error there are no verdicts without account ids
parsed.verdicts.length;
parseResponse({ status: 200, accountIds: ["111122223333"], attempts: 1, unconfirmedAttempts: 0 });
parseResponse({ status: 200, headers: { "x-amzn-requestid": ["1"], date: undefined }, body: null });
parseResponse({ status: 200, headers: [["x-amzn-requestid", "1"]], body: "{}" });
const signature: string = explain({ ...operation, date: 0 }).signature;

function describe(error: SecurityHubError): string {
  const common: [string, string, string | undefined, number | undefined, string | undefined, boolean, boolean] =
    [error.name, error.kind, error.code, error.status, error.requestId, error.retryable, error.mayHaveTakenEffect];
  switch (error.name) {
    case "ServiceError": {
      const status: number = error.status;
      // @ts-expect-error a kind of another error
      const isTimeout = error.kind === "TimedOut";
      return `${status} ${error.code} ${error.notSubscribed} ${isTimeout}`;
    }
    case "TransportError": {
      const status: undefined = error.status;
      return `${error.kind === "NoResponse"} ${status}`;
    }
    case "DeadlineError":
      return error.cause ? describe(error.cause) : "nothing was sent";
    case "ResponseTooLargeError":
      return error.kind;
    case "InputError":
      return error.invalid.map(({ index, value, reason }) => `${index} ${value} ${reason}`).join();
    case "ConfigError":
      return `${error.setting}: ${error.reason}`;
    case "PageError":
    case "NotInitializedError":
      return error.message;
    default: {
      const nothing: never = error;
      return nothing ?? String(common);
    }
  }
}

function byKind(error: SecurityHubError): string {
  if (error.kind === "Throttled") return error.name satisfies "ServiceError";
  if (error.kind === "InvalidAccountIds") return String(error.invalid.length);
  // @ts-expect-error no such kind
  return String(error.kind === "Thottled");
}

try {
  describe({} as SecurityHubError);
} catch (thrown) {
  if (thrown instanceof ServiceError) thrown.status satisfies number;
  if (thrown instanceof DeadlineError) thrown.cause?.kind satisfies string | undefined;
}

// @ts-expect-error no credentials
deleteInvitations({ region: "eu-central-1", accountIds: ["111122223333"] });
// @ts-expect-error no secret
signRequest({ ...operation, credentials: { accessKeyId: "AKIDEXAMPLE" } });
// @ts-expect-error a number loses its leading zeros
signRequest({ ...operation, accountIds: [111122223333] });
// @ts-expect-error one id is not a list
signRequest({ ...operation, accountIds: "111122223333" });
// @ts-expect-error no such option
signRequest({ ...operation, fipps: true });
// @ts-expect-error a signature has no attempts
signRequest({ ...operation, maxAttempts: 3 });
// @ts-expect-error a page has no account ids
listInvitations({ ...endpoint, accountIds: ["111122223333"] });
// @ts-expect-error a status is a number
parseResponse({ status: "200" });
// @ts-expect-error it is read-only
(error: ServiceError) => (error.status = 200);

export { accountId, byKind, complete, declined, invitedAt, known, nextToken, signature, verdicts };
