"""What a test tells its server over the channel between them, one JSON object a line."""

from typing import Literal

import msgspec

When = Literal["before", "after"]
"""Before the request is handled, or after what it did was committed and before the answer leaves."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something that is to go wrong."""

    operation: str | None
    """`CreateModel`, `Ram:CreateUser`; `None` for every operation."""

    times: int | None
    """How many requests meet it; `None` for all of them until it is cleared."""


class Throttle(Fault, frozen=True, kw_only=True):
    """Refuse as a server with too much to do."""

    retry_after_ms: int | None


class Fail(Fault, frozen=True, kw_only=True):
    """Answer an error without handling the request."""

    status: int
    code: str
    message: str


class Delay(Fault, frozen=True, kw_only=True):
    """Answer late."""

    seconds: float
    when: When


class Drop(Fault, frozen=True, kw_only=True):
    """Close the connection without an answer."""

    when: When


class Clear(msgspec.Struct, frozen=True, tag=True):
    """Forget all faults; requests that a delay holds up go on."""


class Settle(msgspec.Struct, frozen=True, tag=True):
    """Forget all faults, finish what is under way, then forget the calls."""


class TellCalls(msgspec.Struct, frozen=True, tag=True):
    """Say which calls there were."""


AnyFault = Throttle | Fail | Delay | Drop
Order = AnyFault | Clear | Settle | TellCalls


class Call(msgspec.Struct, kw_only=True):
    """A request that reached the server."""

    operation: str
    """`CreateModel`; with its product where that is not AIWorkSpace: `Ram:CreateUser`."""

    status: int | None = None
    """The HTTP status that the server answered, or would have but for a dropped connection; `None` as long as there
    is none, and for a request that was never handled."""

    faults: list[str] = []
    """What it met, in this order: `delay`, then one of `throttle`, `fail`, `drop`."""


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """The first line that the server sends."""

    port: int
    account_id: str
    region: str


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What the server says to an order."""

    calls: list[Call] = []
    refusal: str = ""
    """Why it was not carried out."""
