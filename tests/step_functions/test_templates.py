"""The templates, by AWS's rules and by what the interpreter of these tests runs."""

import json
import os
import subprocess

import pytest
from conftest import ROOT

EXAMPLE = ROOT / "examples/step_functions"
CFN_LINT = os.environ.get("CFN_LINT", "cfn-lint")
ASL_VALIDATOR = os.environ.get("ASL_VALIDATOR", "asl-validator")

# Fields of the Amazon States Language that moto's interpreter runs, and their parents.
STATE_MACHINE = {"Comment", "StartAt", "States"}
EVERY_STATE = {"Type", "Comment", "Next", "End", "InputPath", "OutputPath", "ResultPath"}
STATES = {
    "Task": {"Resource", "Parameters", "ResultSelector", "Retry", "Catch"},
    "Pass": {"Parameters", "Result"},
    "Choice": {"Choices", "Default"},
    "Fail": {"Error", "Cause", "ErrorPath", "CausePath"},
    "Map": {"ItemReader", "MaxConcurrency", "MaxConcurrencyPath", "ItemSelector", "ItemProcessor", "ResultWriter"},
}
OTHER = {
    "Retry": {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate"},
    "Catch": {"ErrorEquals", "ResultPath", "Next"},
    "Choices": {"Variable", "IsPresent", "Next"},
    "ItemReader": {"Resource", "ReaderConfig", "Parameters"},
    "ReaderConfig": {"InputType"},
    "ResultWriter": {"Resource", "Parameters"},
    "ItemProcessor": STATE_MACHINE | {"ProcessorConfig"},
    "ProcessorConfig": {"Mode", "ExecutionType"},
}
# Their contents belong to the user.
PAYLOADS = {"Parameters", "ItemSelector", "ResultSelector", "Result"}
LAMBDA_ERRORS = {"Runtime.ExitError", "Sandbox.Timedout"}


def machine():
    return json.loads((EXAMPLE / "state_machine.asl.json").read_text())


def unknown_fields(name, value):
    """Returns the fields that are not on the list, with their parents."""
    if isinstance(value, list):
        return [field for item in value for field in unknown_fields(name, item)]
    if not isinstance(value, dict) or name in PAYLOADS:
        return []
    if name == "States":
        return [field for state in value.values() for field in unknown_fields("state", state)]
    allowed = EVERY_STATE | STATES.get(value.get("Type"), set()) if name == "state" else OTHER.get(name, STATE_MACHINE)
    unknown = [f"{name}.{field}" for field in value if field not in allowed]
    return unknown + [field for key, item in value.items() for field in unknown_fields(key, item)]


def states(document):
    for name, state in document["States"].items():
        yield name, state
        yield from states(state.get("ItemProcessor", {"States": {}}))


def test_state_machine_has_only_known_fields():
    assert unknown_fields("machine", machine()) == []
    for broken in (
        machine() | {"QueryLanguage": "JSONata"},
        {"States": {"Slices": machine()["States"]["Slices"] | {"ToleratedFailurePercentage": 10}}},
        {"States": {"Slices": machine()["States"]["Slices"] | {"ItemBatcher": {"MaxItemsPerBatch": 2}}}},
    ):
        assert unknown_fields("machine", broken) != []


def test_only_lambda_errors_are_tried_again():
    tasks = {name: state for name, state in states(machine()) if state["Type"] == "Task"}
    assert set(tasks) == {"Plan", "Slice", "Merge"}
    for state in tasks.values():
        [retry] = state["Retry"]
        errors = set(retry["ErrorEquals"])
        assert LAMBDA_ERRORS <= errors
        assert all(error.startswith("Lambda.") for error in errors - LAMBDA_ERRORS)
    [catch] = tasks["Slice"]["Catch"]
    assert (catch["ErrorEquals"], catch["Next"]) == (["States.ALL"], "Lost")


def test_asl_validator_accepts_the_state_machine(tmp_path):
    path = EXAMPLE / "state_machine.asl.json"
    assert subprocess.run([ASL_VALIDATOR, "--json-path", path]).returncode == 0
    broken = tmp_path / "broken.json"
    broken.write_text(path.read_text().replace('"Next": "Merge"', '"Next": "Nowhere"'))
    assert subprocess.run([ASL_VALIDATOR, "--json-path", broken], capture_output=True).returncode != 0


@pytest.mark.parametrize("name", ["template.yaml", "member_role.yaml"])
def test_cfn_lint_accepts_the_template(name, tmp_path):
    path = EXAMPLE / name
    assert subprocess.run([CFN_LINT, path]).returncode == 0
    broken = tmp_path / name
    broken.write_text(path.read_text().replace("AssumeRolePolicyDocument:", "AssumeRolePolicy:"))
    assert subprocess.run([CFN_LINT, broken], capture_output=True).returncode != 0

