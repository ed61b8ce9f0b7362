"""Deletes invitations in many accounts with boto3: one call after the other, or in 64 threads."""

import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
mode, accounts, ids, chunk = sys.argv[1], *map(int, sys.argv[2:])
config = Config(max_pool_connections=64)
session = boto3.Session()


def client(account):
    key = f"AKID1{account:011}"
    return session.client("securityhub", aws_access_key_id=key, aws_secret_access_key=SECRET, config=config)


def delete(call):
    client, ids = call
    client.delete_invitations(AccountIds=ids)


def calls():
    for account in range(accounts):
        of_account = client(account)
        for start in range(0, ids, chunk):
            yield of_account, [f"9{number:011}" for number in range(start, min(ids, start + chunk))]


if mode == "threads":
    with ThreadPoolExecutor(64) as threads:
        list(threads.map(delete, calls()))
else:
    for call in calls():
        delete(call)
