"""Passwords: what they must be like, and how they are kept.

Hashed with Argon2id by the `cryptography` package, which is imported only when a password comes up. 19 MiB and two
passes, OWASP's recommendation, took 40 ms of a core where it was measured; other writes wait as long, so no more.
"""

import os

from modelry.errors import ApiError
from modelry.errors.ram import PASSWORD_TOO_WEAK

SHORTEST, LONGEST = 8, 128
"""Characters. The shortest is the default of the documented password policy; the longest is decided here."""

_MEMORY_KIB = 19 * 1024
_PASSES = 2
_LANES = 1
_HASH_BYTES = 32
_SALT_BYTES = 16


def check_strength(password: str, user_name: str) -> None:
    """Return if this may be the password of a user.

    Decided here: it is not the user's name; the default policy asks for no kinds of characters.

    Raises:
        ApiError: PASSWORD_TOO_WEAK.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise ApiError(PASSWORD_TOO_WEAK, reason=f"it must have {SHORTEST} to {LONGEST} characters")
    if password.casefold() == user_name.casefold():
        raise ApiError(PASSWORD_TOO_WEAK, reason="it must not be the user's name")


def hashed(password: str) -> str:
    """What is kept of a password: it says how it was made, so that the parameters can be raised later."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415  see above

    salt = os.urandom(_SALT_BYTES)
    function = Argon2id(salt=salt, length=_HASH_BYTES, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB)
    return function.derive_phc_encoded(password.encode())


def matches(password: str, stored: str) -> bool:
    """Whether this is the password of which `stored` was kept."""
    from cryptography.exceptions import InvalidKey  # noqa: PLC0415  see above
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415  see above

    try:
        Argon2id.verify_phc_encoded(password.encode(), stored)
    except InvalidKey:
        return False
    return True
