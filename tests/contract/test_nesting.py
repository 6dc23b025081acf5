"""How deep JSON nests is known before anything is decoded, at a cost that grows with its length alone."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelry.contract.text import nests_deeper_than

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(JSON, st.integers(0, 6), st.booleans())
def test_it_is_deeper_than_what_is_less(value: object, limit: int, ascii_only: bool) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert nests_deeper_than(data, limit) == (depth(value) > limit)


@pytest.mark.parametrize("text", ['"["', r'"\"[["', r'"\\"', '"{[{[{["', r'"\\\"[[["'])
def test_brackets_in_text_do_not_count(text: str) -> None:
    assert not nests_deeper_than(f"[{text}]".encode(), 1)


@pytest.mark.parametrize("size", [1_000_000])
@pytest.mark.parametrize(
    "piece", [b'\\"', b'"', b'"\\', b"x", b"\\\\", b"[", b"]", b'["', b'"]'], ids=lambda piece: piece.decode()
)
def test_hostile_text_of_a_megabyte_is_measured_at_once(piece: bytes, size: int) -> None:
    """An unterminated string made the search start anew at every quote inside it."""
    data = b"[]" * 101 + b'"' + piece * (size // len(piece))
    started = time.process_time()
    nests_deeper_than(data, 100)
    assert time.process_time() - started < 2
