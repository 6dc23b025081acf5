"""Events as they are read: a line of JSON with everything, or a row of a table for people."""

from collections.abc import Iterable, Iterator

import msgspec

from modelry.contract.operation import Shape
from modelry.contract.text import printable
from modelry.families.audit.changes import ChangeEntry, Members, written
from modelry.families.audit.store import Event, Outcome
from modelry.storage.database import Change
from modelry.storage.times import shown

HEADINGS = ("TIME", "WHO", "OPERATION", "RESOURCE", "OUTCOME", "CHANGED")

_members = msgspec.json.Decoder(Members)


class EventLine(Shape):
    """An event as a line of JSON."""

    time: str
    time_us: int
    """Microseconds since the epoch: no two events have the same, and they rise in the order of the commits."""
    request_id: str
    product: str
    operation: str
    outcome: Outcome
    code: str
    reason: str
    account_id: str
    identity_type: str
    user_id: str
    user_name: str
    session_name: str
    access_key_id: str
    source: str
    user_agent: str
    changes: list[ChangeEntry]


def json_line(event: Event) -> str:
    """Everything that is known of an event."""
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    fields |= {"time": shown(event.time_us), "account_id": str(event.account_id)}
    fields["changes"] = [written(change) for change in event.changes]
    return msgspec.json.encode(EventLine(**fields)).decode()


def table(events: Iterable[Event]) -> Iterator[str]:
    """The rows of a table, headings first; what could move the cursor of a terminal is written as an escape."""
    rows = [HEADINGS, *(tuple(map(printable, _row(event))) for event in events)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(event: Event) -> tuple[str, ...]:
    resources = list(dict.fromkeys(change.resource for change in event.changes))
    more = f" +{len(resources) - 1}" if len(resources) > 1 else ""
    return (
        shown(event.time_us),
        _who(event),
        event.operation,
        f"{resources[0]}{more}" if resources else "-",
        event.outcome,
        event.reason or "; ".join(filter(None, map(_summary, event.changes))) or "-",
    )


def _who(event: Event) -> str:
    if event.identity_type == "Account":
        return "account"
    name = event.user_name or event.user_id
    return f"{name}/{event.session_name}" if event.session_name else name


def _summary(change: Change) -> str:
    """Which members an update has changed, or that the whole was made or removed."""
    match change.before, change.after:
        case None, None:
            return ""
        case None, _:
            return "made"
        case _, None:
            return "removed"
    before, after = _members.decode(change.before or b"{}"), _members.decode(change.after or b"{}")
    return ", ".join(dict.fromkeys((*before, *after)))
