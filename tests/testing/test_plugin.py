"""The plugin in suites of other people: found by itself, fresh for each test, and nothing is left running."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

pytest_plugins = ["pytester"]

FRESH = """
from alibabacloud_aiworkspace20210204 import models as m

def make(registry):
    sdk = registry.sdk()
    assert sdk.list_models(m.ListModelsRequest()).body.models == []
    sdk.create_model(m.CreateModelRequest(model_name="classifier"))

def test_one(modelry_registry):
    make(modelry_registry)

def test_two(modelry_registry):
    make(modelry_registry)
"""

SAYS_WHICH = """
import os, pathlib, psutil, pytest

@pytest.fixture(autouse=True)
def told(modelry_registry):
    server = psutil.Process(int((modelry_registry.folder / "server.lock").read_text()))
    processes = [server.pid, *(child.pid for child in server.children())]
    path = pathlib.Path(__file__).parent / "servers"
    path.mkdir(exist_ok=True)
    (path / os.environ.get("PYTEST_XDIST_WORKER", "main")).write_text(" ".join(map(str, processes)))
"""
"""A conftest that writes down the processes of each worker's server."""

SLEEPS = """
import pathlib, time

def test_it(modelry_registry):
    (pathlib.Path(__file__).parent / "begun").touch()
    time.sleep(60)
"""


def servers(suite: pytest.Pytester) -> dict[str, list[int]]:
    """The processes of each worker's server."""
    return {path.name: [int(pid) for pid in path.read_text().split()] for path in (suite.path / "servers").iterdir()}


def assert_ended(suite: pytest.Pytester) -> None:
    found = servers(suite)
    assert found
    for processes in found.values():
        assert len(processes) > 1
        _until(lambda processes=processes: not any(map(_runs, processes)))  # type: ignore[misc]  # bound now


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_each_test_finds_a_fresh_registry(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FRESH)
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_all_tests_of_a_process_share_one_server(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        seen = set()

        def test_one(modelry_registry):
            seen.add(modelry_registry.endpoint)

        def test_two(modelry_registry, modelry_server):
            seen.add(modelry_registry.endpoint)
            assert modelry_server is modelry_registry
            assert len(seen) == 1
    """)
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_every_worker_of_xdist_has_a_server_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(SAYS_WHICH)
    pytester.makepyfile(test_a=FRESH, test_b=FRESH)
    pytester.runpytest_subprocess("-n", "2", "--dist", "loadfile").assert_outcomes(passed=4)
    found = servers(pytester)
    assert set(found) == {"gw0", "gw1"}
    assert not set(found["gw0"]) & set(found["gw1"])
    assert_ended(pytester)


def test_faults_do_not_outlive_their_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        from alibabacloud_aiworkspace20210204 import models as m

        def test_one(modelry_registry):
            modelry_registry.faults.drop(times=None)

        def test_two(modelry_server):
            modelry_server.sdk().list_models(m.ListModelsRequest())
    """)
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_a_conftest_gives_the_settings(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import pytest

        @pytest.fixture(scope="session")
        def modelry_settings():
            return {"region": "cn-shanghai", "require_nonce": True}
    """)
    pytester.makepyfile("""
        def test_it(modelry_registry):
            assert modelry_registry.region == "cn-shanghai"
    """)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_registry_needs_no_sdk(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys
        import pytest

        def test_it(modelry_registry, monkeypatch):
            for package in ("alibabacloud_aiworkspace20210204", "alibabacloud_ram20150501"):
                monkeypatch.setitem(sys.modules, f"{package}.client", None)
            assert modelry_registry.calls == []
            for sdk in (modelry_registry.sdk, modelry_registry.ram_sdk):
                with pytest.raises(ImportError):
                    sdk()
    """)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_suite_that_needs_no_registry_pays_for_none() -> None:
    program = "import modelry.testing.plugin, sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "modelry.testing.plugin" in loaded
    assert {"msgspec", "sqlite3", "asyncio", "modelry.testing.registry"} & loaded == set()


@pytest.mark.parametrize("ending", ["assert True", "assert False", "import os; os._exit(3)"])
def test_nothing_is_left_running_however_the_tests_end(pytester: pytest.Pytester, ending: str) -> None:
    pytester.makeconftest(SAYS_WHICH)
    pytester.makepyfile(f"def test_it(modelry_registry):\n    {ending}\n")
    pytester.runpytest_subprocess()
    assert_ended(pytester)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("workers", ["0", "2"])
def test_nothing_is_left_running_when_the_tests_are_ended(
    pytester: pytest.Pytester, sent: signal.Signals, workers: str
) -> None:
    pytester.makeconftest(SAYS_WHICH)
    pytester.makepyfile(SLEEPS)
    with _begun(pytester, "-n", workers) as tests:
        tests.send_signal(sent)
        tests.wait(20)
    assert_ended(pytester)


def test_a_child_that_outlives_the_tests_does_not_hold_the_server(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(SAYS_WHICH)
    pytester.makepyfile("""
        import os, pathlib, time

        def test_it(modelry_registry):
            child = os.fork()
            if child == 0:
                time.sleep(60)
                os._exit(0)
            (pathlib.Path(__file__).parent / "child").write_text(str(child))
            (pathlib.Path(__file__).parent / "begun").touch()
            time.sleep(60)
    """)
    with _begun(pytester) as tests:
        tests.kill()
        tests.wait(20)
    child = int((pytester.path / "child").read_text())
    try:
        assert _runs(child)
        assert_ended(pytester)
    finally:
        os.kill(child, signal.SIGKILL)


def _begun(suite: pytest.Pytester, *arguments: str) -> "subprocess.Popen[bytes]":
    """pytest, once its test has begun. It takes Ctrl-C even if this process was started to ignore it."""
    with Path(suite.path / "log").open("w") as log:
        tests = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import signal, pytest; signal.signal(2, signal.default_int_handler); pytest.main()",
            ],
            env={**os.environ, "PYTEST_ADDOPTS": " ".join(arguments)},
            cwd=suite.path,
            stdout=log,
            stderr=log,
        )
    _until((suite.path / "begun").exists)
    return tests
