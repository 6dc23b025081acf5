"""The log: lines of JSON on standard error, one a request, and whatever else happens.

Lines gather for a moment and go out together; a line never holds a query string, a body or a secret.
"""

import os
import time
import traceback
from collections.abc import Callable

import msgspec

_FLUSH_BYTES = 32768


class RequestLine(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """What is told of one request."""

    time: str
    request_id: str
    source: str
    access_key_id: str = ""
    method: str
    path: str
    operation: str = ""
    status: int
    code: str = ""
    duration_us: int


class Log:
    """Lines on their way to a file descriptor."""

    def __init__(self, fd: int, *, requests: bool, now: Callable[[], float] = time.time) -> None:
        """Write to `fd`; `requests` says whether requests are told at all."""
        self.requests = requests
        self._fd = fd
        self.now = now
        self._lines: list[bytes] = []
        self._size = 0
        self._encoder = msgspec.json.Encoder()
        self._second = (0, "")

    def request(self, line: RequestLine) -> None:
        """Tell one request."""
        self._add(self._encoder.encode(line))

    def fault(self, request_id: str, fault: BaseException) -> None:
        """Tell a fault of the server with its traceback, at once."""
        text = "".join(traceback.format_exception(fault))
        self._add(self._encoder.encode({"Time": self.time(), "RequestId": request_id, "Fault": text}))
        self.flush()

    def time(self) -> str:
        """The time now, to the millisecond."""
        seconds, rest = divmod(self.now(), 1)
        if self._second[0] != int(seconds):
            self._second = (int(seconds), time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)))
        return f"{self._second[1]}.{int(rest * 1000):03d}Z"

    def flush(self) -> None:
        """Write out what has gathered."""
        if self._lines:
            data, self._lines, self._size = b"".join(self._lines), [], 0
            while data:
                data = data[os.write(self._fd, data) :]

    def _add(self, line: bytes) -> None:
        self._lines.append(line + b"\n")
        self._size += len(line)
        if self._size > _FLUSH_BYTES:
            self.flush()
