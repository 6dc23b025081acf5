"""The log: lines of JSON on standard error, one a request, and whatever else happens.

Lines gather for a moment and go out together; a line never holds a query string, a body or a secret.
"""

import os
import time
import traceback
from collections.abc import Callable

import msgspec

_FLUSH_BYTES = 32768
_PATH_BYTES = 512


class Log:
    """Lines on their way to a file descriptor."""

    def __init__(self, fd: int, *, requests: bool, now: Callable[[], float] = time.time) -> None:
        """Write to `fd`; `requests` says whether requests are told at all."""
        self.requests = requests
        self._fd = fd
        self.now = now
        self._lines: list[bytes] = []
        self._size = 0
        self._second = 0
        self._shown = ""

    def request(  # noqa: PLR0913  everything that a line says
        self,
        *,
        request_id: str,
        source: str,
        access_key_id: str,
        method: str,
        raw_path: bytes,
        operation: str,
        status: int,
        code: str,
        duration_us: int,
    ) -> None:
        """Tell one request."""
        # Put together by hand, at a third of an encoder's cost; of all this only method and path are free text.
        path = raw_path[:_PATH_BYTES].decode("ascii", "backslashreplace")
        if not path.isprintable() or '"' in path or "\\" in path or not method.isalpha():
            path, method = _escaped(path), _escaped(method)
        self._add(
            f'{{"Time":"{self.time()}","RequestId":"{request_id}","Source":"{source}","AccessKeyId":"{access_key_id}",'
            f'"Method":"{method}","Path":"{path}","Operation":"{operation}",'
            f'"Status":{status},"Code":"{code}","DurationUs":{duration_us}}}\n'.encode()
        )

    def fault(self, request_id: str, fault: BaseException) -> None:
        """Tell a fault of the server with its traceback, at once."""
        text = "".join(traceback.format_exception(fault))
        self._add(msgspec.json.encode({"Time": self.time(), "RequestId": request_id, "Fault": text}) + b"\n")
        self.flush()

    def time(self) -> str:
        """The time now, to the millisecond."""
        now = self.now()
        second = int(now)
        if self._second != second:
            self._second = second
            self._shown = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._shown}.{int((now - second) * 1000):03d}Z"

    def flush(self) -> None:
        """Write out what has gathered."""
        if self._lines:
            data, self._lines, self._size = b"".join(self._lines), [], 0
            while data:
                data = data[os.write(self._fd, data) :]

    def _add(self, line: bytes) -> None:
        self._lines.append(line)
        self._size += len(line)
        if self._size > _FLUSH_BYTES:
            self.flush()


def _escaped(text: str) -> str:
    """What stands between the quotes of a JSON string."""
    return msgspec.json.encode(text)[1:-1].decode()
