"""Events as the tests make them, and as they find them."""

from pathlib import Path
from typing import Any

from modelry.families.audit.store import Event, Filters, events, record
from modelry.storage.database import Change, Connection, Transaction
from modelry.storage.sqlite import write_alone

ACCOUNT = 1234567890123456
OTHER_ACCOUNT = 6543210987654321

MADE = Change("model/model-1", None, b'{"ModelName":"m"}')
APPROVED = Change(
    "model/model-1/modelVersion/0.1.0",
    b'{"VersionName":"0.1.0","ApprovalStatus":"Pending"}',
    b'{"VersionName":"0.1.0","ApprovalStatus":"Approved"}',
)


def event(time_us: int, *changes: Change, **fields: Any) -> Event:  # noqa: ANN401  fields of every type
    """An event that nothing is said about but `fields`."""
    plain: dict[str, Any] = {
        "request_id": "5A14FA81-DD4E-4D73-9C6E-1F0A9C2D8F11",
        "product": "AIWorkSpace",
        "operation": "CreateModel",
        "outcome": "Success",
        "code": "",
        "account_id": ACCOUNT,
        "identity_type": "RAMUser",
        "user_id": "200000000000000001",
        "user_name": "alice",
        "session_name": "",
        "access_key_id": "LTAI5talice",
        "source": "192.0.2.1",
        "user_agent": "aliyun-cli",
        "reason": "",
    }
    return Event(time_us=time_us, changes=list(changes), **{**plain, **fields})


def added(folder: Path, *new: dict[str, Any], retention_us: int | None = None) -> list[Event]:
    """Record events in a data folder, in order; `changes` is what each has changed."""

    def work(transaction: Transaction) -> list[Event]:
        made = [event(transaction.tick(), *fields.pop("changes", (MADE,)), **fields) for fields in map(dict, new)]
        for each in made:
            record(transaction, each, retention_us)
        return made

    return write_alone(folder, work)


def found(database: Connection, account_id: int = ACCOUNT, **filters: Any) -> list[Event]:  # noqa: ANN401  as above
    """The events that fit, oldest first."""
    return events(database, account_id, Filters(**filters), newest_first=False, limit=1000)


def times(those: list[Event]) -> list[int]:
    return [each.time_us for each in those]
