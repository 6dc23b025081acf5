"""`modelry audit`, over a data folder that the test has filled."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelry.cli import main
from modelry.families.audit.store import record
from modelry.storage.database import Change, Transaction
from modelry.storage.sqlite import FILE_NAME, write_alone
from modelry.storage.times import shown
from tests.audit.events import APPROVED, MADE, OTHER_ACCOUNT, added, event, times

Lines = Callable[..., list[dict[str, Any]]]

pytestmark = pytest.mark.usefixtures("raw")


@pytest.fixture
def lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Lines:
    """What the command prints as JSON."""

    def printed(*arguments: str) -> list[dict[str, Any]]:
        assert main(["audit", "--data", str(tmp_path), "-o", "json", *arguments]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return printed


def test_a_line_of_json_has_everything(tmp_path: Path, lines: Lines) -> None:
    (made,) = added(
        tmp_path,
        {
            "identity_type": "AssumedRoleUser",
            "user_name": "deployer",
            "session_name": "ci",
            "reason": "",
            "changes": [APPROVED, MADE, Change("model/model-2", b"{}", None), Change("model/model-3", None, None)],
        },
    )
    (line,) = lines()
    assert line == {
        "Time": shown(made.time_us),
        "TimeUs": made.time_us,
        "RequestId": made.request_id,
        "Product": "AIWorkSpace",
        "Operation": "CreateModel",
        "Outcome": "Success",
        "Code": "",
        "Reason": "",
        "AccountId": "1234567890123456",
        "IdentityType": "AssumedRoleUser",
        "UserId": "200000000000000001",
        "UserName": "deployer",
        "SessionName": "ci",
        "AccessKeyId": "LTAI5talice",
        "Source": "192.0.2.1",
        "UserAgent": "aliyun-cli",
        "Changes": [
            {
                "Resource": APPROVED.resource,
                "Before": {"ApprovalStatus": "Pending"},
                "After": {"ApprovalStatus": "Approved"},
            },
            {"Resource": "model/model-1", "After": {"ModelName": "m"}},
            {"Resource": "model/model-2", "Before": {}},
            {"Resource": "model/model-3"},
        ],
    }


def test_the_newest_comes_last(tmp_path: Path, lines: Lines) -> None:
    made = added(tmp_path, {}, {}, {})
    assert [line["TimeUs"] for line in lines()] == times(made)


def test_another_account_s_rows_are_not_shown(tmp_path: Path, lines: Lines) -> None:
    made = added(tmp_path, {}, {"account_id": OTHER_ACCOUNT})
    assert [line["TimeUs"] for line in lines()] == times(made[:1])


ROWS: list[dict[str, Any]] = [
    {},
    {"product": "Ram", "operation": "TagResources", "user_name": "bob", "user_id": "2bob", "access_key_id": "LTAIbob"},
    {"product": "ResourceManager", "operation": "TagResources", "outcome": "Denied", "request_id": "0-0"},
    {"changes": [Change("role/r", None, b"{}")]},
]


@pytest.mark.parametrize(
    ("arguments", "fitting"),
    [
        ("--operation TagResources", [1, 2]),
        ("--operation Ram:TagResources", [1]),
        ("--user bob", [1]),
        ("--user 2bob", [1]),
        ("--key LTAIbob", [1]),
        ("--denied", [2]),
        ("--request-id 0-0", [2]),
        ("--resource role/", [3]),
        ("--denied --user bob", []),
    ],
)
def test_an_option_shows_what_fits(tmp_path: Path, lines: Lines, arguments: str, fitting: list[int]) -> None:
    made = added(tmp_path, *ROWS)
    assert [line["TimeUs"] for line in lines(*arguments.split())] == [made[number].time_us for number in fitting]


def test_since_and_until_bound_the_time(tmp_path: Path, lines: Lines) -> None:
    day_us = 86_400_000_000
    start_us = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z

    def work(transaction: Transaction) -> None:
        for day in range(4):
            record(transaction, event(start_us + day * day_us, MADE), None)

    write_alone(tmp_path, work)
    shown_days = [line["Time"][:10] for line in lines("--since", "2026-01-02", "--until", "2026-01-04T08:00:00+08:00")]
    assert shown_days == ["2026-01-02", "2026-01-03"]


def test_a_limit_shows_the_newest_and_says_so(tmp_path: Path, lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    made = added(tmp_path, *({} for _ in range(5)))
    assert main(["audit", "--data", str(tmp_path), "-o", "json", "--limit", "2"]) == 0
    printed = capsys.readouterr()
    assert [json.loads(line)["TimeUs"] for line in printed.out.splitlines()] == times(made[3:])
    assert printed.err == "modelry: the newest 2 of more; --limit says how many, 0 is all\n"


def test_a_limit_that_all_fit_in_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    added(tmp_path, {}, {})
    main(["audit", "--data", str(tmp_path), "--limit", "2"])
    assert capsys.readouterr().err == ""


def test_without_a_limit_every_row_is_shown_in_order(tmp_path: Path, lines: Lines) -> None:
    made = added(tmp_path, *({} for _ in range(2100)))
    assert [line["TimeUs"] for line in lines("--limit", "0")] == times(made)


def table(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """The cells of the table, without its headings and times."""
    assert main(["audit", "--data", str(folder), "-o", "table"]) == 0
    headings, *rows = capsys.readouterr().out.splitlines()
    assert headings.split() == ["TIME", "WHO", "OPERATION", "RESOURCE", "OUTCOME", "CHANGED"]
    return [re.split(r" {2,}", row)[1:] for row in rows]


WHO = [
    ({"identity_type": "Account", "user_name": ""}, "account"),
    ({}, "alice"),
    ({"user_name": ""}, "200000000000000001"),
    ({"identity_type": "AssumedRoleUser", "user_name": "deployer", "session_name": "ci"}, "deployer/ci"),
]


@pytest.mark.parametrize(("fields", "who"), WHO, ids=[who for _, who in WHO])
def test_the_table_says_who(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fields: dict[str, Any], who: str
) -> None:
    added(tmp_path, fields)
    assert table(tmp_path, capsys)[0][0] == who


def test_the_table_sums_up_what_was_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    update = Change("model/m", b'{"A":1,"B":1,"C":1}', b'{"A":2,"B":1,"D":1}')
    added(
        tmp_path,
        {"changes": [MADE]},
        {"changes": [APPROVED]},
        {"changes": [update]},
        {"changes": [Change("model/m", b"{}", None), update]},
        {"changes": []},
        {"changes": [Change("model/m", None, None)], "outcome": "Denied", "reason": "no policy allows it"},
    )
    assert [row[2:] for row in table(tmp_path, capsys)] == [
        ["model/model-1", "Success", "made"],
        ["model/model-1/modelVersion/0.1.0", "Success", "ApprovalStatus"],
        ["model/m", "Success", "A, C, D"],
        ["model/m", "Success", "removed; A, C, D"],
        ["-", "Success", "-"],
        ["model/m", "Denied", "no policy allows it"],
    ]


def test_the_table_counts_further_resources(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    added(tmp_path, {"changes": [MADE, APPROVED, MADE]})
    assert table(tmp_path, capsys)[0][2] == "model/model-1 +1"


def test_a_name_cannot_write_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    added(tmp_path, {"changes": [Change("model/\x1b[2J\nforged \x9b", None, None)], "user_name": "Jürgen 李"})
    (row,) = table(tmp_path, capsys)
    assert row[0] == "Jürgen 李"
    assert row[2] == r"model/\x1b[2J\nforged \x9b"


def test_lines_of_json_are_printed_where_no_terminal_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    added(tmp_path, {})
    main(["audit", "--data", str(tmp_path)])
    assert json.loads(capsys.readouterr().out)["Operation"] == "CreateModel"


WRONG = [
    ("--since", "yesterday"),
    ("--until", "2026-13-01"),
    ("--limit", "-1"),
    ("--limit", "many"),
    ("--limit", "10000000000"),
    ("-o", "yaml"),
    ("--resources", "x"),
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_arguments_are_refused_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["audit", "--data", str(tmp_path), *arguments])
    assert refused.value.code == 2
    assert re.match("modelry: ", capsys.readouterr().err.splitlines()[-1])


def no_folder(folder: Path) -> Path:
    return folder / "absent"


def no_database(folder: Path) -> Path:
    (folder / FILE_NAME).write_bytes(b"no database" * 1000)
    return folder


def never_started(folder: Path) -> Path:
    with sqlite3.connect(folder / FILE_NAME) as raw:
        raw.execute("DELETE FROM instance")
    return folder


def older_schema(folder: Path) -> Path:
    with sqlite3.connect(folder / FILE_NAME) as raw:
        raw.execute("DROP TABLE audit_events")
    return folder


@pytest.mark.parametrize("broken", [no_folder, no_database, never_started, older_schema])
def test_a_folder_that_has_no_audit_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: Callable[[Path], Path]
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    with sqlite3.connect(tmp_path / FILE_NAME) as raw, sqlite3.connect(folder / FILE_NAME) as copy:
        raw.backup(copy)
    assert main(["audit", "--data", str(broken(folder))]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.fullmatch(r"modelry: .+\n", printed.err)


def test_a_reader_that_stops_reading_is_no_error(tmp_path: Path) -> None:
    added(tmp_path, *({"user_agent": "x" * 500} for _ in range(2000)))
    command = [sys.executable, "-m", "modelry", "audit", "--data", str(tmp_path), "--limit", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("{")
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 1


def test_looking_changes_nothing(tmp_path: Path, raw: sqlite3.Connection, lines: Lines) -> None:
    added(tmp_path, {}, {})
    before = raw.execute("PRAGMA data_version").fetchone()  # moves when another connection commits
    lines()
    assert raw.execute("PRAGMA data_version").fetchone() == before


def test_the_help_has_examples_that_are_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["audit", "--help"])
    examples = re.findall(r"^  modelry (audit .*?)(?: \||$)", capsys.readouterr().out, re.MULTILINE)
    assert len(examples) >= 3
    for example in examples:
        assert main([*example.split(), "--data", str(tmp_path)]) == 0
