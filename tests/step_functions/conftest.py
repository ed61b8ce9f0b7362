"""Programs and services that the tests share. `STEP_FUNCTIONS_PROGRAMS` is the directory of the three programs."""

import logging
import os
import pathlib
import subprocess

import pytest

from emulator import KEY, SECRET, Emulator
from front import Front
from lambda_service import LambdaService

ROOT = pathlib.Path(__file__).parents[2]
PROGRAMS = pathlib.Path(os.environ.get("STEP_FUNCTIONS_PROGRAMS", ROOT / "target/debug"))
REGION, BUCKET, ROLE = "eu-central-1", "cleanup", "Cleanup"

logging.getLogger("werkzeug").setLevel(logging.ERROR)

# The interpreter is also a client: it calls S3 and Lambda at this port.
FRONT = Front(KEY, SECRET)
os.environ |= {
    "MOTO_PORT": str(FRONT.port),
    "AWS_ACCESS_KEY_ID": "moto",
    "AWS_SECRET_ACCESS_KEY": "moto",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
}


@pytest.fixture(scope="session")
def aws():
    """Returns a client of a service of moto."""
    import boto3
    from moto.core.config import default_user_config
    from moto.server import ThreadedMotoServer

    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    FRONT.moto = server.get_host_and_port()[1]

    def client(service):
        return boto3.client(service, region_name=REGION, endpoint_url=f"http://127.0.0.1:{FRONT.port}")

    location = {"LocationConstraint": REGION}
    client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
    yield client
    server.stop()


@pytest.fixture
def emulator():
    emulator = Emulator(PROGRAMS / "securityhub-emulator", "--rate-limit", "10:30")
    yield emulator
    emulator.stop()


@pytest.fixture
def start(aws, tmp_path):
    """Starts workers, and returns them and the path of their log."""
    services = []

    def start(emulator, workers, **variables):
        environment = environment_of(emulator) | {
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{FRONT.port}",
            "BUCKET": BUCKET,
            "AWS_LAMBDA_FUNCTION_NAME": "cleanup",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "TMPDIR": str(tmp_path),
        } | variables
        path = tmp_path / "function.log"
        service = LambdaService(PROGRAMS / "bootstrap", environment, open(path, "ab"), workers)
        services.append(service)
        return service, path

    yield start
    for service in services:
        service.stop()


def environment_of(emulator):
    return {
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL_SECURITYHUB": emulator.url,
        "AWS_ENDPOINT_URL_STS": emulator.url,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def run_command(emulator, *arguments, input=None, home):
    """Runs the command with an environment of its own."""
    environment = environment_of(emulator) | {"HOME": str(home), "XDG_STATE_HOME": str(home)}
    program = PROGRAMS / "securityhub-invitations"
    return subprocess.run([program, *arguments], env=environment, input=input, capture_output=True, text=True)
