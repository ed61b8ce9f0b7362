/**
 * AWS Security Hub `DeleteInvitations` for browsers, workers, Node and Deno.
 *
 * ```ts
 * import { init, deleteInvitations } from "securityhub-invitations";
 *
 * await init();
 * const output = await deleteInvitations({
 *   region: "eu-central-1",
 *   credentials: { accessKeyId, secretAccessKey, sessionToken },
 *   accountIds: ["111122223333"],
 * });
 * if (!output.complete) console.warn(output.unprocessedAccounts);
 * ```
 *
 * @packageDocumentation
 */

/** An AWS access key. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary credentials. */
  sessionToken?: string | undefined;
}

/** Whose keys, which accounts, and where to. */
export interface OperationOptions {
  /** A region such as `eu-central-1`. `fips-us-east-1` and `us-east-1-fips` are `us-east-1` with {@link fips}. */
  region: string;
  /**
   * Taken for this call, and kept nowhere in the module, which overwrites its copies before the call ends. JavaScript's own
   * copies, of yours and of `fetch`, cannot be overwritten by anyone: use temporary credentials.
   */
  credentials: Credentials;
  /** 1 or more ids of exactly 12 digits, as strings: a number would lose its leading zeros. Duplicates are sent once. */
  accountIds: readonly string[] | ReadonlySet<string>;
  /** An endpoint of your own in place of the region's: `http` or `https`, a host, perhaps a port and a base path. */
  endpoint?: string | URL | undefined;
  /**
   * Where to send what is signed for the endpoint: a relay on the page's own origin, since Security Hub is not known to
   * answer CORS preflights. It forwards requests with the `Host` that was signed, and holds no keys. An absolute URL:
   * `new URL("/relay", location.href)`.
   */
  relay?: string | URL | undefined;
  /** The region's FIPS endpoint. Default: `false`. */
  fips?: boolean | undefined;
  /** The region's endpoint for IPv6 and IPv4. Default: `false`. */
  dualStack?: boolean | undefined;
}

/** Options of {@link deleteInvitations}. */
export interface DeleteInvitationsOptions extends OperationOptions {
  /** The number of attempts in all, the first one included. Default: 3. */
  maxAttempts?: number | undefined;
  /** How long an attempt may take, from the connection to the last byte of the answer. Default: 30 000. */
  attemptTimeoutMs?: number | undefined;
  /** How long the call may take in all, attempts and waits. Default: as long as the attempts allow. */
  deadlineMs?: number | undefined;
  /** Gives the call up: the promise rejects with `signal.reason`. What was sent by then may have taken effect. */
  signal?: AbortSignal | undefined;
  /** Called after each attempt, before the wait for the next one. What it throws is ignored. */
  onAttempt?: ((attempt: Attempt) => unknown) | undefined;
}

/** Options of {@link signRequest} and {@link explain}. */
export interface SignOptions extends OperationOptions {
  /**
   * What the clock shows, as a `Date` or in milliseconds since 1970. Default: `Date.now()`. What earlier calls have learnt of
   * how far the endpoint's clock is ahead is added.
   */
  date?: Date | number | undefined;
}

/** What became of the invitations. */
export interface DeleteInvitationsOutput {
  /**
   * The accounts that were not processed. After more than one attempt, an account that is listed here may have been
   * processed by an earlier one whose answer was lost.
   */
  unprocessedAccounts: UnprocessedAccount[];
  /** The service's id of the request, for AWS's support. Browsers hide it from pages unless the server exposes it. */
  requestId: string | undefined;
  /** How many requests were sent, 1 or more. */
  attempts: number;
  /** Whether every account was processed. A promise that resolves does not say so. */
  complete: boolean;
}

/** An account that was not processed, in the service's words. */
export interface UnprocessedAccount {
  accountId: string | undefined;
  processingResult: string | undefined;
}

/** An attempt that is over. */
export interface Attempt {
  /** Its number, from 1. */
  attempt: number;
  /** What it failed with. */
  error?: CallError;
  /** How long the next attempt waits. Absent from the last one. */
  waitMs?: number;
  /** What it came to, if it did not fail. */
  output?: DeleteInvitationsOutput;
}

