"""How an operation is carried out: what a handler is, and what it is handed."""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeAlias

import msgspec

from modelry.access.authority import Caller, of_account
from modelry.access.policy import Context
from modelry.access.principal import Principal
from modelry.access.sealing import Sealer
from modelry.contract.operation import Operation, Req, Res
from modelry.storage.database import Connection, Key, Row, Transaction

Document: TypeAlias = msgspec.Raw
"""JSON bytes of the shape that the operation declares: what is stored can be answered as it lies."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What a handler knows of the request besides its fields."""

    caller: Caller
    """Who asks, and what they may do: a handler decides with `require` on one object, or `reach` for a list."""
    database: Connection
    """The snapshot that a read answers from, or the transaction that a write is part of."""
    sealer: Sealer
    """Makes secrets unreadable before they are stored or handed out, and readable again."""

    @property
    def principal(self) -> Principal:
        """Who asks."""
        return self.caller.principal

    @property
    def account_id(self) -> int:
        """The account whose data is served."""
        return self.principal.account_id

    @property
    def transaction(self) -> Transaction:
        """The transaction of a write.

        Raises:
            TypeError: the operation is declared as a read.
        """
        if not isinstance(self.database, Transaction):
            message = "a read has no transaction"
            raise TypeError(message)
        return self.database


def by_account(account_id: int, access_key_id: str, database: Connection, sealer: Sealer) -> Call:
    """A call by the account itself, for what is done without a request."""
    account = Principal(account_id=account_id, user_id=str(account_id), access_key_id=access_key_id)
    return Call(caller=Caller(of_account(account), "", _NOWHERE), database=database, sealer=sealer)


_NOWHERE = Context(source_ip="", secure_transport=False, time_s=0, user_agent="")


class Handler(msgspec.Struct, Generic[Req, Res], frozen=True):
    """An operation together with the function that carries it out."""

    operation: Operation[Req, Res]
    run: Callable[[Call, Req], Res | Document]
    ahead: "Ahead[Req] | None" = None


Ahead: TypeAlias = Callable[[int, Req], tuple[Key, ...] | None]
"""Of an account and a request: the rows that a write finds first, and all that it depends on; see `storage.writer`."""


class More(NamedTuple):
    """What a point read answers when the rows that it has seen ask for others."""

    keys: tuple[Key, ...]
    answer: Callable[[tuple[Row | None, ...]], Document]
    """The answer out of those others."""


class PointRead(msgspec.Struct, Generic[Req, Res], frozen=True):
    """A read that is data: the rows that it needs, and a pure function of them.

    What finds the rows may gather those of many requests into one statement.
    """

    operation: Operation[Req, Res]
    keys: Callable[[Caller, Req], tuple[Key, ...]]
    answer: Callable[[Caller, Req, tuple[Row | None, ...]], Res | Document | More]


AnyHandler: TypeAlias = Handler[Any, Any] | PointRead[Any, Any]


def handles(
    operation: Operation[Req, Res], ahead: Ahead[Req] | None = None
) -> Callable[[Callable[[Call, Req], Res | Document]], Handler[Req, Res]]:
    """Bind a function to an operation; the type checker compares its types with the declaration."""
    return lambda run: Handler(operation, run, ahead)


def reads(
    operation: Operation[Req, Res], keys: Callable[[Caller, Req], tuple[Key, ...]]
) -> Callable[[Callable[[Caller, Req, tuple[Row | None, ...]], Res | Document | More]], PointRead[Req, Res]]:
    """Bind a pure function of some rows to a get."""
    return lambda answer: PointRead(operation, keys, answer)


def document(data: bytes) -> Document:
    """Stored bytes as an answer."""
    return msgspec.Raw(data)
