"""Composition root: a prepared data folder and its settings to an ASGI application.

The application reads requests and knows the operator's pages; everything else is the pipeline's.
"""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, NamedTuple

import msgspec

from modelry import __version__, families
from modelry.access.canonical import join_headers
from modelry.access.sealing import Sealer
from modelry.contract import known
from modelry.contract.catalogue import Catalogue
from modelry.errors import BODY_INCOMPLETE, BODY_TOO_LARGE, ApiError
from modelry.families.ram import generation
from modelry.families.ram.keys.store import note_uses
from modelry.server import limits, metrics
from modelry.server.admission import Admission, Body
from modelry.server.limits import Limits, Rate
from modelry.server.log import Log
from modelry.server.machine import MachineState
from modelry.server.metrics import Metrics
from modelry.server.peer import Proxies
from modelry.server.pipeline import Answer, HttpRequest, Parts, Server
from modelry.server.principal import Keyring
from modelry.server.shared import Shared
from modelry.server.start import Prepared
from modelry.settings import Settings
from modelry.storage.database import StorageError
from modelry.storage.stores import store_of

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]

_FLUSH_S = 0.1
_LOOK_S = 2
"""How soon the first use of a key is written down."""
_USES_S = 60
"""How often the further ones are."""
_DAY_US = 86_400_000_000
_DRAIN_S = 5
_DRAIN_BYTES = 64 * 2**20
_JSON = ((b"content-type", b"application/json"),)
_TEXT = ((b"content-type", b"text/plain; version=0.0.4; charset=utf-8"),)


class Memory(NamedTuple):
    """What the workers of a server have in common."""

    metrics: Shared
    limits: limits.Memory | None
    """`None` where no access key has a rate."""


def memory(settings: Settings) -> Memory:
    """For the workers of these settings; made before the first of them."""
    limited = settings.rate_limit or settings.write_rate_limit
    return Memory(metrics.memory(settings.workers), limits.memory(settings.workers) if limited else None)


def application(settings: Settings, prepared: Prepared, memory: Memory) -> Application:
    """The ASGI application of one worker process."""
    return Worker(settings, prepared, memory).handle


def catalogue() -> Catalogue:
    """Everything that is offered, and what is only known."""
    return Catalogue(families.operations(), known.ALL)


