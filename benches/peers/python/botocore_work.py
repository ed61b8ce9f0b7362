"""botocore: build + sign and parse by its own serializer, signer and parser, and whole calls, all without a network.

Arguments: the milliseconds that each work may take, and files of ids and of the answer, by twos. Prints what it is, and a
line for each work.
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path
from unittest import mock

import botocore
import botocore.session
from botocore.awsrequest import AWSResponse, create_request_object, prepare_request_dict

FEWEST = 5
"""How many calls a work has at least, however long they take."""

REGION = "eu-central-1"


class Raw:
    def __init__(self, body):
        self.body = body

    def stream(self, **_):
        yield self.body


class Stub:
    """Answers at once instead of sending anything."""

    def __init__(self, headers, body):
        self.headers, self.body = headers, body

    def send(self, request):
        return AWSResponse(request.url, 200, self.headers, Raw(self.body))

    def close(self):
        pass


def nanoseconds(budget, work):
    """The median of calls that are timed one by one, so that one during which the machine did other things is passed over."""
    work()
    times, end = [], time.perf_counter_ns() + budget * 1_000_000
    while len(times) < FEWEST or time.perf_counter_ns() < end:
        start = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - start)
    return round(statistics.median(times))


def works(client, ids, headers, body):
    model = client.meta.service_model.operation_model("DeleteInvitations")

    def build_and_sign():
        request = client._serializer.serialize_to_request({"AccountIds": ids}, model)
        prepare_request_dict(request, endpoint_url=client.meta.endpoint_url)
        request = create_request_object(request)
        client._request_signer.sign("DeleteInvitations", request)
        return request.prepare()

    def parse():
        answer = {"status_code": 200, "headers": headers, "body": body}
        return client._response_parser.parse(answer, model.output_shape)

    def call():
        return client.delete_invitations(AccountIds=ids)

    assert "Authorization" in build_and_sign().headers
    accounts = len(json.loads(body)["UnprocessedAccounts"])
    assert len(parse()["UnprocessedAccounts"]) == len(call()["UnprocessedAccounts"]) == accounts
    if ids:
        yield "build + sign", len(ids), build_and_sign
        yield "call", len(ids), call
    yield "parse", accounts, parse


def main():
    budget = int(sys.argv[1])
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    with mock.patch.dict(os.environ, nowhere):
        client = botocore.session.Session().create_client(
            "securityhub", region_name=REGION, aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    python = ".".join(map(str, sys.version_info[:3]))
    print(json.dumps({"contestant": f"botocore {botocore.__version__}, Python {python}"}), flush=True)
    for ids, answer in zip(sys.argv[2::2], sys.argv[3::2]):
        ids, body = Path(ids).read_text().split(), Path(answer).read_bytes()
        headers = {"content-type": "application/json", "content-length": str(len(body))}
        client._endpoint.http_session = Stub(headers, body)
        for name, size, work in works(client, ids, headers, body):
            print(json.dumps({"work": name, "size": size, "nanoseconds": nanoseconds(budget, work)}), flush=True)


if __name__ == "__main__":
    main()
