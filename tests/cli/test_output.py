"""What a command prints: JSON values as tables, JSON, YAML, TSV and names."""

import argparse
import io
import json

import pytest
import yaml

from modelry.cli import output

ENTRIES = [
    {"Id": "a", "Labels": [{"Key": "k", "Value": "v"}], "Sub": {"Name": "x", "N": 1.5}},
    {"Id": "猫", "Labels": [], "Other": True, "Names": ["p", "q"]},
]


def shown(capsys: pytest.CaptureFixture[str], value: object, *options: str, columns: tuple[str, ...] = ()) -> str:
    parser = argparse.ArgumentParser()
    output.add_options(parser)
    output.show(parser.parse_args(options), json.dumps(value).encode(), columns=columns)
    return capsys.readouterr().out


def test_columns_are_aligned_by_what_a_terminal_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, ENTRIES, columns=("Id", "Labels", "Sub.Name")) == "Id  Labels  Sub\na   k=v     x\n猫\n"


def test_without_columns_all_keys_are(capsys: pytest.CaptureFixture[str]) -> None:
    titles, *_ = shown(capsys, ENTRIES).splitlines()
    assert titles.split() == ["Id", "Labels", "Sub", "Other", "Names"]


def test_an_object_has_a_line_for_each_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, ENTRIES[1]) == "Id      猫\nLabels\nOther   true\nNames   p,q\n"


def test_tsv_keeps_a_record_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    value = [{"A": "a\tb\nc\\d", "B": None}]
    assert shown(capsys, value, "-o", "tsv") == "A\tB\na\\tb\\nc\\\\d\t\n"


@pytest.mark.parametrize(
    ("query", "out"),
    [
        ("[].Id", "a\n猫\n"),
        ("[0].Sub.N", "1.5\n"),
        ("[].[Id, Sub.Name]", "a   x\n猫\n"),
        ("[0].Nope", "\n"),
        ("[?Id=='z']", ""),
        ("length(@)", "2\n"),
    ],
)
def test_what_a_query_selects_is_shown_by_its_form(capsys: pytest.CaptureFixture[str], query: str, out: str) -> None:
    assert shown(capsys, ENTRIES, "--query", query, columns=("Id",)) == out


def test_json_and_yaml_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(shown(capsys, ENTRIES, "-o", "json")) == ENTRIES
    assert yaml.safe_load(shown(capsys, ENTRIES, "-o", "yaml")) == ENTRIES


@pytest.mark.parametrize("text", ["\x1b[2J", "\x9b31m", "\u202eevil", "tab\tline\nend"])
def test_no_form_can_steer_a_terminal_and_data_stays_exact(capsys: pytest.CaptureFixture[str], text: str) -> None:
    for form, read in (("json", json.loads), ("yaml", yaml.safe_load)):
        printed = shown(capsys, {"A": text}, "-o", form)
        assert printed.replace("\n", "").isprintable()
        assert read(printed) == {"A": text}
    assert shown(capsys, {"A": text}).replace("\n", "").isprintable()


def test_a_number_of_any_size_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    output.add_options(parser)
    output.show(parser.parse_args(["-o", "json"]), b'{"a":1.10,"b":123456789012345678901234567890,"c":1e400}')
    assert capsys.readouterr().out == '{\n  "a": 1.10,\n  "b": 123456789012345678901234567890,\n  "c": 1e400\n}\n'


def test_a_query_that_fails_on_this_answer_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(output.OutputError, match="--query"):
        shown(capsys, {"A": 1}, "--query", "sort(A)")


@pytest.mark.parametrize("room", [30, 40, 80, 200])
def test_a_terminal_of_any_width_shows_all_of_a_table(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelry.cli import fancy

    monkeypatch.setenv("COLUMNS", str(room))
    screen = io.StringIO()
    monkeypatch.setattr("sys.stdout", screen)
    fancy.print_table(["ModelId", "Uri"], [["model-0123", "oss://bucket/" + "x" * 90]])
    text = screen.getvalue()
    assert "model-0123" in text
    assert text.count("x") == 90
    assert max(map(len, text.splitlines())) <= room