class Worker:
    """One process's server, between its start and its stop."""

    def __init__(self, settings: Settings, prepared: Prepared, memory: Memory) -> None:
        """Open the data folder; nothing is read yet."""
        self._settings = settings
        self._proxies = Proxies(settings.trusted_networks)
        self._machine = MachineState.attach(prepared.machine_state, shared=settings.workers > 1)
        # A worker that died between the commit of a change and its announcement leaves siblings that do not know.
        self._machine.bump_generation()
        self._database = store_of(settings).open(generation.SQL)
        self._log = Log(sys.stderr.fileno(), requests=settings.access_log)
        self._catalogue = catalogue()
        sealer = Sealer(prepared.sealing_key)
        self._keyring = Keyring(
            self._database, sealer, self._machine.generation, region=prepared.instance.region, now=time.time
        )
        self._admission = Admission(
            max_in_flight=settings.max_in_flight,
            max_bodies_bytes=settings.max_bodies_bytes,
            max_wait_ms=settings.max_wait_ms,
        )
        self._metrics = Metrics(
            memory.metrics,
            worker={
                "requests_in_flight": ("Requests under way.", lambda: self._admission.in_flight),
                "bodies_bytes": ("Bytes of the bodies of requests under way.", lambda: self._admission.kept_bytes),
                "writes_waiting": ("Writes that wait for their turn.", self._database.waiting),
            },
            machine={
                "nonces_estimate": ("Used nonces that are remembered.", self._nonces),
                "nonces_capacity": ("Used nonces that can be remembered.", lambda: self._machine.capacity_entries),
            },
        )
        self._server = Server(
            Parts(
                catalogue=self._catalogue,
                handlers=families.handlers(),
                database=self._database,
                keyring=self._keyring,
                sealer=sealer,
                audit_retention_us=settings.audit_retention_days * _DAY_US or None,
                machine=self._machine,
                metrics=self._metrics,
                log=self._log,
                require_nonce=settings.require_nonce,
                max_waiting=settings.max_waiting,
                max_wait_ms=settings.max_wait_ms,
                limits=_limits(settings, memory.limits),
                allow_hmac_sha1=settings.allow_hmac_sha1,
            )
        )
        self._pages: Mapping[bytes, Callable[[], Awaitable[Answer]]] = {
            b"/healthz": self._healthy,
            b"/readyz": self._ready,
            b"/version": self._version,
            b"/metrics": self._exposition,
            b"/openapi.json": self._openapi,
        }
        self._openapi_document = b""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI call."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            page = self._pages.get(scope["raw_path"])
            if page is not None and scope["method"] in {"GET", "HEAD"}:
                answer, unread = await page(), False
            else:
                answer, unread = await self._answer(scope, receive)
            headers = [*answer.headers, (b"content-length", str(len(answer.body)).encode())]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": answer.body})
            if unread:
                await _drained(receive)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[Answer, bool]:
        """The answer, and whether there is a body that nobody has read."""
        received = scope["headers"]
        headers = dict(received)
        if len(headers) != len(received):
            headers = join_headers(received)
        has_body = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
        refusal = self._admission.refusal(has_body=has_body)
        self._admission.in_flight += 1
        try:
            if not has_body:
                return await self._answered(self._request(scope, headers, b""), refusal), False
            with Body(self._admission) as body:
                content = b""
                if refusal is None:
                    content, refusal = await self._content(headers, receive, body)
                unread = refusal is not None and refusal.error is not BODY_INCOMPLETE
                return await self._answered(self._request(scope, headers, content), refusal), unread
        finally:
            self._admission.in_flight -= 1

    async def _answered(self, http: HttpRequest, refusal: ApiError | None) -> Answer:
        return self._server.refuse(http, refusal) if refusal else await self._server.answer(http)

    async def _content(
        self, headers: Mapping[bytes, bytes], receive: Receive, body: Body
    ) -> tuple[bytes, ApiError | None]:
        """The whole body, or why it is refused."""
        try:
            with body.arriving():
                await _in_task()
                async with asyncio.timeout(self._settings.body_timeout_s):
                    return await _body(headers, receive, self._settings.max_body_bytes, body), None
        except ApiError as error:
            return b"", error
        except TimeoutError:
            reason = f"did not arrive within {self._settings.body_timeout_s} s"
            return b"", ApiError(BODY_INCOMPLETE, reason=reason)

    def _request(self, scope: Scope, headers: Mapping[bytes, bytes], body: bytes) -> HttpRequest:
        """A request, with what its connection says."""
        peer = self._proxies.peer(scope)
        return HttpRequest(
            method=scope["method"],
            raw_path=scope["raw_path"],
            raw_query=scope["query_string"],
            headers=headers,
            body=body,
            source=peer.source,
            secure=peer.secure,
        )

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        flushing = asyncio.create_task(self._flush())
        noting = asyncio.create_task(self._note_uses())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        flushing.cancel()
        noting.cancel()
        await self._write_uses(apart_s=1)
        await asyncio.to_thread(self._database.close)
        self._log.flush()
        await send({"type": "lifespan.shutdown.complete"})

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_S)
            self._log.flush()
            self._metrics.publish()

    async def _note_uses(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            await self._write_uses(apart_s=_USES_S)

    async def _write_uses(self, *, apart_s: int) -> None:
        """Write down when each key was last used; a failure costs nothing but the freshness of that."""
        uses = self._keyring.new_uses(apart_s=apart_s)
        if uses:
            with contextlib.suppress(StorageError):
                await self._database.write(lambda transaction: note_uses(transaction, uses))

    async def _healthy(self) -> Answer:
        return Answer(200, _JSON, b'{"Status":"ok"}')

    async def _ready(self) -> Answer:
        try:
            await self._schema()
        except StorageError:
            return Answer(503, _JSON, b'{"Status":"the database cannot be used now"}')
        return Answer(200, _JSON, b'{"Status":"ready"}')

    async def _version(self) -> Answer:
        try:
            schema = await self._schema()
        except StorageError:
            schema = None
        body = {"Name": "modelry", "Version": __version__, "Schema": schema, "Process": os.getpid()}
        return Answer(200, _JSON, msgspec.json.encode(body))

    async def _schema(self) -> int:
        """How many migrations the database has seen."""
        row = await self._database.read(lambda snapshot: snapshot.one("SELECT version FROM schema_version"))
        return int(row[0]) if row else 0

    async def _exposition(self) -> Answer:
        return Answer(200, _TEXT, self._metrics.exposition())

    async def _openapi(self) -> Answer:
        if not self._openapi_document:
            from modelry.contract.openapi import document  # noqa: PLC0415  few ever ask

            self._openapi_document = msgspec.json.encode(document(self._catalogue))
        return Answer(200, _JSON, self._openapi_document)

    def _nonces(self) -> float:
        return self._machine.entries_estimate(int(self._log.now()))


def _limits(settings: Settings, memory: limits.Memory | None) -> Limits | None:
    """The rates of access keys, where the settings give any."""
    if memory is None:
        return None
    requests = Rate(settings.rate_limit, settings.rate_burst)
    return Limits(memory, requests=requests, writes=Rate(settings.write_rate_limit, settings.write_rate_burst))


async def _body(headers: Mapping[bytes, bytes], receive: Receive, limit_bytes: int, body: Body) -> bytes:
    """The whole body, counted in `body`.

    Raises:
        ApiError: BODY_TOO_LARGE, as soon as that is known; BODY_INCOMPLETE when the client breaks off; THROTTLED.
    """
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > limit_bytes:
        raise ApiError(BODY_TOO_LARGE, limit_bytes=limit_bytes)
    pieces: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ApiError(BODY_INCOMPLETE, reason="broke off before its end")
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        body.keep(len(pieces[-1]))
        more = message.get("more_body", False)
        if size > limit_bytes:
            raise ApiError(BODY_TOO_LARGE, limit_bytes=limit_bytes)
    return b"".join(pieces)


async def _in_task() -> None:
    """Go on as a task, which a timeout needs."""
    if asyncio.current_task() is None:
        await asyncio.sleep(0)


async def _drained(receive: Receive) -> None:
    """Take in, for a while, the rest of a body that was refused.

    Otherwise the connection is reset, and a client that is still sending never sees the answer.
    """
    await _in_task()
    left = _DRAIN_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_S):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
