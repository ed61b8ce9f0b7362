"""boto3 against the emulator: reads calls as a JSON list from standard input, and prints what came of them as another."""

import json
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError


def run(call):
    client = boto3.client(
        "securityhub", region_name=call["region"], endpoint_url=call["url"], aws_access_key_id=call["access_key_id"],
        aws_secret_access_key=call["secret_access_key"], aws_session_token=call["session_token"])
    try:
        output = client.delete_invitations(AccountIds=call["account_ids"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        typed = type(error).__name__ if type(error) is not ClientError else None
        return {"code": code, "typed": typed, "message": error.response["Error"]["Message"]}
    except BotoCoreError as error:
        return {"code": f"not an answer: {error}", "typed": None}
    return {"unprocessed": [account["AccountId"] for account in output["UnprocessedAccounts"]]}


print(json.dumps({"client": f"boto3 {boto3.__version__}", "results": [run(call) for call in json.load(sys.stdin)]}))
