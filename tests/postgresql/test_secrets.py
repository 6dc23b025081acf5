"""The password in the database's URL is shown nowhere, whatever goes wrong."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.databases import GUARDED, cluster, free_port, shared
from tests.fleet import SECRETS, servers

PASSWORD = "open-sesame-4711"
_COMMANDS = (
    ("serve", "--port", "0"),
    ("doctor",),
    ("config", "show"),
    ("config",),
    ("migrate", "--plan"),
    ("migrate", "--check"),
    ("migrate",),
    ("audit",),
    ("backup", "b.tar"),
)


def url_of(port: int, name: str, password: str = PASSWORD) -> str:
    return f"postgresql://{GUARDED}:{password}@127.0.0.1:{port}/{name}"


def said(folder: Path, url: str, *command: str) -> str:
    """Everything that a command says."""
    environment = {**os.environ, **SECRETS, "MODELRY_DATABASE": url, "MODELRY_DATABASE_TIMEOUT_S": "2"}
    done = subprocess.run(
        [sys.executable, "-m", "modelry", *command, "--data", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=folder.parent,
        env=environment,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("command", _COMMANDS, ids=" ".join)
@pytest.mark.parametrize("trouble", ["password", "database", "port", "parameter", "unreadable", "unreadable port"])
def test_a_command_that_cannot_reach_the_database_does_not_show_it(
    tmp_path: Path, command: tuple[str, ...], trouble: str
) -> None:
    name = shared().new_database()
    urls = {
        "password": url_of(shared().port, name, f"wrong-{PASSWORD}"),
        "database": url_of(shared().port, "absent"),
        "port": url_of(free_port(), name),
        "unreadable": f"postgresql://{GUARDED}:{PASSWORD}@127.0.0.1:{shared().port}/{name}?nonsense=1",
        "parameter": f"postgresql://{GUARDED}@127.0.0.1:{shared().port}/absent?password={PASSWORD}",
        "unreadable port": f"postgresql://{GUARDED}:{PASSWORD}@127.0.0.1:port/{name}",
    }
    text = said(tmp_path / "data", urls[trouble], *command)
    assert text
    assert PASSWORD not in text
    assert "Traceback" not in text


def test_neither_log_nor_pages_nor_processes_show_it(tmp_path: Path) -> None:
    with cluster() as guarded:
        name = guarded.new_database()
        with guarded.admin(name) as admin:
            admin.execute(f"ALTER DATABASE {name} OWNER TO {GUARDED}".encode())
        url = url_of(guarded.port, name)
        with servers(tmp_path, url, MODELRY_DATABASE_TIMEOUT_S="1") as fleet:
            server = fleet.servers[0]
            assert fleet.wire().new_model()
            shown = [said(server.folder, url, *command) for command in _COMMANDS[1:]]
            shown += [server.get(page)[1].decode() for page in ("/metrics", "/version", "/readyz", "/healthz")]
            for process in (psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children()):
                shown += [*process.cmdline(), process.name()]
            guarded.stop("immediate")
            shown.append(str(fleet.wire().ask("GET", "/api/v1/models")))
            shown.append(str(fleet.wire().ask("POST", "/api/v1/models", {"ModelName": "m"})))
            shown.append(str(server.get("/readyz")))
            time.sleep(0.3)
            shown.append(server.log.read_text())
            shown += [path.read_text(errors="replace") for path in server.folder.rglob("*") if path.is_file()]
        assert [text for text in shown if PASSWORD in text] == []
        assert f"{GUARDED}@127.0.0.1" in "".join(shown), "the place is shown, without the password"
