"""What botocore, the reference client, does: answers questions on standard input, one JSON object a line, in their order.

Each answer has botocore's side and, where it takes more than a table, the rule's, which is computed by rule3.py and
rule9.py: they share no code with the crate under test and none with botocore. Nothing here opens a connection: the HTTP
session is a stub that plays a script.
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

import rule9
from rule3 import rule3_stages

LOADER = Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])
PARTITIONS = LOADER.load_data("partitions")
PROVIDER = EndpointProvider(LOADER.load_service_model("securityhub", "endpoint-rule-set-1"), PARTITIONS)

# ---------------------------------------------------------------------------------------------------------------------
# Signing


class Recorder(botocore.auth.SigV4Auth):
    """botocore's signer, keeping the two texts on its way to the signature."""

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
    rule = rule3_stages(case)
    return {
        "rule": stages(rule["canonical_request"], rule["string_to_sign"], rule["authorization"]),
        "botocore": stages(signer.seen_request, signer.seen_string, request.headers["Authorization"]),
    }


# ---------------------------------------------------------------------------------------------------------------------
# Endpoints


def regions(_):
    """Every region that botocore's data names, and the patterns of the others."""
    return {
        "listed": sorted(region for partition in PARTITIONS["partitions"] for region in partition["regions"]),
        "patterns": [partition["regionRegex"] for partition in PARTITIONS["partitions"]],
    }


def resolve(question):
    """The rule set's answer, and whether botocore's clients would ask the rule set at all."""
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
    """What is sent, and how often, by a client that botocore makes of these variables and of no file."""
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
    return code if code is None or isinstance(code, str) else f"not a text: {code!r}"


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
        answer = error.response
        said = answer.get("Error", {})
        seen = {**nothing, "outcome": "error", "status": answer["ResponseMetadata"]["HTTPStatusCode"],
                "code": code_of(said), "message": said.get("Message") or None,
                "request_id": answer["ResponseMetadata"].get("RequestId")}
    except (exceptions.ConnectionError, exceptions.HTTPClientError):
        seen = {**nothing, "outcome": "failure"}
    except (TypeError, AttributeError, UnicodeDecodeError) as error:
        seen = {**nothing, "outcome": f"crash: {type(error).__name__}"}
    return {**seen, "attempts": session.sent, "waits": [round(wait * 1_000_000) for wait in waits]}


def make_client(max_attempts):
    """A client whose jitter is pinned to 1, with the quota that its retries are paid from."""
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
    """The calls of one client, one after the other. Each starts with the quota that the rule leaves of the one before,
    so that a difference is counted once."""
    client, their_quota = make_client(question["max_attempts"])
    model = rule9.Client(question["max_attempts"])
    waits = []
    answers = []
    with mock.patch.object(time, "sleep", waits.append):
        for call in question["calls"]:
            theirs = play_botocore(client, client._endpoint.http_session, waits, call["steps"])
            theirs["quota"] = their_quota.available_capacity
            rule = model.play(call)
            answers.append({"rule": rule, "botocore": theirs})
            their_quota._available_capacity = rule["quota"]
    return answers


def clocks(question):
    """The rule alone: botocore corrects no clock."""
    model = rule9.Client(question["max_attempts"])
    return [model.play(call) for call in question["calls"]]


# ---------------------------------------------------------------------------------------------------------------------

QUESTIONS = {function.__name__: function for function in (sign, regions, resolve, environment, retries, clocks)}

with mock.patch.dict(os.environ, {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}):
    SESSION = botocore.session.Session()
    SESSION.register_component("data_loader", LOADER)


def main():
    print(json.dumps({"botocore": botocore.__version__, "python": re.split(r"\s", sys.version)[0]}), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        answer = QUESTIONS[question.pop("ask")](question)
        sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
