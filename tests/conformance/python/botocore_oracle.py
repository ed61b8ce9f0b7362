"""The reference client's side: reads questions on standard input, one JSON object per line, and responds in order.

Each response has botocore's result. If the rule needs more than a table, the response also has the rule's result, computed
by sigv4_rule.py and retry_rule.py. These two files share no code with the crate under test or with botocore. Nothing here
opens a connection: the HTTP session is a stub that plays a script.
"""

import datetime
import json
import os
import re
import sys
import time
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "crates/securityhub-invitations/tests/data"))

import botocore
import botocore.auth
import botocore.session
from botocore import exceptions
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.credentials import Credentials
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader
from botocore.retries import quota, standard
from botocore.utils import validate_region_name

import retry_rule
from sigv4_rule import rule_stages

LOADER = Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])
PARTITIONS = LOADER.load_data("partitions")
PROVIDER = EndpointProvider(LOADER.load_service_model("securityhub", "endpoint-rule-set-1"), PARTITIONS)

# ---------------------------------------------------------------------------------------------------------------------
# Signing


class Recorder(botocore.auth.SigV4Auth):
    """botocore's signer, which records the canonical request and the string to sign."""

    def canonical_request(self, request):
        self.seen_request = super().canonical_request(request)
        return self.seen_request

    def string_to_sign(self, request, canonical_request):
        self.seen_string = super().string_to_sign(request, canonical_request)
        return self.seen_string


def stages(canonical_request, string_to_sign, authorization):
    return {"canonical_request": canonical_request, "string_to_sign": string_to_sign, "authorization": authorization}


def sign(case):
    case["body"] = bytes.fromhex(case["body"])
    request = AWSRequest(method=case["method"], url=case["url"], data=case["body"])
    for name, value in case["headers"]:
        request.headers[name] = value
    signer = Recorder(
        Credentials(case["access_key_id"], case["secret_access_key"], case["session_token"]),
        case["service"],
        case["region"],
    )
    now = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=case["seconds"], microseconds=999_999)
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda: now):
        signer.add_auth(request)
    case["time"] = now.strftime("%Y%m%dT%H%M%SZ")
    # Rule 3: callers can add names to the list of headers that are not signed. botocore has no such setting.
    case["headers"] = [[name, value] for name, value in case["headers"] if name.lower() not in case["unsigned_headers"]]
    rule = rule_stages(case)
    return {
        "rule": stages(rule["canonical_request"], rule["string_to_sign"], rule["authorization"]),
        "botocore": stages(signer.seen_request, signer.seen_string, request.headers["Authorization"]),
    }


# ---------------------------------------------------------------------------------------------------------------------
# Operations

CLIENTS = {}


def operation(question):
    """The request of an operation that botocore's client sends, with its JSON body in compact form."""
    names = ("region", "endpoint_url", "access_key_id", "secret_access_key", "session_token")
    region, url, key_id, secret, token = settings = tuple(question[name] for name in names)
    if settings not in CLIENTS:
        config = botocore.config.Config(retries={"mode": "standard", "total_max_attempts": 1})
        client = SESSION.create_client(
            "securityhub", region_name=region, endpoint_url=url, config=config, aws_access_key_id=key_id,
            aws_secret_access_key=secret, aws_session_token=token)
        client.meta.events.register("before-sign.securityhub", compact_body)
        CLIENTS[settings] = client
    client = CLIENTS[settings]
    sent = []

    class Refusing:
        def send(self, request):
            sent.append(request)
            raise exceptions.EndpointConnectionError(endpoint_url=request.url, error="refused")

        def close(self):
            pass

    client._endpoint.http_session = Refusing()
    now = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=question["seconds"])
    method = getattr(client, botocore.xform_name(question["operation"]))
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda: now):
        try:
            method(**question["input"])
        except exceptions.EndpointConnectionError:
            pass
    url, _, query = sent[0].url.partition("?")
    headers = {name.lower(): value if isinstance(value, str) else value.decode()
               for name, value in sent[0].headers.items()}
    signed = re.search("SignedHeaders=([^,]*),", headers["authorization"])[1].split(";")
    body = sent[0].body or b""
    return {
        "method": sent[0].method,
        "url": url,
        "query": sorted(pair for pair in query.split("&") if pair),
        "headers": {name: headers[name] for name in signed if name != "host"},
        "body": body if isinstance(body, str) else body.decode(),
        "authorization": headers["authorization"],
    }


