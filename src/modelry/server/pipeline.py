"""The path of one request, as the ordered list of its steps. The page to read first.

    read -> route -> authenticate -> decode -> begin -> authorise -> handle -> commit -> answer -> tell

Each step returns a new value; nothing is filled in along the way.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from random import getrandbits
from typing import NamedTuple

import msgspec

from modelry.access import rpc
from modelry.access.canonical import Pair, decode_query
from modelry.access.claim import Claim, check_window, parse_claim
from modelry.access.policy import Context
from modelry.access.sealing import Sealer
from modelry.access.signature import SignedRequest, verify
from modelry.contract.binding import binding, encode_answer
from modelry.contract.catalogue import Catalogue
from modelry.contract.operation import AnyOperation
from modelry.errors import (
    INTERNAL_ERROR,
    INVALID_VERSION,
    MISSING_NONCE,
    UNAVAILABLE,
    UNSUPPORTED_SIGNATURE,
    ApiError,
)
from modelry.handling import AnyHandler
from modelry.server.execution import Desk, Execution, Order
from modelry.server.limits import Limits
from modelry.server.log import Log, RequestLine
from modelry.server.machine import MachineState
from modelry.server.metrics import NO_OPERATION, Metrics
from modelry.server.principal import Identity, Keyring
from modelry.storage.database import StorageError
from modelry.storage.writer import Database

API_VERSION = b"2021-02-04"
_AGENT_BYTES = 256
_NOTHING_CHANGED = "The database cannot be used now; nothing was changed."
_UNCERTAIN = "The database was lost while it was written: the change may have been made or not. Look before repeating."
_UUID_4 = 0x4000_8000_0000_0000_0000
"""The bits that make a random number a random UUID, and the others."""
_UUID_MASK = (1 << 128) - 1 - 0xF000_C000_0000_0000_0000


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The bytes as they arrived: a signature is over what was sent, not over what it decodes to."""

    method: str
    raw_path: bytes
    raw_query: bytes
    headers: Mapping[bytes, bytes]
    """By lower-case name, repeated ones joined."""
    body: bytes
    source: str
    """Address that it comes from, as `server.peer` knows it."""
    secure: bool
    """Whether it came over TLS."""


class Answer(NamedTuple):
    """What goes back: a JSON object, always."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Signer(NamedTuple):
    """Who a request was proved to come from, and the nonce that it has used up."""

    identity: Identity
    claim: Claim


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a server is put together from."""

    catalogue: Catalogue
    handlers: Iterable[AnyHandler]
    database: Database
    keyring: Keyring
    machine: MachineState
    metrics: Metrics
    log: Log
    require_nonce: bool
    max_waiting: int
    sealer: Sealer
    max_wait_ms: int = 2500
    limits: Limits | None = None
    """Rates of access keys; `None` where there are none."""
    audit_retention_us: int | None = None
    allow_hmac_sha1: bool = True
    now: Callable[[], float] = time.time


