// The account ids.
import { $, count, element, number } from "./dom.js";
import { words } from "./pasted.js";
import { errorFor, signed } from "./sample.js";

/** More invalid ids than people read. */
const SHOWN = 50;

/** A field is checked after a click on a button, because a new line would move the button away. */
const LATER = 250;

const box = $("ids");
let timer;
let previous;

export const accountIds = () => words(box.value).map(({ word }) => word);

/** Checks the ids. While `typing`, the word at the cursor may not be finished, and is skipped. Returns whether they are valid. */
export function check({ typing = false, all = false } = {}) {
  const isUnfinished = ({ end }) => typing && document.activeElement === box && end === box.selectionStart;
  const checked = words(box.value).filter((word) => !isUnfinished(word));
  const ids = checked.map(({ word }) => word);
  const error = ids.length > 0 ? errorFor({ accountIds: ids }) : undefined;
  const refused = error?.invalid ?? [];
  const isMissing = all && ids.length === 0;

  clearTimeout(timer);
  const more = refused.length - SHOWN;
  $("ids-refused").replaceChildren(
    ...refused.slice(0, SHOWN).map(({ index, reason }) => refusedLine(checked[index], index, reason)),
    ...(more > 0 ? [element("li", {}, `and ${number(more)} more`)] : []),
  );
  const status = $("ids-status");
  if (refused.length > 0) {
    status.textContent = `${count(refused.length, "invalid id")}, ${number(ids.length - refused.length)} valid.`;
  } else if (ids.length > 0) {
    const kept = JSON.parse(signed({ accountIds: ids }).body).AccountIds.length;
    const repeated = ids.length - kept;
    const note = repeated > 0 ? `, ${number(repeated)} of them repeated and sent once` : "";
    status.textContent = `${count(kept, "account id")}${note}.`;
  } else status.textContent = all ? "Enter at least one account id." : "";
  const isInvalid = refused.length > 0 || isMissing;
  status.classList.toggle("error", isInvalid);
  if (isInvalid) box.setAttribute("aria-invalid", "true");
  else box.removeAttribute("aria-invalid");
  $("ids-hint").hidden = status.textContent !== "";
  return refused.length === 0 && ids.length > 0;
}

function refusedLine({ word, line, start, end }, index, reason) {
  const where = element("button", { type: "button", title: "Select this id" }, `Line ${line}, id ${index + 1}`);
  where.addEventListener("click", () => {
    box.focus();
    box.setSelectionRange(start, end);
  });
  const shown = word.length > 60 ? `${word.slice(0, 60)}…` : word;
  return element("li", {}, where, element("code", {}, shown), ` ${reason}`);
}

/** Shows the progress of a listing. */
export function listing(region, found) {
  clearTimeout(timer);
  $("ids-status").classList.remove("error");
  $("ids-status").textContent = `Listing invitations in ${region}${found > 0 ? `, ${number(found)} so far` : ""}…`;
  $("ids-hint").hidden = true;
}

/** Replaces the ids with those of the invitations. */
export function fill(region, invitations) {
  const ids = invitations.flatMap(({ accountId }) => accountId ?? []);
  previous = box.value;
  if (ids.length > 0) box.value = ids.join("\n");
  box.dispatchEvent(new Event("change", { bubbles: true }));
  check();
  $("ids-restore").hidden = ids.length === 0 || previous.trim() === "" || previous === box.value;
  const missing = invitations.length - ids.length;
  const note = missing > 0 ? ` ${count(missing, "invitation")} without an account id cannot be deleted here.` : "";
  $("ids-status").textContent =
    invitations.length === 0
      ? `There are no invitations in ${region}.`
      : `${count(invitations.length, "invitation")} in ${region}.${note}`;
  $("ids-hint").hidden = true;
}

$("ids-restore").addEventListener("click", () => {
  box.value = previous;
  $("ids-restore").hidden = true;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  check();
  box.focus();
});
box.addEventListener("input", (event) => {
  $("ids-restore").hidden = true;
  clearTimeout(timer);
  timer = setTimeout(check, 120, { typing: event.inputType?.startsWith("insertText") });
});
box.addEventListener("blur", () => {
  clearTimeout(timer);
  timer = setTimeout(check, LATER);
});