def compact_body(request, **_):
    if request.data:
        request.data = json.dumps(json.loads(request.data), separators=(",", ":")).encode()


# ---------------------------------------------------------------------------------------------------------------------
# Endpoints


def regions(_):
    """Every region in botocore's data, and the patterns of the others."""
    return {
        "listed": sorted(region for partition in PARTITIONS["partitions"] for region in partition["regions"]),
        "patterns": [partition["regionRegex"] for partition in PARTITIONS["partitions"]],
    }


def resolve(question):
    """The rule set's result, and whether botocore's clients accept the region at all."""
    try:
        validate_region_name(question["Region"])
        valid = True
    except exceptions.InvalidRegionError:
        valid = False
    parameters = {name: value for name, value in question.items() if value is not None}
    try:
        found = PROVIDER.resolve_endpoint(**parameters)
        return {"valid": valid, "url": found.url}
    except exceptions.EndpointProviderError as error:
        return {"valid": valid, "error": str(error)}


# ---------------------------------------------------------------------------------------------------------------------
# The environment


def environment(question):
    """The requests of a botocore client that is configured by these variables and by no file."""
    variables = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                 "AWS_EC2_METADATA_DISABLED": "true", **question["variables"]}
    with mock.patch.dict(os.environ, variables, clear=True), mock.patch.object(time, "sleep"):
        try:
            session = botocore.session.Session()
            session.register_component("data_loader", LOADER)
            client = session.create_client("securityhub")
            sent = []

            class Refusing:
                def send(self, request):
                    sent.append(request)
                    raise exceptions.EndpointConnectionError(endpoint_url=request.url, error="refused")

                def close(self):
                    pass

            client._endpoint.http_session = Refusing()
            client.delete_invitations(AccountIds=["111122223333"])
        except exceptions.EndpointConnectionError:
            pass
        except (exceptions.BotoCoreError, ValueError, RuntimeError) as error:
            return {"error": f"{type(error).__name__}: {error}"}
    headers = {name.lower(): value if isinstance(value, str) else value.decode()
               for name, value in sent[0].headers.items()}
    scope = re.search("Credential=([^/]*)/[0-9]*/([^/]*)/", headers["authorization"])
    app_id = re.search(r"\bapp/(\S*)", headers["user-agent"])
    return {
        "url": sent[0].url,
        "access_key_id": scope[1],
        "region": scope[2],
        "session_token": headers.get("x-amz-security-token"),
        "attempts": len(sent),
        "app_id": app_id and app_id[1],
    }


# ---------------------------------------------------------------------------------------------------------------------
# Responses and retries


FAILURES = {
    "NotSent": lambda: exceptions.EndpointConnectionError(endpoint_url="stub", error="refused"),
    "NotSent: time": lambda: exceptions.ConnectTimeoutError(endpoint_url="stub", error="time"),
    "NotSent: TLS": lambda: exceptions.SSLError(endpoint_url="stub", error="certificate"),
    "NotSent: proxy": lambda: exceptions.ProxyConnectionError(proxy_url="stub", error="refused"),
    "TimedOut": lambda: exceptions.ReadTimeoutError(endpoint_url="stub", error="time"),
    "Interrupted": lambda: exceptions.ConnectionClosedError(endpoint_url="stub", request=None),
    "Interrupted: other": lambda: exceptions.HTTPClientError(error="reset"),
}


class Raw:
    def __init__(self, body):
        self.body = body

    def stream(self, **_):
        yield self.body


