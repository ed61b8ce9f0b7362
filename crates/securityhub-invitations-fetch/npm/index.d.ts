/**
 * AWS Security Hub's invitations in browsers, workers, Node and Deno: `DeleteInvitations`, `DeclineInvitations` and
 * `ListInvitations`.
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
 * for (const { accountId, verdict } of output.verdicts) {
 *   if (verdict !== "done") console.warn(accountId, verdict);
 * }
 * ```
 *
 * @packageDocumentation
 */

/** The instances of a global class, or `never` if the program's type libraries do not declare it. */
type Global<Name extends string> = typeof globalThis extends { [key in Name]: { prototype: infer T } } ? T : never;

/** An AWS access key. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Only for temporary credentials. */
  sessionToken?: string | undefined;
  /** The time at which the credentials expire, as a `Date` or in milliseconds since 1970. Used only if a function returns them. */
  expiration?: Date | number | undefined;
}

/** The region and the endpoint of a request. */
export interface EndpointOptions {
  /** A region such as `eu-central-1`. `fips-us-east-1` and `us-east-1-fips` mean `us-east-1` with {@link fips}. */
  region: string;
  /** A custom endpoint instead of the region's: `http` or `https`, a host, and optionally a port and a base path. */
  endpoint?: string | Global<"URL"> | undefined;
  /**
   * The absolute URL of a relay on the page's own origin, for example `new URL("/relay", location.href)`. The request is signed
   * for the endpoint, and sent to the relay. The relay forwards it with the `Host` that was signed, and holds no keys.
   */
  relay?: string | Global<"URL"> | undefined;
  /** Whether to use the region's FIPS endpoint. Default: `false`. */
  fips?: boolean | undefined;
  /** Whether to use the region's endpoint for IPv6 and IPv4. Default: `false`. */
  dualStack?: boolean | undefined;
}

/** Options of every call. */
export interface CallOptions extends EndpointOptions {
  /**
   * The keys, or a function that returns them. The function is called once for each call, and again before a retry if their
   * `expiration` has passed. If it fails, the call fails with its error.
   *
   * The module does not keep keys, and overwrites its copies before the call ends. JavaScript's own strings cannot be overwritten,
   * neither yours nor those of `fetch`, so use temporary credentials.
   */
  credentials: Credentials | (() => Credentials | Promise<Credentials>);
  /** The number of attempts, including the first. Default: 3. */
  maxAttempts?: number | undefined;
  /** The time limit of an attempt in milliseconds, from the connection to the last byte of the response. Default: 30 000. */
  attemptTimeoutMs?: number | undefined;
  /** The time limit for the call in milliseconds, including all attempts and waits. Default: none. */
  deadlineMs?: number | undefined;
  /** Aborts the call: the promise rejects with `signal.reason`. A request that was already sent may take effect. */
  signal?: Global<"AbortSignal"> | undefined;
  /** Called after each attempt, before the wait for the next one. Errors that it throws are ignored. */
  onAttempt?: ((attempt: Attempt) => unknown) | undefined;
}

/** The accounts of a request. */
export interface AccountOptions {
  /** One or more ids of exactly 12 digits. They are strings, because a number loses leading zeros. Duplicates are sent once. */
  accountIds: readonly string[] | ReadonlySet<string>;
}

/** Options of {@link deleteInvitations}. */
export interface DeleteInvitationsOptions extends CallOptions, AccountOptions {}

/** Options of {@link declineInvitations}. */
export interface DeclineInvitationsOptions extends CallOptions, AccountOptions {}

/** Options of {@link listInvitations}. */
export interface ListInvitationsOptions extends CallOptions {
  /** The maximum number of invitations on a page, 1–50. The service chooses by default. */
  pageSize?: number | undefined;
  /** The `nextToken` of the previous page. Absent for the first page. */
  nextToken?: string | undefined;
}

/** Options of {@link signRequest} and {@link explain}. */
export interface SignOptions extends EndpointOptions, AccountOptions {
  /** The keys. See {@link CallOptions.credentials}. */
  credentials: Credentials;
  /**
   * The time of the signature, as a `Date` or in milliseconds since 1970. Default: `Date.now()`. The clock offset that earlier calls
   * measured for the endpoint is added.
   */
  date?: Date | number | undefined;
}

/** The circumstances of an output. */
export interface Receipt {
  /** The service's id of the request, for AWS Support. Browsers hide it from pages unless the server exposes it. */
  requestId: string | undefined;
  /** The number of attempts, at least 1. */
  attempts: number;
  /**
   * The number of earlier attempts that may have taken effect without a confirmed response. Unless it is 0, an account that
   * is reported as unprocessed is uncertain rather than failed.
   */
  unconfirmedAttempts: number;
}

