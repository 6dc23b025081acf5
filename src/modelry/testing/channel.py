"""The test's end of the channel to its server: a pair of sockets that nobody else can reach.

The server ends when this end closes, so it also ends when the tests are killed.
"""

import os
import socket
from pathlib import Path
from threading import Lock

import msgspec

from modelry.testing.orders import Done, Order, Started

_PIECE_BYTES = 65536
_TAIL_CHARACTERS = 2000


class ServerGone(Exception):  # noqa: N818  what happened
    """The server has ended, or never started; the message has the end of its log."""


class Channel:
    """Orders to one server. It may be used from any thread."""

    def __init__(self, ours: socket.socket, log: Path) -> None:
        """Speak over `ours`, which is closed in children that the tests fork: they may outlive them."""
        self._ours = ours
        self._log = log
        self._buffer = b""
        self._lock = Lock()
        os.register_at_fork(after_in_child=ours.close)

    def started(self) -> Started:
        """What the server says once it listens.

        Raises:
            ServerGone: it could not start.
        """
        return msgspec.json.decode(self._line(), type=Started)

    def tell(self, order: Order) -> Done:
        """Have an order carried out.

        Raises:
            ServerGone: nobody does.
        """
        with self._lock:
            try:
                self._ours.sendall(msgspec.json.encode(order) + b"\n")
            except OSError as error:
                raise self._gone() from error
            return msgspec.json.decode(self._line(), type=Done)

    def close(self) -> None:
        """Let the server end."""
        self._ours.close()

    def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            try:
                piece = self._ours.recv(_PIECE_BYTES)
            except OSError as error:
                raise self._gone() from error
            if not piece:
                raise self._gone()
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _gone(self) -> ServerGone:
        end = self._log.read_text(errors="replace")[-_TAIL_CHARACTERS:]
        return ServerGone(f"the registry of the tests has ended; its log is {self._log}:\n{end}")
