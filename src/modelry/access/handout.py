"""Sealed values as text that clients carry and bring back."""

import base64
import binascii

from modelry.access.sealing import Sealer, SealError


def written(sealer: Sealer, text: str) -> str:
    """A text, unreadable and unalterable, as URL-safe base64 without padding."""
    return _text(sealer.seal(text, belongs_to=""))


def read(sealer: Sealer, handed_out: str) -> str:
    """The text again.

    Raises:
        SealError: it was not written with this sealer's key, or not a character of it is as it was.
    """
    try:
        sealed = base64.b64decode(handed_out + "=" * (-len(handed_out) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise SealError("it is not base64") from error
    if _text(sealed) != handed_out:  # several texts decode to the same bytes
        raise SealError("it is not written as it was handed out")
    return sealer.open(sealed, belongs_to="")


def _text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
