"""What users and their requests look like on the wire."""

from msgspec import UNSET, UnsetType

from modelry.contract.operation import Shape
from modelry.families.ram.paging import MarkedAnswer, MarkedRequest


class CreateUser(Shape):
    """A new user. What is empty counts as absent."""

    user_name: str
    """1 to 64 letters, digits and `.`, `-`, `_`, `@`; unique without regard to case."""
    display_name: str | UnsetType = UNSET
    """Up to 128 characters."""
    mobile_phone: str | UnsetType = UNSET
    """Country code and number, `86-18888888888`."""
    email: str | UnsetType = UNSET
    comments: str | UnsetType = UNSET
    """Up to 128 characters."""


class UserAddress(Shape):
    """Which user."""

    user_name: str


class UpdateUser(UserAddress):
    """What to change of a user. What is absent stays; what is empty is cleared."""

    new_user_name: str | UnsetType = UNSET
    """The user keeps its id, keys, groups and policies. It may be the name that the user has."""
    new_display_name: str | UnsetType = UNSET
    new_mobile_phone: str | UnsetType = UNSET
    new_email: str | UnsetType = UNSET
    new_comments: str | UnsetType = UNSET


class ListUsers(MarkedRequest):
    """Which page of the users."""


class NewUser(Shape):
    """A user as its creation shows it. What was not given is absent."""

    user_id: str
    """18 digits, never given out again; also the id of a workspace member."""
    user_name: str
    display_name: str | UnsetType = UNSET
    mobile_phone: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    comments: str | UnsetType = UNSET
    create_date: str


class User(NewUser):
    """A user."""

    update_date: str


class CreatedUser(Shape):
    """The new user."""

    user: NewUser


class FoundUser(Shape):
    """The user."""

    user: User


class UserList(Shape):
    """Users, in the order in which they were made."""

    user: list[User]


class Users(MarkedAnswer):
    """A page of users."""

    users: UserList
