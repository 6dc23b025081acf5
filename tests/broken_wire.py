"""A TCP proxy that breaks on demand: connections are cut, stalled, slowed down or refused, also at a certain word."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_RESET = struct.pack("ii", 1, 0)  # close sends RST, as a machine that has lost the connection does


class Proxy:
    """Forwards every connection to `target`, a port of 127.0.0.1, until it is told otherwise."""

    def __init__(self, target: int) -> None:
        """Listen."""
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.delay_s = 0.0
        """How much later everything arrives."""
        self.refusing = False
        """Whether new connections are closed at once."""
        self.accepted = 0
        """Connections so far."""
        self.struck = threading.Event()
        """Set once the word of `cut_at` went by."""
        self._word: tuple[bytes, bool] | None = None
        self._flows = threading.Event()
        self._flows.set()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self) -> None:
        """Forward nothing any more; connections stay open, and new ones are accepted."""
        self._flows.clear()

    def resume(self) -> None:
        """Forward again, what has gathered first."""
        self._flows.set()

    def cut(self) -> None:
        """Reset all connections."""
        with self._lock:
            broken, self._open = self._open, set()
        for each in broken:
            with contextlib.suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                each.shutdown(socket.SHUT_RDWR)

    def cut_at(self, word: bytes, *, delivered: bool) -> None:
        """Cut all connections once, when a client sends `word`: before it gets there, or before it is answered."""
        self.struck.clear()
        self._word = word, delivered

    def close(self) -> None:
        """End."""
        self._flows.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.accepted += 1
                self._join(client)

    def _join(self, client: socket.socket) -> None:
        try:
            if self.refusing:
                raise ConnectionRefusedError
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            client.close()
            return
        with self._lock:
            self._open |= {client, server}
        threading.Thread(target=self._forward, args=(client, server, True), daemon=True).start()
        threading.Thread(target=self._forward, args=(server, client, False), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, asks: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                self._flows.wait()
                if self.delay_s:
                    time.sleep(self.delay_s)
                if asks and self._strikes(piece, sink):
                    break
                sink.sendall(piece)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open -= {source, sink}

    def _strikes(self, piece: bytes, sink: socket.socket) -> bool:
        word = self._word
        if word is None or word[0] not in piece:
            return False
        self._word = None
        if word[1]:
            self._flows.clear()  # the answer stays here
            sink.sendall(piece)
            time.sleep(0.3)  # it is carried out
        self.struck.set()
        self.cut()
        self._flows.set()
        return True


@contextmanager
def proxy(target: int) -> Iterator[Proxy]:
    """A proxy for the length of a test."""
    made = Proxy(target)
    try:
        yield made
    finally:
        made.close()
