"""What is shown of a user. Users are no resource here yet: the account knows its own, any other goes by its id."""

from collections.abc import Iterable
from typing import Literal

AccountType = Literal["1", "5", "6"]
"""1: main account, 5: RAM user, 6: RAM role."""

ACCOUNT_NAME = "root"


def user_name(account_id: int, user_id: str) -> str:
    """The name of a user: `root` for the account itself, else the id."""
    return ACCOUNT_NAME if user_id == str(account_id) else user_id


def user_names(account_id: int, user_ids: Iterable[str]) -> list[str]:
    """The names of some users."""
    return [user_name(account_id, user_id) for user_id in user_ids]


def account_type(account_id: int, user_id: str) -> AccountType:
    """The kind of account; whoever is not the account itself is taken for a RAM user."""
    return "1" if user_id == str(account_id) else "5"
