// Parsing of pasted input. The package validates ids and keys, not this file.

/** A word between separators: white space, and the punctuation of CSV and JSON lists. */
const WORD = /[^\s,;"'`[\]()]+/gu;

/** Returns the words of a string with their positions and lines. */
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

/** Returns credentials in the format of `aws sts`, `export` or a configuration file, or `undefined` if there are none. */
export function credentialsIn(text) {
  const found = {};
  for (const [, name, value] of text.matchAll(CREDENTIAL))
    found[FIELDS[name.replaceAll("_", "").toLowerCase()]] ??= value;
  return Object.keys(found).length > 0 ? found : undefined;
}
