"""What access keys and their requests look like on the wire."""

from typing import Literal

from msgspec import UNSET, UnsetType

from modelry.contract.operation import Shape

Status = Literal["Active", "Inactive"]


class KeyOwner(Shape):
    """Whose keys."""

    user_name: str | UnsetType = UNSET
    """Absent or empty: the caller's own."""


class KeyAddress(KeyOwner):
    """Which key; it must be one of that user's."""

    user_access_key_id: str


class UpdateAccessKey(KeyAddress):
    """What a key is to be."""

    status: Status
    """An inactive key signs nothing, from the next request on."""


class AccessKey(Shape):
    """An access key, without its secret."""

    access_key_id: str
    status: Status
    create_date: str


class NewAccessKey(AccessKey):
    """A new access key: its secret is shown here, and never again."""

    access_key_secret: str


class CreatedAccessKey(Shape):
    """The new key."""

    access_key: NewAccessKey


class AccessKeyList(Shape):
    """Keys, in the order in which they were made."""

    access_key: list[AccessKey]


class AccessKeys(Shape):
    """All keys of a user."""

    access_keys: AccessKeyList


class LastUse(Shape):
    """When a key was last proved to sign a request."""

    last_used_date: str | UnsetType = UNSET
    """Up to a minute late; absent while the key was never used."""


class FoundLastUse(Shape):
    """The last use of a key."""

    access_key_last_used: LastUse
