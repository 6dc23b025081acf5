"""New access keys: an id that says what it is, and a secret."""

import secrets
import string
from typing import NamedTuple

_ALPHABET = string.ascii_letters + string.digits
_ID_PREFIX = "LTAI5t"
_ID_RANDOM_LENGTH = 18
_SECRET_LENGTH = 30
"""Lengths and the prefix are those of the service's own keys."""


class KeyPair(NamedTuple):
    """An access key's id and its secret."""

    access_key_id: str
    secret: str


def new_pair() -> KeyPair:
    """A key that nobody can guess: 107 random bits in its id, 178 in its secret."""
    return KeyPair(_ID_PREFIX + _random(_ID_RANDOM_LENGTH), _random(_SECRET_LENGTH))


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
