"""Examples of tests with boto3. They are also the emulator's own."""

import time
import urllib.error

import boto3
import pytest
from botocore.exceptions import ClientError

ADMINISTRATOR = "111122223333"
MEMBER = "444455556666"


def code(call, *arguments, **keywords):
    with pytest.raises(ClientError) as error:
        call(*arguments, **keywords)
    return error.value.response["Error"]["Code"]


def test_deletes_invitations(emulator):
    invitation = {"administrators": [ADMINISTRATOR], "members": [emulator.ACCOUNT], "regions": ["us-east-1"]}
    emulator.setup(invitations=[invitation])
    hub = emulator.client("securityhub")
    assert [i["AccountId"] for i in hub.list_invitations()["Invitations"]] == [ADMINISTRATOR]
    response = hub.delete_invitations(AccountIds=[ADMINISTRATOR, MEMBER])
    assert [u["AccountId"] for u in response["UnprocessedAccounts"]] == [MEMBER]
    assert emulator.control("state?account=" + emulator.ACCOUNT)["hubs"][0]["invitations"] == []
    operations = [request["operation"] for request in emulator.control("requests")["requests"]]
    assert operations == ["ListInvitations", "DeleteInvitations"]


def test_plays_scripted_faults(emulator):
    emulator.setup(faults=[{"response": "throttled"}, {"response": "html", "status": 502}, {"truncate": {}}])
    hub = emulator.client("securityhub")
    assert code(hub.list_members) == "ThrottlingException"
    assert code(hub.list_members) == "502"
    with pytest.raises(Exception, match="Connection was closed|Could not connect"):
        hub.list_members()
    assert hub.list_members()["Members"] == []


def test_changes_subscriptions_denials_and_clock(emulator):
    hub = emulator.client("securityhub")
    emulator.setup(subscriptions=[{"accounts": [emulator.ACCOUNT], "regions": ["us-east-1"], "subscribed": False}])
    assert code(hub.list_members) == "InvalidAccessException"
    emulator.setup(denials=[{"accounts": [emulator.ACCOUNT], "message": "explicit deny"}])
    assert code(hub.list_members) == "AccessDeniedException"
    emulator.setup(regions=[{"regions": ["us-east-1"], "enabled": False}])
    assert code(hub.list_members) == "UnrecognizedClientException"
    emulator.setup(clock_offset=3600)
    assert code(hub.list_members) == "InvalidSignatureException"
    emulator.reset()
    assert hub.list_members()["Members"] == []


def test_assumes_roles_on_both_sides(emulator):
    emulator.setup(roles=[{"accounts": [ADMINISTRATOR, MEMBER], "name": "Cleanup"}])
    relation = {"administrators": [ADMINISTRATOR], "members": [MEMBER], "regions": ["eu-west-1"], "status": "Enabled"}
    emulator.setup(members=[relation])
    administrator = emulator.assume_role(ADMINISTRATOR, "eu-west-1")
    member = emulator.assume_role(MEMBER, "eu-west-1")
    identity = emulator.client("sts", credentials=member).get_caller_identity()
    assert identity["Account"] == MEMBER
    assert identity["Arn"] == f"arn:aws:sts::{MEMBER}:assumed-role/Cleanup/test"

    hub = emulator.client("securityhub", "eu-west-1", credentials=member)
    assert hub.get_administrator_account()["Administrator"]["AccountId"] == ADMINISTRATOR
    hub.disassociate_from_administrator_account()
    members = emulator.client("securityhub", "eu-west-1", credentials=administrator)
    members = members.list_members(OnlyAssociated=False)["Members"]
    assert [(m["AccountId"], m["MemberStatus"]) for m in members] == [(MEMBER, "Resigned")]


def test_sts_endpoint_comes_from_the_environment(emulator, monkeypatch):
    emulator.setup(roles=[{"accounts": [MEMBER], "name": "Cleanup"}])
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", emulator.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECURITYHUB", emulator.url)
    session = boto3.Session(region_name="us-west-2", **emulator.ACCESS_KEY)
    assert session.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{emulator.ACCOUNT}:user/emulator"
    assert session.client("securityhub").list_members()["Members"] == []


def test_refuses_unknown_roles_and_long_chains(emulator):
    emulator.setup(roles=[{"accounts": [ADMINISTRATOR, MEMBER], "name": "Cleanup", "max_session_seconds": 43200}])
    assert code(emulator.assume_role, "777788889999") == "AccessDenied"
    emulator.assume_role(MEMBER, DurationSeconds=43200)
    session = emulator.assume_role(ADMINISTRATOR)
    assert code(emulator.assume_role, MEMBER, credentials=session, DurationSeconds=3601) == "ValidationError"
    emulator.assume_role(MEMBER, credentials=session, DurationSeconds=3600)


def test_rejects_expired_credentials(emulator):
    expired = {"id": "AKIDEXPIRED", "secret": "secret", "session_token": "token", "expires_at": 1}
    emulator.setup(access_keys=[expired])
    credentials = {"aws_access_key_id": "AKIDEXPIRED", "aws_secret_access_key": "secret", "aws_session_token": "token"}
    assert code(emulator.client("securityhub", credentials=credentials).list_members) == "ExpiredTokenException"
    assert code(emulator.client("sts", credentials=credentials).get_caller_identity) == "ExpiredToken"


def test_opt_in_regions_reject_global_tokens(emulator):
    emulator.setup(roles=[{"accounts": [MEMBER], "name": "Cleanup"}])
    from_global = emulator.assume_role(MEMBER, path="/global")
    from_region = emulator.assume_role(MEMBER)
    assert emulator.client("securityhub", "us-west-2", credentials=from_global).list_members()["Members"] == []
    opt_in = emulator.client("securityhub", "af-south-1", credentials=from_global)
    assert code(opt_in.list_members) == "UnrecognizedClientException"
    assert emulator.client("securityhub", "af-south-1", credentials=from_region).list_members()["Members"] == []


def test_sets_up_many_accounts_in_a_second(emulator):
    regions = boto3.Session().get_available_regions("securityhub")
    accounts = [f"{number:012}" for number in range(1, 51)]
    start = time.monotonic()
    emulator.setup(
        roles=[{"accounts": accounts, "name": "Cleanup"}],
        subscriptions=[{"accounts": accounts, "regions": regions, "subscribed": True}],
        invitations=[{"administrators": [ADMINISTRATOR], "members": accounts, "regions": regions}],
    )
    elapsed = time.monotonic() - start
    print(f"{len(accounts)} accounts x {len(regions)} regions: {elapsed:.3f} s")
    assert len(regions) >= 34 and elapsed < 1
    assert len(emulator.control("state")["hubs"]) == len(regions) * (len(accounts) + 1)


def test_rejects_invalid_documents(emulator):
    with pytest.raises(urllib.error.HTTPError) as error:
        emulator.setup(subscriptions=[{"accounts": ["12"], "regions": ["us-east-1"], "subscribed": False}])
    assert error.value.code == 400
    assert b"account" in error.value.read()
