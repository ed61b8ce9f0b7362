"""boto3 against the emulator: reads calls as a JSON list from standard input, and prints their results as another.

A call has either account ids to delete, or an operation with its input."""

import json
import sys

import boto3
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError


def operate(client, call):
    name = xform_name(call["operation"])
    try:
        if call["page_size"]:
            pages = client.get_paginator(name).paginate(
                **call["input"], PaginationConfig={"PageSize": call["page_size"]})
            output = pages.build_full_result()
        else:
            output = getattr(client, name)(**call["input"])
    except (ClientError, BotoCoreError) as error:
        return {"message": str(error)}
    # Times are not JSON.
    return {"output": json.loads(json.dumps(output, default=str))}


def run(call):
    client = boto3.client(
        "securityhub", region_name=call["region"], endpoint_url=call["url"], aws_access_key_id=call["access_key_id"],
        aws_secret_access_key=call["secret_access_key"], aws_session_token=call["session_token"])
    if "operation" in call:
        return operate(client, call)
    try:
        output = client.delete_invitations(AccountIds=call["account_ids"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        typed = type(error).__name__ if type(error) is not ClientError else None
        return {"code": code, "typed": typed, "message": error.response["Error"]["Message"]}
    except BotoCoreError as error:
        return {"code": f"no response: {error}", "typed": None}
    return {"unprocessed": [account["AccountId"] for account in output["UnprocessedAccounts"]]}


print(json.dumps({"client": f"boto3 {boto3.__version__}", "results": [run(call) for call in json.load(sys.stdin)]}))
