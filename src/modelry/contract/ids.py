"""Ids that the server makes up: random, lower-case letters and digits, never with a `:` or a `/`."""

import secrets
import string

_ALPHABET = string.ascii_lowercase + string.digits
_LENGTH = 20


def new_id(kind: str, length: int = _LENGTH) -> str:
    """`model-` and 20 letters and digits, as the service's own ids look."""
    number = secrets.randbits(length * 6)
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return f"{kind}-{''.join(letters)}"
