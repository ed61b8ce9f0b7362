// Shows progress and results as elements. Strings are set as text, so nothing from a server becomes markup.

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;
const accounts = (number) => `${number.toLocaleString("en")} account${number === 1 ? "" : "s"}`;

/** Shows a line for each attempt. */
export class Progress {
  #list;
  #line;
  #timer;

  constructor(list) {
    this.#list = list;
    list.replaceChildren();
    this.#begin(1);
  }

  #begin(number) {
    this.#line = element(
      "li",
      { class: "now" },
      element("b", {}, `Attempt ${number}`),
      ": sent, waiting for the response",
    );
    this.#list.append(this.#line);
  }

  #end(style, text) {
    this.#line.className = style;
    this.#line.lastChild.data = `: ${text}`;
  }

  /** Shows an attempt that the package observed. */
  finished({ number, error, waitMs }) {
    if (!error) {
      this.#end("good", "succeeded");
      return;
    }
    const what = error.name === "ServiceError" ? `${error.code ?? error.kind} (HTTP ${error.status})` : error.message;
    if (waitMs === undefined) {
      this.#end("bad", what);
      return;
    }
    this.#end("warn", `${what}; the next one ${waitMs < 50 ? "follows at once" : `is in ${seconds(waitMs)}`}`);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(number + 1), waitMs);
  }

  /** Shows the error of a call that ended between two attempts, or in the middle of one. */
  ended(error) {
    clearTimeout(this.#timer);
    if (this.#line.className === "now") this.#end("bad", error.name === "AbortError" ? "cancelled" : error.message);
  }
}

/** More rows than people read. Accounts that are not done come first. */
const ROWS = 1000;

const STATES = { done: "Deleted", notProcessed: "Not processed", uncertain: "Uncertain" };

/** Shows the package's verdict on each account. */
export function showOutcome(place, tablePlace, output) {
  const { verdicts, unprocessedAccounts, isComplete } = output;
  const count = (kind) => verdicts.filter(({ verdict }) => verdict === kind).length;
  const [left, uncertain] = [count("notProcessed"), count("uncertain")];
  const total = verdicts.length.toLocaleString("en");
  const sentences = [
    ...(left > 0 ? [`${accounts(left)} of ${total} not processed.`] : []),
    ...(uncertain > 0 ? [`${accounts(uncertain)} of ${total} uncertain.`] : []),
  ];
  const verdict = isComplete
    ? element(
        "p",
        { class: "verdict good" },
        element("strong", {}, "Done."),
        ` The invitations from ${accounts(verdicts.length)} are deleted.`,
      )
    : element(
        "p",
        { class: "verdict warn" },
        element("strong", {}, sentences.join(" ") || "Not everything was processed."),
        uncertain > 0
          ? "An uncertain account may have been processed by an attempt whose response was lost."
          : "The reasons are in the table.",
      );
  place.replaceChildren(
    verdict,
    facts({
      Attempts: output.attempts,
      "Unconfirmed attempts": output.unconfirmedAttempts || undefined,
      "Request id": output.requestId ?? "hidden from this page by the browser",
    }),
  );

  // An entry without an id, or with an id that nobody requested, gets a row as well.
  const requested = new Set(verdicts.map(({ accountId }) => accountId));
  const strangers = unprocessedAccounts.filter(({ accountId }) => !requested.has(accountId));
  const rows = [
    ...verdicts.map((account, index) => ({ position: index + 1, ...account })),
    ...strangers.map((account) => ({ position: "–", verdict: "notProcessed", ...account })),
  ].sort((a, b) => (a.verdict === "done") - (b.verdict === "done"));
  const body = element("tbody");
  for (const { position, accountId, verdict, processingResult } of rows.slice(0, ROWS)) {
    const isDone = verdict === "done";
    body.append(
      element(
        "tr",
        {},
        element("td", {}, String(position)),
        element("td", { class: "id" }, accountId ?? "no id"),
        element("td", {}, element("span", { class: isDone ? "good" : "warn" }, STATES[verdict])),
        element("td", {}, isDone ? "" : (processingResult ?? "No reason was given.")),
      ),
    );
  }
  const caption =
    rows.length > ROWS
      ? `The first ${ROWS.toLocaleString("en")} of ${accounts(rows.length)}, starting with those that are not deleted`
      : `Results for ${accounts(rows.length)}, starting with those that are not deleted`;
  const head = element(
    "tr",
    {},
    ...["No.", "Account", "Result", "Reason"].map((name) => element("th", { scope: "col" }, name)),
  );
  tablePlace.replaceChildren(element("table", {}, element("caption", {}, caption), element("thead", {}, head), body));
  tablePlace.hidden = false;
}

/** Shows why the call failed, and what can help. */
export function showFailure(place, error, circumstances) {
  const isCancelled = error.name === "AbortError";
  const what = isCancelled
    ? "A request that was already sent may have taken effect."
    : error.serviceMessage || error.message;
  const verdict = element(
    "p",
    { class: isCancelled ? "verdict warn" : "verdict bad" },
    element("strong", {}, isCancelled ? "Cancelled." : titleOf(error)),
    what,
  );
  const hint = isCancelled ? undefined : hintFor(error, circumstances);
  place.replaceChildren(
    verdict,
    ...(hint ? [element("p", { class: "hint" }, hint)] : []),
    facts({
      Kind: error.kind,
      Code: error.code,
      Status: error.status,
      "Request id": error.requestId,
      Attempts: error.attempts || undefined,
      "May have taken effect": error.mayHaveTakenEffect ? "yes: list the invitations to find out" : undefined,
      Response: error.excerpt,
      "Retry can help":
        error.retryable === undefined ? undefined : error.retryable ? "yes, later" : "no, unless something changes",
    }),
  );
}

function facts(list) {
  const shown = Object.entries(list).filter(([, value]) => value !== undefined);
  return element(
    "dl",
    {},
    ...shown.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]),
  );
}

