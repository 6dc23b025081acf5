"""What each part of a GetModel costs: the server's own functions in a loop, in one process, without HTTP.

Run by `python -m benchmarks` as `python -m benchmarks.parts DATA_FOLDER`; prints JSON: CPU microseconds by part, of
every pass.

A loop flatters: caches are warm and nothing comes between. The parts compare with each other, not with a whole request
over HTTP.
"""

import argparse
import asyncio
import gc
import json
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from benchmarks import decision
from modelry import families
from modelry.access.authority import Authority, Caller
from modelry.access.canonical import decode_query, join_headers
from modelry.access.claim import Claim, check_window, parse_claim
from modelry.access.policy import Context
from modelry.access.sealing import Sealer
from modelry.access.signature import SignedRequest, verify
from modelry.bench import data, signed
from modelry.contract.binding import binding, encode_answer
from modelry.families.models import store as models
from modelry.handling import PointRead
from modelry.server import metrics
from modelry.server.app import application, catalogue, memory
from modelry.server.log import Log, RequestLine
from modelry.server.machine import MachineState
from modelry.server.metrics import Metrics
from modelry.server.pipeline import HttpRequest, Parts, Server, new_request_id
from modelry.server.principal import Keyring
from modelry.server.start import Prepared, prepare
from modelry.settings import Settings
from modelry.storage.sqlite import SqliteDatabase

T = TypeVar("T")
Costs = dict[str, float]
Headers = list[tuple[bytes, bytes]]


class GetModelParts:
    """A server's parts in this process, over a registry that no other process serves."""

    def __init__(self, registry: data.Registry, prepared: Prepared, log_file: int) -> None:
        """Open the folder as a worker does."""
        self._registry = registry
        self._signer = signed.Signer(registry.root)
        self._chance = random.Random()
        self._authorities = decision.authorities(prepared.instance.account_id, registry.workspace_ids)
        self._database = SqliteDatabase(registry.folder)
        self._machine = MachineState.attach(prepared.machine_state, shared=False)
        self._log = Log(log_file, requests=True)
        self._metrics = Metrics(metrics.memory(1))
        self._catalogue = catalogue()
        sealer = Sealer(prepared.sealing_key)
        self._keyring = Keyring(
            self._database, sealer, self._machine.generation, region=prepared.instance.region, now=time.time
        )
        handlers = list(families.handlers())
        self._server = Server(
            Parts(
                catalogue=self._catalogue,
                handlers=handlers,
                database=self._database,
                keyring=self._keyring,
                machine=self._machine,
                metrics=self._metrics,
                log=self._log,
                sealer=sealer,
                require_nonce=False,
                max_waiting=1024,
            )
        )
        (self._handler,) = (h for h in handlers if h.operation.name == "GetModel")
        settings = Settings(data=str(registry.folder))
        self._application = application(settings, prepared, memory(settings))

    def requests(self, count: int) -> list[tuple[bytes, Headers]]:
        """Raw paths and headers of GetModel requests, signed now."""
        plains = [signed.get_model(self._chance.choice(self._registry.model_ids)) for _ in range(count)]
        return [(p.path.encode(), [(n.lower(), v) for n, v in self._signer.headers(p)]) for p in plains]

    def one_pass(self, count: int) -> Costs:
        """The cost of every part, each timed over `count` requests of its own turn."""
        steps = self._steps(count)
        return {**steps, "pipeline": self._pipeline(count), "application": self._whole(count)}

    def _steps(self, count: int) -> Costs:
        costs: Costs = {}
        requests = self.requests(count)
        paths = [path for path, _ in requests]
        handler = self._handler
        assert isinstance(handler, PointRead)
        operation = handler.operation
        bound = binding(operation)
        now = int(time.time())

        def timed(part: str, function: Callable[..., Any], *columns: Iterable[Any]) -> list[Any]:
            rows = list(zip(*columns, strict=True))
            gc.freeze()
            started = time.thread_time_ns()
            results = [function(*row) for row in rows]
            costs[part] = (time.thread_time_ns() - started) / count / 1e3
            return results

        def claimed(joined: dict[bytes, bytes]) -> Claim:
            claim = parse_claim(joined)
            check_window(claim.time, now)
            return claim

        ids = timed("request id", lambda _: new_request_id(), paths)
        headers = timed("headers joined", join_headers, [h for _, h in requests])
        matches = timed("route", lambda path: self._catalogue.find("GET", path), paths)
        queries = timed("query decoded", decode_query, [b""] * count)
        claims = timed("claim read, clock window", claimed, headers)
        self._keyring.known(claims[0])
        identity = asyncio.run(self._keyring.identity(claims[0]))
        identities = timed("access key", lambda claim: self._keyring.known(claim) or identity, claims)
        requests_signed = [SignedRequest("GET", p, q, h, b"") for p, q, h in zip(paths, queries, headers, strict=True)]
        timed("signature verified", verify, claims, requests_signed, [i.signing_key for i in identities])
        timed("nonce used up", lambda claim: self._machine.check(claim.key_id, claim.nonce, claim.time, now), claims)
        given = timed("request bound", lambda m, q: bound.decode(m.segments, q, b""), matches, queries)
        authority = identities[0].authority
        principal = authority.principal
        caller = Caller(authority, operation.access.action, _context())
        find = self._database.find
        rows = timed("row read", lambda r: find(handler.keys(caller, r)).rows, given)
        documents = timed("answer put together", lambda r, row: handler.answer(caller, r, row), given, rows)
        for who, other in self._authorities.items():
            decide = _decision(other, operation.access.action)
            timed(f"{decision.PREFIX}{who}", lambda r, row, d=decide: d(r.model_id, row[0]), given, rows)
        timed("answer encoded", lambda document, i: encode_answer(operation, document, i), documents, ids)
        timed("metrics", lambda _: self._metrics.record("GetModel", 200, "", 150_000), paths)

        def line(path: bytes, request_id: str) -> None:
            told = (path, "GetModel", 200, "", 150)
            self._log.request(RequestLine(time.time(), request_id, "127.0.0.1", principal.access_key_id, "GET", *told))

        timed("log line", line, paths, ids)
        return costs

    def _pipeline(self, count: int) -> float:
        """One request through the whole pipeline."""
        requests = [
            HttpRequest(
                method="GET",
                raw_path=path,
                raw_query=b"",
                headers=join_headers(headers),
                body=b"",
                source="127.0.0.1",
                secure=False,
            )
            for path, headers in self.requests(count)
        ]
        gc.freeze()  # what waits to be used is not the server's to look through
        started = time.thread_time_ns()
        for request in requests:
            assert _result(self._server.answer(request)).status == 200
        return (time.thread_time_ns() - started) / count / 1e3

    def _whole(self, count: int) -> float:
        """One request through the ASGI application, the pipeline included."""
        scopes = [
            {
                "type": "http",
                "asgi": {"version": "3.0"},
                "http_version": "1.1",
                "server": ("127.0.0.1", 8632),
                "client": ("127.0.0.1", 40000),
                "scheme": "http",
                "method": "GET",
                "root_path": "",
                "path": path.decode(),
                "raw_path": path,
                "query_string": b"",
                "headers": headers,
            }
            for path, headers in self.requests(count)
        ]

        async def receive() -> dict[str, Any]:
            return {"type": "http.request"}

        async def send(message: dict[str, Any]) -> None:
            assert message.get("status", 200) == 200, message

        async def every() -> None:
            for scope in scopes:
                await self._application(scope, receive, send)

        gc.freeze()
        with asyncio.Runner() as runner:
            runner.get_loop()
            started = time.thread_time_ns()
            runner.run(every())
            return (time.thread_time_ns() - started) / count / 1e3


