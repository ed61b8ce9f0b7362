// The region, and where its requests go.
import { $, element, say, sentence, value } from "./dom.js";
import { signed } from "./sample.js";

const form = $("form");

const REGIONS =
  "us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 ca-west-1 sa-east-1 mx-central-1 eu-central-1 eu-central-2 eu-north-1 " +
  "eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 af-south-1 il-central-1 me-central-1 me-south-1 ap-east-1 ap-northeast-1 " +
  "ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 us-gov-east-1 " +
  "us-gov-west-1 cn-north-1 cn-northwest-1";
$("known-regions").append(...REGIONS.split(" ").map((region) => element("option", {}, region)));

/** The field of each setting that an error can name. */
const FIELD_OF = {
  region: "region",
  "endpoint URL": "endpoint",
  "relay URL": "relay",
  maxAttempts: "maxAttempts",
  attemptTimeoutMs: "attemptTimeout",
};

export const isDirect = () => form.route.value === "direct";

/** Returns the options of the endpoint that the request is signed for. */
function signedFor() {
  const options = { region: value("region") };
  if (isDirect() && value("endpoint")) return { ...options, endpoint: value("endpoint") };
  return { ...options, fips: $("fips").checked, dualStack: $("dualStack").checked };
}

/** Returns the options that decide where a request goes. Throws the package's error for them. */
export function destination() {
  const options = signedFor();
  if (isDirect()) return options;
  const { host } = new URL(signed(options).url);
  return { ...options, relay: `${value("relay").replace(/\/+$/, "")}/${host}` };
}

/** Shows where requests go, or what is wrong. Returns whether it is valid. */
export function check() {
  $("relay-field").hidden = isDirect();
  $("endpoint-field").hidden = !isDirect();
  $("variant-field").hidden = isDirect() && value("endpoint") !== "";
  for (const field of Object.values(FIELD_OF)) say(field);
  showAssumeRole();
  try {
    const url = new URL(signed(destination()).url);
    const { host } = new URL(signed(signedFor()).url);
    const by = isDirect()
      ? ""
      : url.origin === location.origin
        ? ", through this page's relay"
        : ", through the relay ";
    const relay = by.endsWith(" ") ? [element("b", {}, url.origin)] : [];
    $("target").replaceChildren("Goes to ", element("b", {}, host), by, ...relay, ".");
    return true;
  } catch (error) {
    $("target").replaceChildren();
    return show(error);
  }
}

/** Shows an error of an option at its field. Returns `false`, or `undefined` if it does not belong to a field. */
export function show(error) {
  const field = FIELD_OF[error.setting];
  if (!field) return undefined;
  say(field, sentence(error.reason ?? error.message));
  return false;
}

/** Shows the command for the region. Tokens of a regional STS endpoint are valid in every region, those of the global one are not. */
function showAssumeRole() {
  const region = value("region") || "REGION";
  const partition = region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  $("assume-role").textContent = `aws sts assume-role --region ${region} --duration-seconds 900 \\
  --role-arn arn:${partition}:iam::ACCOUNT:role/ROLE \\
  --role-session-name delete-invitations \\
  --policy '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Action":["securityhub:ListInvitations","securityhub:DeleteInvitations"],
    "Resource":"*"}]}'`;
}

const isOnLoopback = ({ hostname }) => ["127.0.0.1", "localhost", "[::1]"].includes(hostname);

/**
 * Completes the form from a link without secrets: `#region=eu-central-1&endpoint=http://127.0.0.1:4566&ids=111122223333`. Asks
 * before requests go to another origin, unless the page and an endpoint are both on this machine.
 */
export function prefill() {
  const given = new URLSearchParams(location.hash.slice(1));
  $("relay").value = new URL("relay", location.href.split("#")[0]).href;
  for (const field of ["region", "ids"]) if (given.has(field)) $(field).value = given.get(field);
  if (given.has("endpoint")) offer("direct", "endpoint", given.get("endpoint"));
  else if (given.has("relay")) offer("relay", "relay", given.get("relay"));
}

function offer(route, field, given) {
  const accept = () => {
    form.route.value = route;
    $(field).value = given;
    $("offer").hidden = true;
    check();
  };
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isOwn = url?.origin === location.origin;
  if (isOwn || (route === "direct" && url && isOnLoopback(url) && isOnLoopback(location))) return accept();
  // The origin shows in punycode and without a user name, so it cannot look like another one.
  $("offer-url").textContent = url?.origin ?? given;
  $("offer-accept").addEventListener("click", accept);
  $("offer-refuse").addEventListener("click", () => {
    $("offer").hidden = true;
  });
  $("offer").hidden = false;
}
