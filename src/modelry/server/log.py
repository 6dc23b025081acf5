"""The log: lines of JSON on standard error, one a request, and whatever else happens.

What is to be told gathers for a moment, is written down together, which costs a third of writing it one by one between
requests, and goes out at once; a line never holds a query string, a body or a secret.
"""

import os
import time
import traceback
from collections.abc import Callable
from typing import NamedTuple

import msgspec

_GATHERED = 1024
"""Lines that wait for the next flush at most."""
_PATH_BYTES = 512


class RequestLine(msgspec.Struct, frozen=True, gc=False):
    """What is told of one request."""

    time_s: float
    """When it was answered, in seconds since the epoch."""
    request_id: str
    source: str
    access_key_id: str
    method: str
    raw_path: bytes
    operation: str
    status: int
    code: str
    duration_us: int


class FaultLine(NamedTuple):
    """What is told of a fault of the server."""

    time_s: float
    request_id: str
    fault: BaseException


class Log:
    """Lines on their way to a file descriptor."""

    def __init__(self, fd: int, *, requests: bool, now: Callable[[], float] = time.time) -> None:
        """Write to `fd`; `requests` says whether requests are told at all."""
        self.requests = requests
        self.now = now
        self._fd = fd
        self._lines: list[RequestLine | FaultLine] = []
        self._second = 0
        self._shown = ""

    def request(self, line: RequestLine) -> None:
        """Tell one request, soon."""
        self._lines.append(line)
        if len(self._lines) >= _GATHERED:
            self.flush()

    def fault(self, request_id: str, fault: BaseException) -> None:
        """Tell a fault of the server with its traceback, at once."""
        self._lines.append(FaultLine(self.now(), request_id, fault))
        self.flush()

    def flush(self) -> None:
        """Write out what has gathered."""
        lines, self._lines = self._lines, []
        data = "".join(map(self._text, lines)).encode()
        while data:
            data = data[os.write(self._fd, data) :]

    def _text(self, line: RequestLine | FaultLine) -> str:
        time_shown = self._time(line.time_s)
        if isinstance(line, FaultLine):
            fault = "".join(traceback.format_exception(line.fault))
            told = {"Time": time_shown, "RequestId": line.request_id, "Fault": fault}
            return msgspec.json.encode(told).decode() + "\n"
        # Put together by hand, at a third of an encoder's cost; of all this only method and path are free text.
        path, method = line.raw_path[:_PATH_BYTES].decode("ascii", "backslashreplace"), line.method
        if not path.isprintable() or '"' in path or "\\" in path or not method.isalpha():
            path, method = _escaped(path), _escaped(method)
        return (
            f'{{"Time":"{time_shown}","RequestId":"{line.request_id}","Source":"{line.source}",'
            f'"AccessKeyId":"{line.access_key_id}","Method":"{method}","Path":"{path}","Operation":"{line.operation}",'
            f'"Status":{line.status},"Code":"{line.code}","DurationUs":{line.duration_us}}}\n'
        )

    def _time(self, time_s: float) -> str:
        """A time to the millisecond."""
        second = int(time_s)
        if self._second != second:
            self._second = second
            self._shown = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._shown}.{int((time_s - second) * 1000):03d}Z"


def _escaped(text: str) -> str:
    """What stands between the quotes of a JSON string."""
    return msgspec.json.encode(text)[1:-1].decode()
