// Error classes, and the errors about options.

class SecurityHubError extends Error {
  constructor({ message, cause, lastError, ...members }) {
    cause = lastError ? errorOf(lastError) : cause;
    super(message, cause === undefined ? undefined : { cause });
    define(this, {
      code: undefined,
      status: undefined,
      requestId: undefined,
      attempts: 0,
      unconfirmedAttempts: 0,
      mayHaveTakenEffect: false,
      ...members,
    });
  }
}

// The names are strings, because minifiers rename classes.
const ERRORS = Object.fromEntries(
  [
    "ServiceError", "TransportError", "DeadlineError", "ResponseTooLargeError", "PageError", "InputError", "ConfigError",
    "NotInitializedError",
  ].map((name) => [name, { [name]: class extends SecurityHubError {} }[name]]),
);
export const {
  ServiceError, TransportError, DeadlineError, ResponseTooLargeError, PageError, InputError, ConfigError, NotInitializedError,
} = ERRORS;

/** Defines own properties without calling setters of a prototype. */
function define(object, members) {
  for (const key of Object.keys(members)) {
    Object.defineProperty(object, key, { value: members[key], enumerable: key !== "name", configurable: true, writable: true });
  }
}

export function errorOf(facts) {
  return new ERRORS[facts.name](facts);
}

/** Throws the facts that have a name, because only errors do. */
export function unwrap(facts) {
  if (facts.name) throw errorOf(facts);
  return facts;
}

export function reject(setting, reason) {
  throw errorOf({
    name: "ConfigError",
    kind: "InvalidConfig",
    message: `${setting}: ${reason}`,
    retryable: false,
    setting,
    reason,
  });
}

export function nameOf(value) {
  if (value === undefined || value === null) return "missing";
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}
