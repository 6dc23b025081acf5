"""`modelry bench` as a user runs it."""

import os
import pty
import re
import signal
import sqlite3
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from modelry.cli import main
from tests.bench.command import TINY, Command, Ran

NOTHING: tuple[list[int], list[Path]] = ([], [])


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


class Done:
    """One run with everything that it can write."""

    def __init__(self, folder: Path) -> None:
        self.command = Command(folder)
        self.report, self.plot, self.keep = folder / "page.md", folder / "plot.svg", folder / "kept"
        self.ran: Ran = self.command(
            *TINY,
            *("--users", "2", "--mix", "get=4,list=1,search=1,create=1,update=1,get-version=1,list-versions=1"),
            *("--report", str(self.report), "--plot", str(self.plot), "--keep", str(self.keep)),
        )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return Done(tmp_path_factory.mktemp("bench"))


def rows(page: str) -> list[list[str]]:
    """The cells of every table."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")]


def test_it_succeeds_and_says_nothing_on_standard_error(done: Done) -> None:
    assert (done.ran.code, done.ran.err) == (0, "")


@pytest.mark.parametrize("caller", ["the account", "2 RAM users"])
def test_each_caller_has_a_rate_and_its_cpu_in_floors(done: Done, caller: str) -> None:
    (row,) = (row for row in rows(done.ran.out) if row[0] == caller)
    assert row[1] == "2"
    rate = re.match(r"[\d,]+", row[2])
    assert rate is not None
    assert int(rate[0].replace(",", "")) > 0
    assert re.fullmatch(r"[\d.]+( \([\d.]+ to [\d.]+\))? x|too short", row[5])
    assert re.fullmatch(r"\d+%( limit)?", row[6])


def test_the_floor_is_measured_beside_each_caller(done: Done) -> None:
    assert [row[0] for row in rows(done.ran.out) if row[0] == "the floor"] == ["the floor"] * 2


@pytest.mark.parametrize(
    "operation", ["GetModel", "CreateModel", "UpdateModel", "GetModelVersion", "ListModelVersions"]
)
def test_each_operation_has_its_percentiles_in_order(done: Done, operation: str) -> None:
    found = [row for row in rows(done.ran.out) if row[0] == operation]
    assert found
    for row in found:
        p50, p99, p999 = map(float, row[3:6])
        assert 0 < p50 <= p99 <= p999


def test_memory_start_and_machine_are_told(done: Done) -> None:
    told = {row[0]: row[1] for row in rows(done.ran.out) if len(row) == 2}
    assert re.fullmatch(r"\d+\.\d\d s", told["Start to the first answer, on this data"])
    assert sum(name.startswith("Memory") and value.endswith("MiB") for name, value in told.items()) == 2
    assert told["Data"] == "20 models with 2 versions each, in 2 workspaces"
    assert told["Python"].startswith("3.")


def test_the_report_is_what_was_printed_with_the_plot_in_it(done: Done) -> None:
    page = done.report.read_text()
    assert "![CPU and latency](plot.svg)\n\n" in page
    assert page.replace("![CPU and latency](plot.svg)\n\n", "").splitlines()[4:] == done.ran.out.splitlines()[4:]


def test_the_plot_has_a_bar_for_each_cpu_figure_and_three_for_each_latency(done: Done) -> None:
    picture = ET.fromstring(done.plot.read_text())  # noqa: S314  our own
    bars = picture.findall("{http://www.w3.org/2000/svg}rect")[1:]
    latencies = [row for row in rows(done.ran.out) if len(row) == 7 and row[6].replace(",", "").isdigit()]
    assert len(latencies) == 14
    assert len(bars) == 4 + 3 * len(latencies)
    assert all(0 <= float(bar.attrib["width"]) <= 900 for bar in bars)


def test_nothing_is_left_running_and_no_file_but_what_was_asked_for(done: Done) -> None:
    assert done.command.left() == NOTHING
    assert len(list(done.keep.iterdir())) == 1
    assert not (done.keep.parent / "used").exists()  # the registry of the environment


def test_kept_data_is_taken_again_and_is_as_it_was(done: Done) -> None:
    (kept,) = done.keep.iterdir()
    before = (kept / "modelry.sqlite").read_bytes()
    ran = done.command(*TINY, "--keep", str(done.keep), "--mix", "create=1")
    assert ran.code == 0
    assert list(done.keep.iterdir()) == [kept]
    assert (kept / "modelry.sqlite").read_bytes() == before


@pytest.mark.parametrize("moment", ["serve", "modelry.bench.floor", "modelry.bench.generator"])
@pytest.mark.parametrize(
    ("number", "code", "says"), [(signal.SIGINT, 130, "modelry: interrupted\n"), (signal.SIGTERM, 143, "")]
)
def test_an_interrupted_run_ends_and_removes_all(
    command: Command, moment: str, number: int, code: int, says: str
) -> None:
    process = command.begun(*TINY)
    command.waited_for(moment)
    process.send_signal(number)
    assert command.ended(process) == Ran(code, "", says)
    assert command.left() == NOTHING


def test_a_second_ctrl_c_does_not_disturb_the_end(command: Command) -> None:
    process = command.begun(*TINY)
    command.waited_for("modelry.bench.generator")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    assert command.ended(process).code == 130
    assert command.left() == NOTHING


def test_what_was_started_ends_with_a_run_that_was_killed(command: Command) -> None:
    process = command.begun(*TINY)
    command.waited_for("modelry.bench.generator")
    process.kill()
    command.ended(process)
    assert command.left()[0] == []


def test_ctrl_c_on_a_terminal_is_one_line(command: Command) -> None:
    terminal, inside = pty.openpty()
    process = command.begun("--models", "100000", terminal=inside)
    os.close(inside)
    command.waited_for("bench")
    screen = b""
    while b"of 100,000" not in screen:  # the progress of making models, which is shown on a terminal alone
        screen += os.read(terminal, 65536)
    process.send_signal(signal.SIGINT)
    try:
        while part := os.read(terminal, 65536):
            screen += part
    except OSError:  # how Linux says that the other end is closed
        os.close(terminal)
    assert process.wait(60) == 130
    assert screen.count(b"modelry: interrupted") == 1
    assert b"Traceback" not in screen
    assert command.left() == NOTHING


def test_a_server_that_dies_is_one_line_and_fails(command: Command) -> None:
    process = command.begun(*TINY)
    command.waited_for("modelry.bench.generator")
    for pid in command.running("serve"):
        os.kill(pid, signal.SIGKILL)
    ran = command.ended(process)
    assert (ran.code, ran.out) == (1, "")
    assert re.fullmatch(r"modelry: .+\n", ran.err)
    assert command.left() == NOTHING


def test_requests_that_fail_are_counted_shown_and_end_it_with_1(command: Command) -> None:
    """The models go away under the load."""
    process = command.begun(*TINY, "--mix", "get=1")
    command.waited_for("modelry.bench.floor")
    (database,) = command.temporary.glob("*/data/modelry.sqlite")
    with sqlite3.connect(database, timeout=30) as raw:
        raw.execute("DELETE FROM models")
    raw.close()
    ran = command.ended(process)
    assert ran.code == 1
    (row,) = (row for row in rows(ran.out) if row[0] == "get 404")
    assert int(row[1].replace(",", "")) > 0
    assert re.fullmatch(r"modelry: \d+ requests failed; the first: get 404: .+\n", ran.err)
    assert command.left() == NOTHING


@pytest.mark.parametrize(
    "arguments",
    [
        ["--models", "0"],
        ["--models", "-5"],
        ["--models", "many"],
        ["--models", "99999999999999999999999"],
        ["--versions", "0"],
        ["--workspaces", "1.5"],
        ["--users", "101"],
        ["--connections"],
        ["--connections", "8", "0"],
        ["--connections", "1001"],
        ["--seconds", "0"],
        ["--seconds", "nan"],
        ["--seconds", "inf"],
        ["--seconds", "3601"],
        ["--mix", "fetch=1"],
        ["--mix", "get=0"],
        ["--report", "/no/such/folder/page.md"],
        ["--plot", "/"],
        ["--unknown"],
        ["what"],
    ],
)
def test_wrong_usage_is_said_in_a_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", *arguments])
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("modelry: ")
    assert "modelry bench --help" in err.splitlines()[-1]


def test_wrong_usage_starts_nothing(command: Command) -> None:
    ran = command("--mix", "fetch=1")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("modelry: argument --mix: the mix knows no 'fetch'; it knows get, list, ")
    assert command.left() == NOTHING


def test_a_folder_that_cannot_be_made_is_said(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = command(*TINY, "--keep", str(tmp_path / "file"))
    assert (ran.code, ran.out) == (1, "")
    assert re.fullmatch(r"modelry: .+\n", ran.err)
