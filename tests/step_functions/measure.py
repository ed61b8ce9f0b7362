"""Cold start, memory and package size of the function, for the figures in its README.

    STEP_FUNCTIONS_PROGRAMS=target/release python tests/step_functions/measure.py
"""

import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time
import zipfile

from conftest import BUCKET, FRONT, PROGRAMS, REGION, ROLE, environment_of, run_command
from emulator import Emulator
from lambda_service import LambdaService

RUNS = 20
ACCOUNT = "000000000001"


def memory_of(process):
    """The most memory so far, in MB."""
    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000


def command_memory(emulator, slice):
    """The most memory of the command during its calls, in MB."""
    emulator.setup(faults=[{"delay_ms": 300, "times": 2}])
    program = PROGRAMS / "securityhub-invitations"
    process = subprocess.Popen([program, "slice"], env=environment_of(emulator), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    process.stdin.write(slice.encode())
    process.stdin.close()
    most = 0
    while process.poll() is None:
        try:
            most = memory_of(process)
        except (StopIteration, OSError):
            break
        time.sleep(0.01)
    assert process.wait() == 0
    return most


def package_size():
    with tempfile.NamedTemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name in ("bootstrap", "securityhub-invitations"):
                archive.write(PROGRAMS / name, name)
        return {name: os.path.getsize(PROGRAMS / name) / 1e6 for name in ("bootstrap", "securityhub-invitations")}, os.path.getsize(file.name) / 1e6


def main():
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    FRONT.moto = server.get_host_and_port()[1]
    s3 = boto3.client("s3", region_name=REGION, endpoint_url=f"http://127.0.0.1:{FRONT.port}")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    emulator = Emulator(PROGRAMS.parent / "debug/securityhub-emulator")
    ids = [f"{number:012}" for number in range(1, 51)]
    emulator.setup(
        roles=[{"accounts": [ACCOUNT], "name": ROLE}],
        invitations=[{"administrators": ids, "members": [ACCOUNT], "regions": [REGION]}],
    )
    arguments = ["slices", "--side", "member", "--role", ROLE, "--accounts", ACCOUNT, "--region", REGION]
    slice = run_command(emulator, *arguments, home=tempfile.gettempdir()).stdout
    event = {"action": "slice", "run": "measure", "attempt": 0, "slice": json.loads(slice)}
    environment = environment_of(emulator) | {
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{FRONT.port}",
        "BUCKET": BUCKET,
        "AWS_LAMBDA_FUNCTION_NAME": "cleanup",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    }
    starts, first, warm, memory = [], [], [], []
    for _ in range(RUNS):
        function = LambdaService(PROGRAMS / "bootstrap", environment, subprocess.DEVNULL, 1)
        for times in (first, warm):
            started = time.monotonic()
            output, error = function.invoke(event)
            assert (error, output["status"]) == (None, 0), output
            times.append(time.monotonic() - started)
        starts.append(function.workers[0].ready_after)
        memory.append(memory_of(function.workers[0].process))
        function.stop()
    sizes, package = package_size()
    ms = lambda times: f"{statistics.median(times) * 1000:.0f} ms"
    print(f"start to the first request of the Runtime API: {ms(starts)}")
    print(f"first invocation, with the start: {ms(first)}; later invocation: {ms(warm)}")
    print(f"memory: bootstrap {max(memory):.1f} MB, command {command_memory(emulator, slice):.1f} MB")
    print(f"sizes: {', '.join(f'{name} {size:.1f} MB' for name, size in sizes.items())}, package {package:.1f} MB")
    emulator.stop()
    server.stop()
    os._exit(0)


if __name__ == "__main__":
    main()
