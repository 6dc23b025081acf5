"""Ids that the server makes up: random, lower-case letters and digits, never with a `:` or a `/`."""

import secrets
import string

_ALPHABET = (string.ascii_lowercase + string.digits).encode()
_BY_BYTE = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))
_LENGTH = 20


def new_id(kind: str, length: int = _LENGTH) -> str:
    """`model-` and 20 letters and digits, as the service's own ids look: over 100 random bits."""
    return f"{kind}-{secrets.token_bytes(length).translate(_BY_BYTE).decode()}"
