"""The state machine in moto's interpreter, with four processes of the function, one of which is killed every two seconds."""

import collections
import json
import math
import pathlib
import threading
import time

import pytest
from conftest import BUCKET, FRONT, PROGRAMS, REGION, ROLE, ROOT, run_command
from emulator import Emulator
from lambda_service import ARN

REGIONS = ["eu-central-1", "us-east-1", "eu-west-1", "ap-south-2", "af-south-1"]
DISABLED = REGIONS[3:]
ACCOUNTS = [f"{number:012}" for number in range(1001, 1041)]
DENIED = ACCOUNTS[7]
WORKERS, KILLS, SECONDS_BETWEEN_KILLS = 4, 5, 2
STATE_MACHINE = ROOT / "examples/step_functions/state_machine.asl.json"


def inviters(most):
    return [f"{number:012}" for number in range(1, most + 1)]


def setup(emulator, most):
    """40 accounts in 5 regions with up to `most` invitations each, and faults for about 1500 requests."""
    numbered = [(i, account, j, region) for i, account in enumerate(ACCOUNTS) for j, region in enumerate(REGIONS)]
    counts = {(account, region): (7 * i + 13 * j) % most + 1 for i, account, j, region in numbered}
    invitations = collections.defaultdict(lambda: collections.defaultdict(list))
    for (account, region), count in counts.items():
        invitations[region][count].append(account)
    document = [
        {"administrators": inviters(count), "members": accounts, "regions": [region]}
        for region, by_count in invitations.items()
        for count, accounts in by_count.items()
    ]
    for start in range(0, len(document), 20):
        emulator.setup(invitations=document[start : start + 20])
    slow = {"delay_ms": 50}
    lost = slow | {"after_processing": True, "truncate": {}}
    throttled = slow | {"response": "throttled"}
    # Of 20 requests, 2 are throttled and 1 loses its response.
    pattern = [slow | {"times": 6}, throttled, slow | {"times": 6}, lost, slow | {"times": 3}, throttled, slow | {"times": 2}]
    emulator.setup(
        roles=[{"accounts": ACCOUNTS, "name": ROLE}],
        regions=[{"accounts": ACCOUNTS, "regions": DISABLED, "enabled": False}],
        denials=[{"accounts": [DENIED], "message": "explicit deny in a service control policy"}],
        faults=pattern * 75,
    )
    return counts


def minimum_of_calls(counts, ids):
    """The calls without a fault."""
    calls = 0
    for (account, region), count in counts.items():
        pages = math.ceil(count / 50)
        if account == DENIED or region in DISABLED:
            calls += 1
        elif ids:
            # The final list, if some ids have no invitation.
            calls += math.ceil(len(ids) / 50) + (pages if count < len(ids) else 0)
        else:
            calls += 2 * pages
    return calls


def certain(report):
    lines = [json.loads(line) for line in report.splitlines()]
    entries = [line for line in lines if line["type"] == "entry" and line["certain"]]
    return {(line["account"], line["region"], line["id"]): line["state"] for line in entries}


def check_against(emulator, report, invited):
    """Every certain entry is as the service has it."""
    left = emulator.invitations()
    for entry, state in certain(report).items():
        assert state in ("done", "pending"), entry
        assert (entry in left) == (state == "pending" and entry in invited), (entry, state)


def execute(aws, run):
    states = aws("stepfunctions")
    definition = STATE_MACHINE.read_text().replace("${Function}", ARN).replace("${Bucket}", BUCKET)
    role = "arn:aws:iam::123456789012:role/cleanup"
    machine = states.create_state_machine(name=run, definition=definition, roleArn=role)["stateMachineArn"]
    document = json.dumps({"run": run, "concurrency": WORKERS})
    execution = states.start_execution(stateMachineArn=machine, input=document)["executionArn"]
    for _ in range(2400):
        result = states.describe_execution(executionArn=execution)
        if result["status"] != "RUNNING":
            break
        time.sleep(0.1)
    if result["status"] != "SUCCEEDED":
        return result, None
    [map_run] = states.list_map_runs(executionArn=execution)["mapRuns"]
    return json.loads(result["output"]), states.describe_map_run(mapRunArn=map_run["mapRunArn"])


def kill_workers(function, ended):
    """Kills a busy process every two seconds, and returns the number."""
    kills = 0
    while kills < KILLS and not ended.wait(SECONDS_BETWEEN_KILLS):
        busy = [worker for worker in function.workers if worker.current]
        if busy:
            busy[kills % len(busy)].kill()
            kills += 1
    return kills