/** A request for a `fetch` of your own: `fetch(request.url, request)`. */
export interface SignedRequest {
  url: string;
  method: "POST";
  /**
   * `content-type`, `x-amz-date`, `authorization` and, with a session token, `x-amz-security-token`. Neither `host` nor
   * `content-length`: `fetch` sets them, and takes them from nobody.
   */
  headers: Record<string, string>;
  body: string;
}

/** An answer that you fetched. */
export interface RawResponse {
  /** The HTTP status, 100–999. */
  status: number;
  /** `Headers`, an object (of Node's `http`, too), or pairs. Those that a browser hides are not needed. */
  headers?: Headers | Record<string, string | readonly string[] | undefined> | Iterable<readonly [string, string]> | undefined;
  /** The whole body. */
  body?: string | ArrayBuffer | ArrayBufferView | null | undefined;
}

/** What is computed on the way to a signature, for comparing it with what a server expected. */
export interface Explanation {
  /** With the session token in its `x-amz-security-token` line, if there is one: not for logs. */
  canonicalRequest: string;
  stringToSign: string;
  signedHeaders: string;
  signature: string;
}

/** Where the module comes from: its URL, an answer with it, its bytes, or itself. */
export type ModuleSource =
  | string
  | URL
  | Request
  | Response
  | BufferSource
  | WebAssembly.Module
  | Promise<Response | BufferSource | WebAssembly.Module>;

/**
 * Loads the WebAssembly module, once: later calls wait for the first. If it fails, the next call tries again.
 *
 * Without a source, the file beside this one is loaded: by `fetch`, and in Node from the disk. Under a Content Security
 * Policy it needs `'wasm-unsafe-eval'` and nothing more.
 */
export function init(source?: ModuleSource): Promise<void>;

/** As {@link init}, of bytes that are there already. Browsers may refuse it outside of workers. */
export function initSync(source: BufferSource | WebAssembly.Module): void;

/**
 * Deletes the invitations that came from these accounts, and tries again where that can help.
 *
 * Success can leave accounts unprocessed: look at `complete`.
 *
 * Calls to one endpoint share a retry quota and what was learnt of the endpoint's clock.
 *
 * @throws {SecurityHubError} by rejecting; or `signal.reason` when it was given up.
 */
export function deleteInvitations(options: DeleteInvitationsOptions): Promise<DeleteInvitationsOutput>;

/**
 * The signed request, for those who send it themselves. The service takes a signature for five minutes.
 *
 * @throws {InputError | ConfigError | NotInitializedError}
 */
export function signRequest(options: SignOptions): SignedRequest;

/**
 * Reads the answer to a request that was sent otherwise.
 *
 * @throws {ServiceError | ConfigError | NotInitializedError}
 */
export function parseResponse(response: RawResponse): DeleteInvitationsOutput;

/**
 * What is computed on the way to the signature of {@link signRequest}.
 *
 * @throws {InputError | ConfigError | NotInitializedError}
 */
export function explain(options: SignOptions): Explanation;

/**
 * Every error of this package, told apart by `name` and, more finely, by `kind`: no kind belongs to two names.
 *
 * ```ts
 * try {
 *   await deleteInvitations(options);
 * } catch (thrown) {
 *   const error = thrown as SecurityHubError;
 *   switch (error.name) {
 *     case "ServiceError": return `${error.code} (${error.status}, ${error.requestId})`;
 *     case "InputError": return error.refused.map(({ index, text }) => `${index}: ${text}`).join();
 *     default: return error.message;
 *   }
 * }
 * ```
 */
export type SecurityHubError = CallError | InputError | ConfigError | NotInitializedError;

/** What a call can fail with once something was sent, or should have been. */
export type CallError = ServiceError | TransportError | DeadlineError | ResponseTooLargeError;

/** What the service made of a request that it refused. */
export type ServiceErrorKind =
  /** The service failed. */
  | "Internal"
  /** The service did not accept the input. */
  | "InvalidInput"
  /** `BadRequestException`, often with an empty message. */
  | "BadRequest"
  /** Most often the account has no Security Hub, or is not the administrator. */
  | "InvalidAccess"
  /** A quota, or throttling. */
  | "LimitExceeded"
  | "ResourceNotFound"
  /** The identity may not do this. */
  | "AccessDenied"
  /** The session token has expired: get new credentials, and start a new call. */
  | "ExpiredCredentials"
  /** This machine's clock is too far from the service's. */
  | "ClockSkew"
  /** The keys are unknown, or the signature is wrong. */
  | "InvalidCredentials"
  /** The account is not signed up for the service. */
  | "OptInRequired"
  | "Throttled"
  /** The service, or a proxy before it, cannot answer now. */
  | "Unavailable"
  /** A status of success whose body is not the promised JSON. Whether anything was deleted is not known. */
  | "Malformed"
  /** None of these: see `code` and `status`. */
  | "Other";

