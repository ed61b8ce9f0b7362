"""botocore: build + sign and parse with its serializer, signer and parser, and whole calls. There is no network.

Arguments: the milliseconds for each workload, then pairs of files with ids and a response. Prints a line with its version, and
then a line for each workload.
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
"""The smallest number of calls of a workload."""

REGION = "eu-central-1"


class Raw:
    def __init__(self, body):
        self.body = body

    def stream(self, **_):
        yield self.body


class Stub:
    """Responds at once, and sends nothing."""

    def __init__(self, headers, body):
        self.headers, self.body = headers, body

    def send(self, request):
        return AWSResponse(request.url, 200, self.headers, Raw(self.body))

    def close(self):
        pass


def nanoseconds(budget, workload):
    """Returns the median time of individual calls. Calls that the machine interrupted do not affect it."""
    workload()
    times, end = [], time.perf_counter_ns() + budget * 1_000_000
    while len(times) < FEWEST or time.perf_counter_ns() < end:
        start = time.perf_counter_ns()
        workload()
        times.append(time.perf_counter_ns() - start)
    return round(statistics.median(times))


def workloads(client, ids, headers, body):
    model = client.meta.service_model.operation_model("DeleteInvitations")

    def build_and_sign():
        request = client._serializer.serialize_to_request({"AccountIds": ids}, model)
        prepare_request_dict(request, endpoint_url=client.meta.endpoint_url)
        request = create_request_object(request)
        client._request_signer.sign("DeleteInvitations", request)
        return request.prepare()

    def parse():
        response = {"status_code": 200, "headers": headers, "body": body}
        return client._response_parser.parse(response, model.output_shape)

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
    print(json.dumps({"implementation": f"botocore {botocore.__version__}, Python {python}"}), flush=True)
    for ids, response in zip(sys.argv[2::2], sys.argv[3::2]):
        ids, body = Path(ids).read_text().split(), Path(response).read_bytes()
        headers = {"content-type": "application/json", "content-length": str(len(body))}
        client._endpoint.http_session = Stub(headers, body)
        for name, size, workload in workloads(client, ids, headers, body):
            print(json.dumps({"workload": name, "size": size, "nanoseconds": nanoseconds(budget, workload)}), flush=True)


if __name__ == "__main__":
    main()
