"""Addresses that callers store are text: the server connects to nobody."""

import ast
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

import modelry
from tests.attacks.actors import Root, fresh, succeeded
from tests.test_layers import reached

SCHEMES = ["http://{}/x", "https://{}/x", "ftp://{}/x", "gopher://{}/_GET", "oss://{}/x", "//{}/x", "jdbc:mysql://{}/"]
LOCAL = ["file:///etc/passwd", "file://localhost/etc/hostname", "/etc/passwd", "data:text/plain,x"]

_CLIENTS = {
    "urllib.request",
    "http.client",
    "requests",
    "httpx",
    "aiohttp",
    "ftplib",
    "smtplib",
    "telnetlib",
    "urllib3",
}
"""Modules that open connections."""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somebody who would notice a connection; the system answers for it, so none has to be accepted."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def unvisited(listening: socket.socket) -> bool:
    try:
        listening.accept()
    except BlockingIOError:
        return True
    return False


@pytest.mark.parametrize("form", SCHEMES)
def test_nothing_that_a_caller_stores_is_fetched(root: Root, listener: socket.socket, form: str) -> None:
    """Neither when it is written, nor when it is changed, read or listed."""
    address = form.format(f"127.0.0.1:{listener.getsockname()[1]}")
    model = {"ModelName": fresh("m"), "ModelDoc": address, "ModelDescription": address, "Origin": address}
    path = f"/api/v1/models/{succeeded(root.ask('POST', '/api/v1/models', model))['ModelId']}"
    version = {"Uri": address, "SourceId": address, "SourceType": "Custom", "VersionDescription": address}
    assert root.ask("POST", f"{path}/versions", {**version, "VersionName": "1.0.0"}).status in {200, 400}
    assert root.ask("POST", f"{path}/versions", {"Uri": address, "InferenceSpec": {"image": address}}).status == 200
    assert root.ask("PUT", path, {"ModelDoc": f"{address}/other"}).status == 200
    for target in (path, f"{path}/versions", "/api/v1/models"):
        succeeded(root.ask("GET", target))
    assert unvisited(listener)


def test_the_listener_would_notice(listener: socket.socket) -> None:
    """Or its silence would say nothing."""
    with socket.create_connection(listener.getsockname()):
        assert not unvisited(listener)


@pytest.mark.parametrize("address", LOCAL)
def test_a_file_of_the_server_is_not_read(root: Root, address: str) -> None:
    """What comes back is the text that was stored."""
    model = {"ModelName": fresh("m"), "ModelDoc": address}
    path = f"/api/v1/models/{succeeded(root.ask('POST', '/api/v1/models', model))['ModelId']}"
    succeeded(root.ask("POST", f"{path}/versions", {"Uri": address, "VersionName": "1.0.0"}))
    answer = root.ask("GET", path)
    assert succeeded(answer)["ModelDoc"] == address
    assert succeeded(root.ask("GET", f"{path}/versions/1.0.0"))["Uri"] == address
    assert b"root:" not in answer.body


_RUN_BY_A_PERSON = {"cli", "client", "bundle", "bench", "testing", "terraform"}
"""Clients, and tools that use them."""


def test_the_server_loads_nothing_that_a_person_runs() -> None:
    """So what these can connect with is not in its process."""
    loaded = {name.split(".")[0] for worker in ("server.app", "server.process") for name in reached(worker)}
    assert loaded & _RUN_BY_A_PERSON == set()
    assert "families" in loaded


def test_the_server_has_nothing_to_connect_with() -> None:
    """No module of it imports a client of anything, or connects a socket."""
    found = []
    for path in sorted(Path(modelry.__path__[0]).rglob("*.py")):
        if path.relative_to(modelry.__path__[0]).parts[0] in _RUN_BY_A_PERSON:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            if isinstance(node, ast.ImportFrom):
                names = {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
            connects = isinstance(node, ast.Attribute) and node.attr in {"create_connection", "open_connection"}
            if names & _CLIENTS or connects:
                found.append(f"{path.name}:{getattr(node, 'lineno', 0)}")
    assert found == []