class StubSession:
    """Plays the steps of a call instead of sending anything."""

    def __init__(self):
        self.steps = []
        self.sent = 0

    def send(self, request):
        step = self.steps[self.sent]
        self.sent += 1
        if "failure" in step:
            raise FAILURES[step["failure"]]()
        return AWSResponse(request.url, step["status"], dict(step["headers"]), Raw(bytes.fromhex(step["body"])))

    def close(self):
        pass


def code_of(error):
    code = error.get("Code")
    return code if code is None or isinstance(code, str) else f"not a string: {code!r}"


def message_of(error):
    """A lone surrogate is not valid in the JSON that this program writes."""
    message = error.get("Message") or None
    return re.sub("[\ud800-\udfff]", "surrogate", message) if isinstance(message, str) else message


def play_botocore(client, session, waits, call):
    session.steps, session.sent = call, 0
    waits.clear()
    nothing = {"outcome": "", "status": None, "code": None, "message": None, "request_id": None, "unprocessed": None}
    try:
        output = client.delete_invitations(AccountIds=["111122223333"])
        seen = {**nothing, "outcome": "success", "request_id": output["ResponseMetadata"].get("RequestId"),
                "unprocessed": [account if account is None else [account.get("AccountId"), account.get("ProcessingResult")]
                                for account in output.get("UnprocessedAccounts", [])]}
    except exceptions.ClientError as error:
        metadata, described = error.response["ResponseMetadata"], error.response.get("Error", {})
        seen = {**nothing, "outcome": "error", "status": metadata["HTTPStatusCode"], "code": code_of(described),
                "message": message_of(described), "request_id": metadata.get("RequestId")}
    except (exceptions.ConnectionError, exceptions.HTTPClientError):
        seen = {**nothing, "outcome": "failure"}
    except (TypeError, AttributeError, UnicodeDecodeError) as error:
        seen = {**nothing, "outcome": f"crash: {type(error).__name__}"}
    return {**seen, "attempts": session.sent, "waits": [round(wait * 1_000_000) for wait in waits]}


def make_client(max_attempts):
    """A client whose jitter is fixed at 1, and its retry quota."""
    made = []

    class Quota(quota.RetryQuota):
        def __init__(self):
            super().__init__()
            made.append(self)

    class Backoff(standard.ExponentialBackoff):
        def __init__(self, **rest):
            super().__init__(random=lambda: 1, **rest)

    config = botocore.config.Config(retries={"mode": "standard", "total_max_attempts": max_attempts})
    with mock.patch.object(quota, "RetryQuota", Quota), mock.patch.object(standard, "ExponentialBackoff", Backoff):
        client = SESSION.create_client(
            "securityhub", region_name="us-east-1", endpoint_url="http://127.0.0.1:9", config=config,
            aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret")
    client._endpoint.http_session = StubSession()
    assert len(made) == 1, "a client has one quota"
    return client, made[0]


def retries(question):
    """The calls of one client in order. Each starts with the quota that the rule has after the previous one, so that a
    difference is counted once."""
    client, their_quota = make_client(question["max_attempts"])
    model = retry_rule.Client(question["max_attempts"])
    waits = []
    results = []
    with mock.patch.object(time, "sleep", waits.append):
        for call in question["calls"]:
            theirs = play_botocore(client, client._endpoint.http_session, waits, call["steps"])
            theirs["quota"] = their_quota.available_capacity
            rule = model.play(call)
            results.append({"rule": rule, "botocore": theirs})
            their_quota._available_capacity = rule["quota"]
    return results


def clocks(question):
    """The rule alone, because botocore does not correct clocks."""
    model = retry_rule.Client(question["max_attempts"])
    return [model.play(call) for call in question["calls"]]


# ---------------------------------------------------------------------------------------------------------------------

QUESTIONS = {function.__name__: function for function in (sign, operation, regions, resolve, environment, retries, clocks)}

with mock.patch.dict(os.environ, {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}):
    SESSION = botocore.session.Session()
    SESSION.register_component("data_loader", LOADER)


def main():
    print(json.dumps({"botocore": botocore.__version__, "python": re.split(r"\s", sys.version)[0]}), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        result = QUESTIONS[question.pop("ask")](question)
        sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
