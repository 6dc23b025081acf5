"""The SQL of login profiles."""

from typing import NamedTuple

import msgspec

from modelry.errors import ApiError
from modelry.errors.ram import ENTITY_ALREADY_EXISTS_USER_LOGIN_PROFILE, ENTITY_NOT_EXIST_USER_LOGIN_PROFILE
from modelry.families.ram.dates import date
from modelry.families.ram.users.store import StoredUser
from modelry.storage.database import Conflict, Connection, Transaction


class StoredLogin(NamedTuple):
    """A login profile as it lies in the database."""

    password_hash: str
    """As `passwords.hashed` made it."""
    password_reset_required: bool
    mfa_bind_required: bool
    position: int
    """When it was made, microseconds since the epoch."""


def login(database: Connection, account_id: int, user: StoredUser) -> StoredLogin:
    """The login profile of a user.

    Raises:
        ApiError: ENTITY_NOT_EXIST_USER_LOGIN_PROFILE.
    """
    row = database.one(
        "SELECT password_hash, password_reset_required, mfa_bind_required, position FROM ram_login_profiles"
        " WHERE account_id = ? AND user_id = ?",
        *(account_id, user.user_id),
    )
    if row is None:
        raise ApiError(ENTITY_NOT_EXIST_USER_LOGIN_PROFILE, user_name=user.user_name)
    password_hash, reset, mfa, position = row
    return StoredLogin(password_hash, bool(reset), bool(mfa), position)


def add_login(transaction: Transaction, account_id: int, user: StoredUser, new: StoredLogin) -> None:
    """Keep a new login profile.

    Raises:
        ApiError: ENTITY_ALREADY_EXISTS_USER_LOGIN_PROFILE.
    """
    try:
        transaction.run(
            "INSERT INTO ram_login_profiles VALUES (?, ?, ?, ?, ?, ?)",
            *(account_id, user.user_id, new.password_hash),
            *(int(new.password_reset_required), int(new.mfa_bind_required), new.position),
        )
    except Conflict as conflict:
        raise ApiError(ENTITY_ALREADY_EXISTS_USER_LOGIN_PROFILE, user_name=user.user_name) from conflict
    transaction.changed(_resource(user), None, _document(new))


def change_login(
    transaction: Transaction, account_id: int, user: StoredUser, before: StoredLogin, after: StoredLogin
) -> None:
    """Replace what is kept of a login profile."""
    transaction.run(
        "UPDATE ram_login_profiles SET password_hash = ?, password_reset_required = ?, mfa_bind_required = ?"
        " WHERE account_id = ? AND user_id = ?",
        *(after.password_hash, int(after.password_reset_required), int(after.mfa_bind_required)),
        *(account_id, user.user_id),
    )
    is_new = after.password_hash != before.password_hash
    transaction.changed(_resource(user), _document(before), _document(after, has_new_password=is_new))


def delete_login(transaction: Transaction, account_id: int, user: StoredUser, gone: StoredLogin) -> None:
    """Remove a login profile."""
    transaction.run("DELETE FROM ram_login_profiles WHERE account_id = ? AND user_id = ?", account_id, user.user_id)
    transaction.changed(_resource(user), _document(gone), None)


def _resource(user: StoredUser) -> str:
    return f"user/{user.user_name}/loginprofile"


def _document(of: StoredLogin, *, has_new_password: bool = False) -> bytes:
    """What a change says: neither the password nor its hash."""
    shown: dict[str, object] = {
        "PasswordResetRequired": of.password_reset_required,
        "MFABindRequired": of.mfa_bind_required,
        "CreateDate": date(of.position),
    }
    return msgspec.json.encode({**shown, **({"PasswordChanged": True} if has_new_password else {})})
