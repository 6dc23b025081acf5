"""Walking through lists with markers."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.contract.ram.rpc_calls import RpcCalls

END = "Marker", "IsTruncated"


def pages(call_ram: RpcCalls, operation: str, max_items: int, **fields: object) -> Iterator[dict[str, Any]]:
    """The pages of a list, each asked for when the one before was looked at."""
    marker = None
    while True:
        page = call_ram.seen(operation, max_items=max_items, marker=marker, **fields)
        assert isinstance(page["IsTruncated"], bool)
        assert ("Marker" in page) == page["IsTruncated"]
        yield page
        if not page["IsTruncated"]:
            return
        marker = page["Marker"]


def entries(page: dict[str, Any]) -> list[dict[str, Any]]:
    """What is on a page, without its wrappers."""
    (wrapper,) = (value for name, value in page.items() if name not in END)
    ((_, found),) = wrapper.items()
    return list(found)


def walked(
    call_ram: RpcCalls, operation: str, max_items: int, between: Callable[[int], None], **fields: object
) -> list[dict[str, Any]]:
    """Everything that a walk shows; `between` is called after each page with its number."""
    found = []
    for number, page in enumerate(pages(call_ram, operation, max_items, **fields)):
        assert len(entries(page)) <= max_items
        found += entries(page)
        between(number)
    return found


def nothing(number: int) -> None:
    """Between pages, nothing happens."""
