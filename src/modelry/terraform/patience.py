"""Calls that wait for a server which is busy or starting, as long as the resource's timeout allows."""

import threading
import time

from modelry.client import CallError, Client, Unreachable
from modelry.contract.operation import Operation, Req, Res

UNREACHABLE_S = 20.0
"""How long a server that does not answer is waited for; a wrong endpoint should not take as long as a slow step."""

_PAUSE_S = 0.5


class Patience:
    """How long calls go on, counted from now."""

    def __init__(self, timeout_s: float, stopping: threading.Event) -> None:
        """`stopping` is set when Terraform asks for the end; nothing is waited for then."""
        now = time.monotonic()
        self.timeout_s = timeout_s
        self._end = now + timeout_s
        self._unreachable_end = min(self._end, now + UNREACHABLE_S)
        self._stopping = stopping

    def call(self, client: Client, operation: Operation[Req, Res], request: Req) -> Res:
        """The answer to a request, repeated while that is sure not to do it twice.

        Raises:
            CallError: the server refused; or was still throttling when the time was over.
            Unreachable: there was no answer.
        """
        while True:
            try:
                return client.call(operation, request)
            except CallError as error:
                wait_s = (error.retry_after_ms or 0) / 1000 or _PAUSE_S
                if not error.throttled or not self._waited(wait_s, self._end):
                    raise
            except Unreachable as error:
                repeatable = not error.lasting and not (error.maybe_done and operation.writes)
                if not repeatable or not self._waited(_PAUSE_S, self._unreachable_end):
                    raise

    def _waited(self, pause_s: float, end: float) -> bool:
        """Whether there was time to wait."""
        return time.monotonic() + pause_s < end and not self._stopping.wait(pause_s)
