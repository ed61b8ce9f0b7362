// The panel with the progress and the result. Each region has a bar.
import { causeOf } from "./causes.js";
import { $, count, element, number } from "./dom.js";
import * as verdicts from "./verdicts.js";

/** The layout of style.css with the result below the form. */
const isOneColumn = matchMedia("(max-width: 61.99rem)");

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

/** The bar of a region, and its state in words. */
class RegionBar {
  #state = element("span", { class: "state", role: "status" });
  #bar;

  constructor(region) {
    this.#bar = element(
      "div",
      { class: "bar", role: "progressbar", "aria-label": region },
      element("span", { class: "waiting" }),
    );
    const name = element("b", {}, region);
    $("regions").replaceChildren(
      element("li", {}, element("div", { class: "row spread" }, name, this.#state), this.#bar),
    );
  }

  say(state) {
    this.#state.textContent = state;
  }

  /** Shows how many accounts have each verdict. */
  finish(counts) {
    const parts = ["done", "uncertain", "notProcessed"].filter((verdict) => counts[verdict] > 0);
    const names = parts.map((verdict) => `${number(counts[verdict])} ${verdicts.LABELS[verdict].toLowerCase()}`);
    this.#bar.setAttribute("role", "img");
    this.#bar.setAttribute("aria-label", names.join(", "));
    this.#bar.replaceChildren(
      ...parts.map((verdict) => {
        const part = element("span", { class: verdict });
        part.style.flexGrow = counts[verdict];
        return part;
      }),
    );
    this.say(names.join(", "));
  }
}

/** A call in one region, from its start to its result. */
export class Result {
  #bar;
  #timer;
  #call;
  #attempts = 0;
  #isWaiting = false;

  /** `call` has the `region` and the number of distinct `accounts`, which is 0 for a listing. */
  constructor(call) {
    this.#call = call;
    clear();
    $("idle").hidden = true;
    $("attempts").replaceChildren();
    this.#bar = new RegionBar(call.region);
    this.#begin(1);
  }

  #begin(attempt) {
    this.#isWaiting = false;
    this.#bar.say(`Attempt ${attempt}: waiting for the response`);
  }

  /** Shows a finished attempt. */
  attempted({ number: attempt, error, waitMs }) {
    this.#attempts = attempt;
    const what = !error
      ? "the service responded"
      : error.name === "ServiceError"
        ? `${error.code ?? error.kind} (HTTP ${error.status})`
        : error.message;
    const next =
      waitMs === undefined ? "" : waitMs < 50 ? "; the next follows at once" : `; the next is in ${seconds(waitMs)}`;
    $("attempts").append(element("li", {}, element("b", {}, `Attempt ${attempt}`), `: ${what}${next}`));
    if (waitMs === undefined) return;
    this.#isWaiting = true;
    this.#bar.say(`Attempt ${attempt}: ${what}${next}`);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(attempt + 1), waitMs);
  }

  /** Shows the verdicts of a response. */
  succeeded(output) {
    clearTimeout(this.#timer);
    const { region } = this.#call;
    const accounts = verdicts.accountsOf(output);
    const counts = verdicts.countsOf(accounts);
    const left = counts.notProcessed + counts.uncertain;
    const total = output.verdicts.length;
    if (output.isComplete && left === 0) {
      const what = total === 1 ? "The invitation is deleted." : `All ${number(total)} invitations are deleted.`;
      conclude("good", what, `Security Hub processed every account in ${region}.`);
    } else {
      const parts = [
        ...(counts.notProcessed > 0 ? [`${count(counts.notProcessed, "account")} not processed`] : []),
        ...(counts.uncertain > 0 ? [`${count(counts.uncertain, "account")} uncertain`] : []),
      ];
      const advice =
        counts.uncertain > 0
          ? "An uncertain account may have been processed by an attempt whose response was lost. List the invitations to find out."
          : "The service's reasons are in the table.";
      conclude("warn", `Not everything is deleted: ${parts.join(", ") || "the response is incomplete"}.`, advice);
    }
    this.#bar.finish(counts);
    verdicts.show(accounts, region);
    detail({
      Region: region,
      Finished: new Date().toLocaleString(),
      Attempts: output.attempts,
      "Unconfirmed attempts": output.unconfirmedAttempts || undefined,
      "Request id": output.requestId ?? "hidden from this page by the browser",
    });
    reveal();
  }

  /** Removes the panel's content after a listing, which shows its result elsewhere. */
  listed() {
    clearTimeout(this.#timer);
    clear();
    $("idle").hidden = false;
  }

  /** Shows why the call failed. */
  failed(error, circumstances) {
    clearTimeout(this.#timer);
    const { region, accounts } = this.#call;
    const isCancelled = error.name === "AbortError";
    const isOpen = accounts > 0 && (isCancelled || error.mayHaveTakenEffect);
    const { cause, advice } = causeOf(error, { region, ...circumstances });
    const doubt = isOpen ? "Some accounts may have been processed: list the invitations to find out." : "";
    conclude(isCancelled ? "warn" : "bad", cause, [advice, doubt].filter(Boolean).join(" "));
    if (accounts > 0) this.#bar.finish({ [isOpen ? "uncertain" : "notProcessed"]: accounts });
    else $("regions").replaceChildren();
    if (isCancelled && !this.#isWaiting)
      $("attempts").append(element("li", {}, element("b", {}, `Attempt ${this.#attempts + 1}`), ": cancelled"));
    detail({
      Region: region,
      Finished: new Date().toLocaleString(),
      Message: isCancelled ? undefined : error.serviceMessage || error.message,
      Code: error.code,
      Kind: error.kind,
      Status: error.status,
      "Request id": error.requestId,
      Response: error.excerpt,
      Attempts: error.attempts || undefined,
      "Retry can help":
        error.retryable === undefined ? undefined : error.retryable ? "yes, later" : "no, unless something changes",
    });
    reveal();
  }
}

/** Marks the result as one of an earlier form. */
export function outdate() {
  $("stale").hidden = $("verdict").childElementCount === 0;
}

/** Scrolls to the panel if it is below the form, and moves the focus there. */
export function reveal({ focus = true } = {}) {
  if (!isOneColumn.matches) return;
  if (focus) $("result").focus({ preventScroll: true });
  $("result").scrollIntoView();
}

function clear() {
  $("stale").hidden = true;
  $("verdict").replaceChildren();
  $("regions").replaceChildren();
  $("details").hidden = true;
  $("details").open = false;
  verdicts.hide();
}

function conclude(style, cause, advice) {
  const sentences = [element("strong", {}, cause), ...(advice ? [element("span", {}, advice)] : [])];
  $("verdict").replaceChildren(element("p", { class: `verdict ${style}` }, ...sentences));
}

function detail(facts) {
  const shown = Object.entries(facts).filter(([, value]) => value !== undefined);
  $("facts").replaceChildren(
    ...shown.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]),
  );
  $("details").hidden = false;
}
