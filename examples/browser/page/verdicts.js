// The verdicts of a call: counts, a filter, a table and a file.
import { $, count, element, number } from "./dom.js";

/** More rows than people read. */
const ROWS = 1000;

export const LABELS = { notProcessed: "Not processed", uncertain: "Uncertain", done: "Done" };

let all = [];
let region = "";

/** Returns the accounts of a response with their verdicts. Those that are not done come first. */
export function accountsOf({ verdicts, unprocessedAccounts }) {
  // An entry without an id, or with an id that nobody requested, gets a row as well.
  const requested = new Set(verdicts.map(({ accountId }) => accountId));
  const strangers = unprocessedAccounts.filter(({ accountId }) => !requested.has(accountId));
  const accounts = [...strangers.map((account) => ({ ...account, verdict: "notProcessed" })), ...verdicts];
  const order = Object.keys(LABELS);
  return accounts.sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
}

/** Returns the number of accounts for each verdict. */
export function countsOf(accounts) {
  const counts = { notProcessed: 0, uncertain: 0, done: 0 };
  for (const { verdict } of accounts) counts[verdict] += 1;
  return counts;
}

/** Shows the accounts of a region. */
export function show(accounts, ofRegion) {
  [all, region] = [accounts, ofRegion];
  const counts = Object.entries(countsOf(accounts)).filter(([, value]) => value > 0);
  const choices = counts.length > 1 ? [["all", accounts.length], ...counts] : [];
  $("filter").replaceChildren(
    $("filter").firstElementChild,
    ...choices.map(([verdict, value], index) => {
      const radio = element("input", { type: "radio", name: "verdict", value: verdict, class: "unseen" });
      radio.checked = index === 0;
      return element(
        "label",
        {},
        radio,
        element("span", {}, LABELS[verdict] ?? "All", " ", element("b", {}, number(value))),
      );
    }),
  );
  $("filter").hidden = choices.length === 0;
  $("verdicts").hidden = false;
  showRows("all");
}

export function hide() {
  all = [];
  $("accounts").replaceChildren();
  $("verdicts").hidden = true;
}

$("filter").addEventListener("change", ({ target }) => showRows(target.value));

function showRows(wanted) {
  const rows = all.filter(({ verdict }) => wanted === "all" || verdict === wanted);
  const caption =
    rows.length > ROWS
      ? `The first ${number(ROWS)} of ${count(rows.length, "account")}. The CSV file has all of them.`
      : count(rows.length, "account");
  const columns = rows.every(({ verdict }) => verdict === "done")
    ? ["Account", "Verdict"]
    : ["Account", "Verdict", "Reason"];
  const head = element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)));
  const body = rows.slice(0, ROWS).map(({ accountId, verdict, processingResult }) => {
    const reason = verdict === "done" ? "" : (processingResult ?? "The service gave no reason.");
    const cells = [
      element("td", { class: "id" }, accountId ?? "no id"),
      element("td", {}, element("span", { class: `tag ${verdict}` }, LABELS[verdict])),
      element("td", {}, reason),
    ];
    return element("tr", {}, ...cells.slice(0, columns.length));
  });
  const table = element("table", {}, element("caption", { class: rows.length > ROWS ? "" : "unseen" }, caption));
  table.append(element("thead", {}, head), element("tbody", {}, ...body));
  $("accounts").replaceChildren(table);
  $("accounts").scrollTop = 0;
}

/** Quotes a CSV field. A spreadsheet must not take a server's string for a formula. */
const field = (text) => `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;

/** Returns the accounts as CSV with a header line, see RFC 4180. */
function csv() {
  const lines = all.map(({ accountId, verdict, processingResult }) =>
    [accountId ?? "", region, LABELS[verdict].toLowerCase(), processingResult ?? ""].map(field),
  );
  return [["account_id", "region", "verdict", "reason"].map(field), ...lines].map((line) => `${line}\r\n`).join("");
}

$("csv").addEventListener("click", () => {
  const url = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  element("a", { href: url, download: `invitations-${region}-${time}Z.csv` }).click();
  // The browser reads the file after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
});