@pytest.mark.parametrize("ids", [None, inviters(50)], ids=["list", "ids"])
def test_matches_service_and_one_machine(aws, emulator, start, tmp_path, ids):
    counts = setup(emulator, 50 if ids else 60)
    invited = emulator.invitations()
    plan = f"""
side = "member"
regions = {json.dumps(REGIONS)}
role = "{ROLE}"
accounts = {json.dumps(ACCOUNTS)}
"""
    plan += f"ids = {json.dumps(ids)}\n" if ids else ""
    (tmp_path / "plan.toml").write_text(plan)
    run = f"end-to-end-{'ids' if ids else 'list'}"
    s3 = aws("s3")
    s3.put_object(Bucket=BUCKET, Key=f"runs/{run}/plan.toml", Body=plan.encode())
    function, log = start(emulator, WORKERS)
    FRONT.functions[ARN] = function

    ended, kills = threading.Event(), []
    killer = threading.Thread(target=lambda: kills.append(kill_workers(function, ended)))
    killer.start()
    started = time.monotonic()
    try:
        output, map_run = execute(aws, run)
    finally:
        ended.set()
        killer.join()
    seconds = time.monotonic() - started

    # The map run's counts add up.
    assert map_run, output
    assert map_run["itemCounts"]["total"] == len(counts)
    for name in ("itemCounts", "executionCounts"):
        parts = {key: value for key, value in map_run[name].items() if key not in ("total", "resultsWritten")}
        assert map_run[name]["succeeded"] == sum(parts.values()) == map_run[name]["total"], map_run[name]
    assert function.peak == WORKERS

    # The ledger, the service and the rates.
    report = s3.get_object(Bucket=BUCKET, Key=f"runs/{run}/report.jsonl")["Body"].read().decode()
    summary = output["summary"]
    assert output["count"] == len(counts) and summary["hubs"] == len(counts), output
    assert summary["parked_hubs"] == 2 * len(ACCOUNTS) + 3 and output["status"] in (1, 3), output
    check_against(emulator, report, invited)
    assert emulator.call("rate-violations")["count"] == 0
    requests = emulator.requests()
    calls = [request for request in requests if request["operation"] not in ("AssumeRole", "GetCallerIdentity")]
    minimum = minimum_of_calls(counts, ids)
    assert kills == [KILLS], "the run was too short"
    assert len(calls) <= 1.3 * minimum, (len(calls), minimum)

    # The same plan on one machine.
    other = Emulator(PROGRAMS / "securityhub-emulator", "--rate-limit", "10:30")
    try:
        assert setup(other, 50 if ids else 60) == counts
        arguments = ["delete"] if ids else ["clean"]
        arguments += ["--plan", str(tmp_path / "plan.toml"), "--yes", "--output", "json", "--progress", "none"]
        if ids:
            arguments += ["--file", str(write_ids(tmp_path, ids))]
        clean = run_command(other, *arguments, home=tmp_path)
        assert clean.returncode in (1, 3), clean.stderr
        check_against(other, clean.stdout, invited)
        assert other.call("rate-violations")["count"] == 0
    finally:
        other.stop()
    one, many = certain(clean.stdout), certain(report)
    assert all(one[entry] == many[entry] for entry in one.keys() & many.keys())
    # In a parked account and region, a lost response leaves given ids uncertain.
    active = {entry for entry in one.keys() ^ many.keys() if entry[0] != DENIED and entry[1] not in DISABLED}
    # A killed attempt forgets what it had listed, but never an id that the plan names.
    missing = len(active & one.keys())
    assert active <= one.keys() and (not ids or missing == 0), active
    retried = sum(attempt > 0 for attempt in attempts(log))
    assert retried > 0
    print(
        f"\n{run}: {len(counts)} slices in {seconds:.0f} s, {KILLS} kills, {retried} slices at a later attempt, "
        f"{len(calls)} calls (minimum {minimum}, factor {len(calls) / minimum:.2f}), "
        f"{len(requests) - len(calls)} calls of STS, {summary['done']} done, {summary['uncertain']} uncertain, "
        f"{len(many)} certain entries, and {len(one)} on one machine, {missing} forgotten"
    )


class Crashing:
    """A function whose command crashes in one account."""

    def __init__(self, function, account):
        self.function, self.account = function, account

    def invoke(self, event):
        if json.loads(event).get("slice", {}).get("account") == self.account:
            return {"errorType": "CommandCrashed", "errorMessage": "securityhub-invitations slice: signal: 11"}, "Unhandled"
        return self.function.invoke(event)


def test_crashed_slices_are_lost_and_reported(aws, emulator, start):
    accounts, run = ACCOUNTS[:3], "crashed"
    invitations = [{"administrators": inviters(2), "members": accounts, "regions": [REGION]}]
    emulator.setup(roles=[{"accounts": accounts, "name": ROLE}], invitations=invitations)
    plan = f'side = "member"\nregions = ["{REGION}"]\nrole = "{ROLE}"\naccounts = {json.dumps(accounts)}\n'
    aws("s3").put_object(Bucket=BUCKET, Key=f"runs/{run}/plan.toml", Body=plan.encode())
    function, _ = start(emulator, 1)
    FRONT.functions[ARN] = Crashing(function, accounts[1])
    output, map_run = execute(aws, run)
    assert (output["status"], output["count"], map_run["itemCounts"]["succeeded"]) == (3, 2, 3), output
    report = aws("s3").get_object(Bucket=BUCKET, Key=f"runs/{run}/report.jsonl")["Body"].read().decode()
    hubs = [json.loads(line) for line in report.splitlines() if '"type":"hub"' in line]
    assert [hub.get("cause") for hub in hubs] == [None, "lost", None]
    assert not output["summary"]["complete"] and output["summary"]["done"] == 4


def test_a_missing_plan_fails_the_execution(aws, emulator, start):
    function, _ = start(emulator, 1)
    FRONT.functions[ARN] = function
    result, _ = execute(aws, "nowhere")
    assert (result["status"], result["error"]) == ("FAILED", "PlanRejected")
    assert result["cause"] == 'S3 object "runs/nowhere/plan.toml": does not exist'


def write_ids(directory, ids):
    path = directory / "ids.txt"
    path.write_text("\n".join(ids))
    return path


def attempts(log):
    """The numbers of the attempts that stored a ledger, by the log of the function."""
    keys = [line.split(":")[0] for line in pathlib.Path(log).read_text().splitlines() if "/ledgers/" in line]
    return [int(key.removesuffix(".json").rsplit("_", 1)[1]) for key in keys]
