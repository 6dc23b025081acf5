"""`modelry completion`: what the shell is told when somebody presses Tab."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import COMMAND, Program, address, new_name, silent_server


def completed(program: Program, line: str, **environment: str) -> list[str]:
    """The words that are offered at the end of a line."""
    words = program.home / f"words-{new_name()}"
    asked = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(words),
        "COMP_LINE": line,
        "COMP_POINT": str(len(line.encode())),
    }
    done = subprocess.run(
        [*COMMAND], env=program.environment | asked | environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("", "")
    return words.read_text().split("\n") if words.exists() else []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_code(program: Program, shell: str) -> None:
    done = program("completion", shell)
    assert done.code == 0
    assert "_ARGCOMPLETE" in done.out
    assert "modelry" in done.out


def test_another_shell_is_wrong_usage(program: Program) -> None:
    assert program("completion", "tcsh").code == 2


def test_commands_complete(program: Program) -> None:
    assert completed(program, "modelry vers") == ["versions"]
    assert completed(program, "modelry models sh") == ["show"]
    assert completed(program, "modelry call GetModelV") == ["GetModelVersion"]


def test_options_and_choices_complete(program: Program) -> None:
    assert completed(program, "modelry models list --workspa") == ["--workspace"]
    assert completed(program, "modelry models list --order D") == ["DESC"]
    assert completed(program, "modelry call GetModel --model") == ["--model-id"]


def test_names_complete_from_the_server(program: Program) -> None:
    workspace, _ = program.new_workspace()
    name, _ = program.new_model("--workspace", workspace)
    program("versions", "create", name, "--uri", "oss://b/")
    assert completed(program, f"modelry models show {name[:-1]}") == [name]
    assert completed(program, f"modelry models show {workspace}/n") == [f"{workspace}/{name}"]
    assert completed(program, f"modelry models list --workspace {workspace[:-1]}") == [workspace]
    assert sorted(completed(program, f"modelry versions show {name}@")) == [
        f"{name}@0.1.0",
        f"{name}@approved",
        f"{name}@latest",
    ]


def test_without_a_server_nothing_is_offered_and_nothing_is_said(program: Program) -> None:
    assert completed(program, "modelry models show a", MODELRY_ENDPOINT="127.0.0.1:1") in ([], [""])
    with silent_server() as listener:
        assert completed(program, "modelry models show a", MODELRY_ENDPOINT=address(listener)) in ([], [""])


def test_without_permission_nothing_is_offered(program: Program, stranger: Program) -> None:
    name, _ = program.new_model()
    assert completed(stranger, f"modelry models show {name[:-1]}") in ([], [""])


def test_bash_completes_a_name(program: Program, tmp_path: Path) -> None:
    name, _ = program.new_model()
    code = program("completion", "bash").out
    (tmp_path / "modelry").write_text(f'#!/bin/sh\nexec {" ".join(COMMAND)} "$@"\n')
    (tmp_path / "modelry").chmod(0o755)
    script = (
        f"{code}\nCOMP_LINE='modelry models show {name[:-1]}'; COMP_POINT=${{#COMP_LINE}}; COMP_TYPE=9\n"
        "COMP_WORDS=(modelry models show x); COMP_CWORD=3\n"
        '_python_argcomplete modelry 2>/dev/null; printf "%s" "${COMPREPLY[@]}"'
    )
    path = f"{tmp_path}{os.pathsep}{program.environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env=program.environment | {"PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == name
