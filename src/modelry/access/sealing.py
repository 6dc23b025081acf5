"""Secrets at rest: sealed with a key that does not lie in the database.

AES-256-GCM of the `cryptography` package. A sealed value is a version byte, a 12-byte nonce and the ciphertext with
its tag; what it belongs to (the access key id) is bound in, so that sealed values cannot be swapped between rows.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12


class SealError(Exception):
    """A sealed value cannot be opened: another key sealed it, or it was altered."""


class Sealer:
    """Seals and opens with one key."""

    def __init__(self, key: bytes) -> None:
        """Use a key of 32 random bytes."""
        if len(key) != KEY_BYTES:
            message = f"the sealing key must have {KEY_BYTES} bytes, it has {len(key)}"
            raise SealError(message)
        self._cipher = AESGCM(key)

    def seal(self, secret: str, *, belongs_to: str) -> bytes:
        """A secret as it may be stored."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret.encode(), belongs_to.encode())

    def open(self, sealed: bytes, *, belongs_to: str) -> str:
        """The secret again.

        Raises:
            SealError: another key sealed it, it belongs to something else, or it was altered.
        """
        nonce, text = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, text, belongs_to.encode()).decode()
        except InvalidTag as error:
            message = f"the secret of {belongs_to} was sealed with another key"
            raise SealError(message) from error
