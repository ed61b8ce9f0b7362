"""Rules 7 to 10 of docs/PROTOCOL.md, implemented a second time with the standard library alone.

They decide the meaning of a response, the retry and its wait and cost, the clock offset, and which attempts are unconfirmed.
A deadline belongs to the driver, which these rules do not cover.
"""

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


# The members of error bodies, and the main members of the six operations' outputs.
ERROR_MEMBERS = {"__type", "code", "Code", "message", "Message", "errorMessage", "error"}
OUTPUT_MEMBERS = {"UnprocessedAccounts", "Invitations", "Members", "Administrator", "Master"}
MOST_ENTRIES = 200_000
MOST_EMPTY_ENTRIES = 1_000


class Pairs(list):
    """The members of a JSON object in order, so that a member that occurs twice is not lost."""


def not_json(constant):
    raise ValueError(f"{constant} is not JSON")


DECODER = json.JSONDecoder(object_pairs_hook=Pairs, parse_constant=not_json)


def unprocessed(value):
    """Reads the list of accounts. Raises ValueError if it is malformed."""
    if not isinstance(value, list) or isinstance(value, Pairs) or len(value) > MOST_ENTRIES:
        raise ValueError("not a list of accounts")
    accounts = []
    for number, entry in enumerate(value, 1):
        if not isinstance(entry, Pairs):
            raise ValueError("an entry is not an object")
        members = {}
        for name, member in entry:
            if name not in ("AccountId", "ProcessingResult"):
                continue
            if name in members or not (member is None or isinstance(member, str)):
                raise ValueError(f"a second or malformed {name}")
            members[name] = member
        account = [members.get("AccountId"), members.get("ProcessingResult")]
        if number > MOST_EMPTY_ENTRIES and account == [None, None]:
            raise ValueError("an empty entry")
        accounts.append(account)
    return accounts


def success(headers, body):
    """Rule 7: the unprocessed accounts of a DeleteInvitations response, or None if the response is malformed."""
    try:
        members = DECODER.decode(body.decode("utf-8"))
        if "x-amzn-errortype" in headers or not isinstance(members, Pairs):
            return None
        own = [value for name, value in members if name == "UnprocessedAccounts"]
        foreign = (ERROR_MEMBERS | OUTPUT_MEMBERS) - {"UnprocessedAccounts"}
        if len(own) > 1 or (own in ([], [None]) and any(name in foreign for name, _ in members)):
            return None
        return [] if own in ([], [None]) else unprocessed(own[0])
    except ValueError:
        return None


def lenient_members(body):
    """Rule 8: the members at the beginning of a body, up to the first fault."""
    text = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
    members, at = {}, re.compile(r"[ \t\n\r]*")

    def skip(position):
        return at.match(text, position).end()

    position = skip(0)
    if not text.startswith("{", position):
        return members
    position = skip(position + 1)
    try:
        while text.startswith('"', position):
            name, position = DECODER.raw_decode(text, position)
            position = skip(position)
            if not text.startswith(":", position):
                break
            value, position = DECODER.raw_decode(text, skip(position + 1))
            # An empty or null member falls through, and the last of several counts.
            if isinstance(value, str) and value:
                members[name] = re.sub("[\ud800-\udfff]", "\ufffd", value)
            position = skip(position)
            if not text.startswith(",", position):
                break
            position = skip(position + 1)
    except ValueError:
        pass
    return members


def first_value(headers, name):
    """The first value of a header that is a list, or None."""
    return next((value.strip() for value in headers.get(name, "").split(",") if value.strip()), None)


def bare(code):
    return code.split(":")[0].rsplit("#")[-1].strip()


