"""Events of the function, against a stand-in for the Lambda Runtime API."""

import http.client
import json

import pytest
from conftest import BUCKET, FRONT, REGION, ROLE, run_command
from emulator import KEY, SECRET

ACCOUNT, INVITER, OTHER = "000000000001", "000000000071", "000000000072"
PLAN = f"""
side = "member"
regions = ["{REGION}"]
role = "{ROLE}"
accounts = ["{ACCOUNT}"]
"""


@pytest.fixture
def site(emulator, start, tmp_path):
    return Site(emulator, start, tmp_path)


class Site:
    """One account with one invitation."""

    def __init__(self, emulator, start, directory):
        self.emulator, self.directory, self.run = emulator, directory, directory.name.replace("_", "-")
        invitation = {"administrators": [INVITER], "members": [ACCOUNT], "regions": [REGION]}
        emulator.setup(roles=[{"accounts": [ACCOUNT], "name": ROLE}], invitations=[invitation])
        self.start = start
        self.function, self.log = start(emulator, 1)

    def slice(self, **changes):
        plan = self.directory / "plan.toml"
        plan.write_text(PLAN)
        written = run_command(self.emulator, "slices", "--plan", str(plan), home=self.directory)
        assert written.returncode == 0, written.stderr
        return json.loads(written.stdout) | changes

    def invoke(self, slice, attempt=0, seconds=60):
        event = {"action": "slice", "run": self.run, "attempt": attempt, "slice": slice}
        output, error = self.function.invoke(event, seconds)
        assert error is None, output
        return output

    def ledger(self, aws, output):
        body = aws("s3").get_object(Bucket=BUCKET, Key=output["key"])["Body"].read()
        return json.loads(body)["hubs"][0]

    def calls(self):
        return [request["operation"] for request in self.emulator.requests()]


def done(ids):
    return [{"ids": ids, "delete": {"state": "done"}}]


def test_deletes_what_it_lists(site, aws):
    output = site.invoke(site.slice())
    assert output == {"status": 0, "key": f"runs/{site.run}/ledgers/{ACCOUNT}_{REGION}_0.json"}
    assert site.ledger(aws, output)["entries"] == done([INVITER])
    assert site.emulator.invitations() == set()


def test_deletes_given_ids(site, aws):
    output = site.invoke(site.slice(ids=[INVITER]))
    assert (output["status"], site.ledger(aws, output)["entries"]) == (0, done([INVITER]))
    assert site.calls() == ["AssumeRole", "DeleteInvitations"]


def test_unprocessed_ids_are_output(site, aws):
    # Without the final list.
    output = site.invoke(site.slice(ids=[INVITER, OTHER], steps=["delete"]))
    states = [entry["delete"]["state"] for entry in site.ledger(aws, output)["entries"]]
    assert (output["status"], states) == (1, ["done", "not_processed"])


@pytest.mark.parametrize(
    "setup, status, cause",
    [
        ({"subscriptions": [{"accounts": [ACCOUNT], "regions": [REGION], "subscribed": False}]}, 3, "not_subscribed"),
        ({"denials": [{"accounts": [ACCOUNT], "message": "explicit deny"}]}, 3, "denied"),
    ],
    ids=["not_subscribed", "denied"],
)
def test_parked_hubs_are_output(site, aws, setup, status, cause):
    site.emulator.setup(**setup)
    output = site.invoke(site.slice())
    assert (output["status"], site.ledger(aws, output)["parking"]["cause"]) == (status, cause)


def test_expired_credentials_are_output(site, aws):
    key = {"id": "AKIDEXPIRED", "secret": SECRET, "account": "123456789012", "expires_at": 1}
    site.emulator.setup(access_keys=[key])
    site.function.stop()
    site.function, _ = site.start(site.emulator, 1, AWS_ACCESS_KEY_ID="AKIDEXPIRED")
    output = site.invoke(site.slice())
    assert (output["status"], site.ledger(aws, output)["parking"]["cause"]) == (4, "credentials")


