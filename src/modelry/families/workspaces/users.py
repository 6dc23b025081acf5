"""What is shown of the users that work in a workspace: the names that RAM has for them now."""

from typing import NamedTuple

import msgspec

from modelry.families.ram.users import store as users
from modelry.families.workspaces.structs import AccountType
from modelry.storage.database import Connection

ACCOUNT_NAME = "root"


class ShownUser(NamedTuple):
    """The account itself, a user or a role of it, or an id that is not known here."""

    name: str
    display_name: str
    account_type: AccountType


class _Known(msgspec.Struct, rename="pascal"):
    """What is read of the document of a user or a role."""

    user_name: str = ""
    role_name: str = ""
    display_name: str = ""


_known = msgspec.json.Decoder(_Known)


def known_as(member: str) -> str:
    """SQL for what is known of who has the `account_id` and `user_id` of a table: a text that `shown_user` reads.

    It is a document of RAM, or else the id; neither has a line break.
    """
    return f"""coalesce(
      (SELECT CAST(u.document AS TEXT) FROM ram_users u
       WHERE u.account_id = {member}.account_id AND u.user_id = {member}.user_id),
      (SELECT CAST(o.document AS TEXT) FROM ram_roles o
       WHERE o.account_id = {member}.account_id AND o.role_id = {member}.user_id),
      {member}.user_id)"""  # noqa: S608  `member` is a table of ours


def folded_name(member: str) -> str:
    """SQL for the name, likewise, as it is searched."""
    return f"""coalesce(
      (SELECT u.folded_name FROM ram_users u
       WHERE u.account_id = {member}.account_id AND u.user_id = {member}.user_id),
      (SELECT o.folded_name FROM ram_roles o
       WHERE o.account_id = {member}.account_id AND o.role_id = {member}.user_id),
      CASE {member}.user_id WHEN CAST({member}.account_id AS TEXT) THEN '{ACCOUNT_NAME}' ELSE {member}.user_id END)"""  # noqa: S608  as above


def shown_user(account_id: int, known: str) -> ShownUser:
    """The user of whom `known_as` found this; an id that is not known here is taken for a RAM user's."""
    if known == str(account_id):
        return ShownUser(ACCOUNT_NAME, ACCOUNT_NAME, "1")
    if not known.startswith("{"):
        return ShownUser(known, known, "5")
    found = _known.decode(known)
    if found.role_name:
        return ShownUser(found.role_name, found.role_name, "6")
    return ShownUser(found.user_name, found.display_name or found.user_name, "5")


def user_of(database: Connection, account_id: int, user_id: str) -> ShownUser:
    """The user with this id."""
    sql = f"SELECT {known_as('m')} FROM (SELECT ? AS account_id, ? AS user_id) m"  # noqa: S608  as above
    row = database.one(sql, account_id, user_id)
    return shown_user(account_id, str(row[0]) if row else user_id)


def everybody(database: Connection, account_id: int) -> list[tuple[str, str]]:
    """Id and name of the account and of each of its users."""
    return [(str(account_id), ACCOUNT_NAME), *users.all_names(database, account_id)]
