// Errors in one sentence: the cause, and then what helps. The service's own words are a technical detail.

/** Returns the `cause` of an error, and an `advice` if there is one. */
export function causeOf(error, { region, isDirect, isOffline }) {
  switch (error.name) {
    case "AbortError":
      return { cause: "You cancelled the call." };
    case "ServiceError":
      return causeOfResponse(error, region);
    case "TransportError":
      return causeOfSilence(error, { isDirect, isOffline });
    case "DeadlineError":
      return { cause: "The call took too long." };
    case "ResponseTooLargeError":
      return {
        cause: "The response is larger than any that the service sends.",
        advice: "Check the destination under “Advanced”.",
      };
    case "PageError":
      return { cause: "The service repeated a page of the list.", advice: "Try again later." };
    default:
      return { cause: "The call could not be made.", advice: error.message };
  }
}

function causeOfSilence(error, { isDirect, isOffline }) {
  if (isOffline) return { cause: "This computer is offline.", advice: "Connect it, and try again." };
  switch (error.kind) {
    case "TimedOut":
      return {
        cause: "No response arrived in time.",
        advice: "Try again, or allow more seconds per attempt under “Advanced”.",
      };
    case "Interrupted":
      return { cause: "The response ended early." };
    case "Redirect":
      return {
        cause: "The server sent a redirect, which is never followed.",
        advice: "Check the destination under “Advanced”.",
      };
    default:
      return isDirect
        ? {
            cause: "The endpoint could not be reached from this page.",
            advice:
              "AWS's own endpoints do not accept pages (CORS). Use the relay under “Advanced”, or check the endpoint.",
          }
        : { cause: "The relay could not be reached.", advice: "Check that it runs on this page's origin." };
  }
}

function causeOfResponse(error, region) {
  if (error.code?.startsWith("Relay"))
    return { cause: error.serviceMessage ?? error.message, advice: "The relay did not forward the request." };
  if (error.notSubscribed)
    return { cause: `Security Hub is not enabled for your account in ${region}.`, advice: "Check the region." };
  if (error.deniedByPolicy)
    return {
      cause: "A policy explicitly denies this call.",
      advice: "Another permission does not help. The policy is named in the technical details.",
    };
  if (error.maybeDisabledRegion)
    return {
      cause: `The access key is not known in ${region}.`,
      advice: "It is mistyped, or the region is not enabled for the account.",
    };
  switch (error.kind) {
    case "ExpiredCredentials":
      return { cause: "The session token has expired.", advice: "Paste new credentials." };
    case "ClockSkew":
      return {
        cause: "This computer's clock is wrong.",
        advice: `It shows ${new Date().toUTCString()}. Correct it, and try again.`,
      };
    case "InvalidCredentials":
      return {
        cause: "The access key id, the secret access key and the session token do not belong together.",
        advice: "Paste all of them again.",
      };
    case "AccessDenied":
      // Browsers hide the code from pages unless the server exposes it.
      if (!error.code)
        return {
          cause: "The service denied the call.",
          advice:
            "The credentials are wrong, or they lack securityhub:DeleteInvitations or securityhub:ListInvitations.",
        };
      return {
        cause: "These credentials may not make this call.",
        advice: "They need securityhub:DeleteInvitations, or securityhub:ListInvitations to list.",
      };
    case "OptInRequired":
      return { cause: "The account is not signed up for Security Hub." };
    case "InvalidAccess":
      return {
        cause: "The account may not make this call.",
        advice: "Check that Security Hub is enabled in the region.",
      };
    case "InvalidInput":
    case "BadRequest":
      return { cause: "The service rejected the request.", advice: "Its reason is in the technical details." };
    case "ResourceNotFound":
      return { cause: `The service found nothing to delete in ${region}.` };
    case "LimitExceeded":
    case "Throttled":
      return { cause: "The service received too many requests.", advice: "Wait a little, and try again." };
    case "Unavailable":
    case "Internal":
      return { cause: `Security Hub is not available in ${region} at present.`, advice: "Try again later." };
    case "Malformed":
      return {
        cause: "The response is not one of Security Hub.",
        advice: "Something between this page and AWS may have responded instead.",
      };
    default:
      return {
        cause: `The service responded with HTTP ${error.status}.`,
        advice: "Its reason is in the technical details.",
      };
  }
}
