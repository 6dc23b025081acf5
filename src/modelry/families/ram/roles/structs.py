"""What roles and their requests look like on the wire and in the database."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from modelry.contract.operation import Shape
from modelry.families.ram.paging import MarkedAnswer, MarkedRequest
from modelry.families.ram.tagging import NewTags, Tag, Tags

MaxSessionDuration = Annotated[int, Meta(ge=3600, le=43200)]
"""Seconds that a session of the role may last."""


class RoleAddress(Shape):
    """Which role."""

    role_name: str


class CreateRole(RoleAddress):
    """A new role."""

    assume_role_policy_document: str
    """The trust policy: who may assume the role. Kept, and shown, byte for byte."""
    description: str | UnsetType = UNSET
    max_session_duration: MaxSessionDuration = 3600
    allow_console_login: bool = True
    tag: NewTags | UnsetType = UNSET


class Role(Shape):
    """A role."""

    role_id: str
    role_name: str
    arn: str
    """With the name in lower case, as the real service has it."""
    description: str
    max_session_duration: int
    allow_console_login: bool
    create_date: str
    update_date: str | UnsetType = UNSET
    assume_role_policy_document: str | UnsetType = UNSET
    is_service_linked_role: bool | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET


class RoleAnswer(Shape):
    """A role."""

    role: Role


class UpdateRole(RoleAddress):
    """What to change of a role; what is absent stays."""

    new_assume_role_policy_document: str | UnsetType = UNSET
    new_description: str | UnsetType = UNSET
    """Empty clears it."""
    new_max_session_duration: MaxSessionDuration | UnsetType = UNSET
    new_allow_console_login: bool | UnsetType = UNSET


class ListRoles(MarkedRequest):
    """Which roles, in order of their creation."""

    tag: NewTags | UnsetType = UNSET
    """Roles that carry all of these."""


class RoleList(Shape):
    """Roles."""

    role: list[Role]


class Roles(MarkedAnswer):
    """A page of roles."""

    roles: RoleList


class RoleDocument(Shape):
    """What is written down of a role."""

    role_id: str
    role_name: str
    description: str
    assume_role_policy_document: str
    max_session_duration: int
    allow_console_login: bool
    create_date: str
    update_date: str
    tags: list[Tag]
