// Reading what people paste. What an id or a key may be is not said here: the package says it.

/** What stands between ids: white space and what lists are written with, be it CSV or JSON. */
const WORD = /[^\s,;"'`[\]()]+/gu;

/** The words of a text: where each stands, and on which line. */
export function words(text) {
  let line = 1;
  let seen = 0;
  return Array.from(text.matchAll(WORD), ({ 0: word, index: start }) => {
    for (; seen < start; seen++) if (text[seen] === "\n") line += 1;
    return { word, line, start, end: start + word.length };
  });
}

const CREDENTIAL = /(access_?key_?id|secret_?access_?key|session_?token)["']?\s*[=:]\s*["']?([^\s"',;]+)/gi;
const FIELDS = { accesskeyid: "accessKeyId", secretaccesskey: "secretAccessKey", sessiontoken: "sessionToken" };

/** Credentials as `aws sts`, an `export` or a configuration file has them, or `undefined` if there are none. */
export function credentialsIn(text) {
  const found = {};
  for (const [, name, value] of text.matchAll(CREDENTIAL))
    found[FIELDS[name.replaceAll("_", "").toLowerCase()]] ??= value;
  return Object.keys(found).length > 0 ? found : undefined;
}
