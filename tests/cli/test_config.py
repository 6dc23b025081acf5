"""`modelry config show`."""

import json
from pathlib import Path
from typing import Any

from modelry.settings import Settings
from tests.cli.folder_steps import on_terminal, ran, refused


def shown(*arguments: object, **environment: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(ran("config", "show", "--json", *arguments, **environment).stdout)
    return found


def lines(*arguments: object, **environment: str) -> dict[str, list[str]]:
    text = ran("config", "show", "--origin", *arguments, **environment).stdout
    return {name: rest for name, *rest in (line.split() for line in text.splitlines())}


def test_every_setting_is_shown() -> None:
    assert list(shown()) == list(lines()) == list(Settings.__struct_fields__)
    assert {each["Origin"] for each in shown().values()} == {"default"}


def test_each_origin_is_named_and_a_flag_wins_over_the_environment_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "modelry.toml"
    file.write_text('port = 1\nworkers = 2\nhost = "0.0.0.0"\n')
    found = shown("--config", file, "--port", "3", MODELRY_PORT="2", MODELRY_WORKERS="4")
    assert found["port"] == {"Value": 3, "Origin": "--port"}
    assert found["workers"] == {"Value": 4, "Origin": "MODELRY_WORKERS"}
    assert found["host"] == {"Value": "0.0.0.0", "Origin": str(file)}
    assert found["backlog"] == {"Value": Settings().backlog, "Origin": "default"}
    assert lines("--config", file)["host"] == ["0.0.0.0", str(file)]


def test_a_value_out_of_a_file_that_a_variable_names_says_so(tmp_path: Path) -> None:
    (tmp_path / "region").write_text("eu-central-1\n")
    found = shown(MODELRY_REGION_FILE=str(tmp_path / "region"))
    assert found["region"] == {"Value": "eu-central-1", "Origin": f"MODELRY_REGION_FILE={tmp_path / 'region'}"}


def test_secrets_are_not_shown_but_that_they_are_set(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hidden-secret")
    environment = {
        "MODELRY_SEALING_KEY": "ab" * 32,
        "MODELRY_ROOT_ACCESS_KEY_ID": "LTAIhidden",
        "MODELRY_ROOT_ACCESS_KEY_SECRET_FILE": str(tmp_path / "secret"),
    }
    for arguments in ((), ("--origin",), ("--json",)):
        text = ran("config", "show", *arguments, **environment).stdout
        for secret in ("ab" * 32, "LTAIhidden", "hidden-secret"):
            assert secret not in text
    found = shown(**environment)
    assert found["sealing_key"] == {"Value": "(hidden)", "Origin": "MODELRY_SEALING_KEY"}
    assert shown()["sealing_key"] == {"Value": None, "Origin": "default"}


def test_the_folder_is_the_one_that_a_server_would_use(tmp_path: Path) -> None:
    assert shown(XDG_DATA_HOME=str(tmp_path))["data"]["Value"] == str(tmp_path / "modelry")


def test_without_origins_there_are_none() -> None:
    text = ran("config", "show").stdout
    assert "port" in text
    assert "default" not in text


def test_a_wrong_setting_is_refused_by_its_name() -> None:
    assert "port" in refused("config", "show", "--port", "many")
    assert "cannot be read" in refused("config", "show", "--config", "/nonexistent.toml")


def test_a_settings_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in refused("config", "show", "--config", tmp_path / "odd.toml")


def test_an_unknown_setting_in_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text("ports = 1\n")
    assert "ports" in refused("config", "show", "--config", tmp_path / "odd.toml")


def test_a_terminal_sees_the_same() -> None:
    assert on_terminal("config", "show", "--origin") == (0, ran("config", "show", "--origin").stdout)
