"""All operations, found by name, by request line, or by version and action."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from modelry.contract.known import RPC_PRODUCTS, KnownOperation
from modelry.contract.operation import AnyOperation, Rpc
from modelry.errors import (
    INVALID_VERSION,
    METHOD_NOT_ALLOWED,
    MISSING_PARAMETER,
    NO_SUCH_ACTION,
    NO_SUCH_API,
    UNSUPPORTED_OPERATION,
    ApiError,
)

_RPC_METHODS = ("GET", "POST")


class Match(NamedTuple):
    """An operation and the still encoded path segments that fill its `{...}`, in order."""

    operation: AnyOperation
    segments: tuple[bytes, ...]


class _Node:
    """One segment of the paths: fixed words below it, at most one `{...}`, and what ends here, by method."""

    __slots__ = ("any", "ends", "words")

    def __init__(self) -> None:
        self.words: dict[bytes, _Node] = {}
        self.any: _Node | None = None
        self.ends: dict[str, AnyOperation | KnownOperation] = {}


class Catalogue:
    """The operations that are offered, and the official ones that are only known.

    Raises:
        ValueError: at construction, when two offered operations of a product share a name, or two share a method and
            path shape.
    """

    def __init__(self, offered: Iterable[AnyOperation], known: Iterable[KnownOperation] = ()) -> None:
        """Index `offered`; a `known` operation of the same product and name is left out."""
        self.by_full_name: dict[str, AnyOperation] = {}
        """The offered operations by product and name, `Ram:TagResources`."""
        self.by_name: dict[str, AnyOperation] = {}
        """Those of AIWorkSpace, whose names alone tell them apart."""
        self.known: dict[str, KnownOperation] = {}
        """By product and name."""
        self._root = _Node()
        self._rpc: dict[tuple[str, str], AnyOperation | KnownOperation] = {}
        for operation in offered:
            self._offer(operation)
        for other in known:
            if other.full_name not in self.by_full_name:
                self._know(other)

    def __iter__(self) -> Iterator[AnyOperation]:
        """The offered operations, in the order of declaration."""
        return iter(self.by_full_name.values())

    def find(self, method: str, raw_path: bytes) -> Match:
        """The offered operation that answers a request line.

        `raw_path` is the undecoded path: a `%2F` inside a version name must not split it. An empty segment
        never stands for an id.

        Raises:
            ApiError: NO_SUCH_API, METHOD_NOT_ALLOWED, or UNSUPPORTED_OPERATION for an official operation that is
                not offered.
        """
        segments: list[bytes] = []
        node = self._walk(raw_path.split(b"/")[1:], segments)
        if node is None or not node.ends:
            raise ApiError(NO_SUCH_API, method=method, path=_shown(raw_path))
        operation = node.ends.get(method)
        if operation is None:
            raise ApiError(
                METHOD_NOT_ALLOWED, method=method, path=_shown(raw_path), allowed=", ".join(sorted(node.ends))
            )
        if isinstance(operation, KnownOperation):
            raise ApiError(UNSUPPORTED_OPERATION, operation=operation.name)
        return Match(operation, tuple(segments))

    def find_rpc(self, method: str, version: str, action: str) -> Match:
        """The offered operation that answers a request to path `/`; names compare exactly.

        Raises:
            ApiError: METHOD_NOT_ALLOWED, MISSING_PARAMETER, INVALID_VERSION, or UNSUPPORTED_OPERATION and
                NO_SUCH_ACTION. Never a 404, which clients take for a resource that is gone.
        """
        if method not in _RPC_METHODS:
            raise ApiError(METHOD_NOT_ALLOWED, method=method, path="/", allowed=", ".join(_RPC_METHODS))
        for name, value in (("Action", action), ("Version", version)):
            if not value:
                raise ApiError(MISSING_PARAMETER, name=name)
        operation = self._rpc.get((version, action))
        if operation is None:
            if version not in RPC_PRODUCTS:
                raise ApiError(INVALID_VERSION, version=version, served=f"one of {', '.join(RPC_PRODUCTS)}")
            raise ApiError(NO_SUCH_ACTION, product=RPC_PRODUCTS[version], action=action)
        if isinstance(operation, KnownOperation):
            raise ApiError(UNSUPPORTED_OPERATION, operation=operation.full_name)
        return Match(operation, ())

    def _offer(self, operation: AnyOperation) -> None:
        style = operation.style
        if operation.full_name in self.by_full_name:
            message = f"{operation.full_name} is declared twice"
            raise ValueError(message)
        self.by_full_name[operation.full_name] = operation
        if isinstance(style, Rpc):
            self._rpc[style.version, operation.name] = operation
        else:
            self.by_name[operation.name] = operation
            self._place(style.method, style.path, operation)

    def _know(self, other: KnownOperation) -> None:
        self.known[other.full_name] = other
        if other.version in RPC_PRODUCTS:
            self._rpc[other.version, other.name] = other
            return
        self._place(other.method, other.path, other)
        if other.path.endswith("/"):  # accepted with and without its slash
            self._place(other.method, other.path.rstrip("/"), other)

    def _walk(self, parts: list[bytes], segments: list[bytes]) -> _Node | None:
        node = self._root
        for part in parts:
            word = node.words.get(part)
            if word is not None:
                node = word
            elif node.any is not None and part:
                node = node.any
                segments.append(part)
            else:
                return None
        return node

    def _place(self, method: str, path: str, operation: AnyOperation | KnownOperation) -> None:
        node = self._root
        for part in path.split("/")[1:]:
            if part.startswith("{"):
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.words.setdefault(part.encode(), _Node())
        if method in node.ends:
            message = f"{operation.name}: {method} {path} is declared twice"
            raise ValueError(message)
        node.ends[method] = operation


def _shown(raw_path: bytes) -> str:
    """A path as it may stand in a message: never longer than a line."""
    return raw_path[:200].decode("ascii", "replace")