/** The result for the accounts of a call. */
export interface DeleteInvitationsOutput extends Receipt {
  /** One verdict for each distinct account id of the request, in its order. */
  verdicts: AccountVerdict[];
  /** The accounts that the response lists as unprocessed. */
  unprocessedAccounts: UnprocessedAccount[];
  /** Whether the response lists no unprocessed account. A resolved promise alone does not mean that. */
  isComplete: boolean;
}

/** The result for the accounts of a call. */
export interface DeclineInvitationsOutput extends DeleteInvitationsOutput {}

/** The result for one account of a request. */
export interface AccountVerdict {
  accountId: string;
  /**
   * - `done`: the service processed the account.
   * - `notProcessed`: the service did not process the account, and no earlier attempt can have processed it.
   * - `uncertain`: the outcome is unknown. An earlier attempt may have processed the account, or the response contains an entry that
   *   does not belong to any account of the request.
   */
  verdict: "done" | "notProcessed" | "uncertain";
  /** The service's reason, if the account was not processed or is uncertain. */
  processingResult?: string;
}

/** An account that was not processed, as the service wrote it. */
export interface UnprocessedAccount {
  accountId: string | undefined;
  processingResult: string | undefined;
}

/** One page of invitations. */
export interface ListInvitationsOutput extends Receipt {
  /** The invitations of this page, in the order of the response. */
  invitations: Invitation[];
  /** The token of the next page. `undefined` on the last page. */
  nextToken: string | undefined;
}

/** An invitation that the calling account received. The service may omit any member. */
export interface Invitation {
  /** The account that sent the invitation. */
  accountId: string | undefined;
  /** An invitation that is sent again has another id. */
  invitationId: string | undefined;
  /** The time at which the invitation was sent. `undefined` if it is missing or not a date. */
  invitedAt: Date | undefined;
  /** The status of the relation as the service wrote it, for example `Invited` or `Enabled`. */
  memberStatus: string | undefined;
}

/** A finished attempt. */
export interface Attempt {
  /** The operation's name in AWS's API, for example `DeleteInvitations`. */
  operation: string;
  /** The attempt's number, from 1. */
  number: number;
  /** The attempt's error. Absent after a success. */
  error?: CallError;
  /** The service's id of the request, if there was a response with one. */
  requestId: string | undefined;
  /** The wait before the next attempt, in milliseconds. Absent after the last attempt. */
  waitMs?: number;
}

/** A request for your own `fetch`: `fetch(request.url, request)`. */
export interface SignedRequest {
  url: string;
  method: "POST";
  /**
   * `content-type`, `x-amz-date`, `authorization` and, with a session token, `x-amz-security-token`. `fetch` sets `host` and
   * `content-length` itself.
   */
  headers: Record<string, string>;
  body: string;
}

/** A response that you fetched. */
export interface RawResponse {
  /** The HTTP status, 100–999. */
  status: number;
  /** `Headers`, an object (also from Node's `http`), or pairs. Headers that a browser hides are not needed. */
  headers?: Global<"Headers"> | Record<string, string | readonly string[] | undefined> | Iterable<readonly [string, string]> | undefined;
  /** The whole body. */
  body?: string | ArrayBuffer | ArrayBufferView | null | undefined;
  /** The account ids of the request. They are needed for `verdicts`. */
  accountIds?: readonly string[] | ReadonlySet<string> | undefined;
  /** The number of attempts, including this one. */
  attempts?: number | undefined;
  /** The number of earlier attempts that may have taken effect. Without both numbers, no account is `notProcessed`. */
  unconfirmedAttempts?: number | undefined;
}

/** The output of {@link parseResponse}. Values that depend on omitted members are `undefined`. */
export interface ParsedOutput {
  verdicts: AccountVerdict[] | undefined;
  unprocessedAccounts: UnprocessedAccount[];
  isComplete: boolean;
  requestId: string | undefined;
  attempts: number | undefined;
  unconfirmedAttempts: number | undefined;
}

/** The intermediate values of a signature, for comparison with those that a server expects. */
export interface Explanation {
  /** Contains the session token in the line `x-amz-security-token`, if there is one. Do not log it. */
  canonicalRequest: string;
  stringToSign: string;
  signedHeaders: string;
  signature: string;
}

/** Bytes of a WebAssembly module, or a compiled one. */
type Module =
  | ArrayBuffer
  | ArrayBufferView
  | (typeof globalThis extends { WebAssembly: { Module: { prototype: infer T } } } ? T : never);

/** The WebAssembly module: its URL, a response with it, its bytes, or a compiled module. */
export type ModuleSource = string | Global<"URL"> | Global<"Request"> | Global<"Response"> | Module;