/** What all errors have. */
interface Base<Name extends string, Kind extends string> extends Error {
  readonly name: Name;
  readonly kind: Kind;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** How many requests were sent. */
  readonly attempts: number;
}

/** Of errors that are no answer of the service's. */
interface Unanswered {
  readonly code: undefined;
  readonly status: undefined;
  readonly requestId: undefined;
}

/** The service, or something in its place, answered with an error. */
export interface ServiceError extends Base<"ServiceError", ServiceErrorKind> {
  /** The error code, such as `InvalidAccessException`. */
  readonly code: string | undefined;
  /** The HTTP status. */
  readonly status: number;
  /** For AWS's support. Browsers hide it from pages unless the server exposes it. */
  readonly requestId: string | undefined;
  /** The service's own words. `message` has them too, on one line and bounded. */
  readonly serviceMessage: string | undefined;
  /** The beginning of a body that was not the JSON it should have been. */
  readonly excerpt: string | undefined;
  /** Whether the account has no Security Hub in this region. A hint, read from the message. */
  readonly notSubscribed: boolean;
  /** Whether a policy denies the call, rather than none allowing it. A hint, read from the message. */
  readonly deniedByPolicy: boolean;
  /** Whether the region may not be enabled for the account; wrong keys are answered with the same text. A hint. */
  readonly maybeDisabledRegion: boolean;
}

/** The last attempt got no answer. `cause` is what the engine threw, if it did. */
export interface TransportError
  extends Base<
      "TransportError",
      /** `fetch` gave no response: browsers give no reason; CORS and the network are the usual ones. */
      | "NoResponse"
      /** The answer broke off. */
      | "Interrupted"
      /** The attempt's time was over. */
      | "TimedOut"
      /** The server answered with a redirect, which is never followed. */
      | "Redirect"
      /** The engine's `fetch`, timers or streams are missing or broken. */
      | "Engine"
    >,
    Unanswered {}

/** The deadline passed, or would have while waiting. `cause` is what the latest attempt failed with, if one did. */
export interface DeadlineError extends Base<"DeadlineError", "Deadline">, Unanswered {
  readonly cause?: CallError;
}

/** The answer's body is longer than 16 MiB. What the service did is not known. */
export interface ResponseTooLargeError extends Base<"ResponseTooLargeError", "ResponseTooLarge">, Unanswered {}

/** The account ids were refused before anything was sent. */
export interface InputError extends Base<"InputError", "InvalidAccountIds">, Unanswered {
  /** Every refused id. Empty if what was refused is an empty list. */
  readonly refused: readonly RefusedId[];
}

/** A text that is no account id. */
export interface RefusedId {
  /** Where it stands among `accountIds`, from 0. */
  index: number;
  text: string;
  rule: string;
}

/** An option was refused before anything was sent. Values of credentials are never part of it. */
export interface ConfigError extends Base<"ConfigError", "InvalidConfig">, Unanswered {
  /** Which one: `region`, `secret access key`, `attemptTimeoutMs`. */
  readonly setting: string;
  /** What is wrong with it. */
  readonly rule: string;
}

/** A function was called before {@link init} had loaded the module. */
export interface NotInitializedError extends Base<"NotInitializedError", "NotInitialized">, Unanswered {}

/** The errors' classes, for `instanceof`. Their constructors are not for use. */
interface ErrorClass<T> {
  readonly prototype: T;
  [Symbol.hasInstance](value: unknown): value is T;
}
export const ServiceError: ErrorClass<ServiceError>;
export const TransportError: ErrorClass<TransportError>;
export const DeadlineError: ErrorClass<DeadlineError>;
export const ResponseTooLargeError: ErrorClass<ResponseTooLargeError>;
export const InputError: ErrorClass<InputError>;
export const ConfigError: ErrorClass<ConfigError>;
export const NotInitializedError: ErrorClass<NotInitializedError>;

export default init;