function titleOf(error) {
  switch (error.name) {
    case "ServiceError":
      return error.code ?? `The service responded with HTTP ${error.status}.`;
    case "TransportError":
      return "There was no response.";
    case "DeadlineError":
      return "The call took too long.";
    case "ResponseTooLargeError":
      return "The response is too large.";
    default:
      return "The call could not be made.";
  }
}

function hintFor(error, { direct, offline }) {
  if (error.name === "TransportError") {
    if (offline) return "This computer is offline.";
    if (error.kind === "TimedOut") return "You can change the time limit of an attempt under “Retries and timeouts”.";
    return direct
      ? "Browsers do not tell pages why. AWS's own endpoints most likely reject pages (CORS), so use a relay. " +
          "Otherwise check the address of the endpoint."
      : "Browsers do not tell pages why. Check the address of the relay, and that it is on this page's origin.";
  }
  if (error.notSubscribed) return "Security Hub is not enabled for this account in this region. Check the region.";
  if (error.deniedByPolicy) return "A policy explicitly denies the call. Granting the role another permission will not help.";
  if (error.maybeDisabledRegion)
    return "The keys are unknown there: they are mistyped, or the region is not enabled for the account.";
  switch (error.kind) {
    case "ExpiredCredentials":
      return "The session token has expired. Get new credentials and paste them above.";
    case "ClockSkew":
      return `This computer's clock is wrong: it shows ${new Date().toUTCString()}.`;
    case "InvalidCredentials":
      return "The secret key or the session token does not belong to this key id.";
    case "AccessDenied":
      return "The identity needs securityhub:DeleteInvitations. A status without a code can also mean wrong keys.";
    case "Throttled":
      return "There were too many requests at once. Wait a little.";
    case "Malformed":
      return "It is unknown what was deleted. Something between this page and AWS may have responded instead.";
    default:
      return undefined;
  }
}