/**
 * Loads the WebAssembly module once. Later calls wait for the first. After a failure, the next call loads it again. A module of
 * another version of this package is rejected.
 *
 * Without a source, the file next to index.js is loaded, by `fetch` or in Node from disk. The entry
 * `securityhub-invitations/inline` contains the module instead. In Cloudflare Workers, pass the imported module:
 *
 * ```ts
 * import module from "securityhub-invitations/securityhub_invitations_bg.wasm";
 *
 * await init(module);
 * ```
 *
 * A Content Security Policy must allow `'wasm-unsafe-eval'` in `script-src`. Its `connect-src` must allow the origins of the module
 * and of the relay.
 */
export function init(source?: ModuleSource | Promise<ModuleSource>): Promise<void>;

/** Works like {@link init}, but with bytes that are already loaded. Browsers may reject it outside of workers. */
export function initSync(source: Module): void;

/**
 * Deletes invitations, and retries if that may help. A success can leave accounts unprocessed: check `verdicts`.
 *
 * Calls to the same endpoint share a retry quota and the measured clock offset.
 *
 * @throws {SecurityHubError} The promise rejects with it, or with `signal.reason` if the call is aborted.
 */
export function deleteInvitations(options: DeleteInvitationsOptions): Promise<DeleteInvitationsOutput>;

/**
 * Declines invitations. Apart from that, it works like {@link deleteInvitations}. The administrator account then lists the account
 * as *Resigned*.
 *
 * @throws {SecurityHubError} The promise rejects with it, or with `signal.reason` if the call is aborted.
 */
export function declineInvitations(options: DeclineInvitationsOptions): Promise<DeclineInvitationsOutput>;

/**
 * Lists one page of the invitations that the calling account received.
 *
 * ```ts
 * let nextToken: string | undefined;
 * do {
 *   const page = await listInvitations({ ...options, pageSize: 50, nextToken });
 *   accountIds.push(...page.invitations.map(({ accountId }) => accountId));
 *   nextToken = page.nextToken;
 * } while (nextToken);
 * ```
 *
 * @throws {SecurityHubError} The promise rejects with it, or with `signal.reason` if the call is aborted.
 */
export function listInvitations(options: ListInvitationsOptions): Promise<ListInvitationsOutput>;

/**
 * Returns a signed `DeleteInvitations` request for you to send. The service accepts the signature for five minutes.
 *
 * @throws {InputError | ConfigError | NotInitializedError}
 */
export function signRequest(options: SignOptions): SignedRequest;

/**
 * Reads the response to a request of {@link signRequest}.
 *
 * @throws {ServiceError | InputError | ConfigError | NotInitializedError}
 */
export function parseResponse(response: RawResponse): ParsedOutput;

/**
 * Returns the intermediate values of the signature of {@link signRequest}.
 *
 * @throws {InputError | ConfigError | NotInitializedError}
 */
export function explain(options: SignOptions): Explanation;

/**
 * Every error of this package. `name` and, in more detail, `kind` identify it. No kind belongs to two names.
 *
 * ```ts
 * try {
 *   await deleteInvitations(options);
 * } catch (thrown) {
 *   const error = thrown as SecurityHubError;
 *   if (error.mayHaveTakenEffect) return "List the invitations before you report a failure.";
 *   switch (error.name) {
 *     case "ServiceError": return `${error.code} (${error.status}, ${error.requestId})`;
 *     case "InputError": return error.invalid.map(({ value, reason }) => `${value} ${reason}`).join();
 *     default: return error.message;
 *   }
 * }
 * ```
 */
export type SecurityHubError = CallError | PageError | InputError | ConfigError | NotInitializedError;

/** An error of a call whose options are valid. */
export type CallError = ServiceError | TransportError | DeadlineError | ResponseTooLargeError;

/** The meaning of an error response. */
export type ServiceErrorKind =
  /** The service failed. */
  | "Internal"
  /** The service rejected the input. */
  | "InvalidInput"
  /** `BadRequestException`, often with an empty message. */
  | "BadRequest"
  /** Usually, the account has not enabled Security Hub or is not the administrator. */
  | "InvalidAccess"
  /** A quota, or throttling. */
  | "LimitExceeded"
  | "ResourceNotFound"
  /** The identity lacks a permission. */
  | "AccessDenied"
  /** The session token has expired. Get new credentials, and start a new call. */
  | "ExpiredCredentials"
  /** This machine's clock differs too much from the service's. */
  | "ClockSkew"
  /** The keys are unknown, or the signature is wrong. */
  | "InvalidCredentials"
  /** The account is not signed up for the service. */
  | "OptInRequired"
  | "Throttled"
  /** The service, or a proxy in front of it, is unavailable. */
  | "Unavailable"
  /** A successful status without the expected body. It is unknown whether anything was changed. */
  | "Malformed"
  /** Anything else: see `code` and `status`. */
  | "Other";

