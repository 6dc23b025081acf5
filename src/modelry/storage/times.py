"""Times as the API writes them: UTC, ISO 8601, milliseconds.

Inside they are microseconds since the epoch, as `Transaction.tick` gives them out.
"""

import functools
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@functools.lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def shown(us: int) -> str:
    """`2021-01-30T12:51:33.028Z` of microseconds since the epoch."""
    seconds, rest = divmod(us, 1_000_000)
    return f"{_second(seconds)}.{rest // 1000:03d}Z"


def milliseconds(text: str) -> int:
    """Milliseconds since the epoch of an ISO 8601 time; without an offset it is UTC.

    Raises:
        ValueError: the text is not a time.
    """
    time = datetime.fromisoformat(text)
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MILLISECOND  # in whole numbers: a float of seconds misses some milliseconds by one
