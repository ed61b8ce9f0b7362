// Progress and outcome, as elements. Texts are set as text: nothing that a server says becomes markup.

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;
const accounts = (number) => `${number.toLocaleString("en")} account${number === 1 ? "" : "s"}`;

/** A line for each attempt. */
export class Progress {
  /** Whether an attempt may have taken effect although its answer never came. */
  isUncertain = false;
  #list;
  #line;
  #timer;

  constructor(list) {
    this.#list = list;
    list.replaceChildren();
    this.#begin(1);
  }

  #begin(attempt) {
    this.#line = element(
      "li",
      { class: "now" },
      element("b", {}, `Attempt ${attempt}`),
      ": sent, waiting for the answer",
    );
    this.#list.append(this.#line);
  }

  #end(style, text) {
    this.#line.className = style;
    this.#line.lastChild.data = `: ${text}`;
  }

  /** What the package observed. */
  answered({ attempt, output, error, waitMs }) {
    if (output) {
      this.#end("good", output.complete ? "answered, everything was deleted" : "answered, not everything was deleted");
      return;
    }
    this.isUncertain ||= error.name === "TransportError" || error.status >= 500;
    const what = error.name === "ServiceError" ? `${error.code ?? error.kind} (HTTP ${error.status})` : error.message;
    if (waitMs === undefined) {
      this.#end("bad", what);
      return;
    }
    this.#end("warn", `${what}; the next one ${waitMs < 50 ? "follows at once" : `is in ${seconds(waitMs)}`}`);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(attempt + 1), waitMs);
  }

  /** The call failed. If no attempt said so, it ended between two of them, or in the middle of one. */
  ended(error) {
    clearTimeout(this.#timer);
    if (this.#line.className === "now") this.#end("bad", error.name === "AbortError" ? "cancelled" : error.message);
  }
}

/** More rows than people read. What was not deleted comes first. */
const ROWS = 1000;

/** What became of each account. */
export function showOutcome(place, tablePlace, ids, output, isUncertain) {
  const asked = [...new Set(ids)];
  const reasons = new Map(output.unprocessedAccounts.map((account) => [account.accountId, account.processingResult]));
  const left = output.unprocessedAccounts.length;
  const verdict = output.complete
    ? element(
        "p",
        { class: "verdict good" },
        element("strong", {}, "Done."),
        ` The invitations from ${accounts(asked.length)} are deleted.`,
      )
    : element(
        "p",
        { class: "verdict warn" },
        element("strong", {}, `${accounts(left)} of ${asked.length.toLocaleString("en")} not processed.`),
        isUncertain
          ? "An earlier attempt broke off, and may have deleted what this answer no longer finds."
          : "The reasons are in the table.",
      );
  place.replaceChildren(
    verdict,
    facts({ Attempts: output.attempts, "Request id": output.requestId ?? "hidden from this page by the browser" }),
  );

  // An account that was answered for without its id, or that nobody asked about, is a row as well.
  const strangers = output.unprocessedAccounts.filter(({ accountId }) => !asked.includes(accountId));
  const rows = [
    ...asked.map((id, index) => ({ position: index + 1, id, isLeft: reasons.has(id), reason: reasons.get(id) })),
    ...strangers.map(({ accountId, processingResult }) => ({
      position: "–",
      id: accountId ?? "no id",
      isLeft: true,
      reason: processingResult,
    })),
  ].sort((a, b) => b.isLeft - a.isLeft);
  const body = element("tbody");
  for (const { position, id, isLeft, reason } of rows.slice(0, ROWS)) {
    const state = isLeft ? (isUncertain ? "Uncertain" : "Not processed") : "Deleted";
    body.append(
      element(
        "tr",
        {},
        element("td", {}, String(position)),
        element("td", { class: "id" }, id),
        element("td", {}, element("span", { class: isLeft ? "warn" : "good" }, state)),
        element("td", {}, isLeft ? (reason ?? "No reason was given.") : ""),
      ),
    );
  }
  const caption =
    rows.length > ROWS
      ? `The first ${ROWS.toLocaleString("en")} of ${accounts(rows.length)}, those not processed before the others`
      : `Outcome for ${accounts(rows.length)}, those not processed before the others`;
  const head = element(
    "tr",
    {},
    ...["No.", "Account", "Outcome", "Reason"].map((name) => element("th", { scope: "col" }, name)),
  );
  tablePlace.replaceChildren(element("table", {}, element("caption", {}, caption), element("thead", {}, head), body));
  tablePlace.hidden = false;
}

/** Why the call failed, and what may help. */
export function showFailure(place, error, circumstances) {
  const isCancelled = error.name === "AbortError";
  const what = isCancelled
    ? "The call was cancelled. What was sent by then may have taken effect."
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
      Answer: error.excerpt,
      "Worth another try":
        error.retryable === undefined ? undefined : error.retryable ? "yes, later" : "no, not as it is",
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
      return error.code ?? `The service answered with HTTP ${error.status}.`;
    case "TransportError":
      return "There was no answer.";
    case "DeadlineError":
      return "It took too long.";
    case "ResponseTooLargeError":
      return "The answer is too large to be one.";
    default:
      return "The call could not be made.";
  }
}

function hintFor(error, { direct, offline }) {
  if (error.name === "TransportError") {
    if (offline) return "This computer is offline.";
    if (error.kind === "TimedOut") return "The attempts' time can be set below “Patience”.";
    return direct
      ? "Browsers do not tell pages why. AWS's own endpoints most likely refuse pages (CORS): go through a relay. " +
          "Otherwise see whether the endpoint's address is right."
      : "Browsers do not tell pages why. See whether the relay's address is right, and whether it stands on this " +
          "page's origin.";
  }
  if (error.notSubscribed) return "Security Hub is not switched on for this account in this region. Check the region.";
  if (error.deniedByPolicy) return "A policy denies it explicitly: a permission added to the role will not help.";
  if (error.maybeDisabledRegion)
    return "The keys are unknown there: they are mistyped, or the region is not enabled for the account.";
  switch (error.kind) {
    case "ExpiredCredentials":
      return "The session token has expired. Get new credentials and paste them above.";
    case "ClockSkew":
      return `This computer's clock is off: it shows ${new Date().toUTCString()}.`;
    case "InvalidCredentials":
      return "The secret key or the session token do not belong to this key id.";
    case "AccessDenied":
      return "The identity needs securityhub:DeleteInvitations. Behind a status alone, it may be the keys.";
    case "Throttled":
      return "Too many requests at once: wait a little.";
    case "Malformed":
      return "What was deleted is not known. Something between here and AWS may have answered in its place.";
    default:
      return undefined;
  }
}