/** The members of every error. */
interface Base<Name extends string, Kind extends string> extends Error {
  readonly name: Name;
  readonly kind: Kind;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** The number of attempts, including those that sent nothing. `undefined` only from {@link parseResponse}. */
  readonly attempts: number | undefined;
  /** The number of attempts that may have taken effect without a confirmed response. `undefined` only from {@link parseResponse}. */
  readonly unconfirmedAttempts: number | undefined;
  /** Whether the call may have changed anything at the service, although it failed. Always false for an operation that reads. */
  readonly mayHaveTakenEffect: boolean;
}

/** The members of errors without a response of the service. */
interface Unanswered {
  readonly code: undefined;
  readonly status: undefined;
  readonly requestId: undefined;
}

/** An error response of the service, or of a proxy or gateway in front of it. */
export interface ServiceError extends Base<"ServiceError", ServiceErrorKind> {
  /** The error code, such as `InvalidAccessException`. */
  readonly code: string | undefined;
  /** The HTTP status. */
  readonly status: number;
  /** The service's id of the request, for AWS Support. Browsers hide it from pages unless the server exposes it. */
  readonly requestId: string | undefined;
  /** The service's message. `message` contains it as well, on one line and bounded. */
  readonly serviceMessage: string | undefined;
  /** The beginning of a body that is not the expected JSON. */
  readonly excerpt: string | undefined;
  /** Whether the account has not enabled Security Hub in this region. A hint from the message. */
  readonly notSubscribed: boolean;
  /** Whether a policy denies the call explicitly. A hint from the message. */
  readonly deniedByPolicy: boolean;
  /** Whether the region may not be enabled for the account. Wrong keys cause the same message. A hint. */
  readonly maybeDisabledRegion: boolean;
}

/** The last attempt received no complete response. `cause` is the value that the engine threw, if there is one. */
export interface TransportError
  extends Base<
      "TransportError",
      /** `fetch` failed. Browsers hide the reason, usually CORS or the network. */
      | "NoResponse"
      /** The response body ended early. */
      | "Interrupted"
      /** The time limit of the attempt was reached. */
      | "TimedOut"
      /** The server sent a redirect, which is never followed. */
      | "Redirect"
      /** The engine's `fetch`, timers or streams are missing or broken. */
      | "Engine"
    >,
    Unanswered {}

/** The deadline has passed, or leaves no time for a retry. `cause` is the error of the last attempt, if there was one. */
export interface DeadlineError extends Base<"DeadlineError", "Deadline"> {
  readonly code: undefined;
  readonly status: undefined;
  /** The service's id of the last request, if there was a response with one. */
  readonly requestId: string | undefined;
  readonly cause?: CallError;
}

/** The response body is larger than 16 MiB. */
export interface ResponseTooLargeError extends Base<"ResponseTooLargeError", "ResponseTooLarge">, Unanswered {}

/** The service returned an unusable `nextToken`: the one of this page again, or one of more than 8 KiB. */
export interface PageError extends Base<"PageError", "InvalidNextToken"> {
  readonly code: undefined;
  readonly status: undefined;
  readonly requestId: string | undefined;
}

/** The account ids are invalid. Nothing was sent. */
export interface InputError extends Base<"InputError", "InvalidAccountIds">, Unanswered {
  /** Every invalid id. Empty if the list of ids is empty. */
  readonly invalid: readonly InvalidAccountId[];
}

/** A value that is not an account id. */
export interface InvalidAccountId {
  /** The index in `accountIds`, from 0. */
  index: number;
  value: string;
  /** The problem, such as `has 5 digits`. */
  reason: string;
}

/** An option is invalid. Nothing was sent. The error never contains values of credentials. */
export interface ConfigError extends Base<"ConfigError", "InvalidConfig">, Unanswered {
  /** The option, for example `region`, `secret access key` or `attemptTimeoutMs`. */
  readonly setting: string;
  /** The problem. */
  readonly reason: string;
}

/** A function was called before {@link init} had loaded the module. */
export interface NotInitializedError extends Base<"NotInitializedError", "NotInitialized">, Unanswered {}

/** The class of an error, for `instanceof`. */
interface ErrorClass<T> {
  readonly prototype: T;
  [Symbol.hasInstance](value: unknown): value is T;
}
export const ServiceError: ErrorClass<ServiceError>;
export const TransportError: ErrorClass<TransportError>;
export const DeadlineError: ErrorClass<DeadlineError>;
export const ResponseTooLargeError: ErrorClass<ResponseTooLargeError>;
export const PageError: ErrorClass<PageError>;
export const InputError: ErrorClass<InputError>;
export const ConfigError: ErrorClass<ConfigError>;
export const NotInitializedError: ErrorClass<NotInitializedError>;

export default init;
