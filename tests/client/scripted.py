"""A server that answers by a script, one entry a request, and remembers what it was asked."""

import json
import re
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

CLOSE = b""
"""Close the connection in the place of an answer."""

SILENCE = b"silence"
"""Say nothing until the client goes."""


class Last(bytes):
    """Said, and the connection closed after it, unannounced."""


class Early(Last):
    """Said before the body was read, and the connection closed."""


_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def answer(status: int, body: object, **headers: str) -> bytes:
    """An answer in JSON, or as it is when `body` is bytes; the connection stays open."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def refusal(status: int, code: str, **headers: str) -> bytes:
    """An error envelope."""
    return answer(status, {"Code": code, "Message": "as the script says", "RequestId": "R-1"}, **headers)


@dataclass
class Scripted:
    """What the server will say, and what it heard."""

    script: list[bytes]
    listener: socket.socket
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0
    closed: threading.Event = field(default_factory=threading.Event)
    """Set when it has closed one."""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def header(self, name: str) -> list[str]:
        """A header of every request so far."""
        pattern = re.compile(rf"^{name}: (.*?)\r$".encode(), re.IGNORECASE | re.MULTILINE)
        return [found[1].decode() for head in self.heads if (found := pattern.search(head))]

    def serve(self) -> None:
        """Connection after connection, until the listener is closed."""
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                connection.settimeout(10)
                self._talk(connection)
            self.closed.set()

    def _talk(self, connection: socket.socket) -> None:
        while _read(connection, self.heads, whole=not any(isinstance(said, Early) for said in self.script[:1])):
            said = self.script.pop(0) if self.script else CLOSE
            if said is SILENCE:
                connection.recv(1)
            if said in {CLOSE, SILENCE}:
                return
            connection.sendall(said)
            if isinstance(said, Last):
                return


def _read(connection: socket.socket, heads: list[bytes], *, whole: bool) -> bool:
    """Read one request; whether there was one."""
    data = b""
    while b"\r\n\r\n" not in data:
        try:
            part = connection.recv(65536)
        except ConnectionError:
            return False
        if not part:
            return False
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    wanted = _LENGTH.search(head)
    missing = int(wanted[1]) - len(body) if wanted and whole else 0
    while missing > 0:
        part = connection.recv(65536)
        if not part:
            return False
        missing -= len(part)
    heads.append(head + b"\r\n")
    return True


@contextmanager
def scripted(script: Sequence[bytes]) -> Iterator[Scripted]:
    """A server for the length of a test; the script must be used up, and be enough."""
    server = Scripted(list(script), socket.create_server(("127.0.0.1", 0)))
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
        assert server.script == []
        assert len(server.heads) == len(script)
    finally:
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
