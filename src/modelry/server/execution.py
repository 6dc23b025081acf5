"""Begin, authorise, handle, record, commit: what happens to a request once it is known what it asks, and who asks.

A read decides on the snapshot that it answers. A write locates, decides, acts and is recorded in one transaction: the
caller's authority is read anew there if anything that it depends on was committed meanwhile.
"""

import functools
import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import msgspec

from modelry.access.authority import Caller, Denied
from modelry.access.claim import Claim
from modelry.access.policy import Context
from modelry.access.resources import meant, named
from modelry.access.sealing import Sealer
from modelry.contract.operation import AnyOperation
from modelry.errors import ApiError
from modelry.families.audit import store as audit
from modelry.families.ram import generation
from modelry.families.ram.keys.store import nonce_key, use_nonce
from modelry.handling import AnyHandler, Call, Handler, More, PointRead
from modelry.server.admission import Turn, Turns, too_much
from modelry.server.denial import refusal_of
from modelry.server.machine import WINDOW_S, MachineState
from modelry.server.principal import Identity, Keyring
from modelry.storage.database import Change, Check, Connection, Found, Key, Row, Transaction
from modelry.storage.writer import Aftermath, Database, First, Refused

T = TypeVar("T")


class Order(NamedTuple):
    """One operation that somebody was proved to ask for."""

    operation: AnyOperation
    request: Any
    identity: Identity
    claim: Claim
    context: Context
    request_id: str


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What orders are carried out with."""

    database: Database
    keyring: Keyring
    machine: MachineState
    sealer: Sealer
    max_waiting: int
    """Writes, and lists, that wait for their turn; more are throttled."""
    max_wait_ms: int
    """How long they wait at most."""
    audit_retention_us: int | None
    now: Callable[[], float]


class _Moved(Exception):  # noqa: N818  a reason to begin anew, no error
    """What decides about the caller has changed."""


class Execution:
    """Carries out orders."""

    def __init__(self, desk: Desk) -> None:
        """Work with `desk`; no list waits yet."""
        self._desk = desk
        self._lists = 0
        self._turns = Turns(desk.max_wait_ms)

    async def carry_out(self, handler: AnyHandler, order: Order) -> Any:
        """The answer to an order.

        Raises:
            ApiError: whatever the operation refuses; NO_PERMISSION, with the reason, where the caller may not.
        """
        while True:
            try:
                if isinstance(handler, PointRead):
                    return await self._point_read(handler, order)
                if order.operation.writes:
                    return await self._write(handler, order)
                return await self._read(handler, order)
            except _Moved:
                pass
            except Denied as denied:
                if order.operation.writes or await self._denied(order, denied):
                    raise self._refusal(order, denied) from denied
            order = order._replace(identity=await self._desk.keyring.identity(order.claim))

    def check_room(self, handler: AnyHandler) -> None:
        """Refuse what would wait behind too much else: asked at first, as whoever is refused must not cost much.

        Raises:
            ApiError: THROTTLED.
        """
        if isinstance(handler, PointRead):
            return
        if handler.operation.writes:
            self._check_queue()
        elif self._lists >= self._desk.max_waiting:
            raise too_much("Too many lists are waiting; try again.")

    def _refusal(self, order: Order, denied: Denied) -> ApiError:
        about = ", ".join(_kept_from(order, denied))
        return refusal_of(denied, order.identity.authority.principal, self._desk.sealer, about)

    async def _denied(self, order: Order, denied: Denied) -> bool:
        """Leave a row of a read that is refused; false if the caller's authority is another one by now."""
        self._check_queue()

        def work(transaction: Transaction) -> bool:
            if generation.current(transaction) != order.identity.generation:
                return False
            self._record(transaction, order, denied)
            return True

        return await self._written(work)

    async def _point_read(self, handler: PointRead[Any, Any], order: Order) -> Any:
        caller = _caller(order, order.identity)
        find = self._desk.database.find
        found = find(handler.keys(caller, order.request))
        if not isinstance(found, Found):
            found = await found
        answer = handler.answer(caller, order.request, _rows(found, order))
        while isinstance(answer, More):
            found = find(answer.keys)
            if not isinstance(found, Found):
                found = await found
            answer = answer.answer(_rows(found, order))
        _check_decided(caller, order)
        return answer

    async def _read(self, handler: Handler[Any, Any], order: Order) -> Any:
        self.check_room(handler)
        self._lists += 1
        try:
            turn = Turn()
            work = functools.partial(self._of_snapshot, handler, order, turn)
            return await self._turns.waited(turn, self._desk.database.read(work))
        finally:
            self._lists -= 1

    def _of_snapshot(self, handler: Handler[Any, Any], order: Order, turn: Turn, snapshot: Connection) -> Any:
        """The answer to a read, decided on by what the snapshot itself says of the caller.

        It is made out with what is known of the caller, and again if the snapshot turns out to say something else.
        """
        turn.begin()
        current = generation.ahead(snapshot)
        try:
            answer = self._handled(handler, order, order.identity, snapshot)
        except Exception:
            if current() == order.identity.generation:
                raise
        else:
            if current() == order.identity.generation:
                return answer
        with snapshot.snapshot():  # a new one, if what was read last has ended it
            identity = self._desk.keyring.as_of(generation.current(snapshot), order.identity, order.claim, snapshot)
            return self._handled(handler, order, identity, snapshot)

    async def _write(self, handler: Handler[Any, Any], order: Order) -> Any:
        self.check_room(handler)

        def work(transaction: Transaction) -> Any:
            before = generation.current(transaction)
            identity = self._desk.keyring.as_of(before, order.identity, order.claim, transaction)
            answer = self._handled(handler, order, identity, transaction)
            self._record(transaction, order, None)
            if generation.current(transaction) != before:
                transaction.after_commit(self._announce)
            return answer

        def refused(fault: Exception) -> Aftermath:
            return (lambda transaction: self._record(transaction, order, fault)) if isinstance(fault, Denied) else None

        nonce = _nonce(order.claim)

        def first(transaction: Transaction) -> Check | None:
            if nonce is None:
                return None
            return use_nonce(transaction, nonce, order.claim.time + WINDOW_S, int(self._desk.now()))

        ahead = handler.ahead(order.identity.authority.principal.account_id, order.request) if handler.ahead else None
        if ahead is not None and nonce is not None:
            ahead = (*ahead, nonce_key(nonce))
        return await self._written(work, first, refused, ahead)

    async def _written(
        self,
        work: Callable[[Transaction], T],
        first: First | None = None,
        refused: Refused | None = None,
        ahead: tuple[Key, ...] | None = None,
    ) -> T:
        """Have the writer do it, unless it waits for too long."""
        turn = Turn()

        def begin(transaction: Transaction) -> Check | None:
            turn.begin()
            return first(transaction) if first is not None else None

        return await self._turns.waited(turn, self._desk.database.write(work, begin, refused, ahead))

    def _handled(self, handler: Handler[Any, Any], order: Order, identity: Identity, database: Connection) -> Any:
        caller = _caller(order, identity)
        answer = handler.run(Call(caller=caller, database=database, sealer=self._desk.sealer), order.request)
        _check_decided(caller, order)
        return answer

    def _announce(self) -> None:
        """Have every worker of this machine drop what it knows of keys and policies, before anybody is answered."""
        self._desk.machine.bump_generation()

    def _check_queue(self) -> None:
        if self._desk.database.waiting() >= self._desk.max_waiting:
            raise too_much("Too many writes are waiting; try again.")

    def _record(self, transaction: Transaction, order: Order, denied: Denied | None) -> None:
        """Leave a row of a write or of a denial."""
        principal = order.identity.authority.principal
        event = audit.Event(
            time_us=transaction.tick(),
            request_id=order.request_id,
            product=order.operation.style.product,
            operation=order.operation.name,
            outcome="Denied" if denied else "Success",
            code="NoPermission" if denied else "",
            account_id=principal.account_id,
            identity_type=principal.identity_type,
            user_id=principal.user_id,
            user_name=principal.name,
            session_name=principal.session_name,
            access_key_id=principal.access_key_id,
            source=order.context.source_ip,
            user_agent=order.context.user_agent,
            reason=denied.decision.verdict.reason if denied else "",
            changes=[Change(each, None, None) for each in _kept_from(order, denied)] if denied else transaction.changes,
        )
        audit.record(transaction, event, self._desk.audit_retention_us)


