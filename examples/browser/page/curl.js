// A signed request as a `curl` command, and messages without their secrets.

const HIDDEN = "[hidden]";

/** Quotes a string for a POSIX shell. Between single quotes, only the quote itself is special. */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Returns the `curl` command. `curl` drops a header with an empty value, but the package sends none. */
export function command({ url, method, headers, body }, showSecrets = false) {
  const lines = Object.entries(headers).map(([name, value]) => {
    return `--header ${quoted(`${name}: ${showSecrets ? value : withoutSecret(name, value)}`)}`;
  });
  return [`curl --request ${method} ${quoted(url)}`, ...lines, `--data-binary ${quoted(body)}`].join(" \\\n  ");
}

function withoutSecret(name, value) {
  if (name === "x-amz-security-token") return HIDDEN;
  return name === "authorization" ? value.replace(/(Signature=).*/, `$1${HIDDEN}`) : value;
}

/** Returns the canonical request without the session token, which has its own line. */
export function canonical(request) {
  return request.replace(/^(x-amz-security-token:).*$/m, `$1${HIDDEN}`);
}
