"""What comes with the client: a command that uses it starts quickly."""

import subprocess
import sys


def test_the_client_loads_nothing_heavy() -> None:
    program = "import sys, modelry.client; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    heavy = {"cryptography", "sqlite3", "asyncio", "granian", "rich", "uvloop", "prometheus_client"}
    assert loaded & (heavy | {"alibabacloud_credentials", "tomllib", "modelry.settings", "modelry.storage"}) == set()
    assert not any(name.startswith(("modelry.storage", "modelry.server", "modelry.handling")) for name in loaded)