def _nonce(claim: Claim) -> bytes | None:
    """The nonce of a write as it is recorded with what it writes, so that it is refused after a restart too."""
    if claim.nonce is None:
        return None
    return hashlib.sha256(f"{claim.key_id}\0{claim.nonce}".encode()).digest()[:16]


def _kept_from(order: Order, denied: Denied) -> list[str]:
    """What somebody was kept from: `model/model-1`."""
    resource = denied.attributes.get("resource")
    if resource is not None:
        return [resource.partition(":")[2]]
    return meant(order.operation, order.request, order.identity.authority.principal)


def _rows(found: Found, order: Order) -> tuple[Row | None, ...]:
    """Rows that may be decided about with what is known of the caller.

    Raises:
        _Moved: something of that was changed before the rows were read, on another machine.
    """
    if found.generation is not None and found.generation != order.identity.generation:
        raise _Moved
    return found.rows


def _caller(order: Order, identity: Identity) -> Caller:
    """Who asks; what the request itself names is decided here.

    Raises:
        Denied: no policy allows it on anything, or one of the named things is not for them.
    """
    access = order.operation.access
    caller = Caller(identity.authority, access.action, order.context)
    if access.open_to_all:
        caller.decided = True
    if caller.decided:
        return caller
    caller.check_granted()
    if access.resources:
        for resource in named(order.operation, order.request, caller.principal):
            caller.require({"resource": resource})
    return caller


def _check_decided(caller: Caller, order: Order) -> None:
    """Refuse an answer that was made without a decision: a defect of the handler must not open a door."""
    if not caller.decided:
        message = f"{order.operation.full_name} made no decision about its caller"
        raise RuntimeError(message)