def read(step):
    """Rules 7 and 8: the meaning of a response."""
    headers = {name.lower(): value for name, value in step["headers"]}
    body = bytes.fromhex(step["body"])
    request_id = first_value(headers, "x-amzn-requestid") or first_value(headers, "x-amz-request-id")
    nothing = {"status": None, "code": None, "message": None, "request_id": request_id, "unprocessed": None}
    header_code = bare(first_value(headers, "x-amzn-errortype") or "") or None
    if 200 <= step["status"] <= 299:
        accounts = success(headers, body)
        if accounts is not None:
            return {**nothing, "outcome": "success", "unprocessed": accounts}
        return {**nothing, "outcome": "malformed", "status": step["status"], "code": header_code}
    members = lenient_members(body)
    codes = [header_code] + [bare(members.get(name, "")) for name in ("code", "__type", "Code")]
    messages = [members.get(name) for name in ("message", "Message", "errorMessage")]
    code = next((code for code in codes if code), None)
    message = next((message for message in messages if message), None)
    return {**nothing, "outcome": "error", "status": step["status"], "code": code, "message": message}


def is_confirmed(seen):
    """Rule 9: whether the service itself reported that the attempt succeeded or had no effect."""
    if seen["outcome"] == "success":
        return True
    is_client_error = seen["outcome"] == "error" and 400 <= seen["status"] <= 499 and seen["status"] != 408
    return is_client_error and seen["code"] is not None and seen["code"] not in TRANSIENT_CODES


def is_from_service(seen):
    """Rule 10: whether the response teaches or judges the clock."""
    return seen["outcome"] == "success" or seen["code"] is not None


def retry_class(status, code):
    """Rule 9: throttling, transient, or None if there is no retry."""
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


def requested_wait(headers, service_now):
    """The requested wait in seconds. `service_now` is the service's time as far as it is known."""
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
    """The state that the calls of one client share."""

    def __init__(self, max_attempts):
        self.max_attempts = max_attempts
        self.quota = CAPACITY
        self.offset = 0

    def measure(self, step, sent, received, offset):
        """Rule 10: the response's Date minus the time that was signed, in microseconds like all times here. None if the
        response does not show it."""
        headers = {name.lower(): value for name, value in step["headers"]}
        date = http_date(headers.get("date", ""))
        if date is None or "age" in headers or not 0 <= received - sent <= 900 * SECOND:
            return None
        return date * SECOND - ((sent + received) // 2 + offset * SECOND)

    def play(self, call):
        """Plays one call. `now` is the time of its start on the caller's clock, and a step's `took` is its round trip."""
        now = call["now"] * SECOND
        waits, signed = [], []
        cost = None
        unconfirmed = 0
        for attempt, step in enumerate(call["steps"], 1):
            sent, offset = now, self.offset
            signed.append(sent // SECOND + offset)
            if "failure" in step:
                seen = {"outcome": "failure", "status": None, "code": None, "message": None, "request_id": None,
                        "unprocessed": None}
                kind, requested = "transient", None
                unconfirmed += not step["failure"].startswith("NotSent")
            else:
                now = sent + step["took"] * SECOND
                seen = read(step)
                difference = self.measure(step, sent, now, offset) if is_from_service(seen) else None
                if difference is not None:
                    # Rounded up, because a Date has lost its fraction.
                    self.offset = offset - (-difference // SECOND)
                kind = retry_class(seen["status"], seen["code"]) if seen["outcome"] == "error" else None
                if kind is None and seen["outcome"] == "error" and seen["code"] in SKEW_CODES:
                    kind = "transient" if difference is not None and abs(difference) > 240 * SECOND else None
                requested = requested_wait(step["headers"], now // SECOND + self.offset)
                unconfirmed += not is_confirmed(seen)
            if seen["outcome"] == "success":
                self.quota = min(CAPACITY, self.quota + (cost or 1))
            if kind is None or attempt == self.max_attempts or COSTS[kind] > self.quota:
                break
            cost = COSTS[kind]
            self.quota -= cost
            wait = min(BASES[kind] * 2 ** (attempt - 1), 20)
            if requested is not None:
                wait = max(wait, min(requested, wait + 5))
            waits.append(round(wait * SECOND))
            now += waits[-1]
        return {**seen, "attempts": len(signed), "waits": waits, "quota": self.quota, "signed": signed,
                "offset": self.offset, "unconfirmed": unconfirmed}