def _context() -> Context:
    return Context("127.0.0.1", secure_transport=False, time_s=int(time.time()), user_agent="benchmark")


def _decision(authority: Authority, action: str) -> Callable[[str, tuple[Any, ...]], None]:
    """All that a GetModel decides: whether anything could be allowed, its model, and versions within it."""

    def decide(model_id: str, row: tuple[Any, ...]) -> None:
        caller = Caller(authority, action, _context())
        if not caller.decided:
            caller.check_granted()
        caller.reach_within("paimodel:GetModelVersion", action)
        caller.require(lambda: models.described(authority.principal.account_id, model_id, row[0], *row[3:7]))

    return decide


def _result(answering: Awaitable[T]) -> T:
    """What a coroutine returns that waits for nothing, as a GetModel does."""
    try:
        next(iter(answering.__await__()))
    except StopIteration as end:
        value: T = end.value
        return value
    raise AssertionError("a GetModel waited for something")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--passes", type=int, default=15)
    parser.add_argument("--requests", type=int, default=1000, help="of one pass and part")
    given = parser.parse_args(arguments)
    prepared = prepare(Settings(data=str(given.folder)))
    with (given.folder / "parts.log").open("wb") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
        parts = GetModelParts(data.opened(given.folder), prepared, log.fileno())
        parts.one_pass(given.requests)
        gc.collect()
        gc.freeze()
        passes = [parts.one_pass(given.requests) for _ in range(given.passes)]
    print(json.dumps({part: [costs[part] for costs in passes] for part in passes[0]}), flush=True)
    os._exit(0)  # the writer's thread and its queue have nothing left to say


if __name__ == "__main__":
    main()