def test_short_deadlines_return_everything_pending(site, aws):
    output = site.invoke(site.slice(ids=[INVITER]), seconds=0.2)
    assert output["status"] == 5
    assert site.ledger(aws, output)["entries"] == [{"ids": [INVITER], "delete": {"state": "pending"}}]
    assert site.calls() == []


def test_later_attempts_settle_lost_ones(site, aws):
    slice = site.slice(ids=[INVITER])
    # The worker died after its request and before its ledger.
    assert run_command(site.emulator, "slice", input=json.dumps(slice), home=site.directory).returncode == 0
    output = site.invoke(slice, attempt=1)
    assert output["key"].endswith("_1.json")
    assert site.ledger(aws, output)["entries"] == done([INVITER])
    assert site.calls().count("ListInvitations") == 1


def test_later_attempts_keep_finished_ledgers(site):
    first = site.invoke(site.slice())
    calls = len(site.calls())
    assert site.invoke(site.slice(), attempt=2) == {"key": first["key"]}
    assert len(site.calls()) == calls


@pytest.mark.parametrize(
    "change, problem",
    [
        ({"v": 2}, 'slice version "2": not supported (expected 1)'),
        ({"ids": ["1234"]}, "has 4 digits"),
        ({"ids": []}, "empty"),
        ({"ids": [f"{number:012}" for number in range(18000)]}, "are too many (expected at most 262144)"),
        ({"role": "a b"}, "role \"a b\": ' ' at position 2 (expected visible ASCII)"),
    ],
    ids=["unknown_version", "bad_id", "empty_ids", "oversized", "bad_role"],
)
def test_invalid_slices_are_output(site, change, problem):
    output = site.invoke(site.slice(**change))
    assert (output["status"], set(output)) == (2, {"status", "problem"})
    assert problem in output["problem"]
    assert site.calls() == []


@pytest.mark.parametrize(
    "event, problem",
    [
        ({}, "missing field `action`"),
        ([1], "invalid event"),
        ({"action": "slice", "run": "../x", "attempt": 0, "slice": {}}, 'run "../x": invalid name'),
        ({"action": "slice", "run": "x", "attempt": -1, "slice": {}}, "invalid event"),
        ({"action": "merge", "run": "nowhere"}, '"runs/nowhere/plan.toml": does not exist'),
    ],
)
def test_invalid_events_are_output(site, event, problem):
    output, error = site.function.invoke(event)
    assert (error, output["status"]) == (None, 2)
    assert problem in output["problem"]


def test_malformed_events_do_not_end_the_process(site):
    _, error = site.function.invoke(b'{"action":')
    assert error == "Unhandled"
    assert site.invoke(site.slice())["status"] == 0


def test_a_lost_store_is_an_error(site):
    site.function.stop()
    site.function, _ = site.start(site.emulator, 1, AWS_ENDPOINT_URL_S3="http://127.0.0.1:9")
    output, error = site.function.invoke({"action": "slice", "run": "x", "attempt": 0, "slice": site.slice()})
    assert (error, output["errorType"]) == ("Unhandled", "StoreFailed")


def test_requests_to_s3_are_signed(site):
    FRONT.signed = FRONT.forged = 0
    site.invoke(site.slice(), attempt=1)
    assert (FRONT.signed, FRONT.forged) == (2, 0)
    # The stand-in notices a wrong signature.
    connection = http.client.HTTPConnection("127.0.0.1", FRONT.port)
    signed = "host;x-amz-content-sha256;x-amz-date"
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/20261125/{REGION}/s3/aws4_request, "
        f"SignedHeaders={signed}, Signature={'0' * 64}",
        "x-amz-date": "20261125T000000Z",
        "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }
    connection.request("PUT", f"/{BUCKET}/forged", b"", headers)
    assert (connection.getresponse().status, FRONT.forged) == (403, 1)


def test_no_secret_is_logged(site):
    site.invoke(site.slice())
    site.invoke(site.slice(role="a b"))
    site.invoke(site.slice(role="Unknown"))
    log = site.log.read_text()
    assert "status" in log
    for secret in [SECRET, "AWS4-HMAC-SHA256", "Signature=", "IQoJ", KEY]:
        assert secret not in log, log
