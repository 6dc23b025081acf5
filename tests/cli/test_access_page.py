"""What docs/access.md says is so."""

import argparse
import json
import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_tea_openapi.exceptions import ClientException

from modelry.access.authority import Layer
from modelry.cli import access as command
from tests.cli.team import Access, Team

PAGE = (Path(__file__).parents[2] / "docs/access.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser()
    command.add_to(made.add_subparsers())
    return made


def subcommand(name: str) -> argparse.ArgumentParser:
    commands = argparse.ArgumentParser().add_subparsers()
    command.add_to(commands)
    below = commands.choices["access"]._subparsers
    assert below is not None
    found: argparse.ArgumentParser = below._group_actions[0].choices[name]  # type: ignore[index]
    return found


def test_the_page_names_every_option() -> None:
    named = set(re.findall(r"^\| `(-[a-z-]+)` \|", PAGE, re.MULTILINE)) | {"--output", "--help", "-h"}
    known = {text for name in ("explain", "test") for text in subcommand(name)._option_string_actions}
    assert named == known


def test_its_commands_are_understood() -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(lines) == 8
    for line in lines:
        assert callable(parser().parse_args(shlex.split(line)[1:]).run)


def test_its_explanation_is_what_the_command_prints(team: Team, access: Access) -> None:
    model_id = team.models["prod"]
    _, out, _ = access("explain", "--as", "alice", "--operation", "GetModel", "--resource", model_id)
    (text,) = blocks("text")
    assert out.replace(model_id, "model-1").replace(f"workspace {team.workspace_id}", "workspace 123") == text


def test_its_cases_are_such(team: Team, access: Access, tmp_path: Path) -> None:
    (text,) = blocks("toml")
    file = tmp_path / "access.toml"
    file.write_text(text.replace("model-1", team.models["prod"]))
    code, out, err = access("test", "--cases", str(file))
    assert (code, err) == (0, "")
    assert out.endswith("3 of 3 as expected\n")


def test_its_denial_has_the_fields_of_a_real_one(team: Team) -> None:
    with pytest.raises(ClientException) as caught:
        team.alice.sdk.get_model(team.models["prod"], m.GetModelRequest())
    (example,) = map(json.loads, blocks("json"))
    real = caught.value.data["AccessDeniedDetail"]
    assert set(example) == set(real)
    assert example["AuthAction"] == real["AuthAction"]
    assert re.findall(r"^\| `(Auth\w+|No\w+|PolicyType|Encoded\w+)` \|", PAGE, re.MULTILINE) == list(example)


def test_it_names_every_layer() -> None:
    (row,) = (line for line in PAGE.splitlines() if line.startswith("| `PolicyType`"))
    assert set(re.findall(r"`(\w+)`", row)) == {"PolicyType", *get_args(Layer)}
