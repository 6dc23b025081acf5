"""What can be checked of a block that is not run: each check takes the block, and raises if it is wrong."""

import ast
import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
import yaml

from modelry.access.policy import parse, parse_trust, unrenderable
from modelry.server.app import catalogue
from modelry.settings import loaded
from tests.docs.blocks import ROOT, Block

Check = Callable[[Block], None]

_IN_THE_CHECKOUT = re.compile(r"(?<![\w./-])(?:requirements|deploy|src|tests|tools|docs)/[\w./-]+")


def is_shell(block: Block) -> None:
    """It is shell text, and the files of the checkout that it names are there."""
    subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)
    for name in _IN_THE_CHECKOUT.findall(block.text):
        assert (ROOT / name).exists(), name


def is_json(block: Block) -> None:
    """It is one JSON document, or one a line."""
    try:
        json.loads(block.text)
    except json.JSONDecodeError:
        for line in block.text.splitlines():
            json.loads(line)


def is_toml(block: Block) -> None:
    tomllib.loads(block.text)


def is_yaml(block: Block) -> None:
    list(yaml.safe_load_all(block.text))


def is_python(block: Block) -> None:
    ast.parse(block.text)


def is_policy(block: Block) -> None:
    """The engine takes the policy, or the trust policy."""
    if "Principal" in block.text:
        assert parse_trust(block.text).statements
    else:
        assert unrenderable(parse(block.text)) is None


def is_settings_file(block: Block) -> None:
    """A start takes it with `--config`."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "modelry.toml"
        file.write_text(block.text)
        loaded({}, {}, file)


def is_environment(block: Block) -> None:
    """A start takes its lines as its environment."""
    lines = [line for line in block.text.splitlines() if line and not line.startswith("#")]
    given = dict(line.split("=", 1) for line in lines)
    assert given
    assert all(name.startswith("MODELRY_") for name in given)
    loaded({}, given)


def is_compose(block: Block) -> None:
    """It is YAML, whose volumes and secrets are declared, and whose environment names settings."""
    file = yaml.safe_load(block.text)
    for service in file["services"].values():
        assert {each.partition(":")[0] for each in service.get("volumes", ())} <= set(file["volumes"])
        assert set(service.get("secrets", ())) <= set(file["secrets"])
        with TemporaryDirectory() as folder:
            secret = Path(folder) / "secret"
            secret.write_text("text")
            loaded(
                {}, {name: str(secret) if name.endswith("_FILE") else v for name, v in service["environment"].items()}
            )


def is_drop_in(block: Block) -> None:
    """Systemd finds nothing wrong with deploy/modelry.service and this beside it."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    with TemporaryDirectory() as folder:
        unit = Path(folder) / "modelry.service"
        unit.write_text((ROOT / "deploy/modelry.service").read_text().replace("/opt/modelry/bin/modelry", "/bin/true"))
        beside = Path(f"{unit}.d")
        beside.mkdir()
        (beside / "override.conf").write_text(block.text)
        environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"}
        done = subprocess.run(
            ["systemd-analyze", "verify", str(unit)], env=environment, capture_output=True, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (0, "")


def is_terraform(block: Block) -> None:
    """Terraform reads it, and would not format it otherwise."""
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed")
    with TemporaryDirectory() as folder:
        (Path(folder) / "main.tf").write_text(block.text)
        done = subprocess.run(
            ["terraform", "fmt", "-check", "-diff"], cwd=folder, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr


def is_request(block: Block) -> None:
    """Its first line leads to an operation; what follows the headers is JSON that the operation takes."""
    method, path, protocol = block.text.splitlines()[0].split(" ")
    assert protocol == "HTTP/1.1"
    operation = catalogue().find(method, path.encode()).operation
    _, _, body = block.text.partition("\n\n")
    if body:
        fields = {field.encode_name for field in msgspec.structs.fields(operation.request)}
        assert set(json.loads(body)) <= fields


def is_answer_of(operation: str) -> Check:
    """It has the members of the operation's answer, the required ones too."""

    def check(block: Block) -> None:
        fields = msgspec.structs.fields(catalogue().by_name[operation].response)
        members = set(json.loads(block.text)) - {"RequestId"}
        assert {field.encode_name for field in fields if field.required} <= members
        assert members <= {field.encode_name for field in fields}

    return check


def is_tested_by(file: str, name: str) -> Check:
    """A test elsewhere runs it or compares it with the real thing: the test exists."""

    def check(block: Block) -> None:
        tree = ast.parse((ROOT / file).read_text())
        assert any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body), f"{file}::{name}"

    return check
