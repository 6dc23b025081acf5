"""The encoded diagnostic message of a denial: who is denied can hand it on, an administrator can have it decoded."""

from collections.abc import Mapping

import msgspec

from modelry.access import handout
from modelry.access.sealing import Sealer, SealError

_PURPOSE = "diagnostic message"
_MAX_CHARACTERS = 65_536


class NoDiagnosisError(ValueError):
    """A text is no message that this server encoded."""


def encoded(sealer: Sealer, diagnosis: Mapping[str, object]) -> str:
    """A diagnosis as text that says nothing to whoever carries it."""
    return handout.written(sealer.for_purpose(_PURPOSE), msgspec.json.encode(diagnosis).decode())


def decoded(sealer: Sealer, text: str) -> str:
    """The diagnosis again, as JSON.

    Raises:
        NoDiagnosisError: this server did not encode it.
    """
    if len(text) > _MAX_CHARACTERS:
        raise NoDiagnosisError
    try:
        return handout.read(sealer.for_purpose(_PURPOSE), text)
    except SealError as error:
        raise NoDiagnosisError from error