class Server:
    """Answers requests."""

    def __init__(self, parts: Parts) -> None:
        """Put it together.

        Raises:
            ValueError: an operation without a handler, or a handler without an operation.
        """
        self._parts = parts
        self._handlers: dict[AnyOperation, AnyHandler] = {h.operation: h for h in parts.handlers}
        missing = set(parts.catalogue) ^ set(self._handlers)
        if missing:
            message = f"operations and handlers differ: {', '.join(sorted(o.full_name for o in missing))}"
            raise ValueError(message)
        self._limits = parts.limits
        self._execution = Execution(
            Desk(
                database=parts.database,
                keyring=parts.keyring,
                machine=parts.machine,
                sealer=parts.sealer,
                max_waiting=parts.max_waiting,
                max_wait_ms=parts.max_wait_ms,
                audit_retention_us=parts.audit_retention_us,
                now=parts.now,
            )
        )

    async def answer(self, http: HttpRequest) -> Answer:
        """The answer to a request that was read whole; the steps below are the story."""
        started = time.perf_counter_ns()
        request_id = new_request_id()
        operation: AnyOperation | None = None
        signer: Signer | None = None
        refusal: ApiError | None = None
        try:
            query = decode_query(http.raw_query)
            if http.raw_path in rpc.PATHS:
                call = rpc.read_call(query, http.headers, http.body)
                match = self._parts.catalogue.find_rpc(http.method, call.version, call.action)
            else:
                call = None
                match = self._parts.catalogue.find(http.method, http.raw_path)
            operation = match.operation
            handler = self._handlers[operation]
            self._execution.check_room(handler)
            claim = self._claim(http.headers, call)
            now = self._parts.now()
            check_window(claim.time, now)
            identity = self._parts.keyring.known(claim) or await self._parts.keyring.identity(claim)
            self._prove(claim, identity, http, call.pairs if call and call.is_rpc_1 else query, int(now))
            signer = Signer(identity, claim)
            if self._limits is not None:
                self._limits.check(claim.key_id, writes=operation.writes)
            request = binding(operation).decode(match.segments, call.pairs if call else query, http.body)
            order = Order(operation, request, identity, claim, _context(http, int(now)), request_id)
            result = await self._execution.carry_out(handler, order)
            answer = Answer(200, _headers(request_id), encode_answer(operation, result, request_id))
        except ApiError as error:
            refusal = error
            _forget(error)
        except StorageError as error:
            self._parts.log.fault(request_id, error)
            refusal = ApiError(UNAVAILABLE, reason=_UNCERTAIN if error.uncertain else _NOTHING_CHANGED)
            _forget(error)
        except Exception as error:  # noqa: BLE001  the one place where a fault of the server becomes an answer
            self._parts.log.fault(request_id, error)
            refusal = ApiError(INTERNAL_ERROR)
            _forget(error)
        if refusal is not None:
            answer = refused(refusal, request_id, http.headers)
        self._tell(http, request_id, operation, signer, answer.status, refusal, time.perf_counter_ns() - started)
        return answer

    def refuse(self, http: HttpRequest, error: ApiError) -> Answer:
        """The answer to a request that could not be read whole."""
        request_id = new_request_id()
        answer = refused(error, request_id, http.headers)
        self._tell(http, request_id, None, None, answer.status, error, 0)
        return answer

    def _claim(self, headers: Mapping[bytes, bytes], call: rpc.RpcCall | None) -> Claim:
        """What a request says about its signature.

        Raises:
            ApiError: what is wrong with that, or with the version.
        """
        claim = _acs3_or_roa_claim(headers) if call is None else rpc.claim_of(call, headers)
        if claim.signed_headers is None and not self._parts.allow_hmac_sha1:
            raise ApiError(UNSUPPORTED_SIGNATURE, method="HMAC-SHA1")
        return claim

    def _prove(self, claim: Claim, identity: Identity, http: HttpRequest, covered: list[Pair], now: int) -> None:
        """Prove who signed, before anything of the request but its address is looked at.

        The nonce is used up on this machine; a write also records it with what it writes.

        Raises:
            ApiError: what is wrong with the signature or the nonce.
        """
        signed = SignedRequest(http.method, http.raw_path, covered, http.headers, http.body)
        verify(claim, signed, identity.signing_key)
        if claim.nonce is not None:
            self._parts.machine.check(claim.key_id, claim.nonce, claim.time, now)
        elif self._parts.require_nonce:
            raise ApiError(MISSING_NONCE, reason=" by this server's settings")
        self._parts.keyring.used(claim.key_id, now)

    def _tell(
        self,
        http: HttpRequest,
        request_id: str,
        operation: AnyOperation | None,
        signer: Signer | None,
        status: int,
        refusal: ApiError | None,
        duration_ns: int,
    ) -> None:
        """Count the answer, and write its line."""
        name = operation.label if operation else ""
        code = refusal.error.code if refusal else ""
        self._parts.metrics.record(name or NO_OPERATION, status, code, duration_ns)
        if self._parts.log.requests:
            key_id = signer.claim.key_id if signer else ""
            line = RequestLine(
                self._parts.now(),
                request_id,
                http.source,
                key_id,
                http.method,
                http.raw_path,
                name,
                status,
                code,
                duration_ns // 1000,
            )
            self._parts.log.request(line)


def _acs3_or_roa_claim(headers: Mapping[bytes, bytes]) -> Claim:
    version = headers.get(b"x-acs-version", API_VERSION)
    if version != API_VERSION:
        raise ApiError(INVALID_VERSION, version=version.decode("ascii", "replace"), served=API_VERSION.decode())
    return parse_claim(headers)


def _forget(fault: BaseException | None) -> None:
    """Let go of the frames that a fault has passed: some hold it in turn, and only the collector would part them."""
    while fault is not None:
        fault.__traceback__ = None
        fault = fault.__cause__ or fault.__context__


def _context(http: HttpRequest, now: int) -> Context:
    """What a policy's conditions may ask about a request."""
    agent = http.headers.get(b"user-agent", b"")[:_AGENT_BYTES].decode("ascii", "replace")
    return Context(http.source, http.secure, now, agent)


def new_request_id() -> str:
    """A random UUID in upper case, as the service writes them."""
    text = f"{getrandbits(128) & _UUID_MASK | _UUID_4:032X}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def refused(error: ApiError, request_id: str, headers: Mapping[bytes, bytes]) -> Answer:
    """An error as the clients read it: a JSON object whose `Code`, `Message` and `RequestId` are text."""
    body: dict[str, object] = {
        "RequestId": request_id,
        "HostId": headers.get(b"host", b"")[:255].decode("ascii", "replace"),
        "Code": error.error.code,
        "Message": error.message,
    }
    if error.access_denied is not None:
        body["AccessDeniedDetail"] = dict(error.access_denied)
    retry: tuple[tuple[bytes, bytes], ...] = ()
    if error.retry_after_ms is not None:
        retry = ((b"x-acs-retry-after", str(error.retry_after_ms).encode()),)
    return Answer(error.error.status, _headers(request_id) + retry, msgspec.json.encode(body))


def _headers(request_id: str) -> tuple[tuple[bytes, bytes], ...]:
    return (b"content-type", b"application/json"), (b"x-acs-request-id", request_id.encode())
