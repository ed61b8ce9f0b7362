// A signed request as a command, and texts without their secrets.

const HIDDEN = "[hidden]";

/** For any POSIX shell: nothing is special between single quotes but the quote itself. */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `curl` sends an empty header where there is only a name, so that `name;` stands for one. None of ours is empty. */
export function command({ url, method, headers, body }, showSecrets) {
  const lines = Object.entries(headers).map(([name, value]) => {
    return `--header ${quoted(`${name}: ${showSecrets ? value : withoutSecret(name, value)}`)}`;
  });
  return [`curl --request ${method} ${quoted(url)}`, ...lines, `--data-binary ${quoted(body)}`].join(" \\\n  ");
}

function withoutSecret(name, value) {
  if (name === "x-amz-security-token") return HIDDEN;
  return name === "authorization" ? value.replace(/(Signature=).*/, `$1${HIDDEN}`) : value;
}

/** The canonical request has the session token on a line of its own. */
export function canonical(request, showSecrets) {
  return showSecrets ? request : request.replace(/^(x-amz-security-token:).*$/m, `$1${HIDDEN}`);
}

export function signature(text, showSecrets) {
  return showSecrets ? text : HIDDEN;
}
