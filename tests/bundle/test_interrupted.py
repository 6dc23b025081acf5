"""An export or an import that ends at any moment leaves nothing, or what the same command goes on from."""

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.bundle.conftest import ACCOUNT, Source
from tests.bundle.world import answers, ask
from tests.cli.folder_steps import ran
from tests.crash import assert_whole
from tests.registry import running

KILLED = Path(__file__).parents[1] / "cli/killed.py"


def _killed(folder: Path, out: Path, *arguments: object) -> list[Path]:
    """What a command leaves that is killed before each of its calls; the last has come to its end."""
    out.mkdir()
    subprocess.run([sys.executable, KILLED, folder, out, *map(str, arguments)], check=True, timeout=300)
    return sorted(out.iterdir(), key=lambda each: int(each.name))


def test_an_import_that_is_killed_leaves_everything_or_nothing(tmp_path: Path) -> None:
    with running(tmp_path / "a", "--account-id", ACCOUNT) as source:
        body = {"WorkspaceName": "team", "Description": "", "EnvTypes": ["prod"]}
        workspace_id = ask(source, "POST", "/api/v1/workspaces", body)["WorkspaceId"]
        model = {"WorkspaceId": workspace_id, "ModelName": "m", "Labels": [{"Key": "k", "Value": "v"}]}
        model_id = ask(source, "POST", "/api/v1/models", model)["ModelId"]
        ask(source, "POST", f"/api/v1/models/{model_id}/versions", {"Uri": "oss://b.e/"})
        ran("export", "team", tmp_path / "x.zip", "--data", source.folder)
    with running(tmp_path / "b", "--account-id", ACCOUNT) as server:
        ask(server, "POST", "/api/v1/models", {"ModelName": "there"})
    left = _killed(tmp_path / "b", tmp_path / "out", "import", tmp_path / "x.zip", "--data", "DATA")
    assert len(left) > 20
    found = []
    for place in left:
        assert_whole(place / "data")
        found.append(_counted(place / "data"))
    assert set(found) == {found[0], found[-1]}
    assert found[0] != found[-1]
    ran("import", tmp_path / "x.zip", "--data", left[len(left) // 2] / "data")


def _counted(folder: Path) -> tuple[int, ...]:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(folder / "modelry.sqlite")) as raw:
        tables = ("workspaces", "workspace_members", "workspace_roles", "models", "model_versions", "audit_events")
        return tuple(raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)  # noqa: S608  above


def test_an_export_that_is_killed_leaves_no_file_at_its_place_or_a_whole_one(source: Source, tmp_path: Path) -> None:
    left = _killed(source.registry.folder, tmp_path / "out", "export", "team", "OUT/x.zip", "--data", "DATA")
    assert len(left) > 10
    whole = [place / "x.zip" for place in left if (place / "x.zip").exists()]
    assert 0 < len(whole) < len(left)
    for bundle in whole:
        ran("import", bundle, "--check")


def test_an_import_beside_a_server_under_load_is_answered_as_it_was(tmp_path: Path, source: Source) -> None:
    with running(tmp_path / "b", "--account-id", ACCOUNT) as server:
        program = [sys.executable, "-m", "modelry", "import", str(source.bundle), "--data", str(server.folder)]
        process = subprocess.Popen(program, stdout=subprocess.PIPE)
        number = 0
        while process.poll() is None:
            ask(server, "POST", "/api/v1/models", {"ModelName": f"m{number}"})
            number += 1
        assert process.communicate()[0]
        assert process.returncode == 0
        assert dict(answers(server, source.workspace_id)) == dict(answers(source.registry, source.workspace_id))
        assert ask(server, "GET", "/api/v1/models?PageSize=1")["TotalCount"] == number + 8
    assert_whole(tmp_path / "b")


def test_interrupting_says_so_in_one_line(source: Source, tmp_path: Path) -> None:
    """Held up by somebody else's transaction, so that there is time to interrupt it."""
    import fcntl
    import signal

    with running(tmp_path / "b") as server, (server.folder / "writer.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [sys.executable, "-m", "modelry", "import", str(source.bundle), "--data", str(server.folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert (out, err, process.returncode) == ("", "modelry: interrupted\n", 130)
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert json.loads(ran("import", source.bundle, "--data", server.folder, "-o", "json").stdout)["Added"]
