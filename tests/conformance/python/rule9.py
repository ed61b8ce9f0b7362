"""Rules 7 to 10 of this project, written down once more with the standard library alone: what a response is, whether it is
tried again and after how long, what that costs, and what becomes of the clock."""

import calendar
import email.utils
import json
import re

THROTTLING_CODES = {
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "TooManyRequestsException",
    "ProvisionedThroughputExceededException", "TransactionInProgressException", "RequestLimitExceeded",
    "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled", "SlowDown", "PriorRequestNotComplete",
    "EC2ThrottledException",
}
TRANSIENT_CODES = {"RequestTimeout", "RequestTimeoutException"}
TRANSIENT_STATUSES = {500, 502, 503, 504}
MODELLED = {"InternalException", "InvalidInputException", "LimitExceededException", "ResourceNotFoundException",
            "InvalidAccessException"}
SKEW_CODES = {"InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", "RequestTimeTooSkewed",
              "AccessDeniedException"}
COSTS = {"transient": 14, "throttling": 5}
BASES = {"transient": 0.05, "throttling": 1.0}
CAPACITY = 500
SECOND = 1_000_000


def json_object(body):
    """The body as a JSON object, or None."""
    try:
        value = json.loads(body.decode("utf-8"))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def text_or_none(value):
    return value if isinstance(value, str) and value else None


def bare(code):
    return code.split(":")[0].rsplit("#")[-1] if code else code


def success(body):
    """The unprocessed accounts, or None if the body is not the promised one: rule 7."""
    if body == b"":
        return []
    parsed = json_object(body)
    if parsed is None:
        return None
    accounts = parsed.get("UnprocessedAccounts")
    if accounts is None:
        return []
    if not isinstance(accounts, list):
        return None
    result = []
    for account in accounts:
        if not isinstance(account, dict):
            return None
        members = [account.get("AccountId"), account.get("ProcessingResult")]
        if not all(member is None or isinstance(member, str) for member in members):
            return None
        result.append(members)
    return result


def answer(step):
    """Rules 7 and 8."""
    headers = {name.lower(): value for name, value in step["headers"]}
    body = bytes.fromhex(step["body"])
    request_id = text_or_none(headers.get("x-amzn-requestid")) or text_or_none(headers.get("x-amz-request-id"))
    nothing = {"status": None, "code": None, "message": None, "request_id": request_id, "unprocessed": None}
    if 200 <= step["status"] <= 299:
        unprocessed = success(body)
        if unprocessed is not None:
            return {**nothing, "outcome": "success", "unprocessed": unprocessed}
        return {**nothing, "outcome": "malformed", "status": step["status"]}
    parsed = json_object(body) or {}
    codes = [headers.get("x-amzn-errortype"), parsed.get("code"), parsed.get("__type"), parsed.get("Code")]
    messages = [parsed.get("message"), parsed.get("Message"), parsed.get("errorMessage")]
    code = next((bare(code) for code in codes if text_or_none(code) and bare(code)), None)
    message = next((message for message in messages if text_or_none(message)), None)
    return {**nothing, "outcome": "error", "status": step["status"], "code": code, "message": message}


def retry_class(status, code):
    """Rule 9: throttling, transient, or None if it is not tried again."""
    if code in THROTTLING_CODES:
        return "throttling"
    if status == 429 and code not in MODELLED:
        return "throttling"
    if code in TRANSIENT_CODES or status in TRANSIENT_STATUSES:
        return "transient"
    return None


def http_date(text):
    parsed = email.utils.parsedate_tz(text) if text.endswith(" GMT") else None
    return calendar.timegm(parsed[:6]) if parsed else None


def asked_for(headers, service_now):
    """In seconds; `service_now` is the service's time as far as it is known."""
    headers = {name.lower(): value for name, value in headers}
    milliseconds = headers.get("x-amz-retry-after", "")
    if re.fullmatch("[0-9]+", milliseconds):
        return int(milliseconds) / 1000
    value = headers.get("retry-after", "")
    if re.fullmatch("[0-9]+", value):
        return float(int(value))
    date = http_date(value)
    return None if date is None else max(0.0, date - service_now)


class Client:
    """What the calls of one client share."""

    def __init__(self, max_attempts):
        self.max_attempts = max_attempts
        self.quota = CAPACITY
        self.offset = 0

    def measure(self, step, sent, received):
        """Rule 10: the skew in microseconds, as all times here, or None if the response does not tell."""
        headers = {name.lower(): value for name, value in step["headers"]}
        date = http_date(headers.get("date", ""))
        if date is None or "age" in headers or not 0 <= received - sent <= 900 * SECOND:
            return None
        return date * SECOND - (sent + received) // 2

    def play(self, call):
        """One call. `now` is when it starts, on the caller's clock; a step's `took` is its round trip."""
        now = call["now"] * SECOND
        waits, signed = [], []
        cost = None
        for attempt, step in enumerate(call["steps"], 1):
            sent = now
            signed.append(sent // SECOND + self.offset)
            if "failure" in step:
                seen = {"outcome": "failure", "status": None, "code": None, "message": None, "request_id": None,
                        "unprocessed": None}
                kind, asked = "transient", None
            else:
                now = sent + step["took"] * SECOND
                skew = self.measure(step, sent, now)
                if skew is not None:
                    self.offset = -(-skew // SECOND)
                seen = answer(step)
                kind = retry_class(seen["status"], seen["code"]) if seen["outcome"] == "error" else None
                if kind is None and seen["outcome"] == "error" and seen["code"] in SKEW_CODES:
                    kind = "transient" if skew is not None and abs(skew) > 240 * SECOND else None
                asked = asked_for(step["headers"], now // SECOND + self.offset)
            if seen["outcome"] == "success":
                self.quota = min(CAPACITY, self.quota + (cost or 1))
            if kind is None or attempt == self.max_attempts or COSTS[kind] > self.quota:
                break
            cost = COSTS[kind]
            self.quota -= cost
            wait = min(BASES[kind] * 2 ** (attempt - 1), 20)
            if asked is not None:
                wait = max(wait, min(asked, wait + 5))
            waits.append(round(wait * SECOND))
            now += waits[-1]
        return {**seen, "attempts": len(signed), "waits": waits, "quota": self.quota, "signed": signed,
                "offset": self.offset}
