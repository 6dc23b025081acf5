"""The pages of a list: whichever of the three ways an operation has, one after the other until the last."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Protocol, get_origin

import msgspec

from modelry.client.failures import CallError
from modelry.contract.operation import AnyOperation, Operation, Req, Res
from modelry.contract.text import bare


class Asking(Protocol):
    """What asks for a page."""

    def call(self, operation: Operation[Req, Res], request: Req) -> Res:
        """The answer."""


def entries(client: Asking, operation: AnyOperation, request: Any) -> Iterator[Any]:  # noqa: ANN401  any request
    """The entries of all pages, from the page that the request names; each page is asked for when it is needed.

    Raises:
        TypeError: the operation answers no list, or several.
    """
    path = _list_path(operation)
    seen = (request.page_number - 1) * request.page_size if hasattr(request, "page_number") else 0
    while True:
        answer = client.call(operation, request)
        page = answer
        for name in path:
            page = getattr(page, name)
        yield from page
        seen += len(page)
        following = _following(request, answer, page, seen)
        if following is None:
            return
        if following == request:
            raise CallError("", 200, f"{operation.name} answers the same page again and again")
        request = following


def _following(request: Any, answer: Any, page: Iterable[Any], seen: int) -> Any:  # noqa: ANN401  any request
    """The request for the next page; `None` after the last."""
    if hasattr(request, "next_token"):
        token = answer.next_token
        return msgspec.structs.replace(request, next_token=token) if token else None
    if hasattr(request, "marker"):
        more = answer.is_truncated and answer.marker
        return msgspec.structs.replace(request, marker=answer.marker) if more else None
    # Counted by what came, not by the size that was asked for: a server may give shorter pages.
    if not hasattr(request, "page_number") or not page or seen >= answer.total_count:
        return None
    return msgspec.structs.replace(request, page_number=request.page_number + 1)


@cache
def _list_path(operation: AnyOperation) -> tuple[str, ...]:
    """The fields that lead to the one list of an answer: directly, or inside a structure of nothing else."""
    fields = msgspec.structs.fields(operation.response)
    paths: list[tuple[str, ...]] = [(f.name,) for f in fields if get_origin(bare(f.type)) is list]
    paths = paths or [(f.name, inner) for f in fields if (inner := _only_list(bare(f.type)))]
    if len(paths) != 1:
        kind = "several lists" if paths else "no list"
        raise TypeError(f"{operation.full_name} answers {kind}; its answer has to be read as a whole")
    return paths[0]


def _only_list(type_: Any) -> str | None:  # noqa: ANN401  any type
    if not (isinstance(type_, type) and issubclass(type_, msgspec.Struct)):
        return None
    fields = msgspec.structs.fields(type_)
    return fields[0].name if len(fields) == 1 and get_origin(bare(fields[0].type)) is list else None
