"""Documents as they were answered elsewhere, made into those that are stored here.

What an answer adds to a document goes; `null`, which the service may write for what is absent, goes too; every other
key keeps its place and its bytes, so a number comes back as it was written.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar, get_args

import msgspec
from msgspec import UNSET

from modelry.bundle.format import Entry
from modelry.contract.ids import new_id
from modelry.contract.operation import JsonObject, Shape
from modelry.families.model_versions.structs import VersionName
from modelry.families.models.structs import Model, ModelVersion
from modelry.families.workspaces.configs.structs import Config
from modelry.families.workspaces.members.structs import UserId
from modelry.families.workspaces.roles.structs import WorkspaceRole
from modelry.families.workspaces.structs import StoredWorkspace

T = TypeVar("T", bound=msgspec.Struct)
Members = dict[str, msgspec.Raw]

ANSWERED = ("RequestId", "requestId")
"""What every answer has."""
ADDED_TO_MODELS = (*ANSWERED, "LatestVersion", "GmtLatestVersionModifiedTime", "Tags")
"""What the answers of GetModel and ListModels have, and the document of a model has not."""

_ADDED_TO_WORKSPACES = (*ANSWERED, "IsDefault", "AdminNames", "Owner", "resourceGroupId")


class KnownWorkspace(NamedTuple):
    """A workspace and its document."""

    of: StoredWorkspace
    document: bytes


class NewMember(Shape):
    """What is kept of a member; the names are RAM's."""

    user_id: UserId
    roles: list[str]
    gmt_create_time: str


class Named(Shape):
    """What people call a thing by."""

    model_id: str | None = None
    version_name: str | None = None
    role_name: str | None = None
    user_id: str | None = None


class _NamedVersion(Shape):
    """Numbering depends on the form of a name."""

    version_name: VersionName


def members_of(document: bytes | msgspec.Raw, without: tuple[str, ...] = ANSWERED) -> Members:
    """What a document says, less what is absent and what its answer adds."""
    members = msgspec.json.decode(document, type=Members)
    return {key: value for key, value in members.items() if key not in without and bytes(value) != b"null"}


def workspace(entry: Entry, resource_group_id: Callable[[str], str]) -> KnownWorkspace:
    """A workspace; `resource_group_id` is asked for the group that it is in here."""
    members = members_of(entry.document, _ADDED_TO_WORKSPACES)
    group = msgspec.json.decode(members.get("ResourceGroupId", msgspec.Raw(b'""')), type=str)
    members["ResourceGroupId"] = msgspec.Raw(msgspec.json.encode(resource_group_id(group)))
    name = members.get("WorkspaceName")
    defaults = {"DisplayName": name, "Description": "", "EnvTypes": ["prod"], "Status": "ENABLED", "Creator": ""}
    document = _with_defaults(members, defaults)
    return KnownWorkspace(msgspec.json.decode(document, type=StoredWorkspace), document)


def role(entry: Entry) -> WorkspaceRole:
    """A custom role."""
    return _decoded(members_of(entry.document), WorkspaceRole, {"Status": "Succeeded", "Creator": ""})


def member(entry: Entry) -> NewMember:
    """A member."""
    return _decoded(members_of(entry.document), NewMember, {"Roles": []})


def config(entry: Entry, workspace_id: str) -> Config:
    """A configuration, in another workspace; the service shows no id and no times."""
    defaults = {"ConfigId": new_id("config"), "Labels": [], "GmtCreateTime": _LONG_AGO, "GmtModifiedTime": _LONG_AGO}
    members = {**members_of(entry.document), "WorkspaceId": workspace_id}
    found = _decoded(members, Config, defaults)
    return msgspec.structs.replace(found, category_name=found.category_name or UNSET)


_LONG_AGO = "1970-01-01T00:00:00.001Z"


def model(entry: Entry, workspace_id: str, account_id: int) -> tuple[Model, bytes]:
    """A model and its document, in another workspace and of another account."""
    members = members_of(entry.document, ADDED_TO_MODELS)
    place = {"OwnerId": str(account_id), "WorkspaceId": workspace_id}
    document = _with_defaults({**members, **place}, {"Labels": [], "Accessibility": "PRIVATE"})
    _see_objects(document, Model)
    return msgspec.json.decode(document, type=Model), document


def version(entry: Entry, account_id: int) -> tuple[ModelVersion, bytes]:
    """A version and its document, of another account."""
    members = {**members_of(entry.document), "OwnerId": str(account_id)}
    defaults = {"Labels": [], "ApprovalStatus": "Pending", "SourceType": "Custom"}
    document = _with_defaults(members, defaults)
    msgspec.json.decode(document, type=_NamedVersion)
    _see_objects(document, ModelVersion)
    return msgspec.json.decode(document, type=ModelVersion), document


def _see_objects(document: bytes, fields: type[msgspec.Struct]) -> None:
    """See that what has to be a JSON object is one; what is inside is not looked at.

    Raises:
        msgspec.ValidationError: it is another value.
    """
    members = msgspec.json.decode(document, type=Members)
    for field in msgspec.structs.fields(fields):
        if field.encode_name in members and _is_open(field.type):
            msgspec.json.decode(members[field.encode_name], type=Members)


def _is_open(type_: object) -> bool:
    return any(part is JsonObject or part is msgspec.Raw for part in (type_, *get_args(type_)))


def _decoded(members: Mapping[str, object], type_: type[T], defaults: Mapping[str, object]) -> T:
    return msgspec.json.decode(_with_defaults(members, defaults), type=type_)


def _with_defaults(members: Mapping[str, object], defaults: Mapping[str, object]) -> bytes:
    missing = {key: value for key, value in defaults.items() if key not in members}
    return msgspec.json.encode({**members, **missing})
