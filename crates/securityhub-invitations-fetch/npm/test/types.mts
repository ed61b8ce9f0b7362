// Compiled, never run: the types say what the documentation says.
import init, {
  type Attempt,
  type Credentials,
  type DeleteInvitationsOutput,
  type SecurityHubError,
  DeadlineError,
  ServiceError,
  deleteInvitations,
  explain,
  initSync,
  parseResponse,
  signRequest,
} from "securityhub-invitations";

const credentials: Credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const operation = { region: "eu-central-1", credentials, accountIds: ["111122223333"] };

await init();
await init(new URL("https://example.com/x.wasm"));
await init(fetch("https://example.com/x.wasm"));
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
  onAttempt: ({ attempt, error, waitMs, output }: Attempt) => {
    const text: string = `${attempt.toFixed()} ${error?.kind} ${waitMs?.toFixed()} ${output?.complete}`;
    return text;
  },
});
const accountId: string | undefined = output.unprocessedAccounts[0]?.accountId;
const complete: boolean = output.complete;

const request = signRequest({ ...operation, date: new Date() });
const response = await fetch(request.url, request);
parseResponse({ status: response.status, headers: response.headers, body: await response.arrayBuffer() });
parseResponse({ status: 200, headers: { "x-amzn-requestid": ["1"], date: undefined }, body: null });
parseResponse({ status: 200, headers: [["x-amzn-requestid", "1"]], body: "{}" });
const signature: string = explain({ ...operation, date: 0 }).signature;

function describe(error: SecurityHubError): string {
  const everyOneHas: [string, string, string | undefined, number | undefined, string | undefined, boolean] =
    [error.name, error.kind, error.code, error.status, error.requestId, error.retryable];
  switch (error.name) {
    case "ServiceError": {
      const status: number = error.status;
      // @ts-expect-error a kind of another error's
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
      return error.refused.map(({ index, text, rule }) => `${index} ${text} ${rule}`).join();
    case "ConfigError":
      return `${error.setting}: ${error.rule}`;
    case "NotInitializedError":
      return error.message;
    default: {
      const nothing: never = error;
      return nothing ?? String(everyOneHas);
    }
  }
}

function byKind(error: SecurityHubError): string {
  if (error.kind === "Throttled") return error.name satisfies "ServiceError";
  if (error.kind === "InvalidAccountIds") return String(error.refused.length);
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
// @ts-expect-error one id is no list
signRequest({ ...operation, accountIds: "111122223333" });
// @ts-expect-error no such option
signRequest({ ...operation, fipps: true });
// @ts-expect-error only a call has attempts
signRequest({ ...operation, maxAttempts: 3 });
// @ts-expect-error a status is a number
parseResponse({ status: "200" });
// @ts-expect-error it is read-only
(error: ServiceError) => (error.status = 200);

export { accountId, byKind, complete, signature };
