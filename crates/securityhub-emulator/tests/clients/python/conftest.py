"""Fixtures that start the emulator for pytest and boto3.

SECURITYHUB_EMULATOR is the path of the program. It is looked up in PATH by default.
"""

import json
import os
import re
import subprocess
import urllib.request

import boto3
import pytest
from botocore.config import Config


class Emulator:
    """The program, controlled through /_emulator/v1/."""

    ACCOUNT = "123456789012"
    ACCESS_KEY = {
        "aws_access_key_id": "AKIDEXAMPLE",
        "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    }

    def __init__(self):
        program = os.environ.get("SECURITYHUB_EMULATOR", "securityhub-emulator")
        self.process = subprocess.Popen(
            [program, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        line = self.process.stdout.readline()
        self.url = re.fullmatch(r"listening on (http://\S+)\n", line).group(1)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def control(self, path, document=None):
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/v1/{path}", data=body)
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def setup(self, **changes):
        self.control("setup", changes)

    def reset(self):
        self.control("reset", {})

    def client(self, service, region="us-east-1", path="", credentials=ACCESS_KEY):
        config = Config(retries={"total_max_attempts": 1})
        url = self.url + path
        return boto3.client(service, region_name=region, endpoint_url=url, config=config, **credentials)

    def assume_role(self, account, region="us-east-1", path="", credentials=ACCESS_KEY, **more):
        arn = f"arn:aws:iam::{account}:role/Cleanup"
        sts = self.client("sts", region, path, credentials)
        issued = sts.assume_role(RoleArn=arn, RoleSessionName="test", **more)["Credentials"]
        return {
            "aws_access_key_id": issued["AccessKeyId"],
            "aws_secret_access_key": issued["SecretAccessKey"],
            "aws_session_token": issued["SessionToken"],
        }


@pytest.fixture(scope="session")
def running_emulator():
    emulator = Emulator()
    yield emulator
    emulator.stop()


@pytest.fixture
def emulator(running_emulator):
    running_emulator.reset()
    return running_emulator
