"""The floor: a server that only answers constant bytes, to compare the registry with.

Run with `python -m modelry.bench.floor --port 8000 --bytes 2500`. It has the server's granian settings and reads each
request's body to its end, as the registry must: what a registry request costs above this is the registry's own doing.
It prints one line of JSON with its port and process ids once it answers, and serves until SIGTERM or SIGINT.
"""

import argparse
import gc
import json
import multiprocessing
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

from granian.server.mp import MPServer

from modelry.server.process import http_server_settings, run_undisturbed
from modelry.settings import Settings

HOST = "127.0.0.1"
DEFAULT_ANSWER_BYTES = 2500  # about a GetModel answer
_READY_POLL_S = 0.005
_READY_PATIENCE_S = 30

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def constant_bytes(count: int) -> Application:
    """An ASGI application that answers every request with the same JSON text of so many bytes."""
    body = b'{"Filler":"' + b"x" * (count - 13) + b'"}'
    start = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
    }
    whole = {"type": "http.response.body", "body": body}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        # As in the server: asking for a body costs a change of threads, so only a request that has one is asked.
        headers = dict(scope["headers"])
        if headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers:
            while (await receive()).get("more_body", False):
                pass
        await send(start)
        await send(whole)

    return answer


def serve(port: int, answer_bytes: int) -> None:
    """Serve until a signal comes."""
    settings = http_server_settings(Settings())
    server: Any = MPServer("floor", address=HOST, port=port, workers_kill_timeout=5, **settings)
    threading.Thread(target=_announce, args=(port,), daemon=True).start()
    gc.collect()
    gc.freeze()

    def load() -> Application:
        run_undisturbed()
        return constant_bytes(answer_bytes)

    server.serve(target_loader=load, wrap_loader=False)


def _announce(port: int) -> None:
    end = time.monotonic() + _READY_PATIENCE_S
    while time.monotonic() < end:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(_READY_POLL_S)
        else:
            break
    pids = [os.getpid(), *(worker.pid for worker in multiprocessing.active_children())]
    print(json.dumps({"port": port, "pids": pids}), flush=True)  # noqa: T201  who started it waits for it


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--bytes", type=int, default=DEFAULT_ANSWER_BYTES, help="size of an answer's body, 13 or more")
    given = parser.parse_args()
    serve(given.port, given.bytes)


if __name__ == "__main__":
    main()
