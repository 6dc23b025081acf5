"""Secrets at rest: sealed with a key that does not lie in the database.

AES-256-GCM of the `cryptography` package. A sealed value is a version byte, a 12-byte nonce and the ciphertext with
its tag; what it belongs to (the access key id) is bound in, so that sealed values cannot be swapped between rows.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16


class SealError(Exception):
    """A sealed value cannot be opened: another key sealed it, or it was altered."""


class Sealer:
    """Seals and opens with one key."""

    def __init__(self, key: bytes) -> None:
        """Use a key of 32 random bytes."""
        if len(key) != KEY_BYTES:
            message = f"the sealing key must have {KEY_BYTES} bytes, it has {len(key)}"
            raise SealError(message)
        self._key = key
        self._cipher = AESGCM(key)
        self._purposes: dict[str, Sealer] = {}

    def for_purpose(self, purpose: str) -> "Sealer":
        """A sealer with a key of its own, derived from this one's, for what is handed out in any number.

        AES-GCM with random nonces is sound for some 2^32 values a key: what callers can have sealed must not use up
        those of the secrets, and nothing that was sealed for one purpose opens for another.
        """
        known = self._purposes.get(purpose)
        if known is None:
            derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(self._key)
            known = self._purposes[purpose] = Sealer(derived)
        return known

    def seal(self, secret: str, *, belongs_to: str) -> bytes:
        """A secret as it may be stored."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret.encode(), belongs_to.encode())

    def open(self, sealed: bytes, *, belongs_to: str) -> str:
        """The secret again.

        Raises:
            SealError: another key sealed it, it belongs to something else, or it was altered.
        """
        if not sealed.startswith(_VERSION) or len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES:
            message = f"the secret of {belongs_to} is no sealed value"
            raise SealError(message)
        nonce, text = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, text, belongs_to.encode()).decode()
        except InvalidTag as error:
            message = f"the secret of {belongs_to} was sealed with another key"
            raise SealError(message) from error
