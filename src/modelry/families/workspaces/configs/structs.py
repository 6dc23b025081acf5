"""What configurations of a workspace and their requests look like on the wire and in the database."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from modelry.contract.operation import Shape
from modelry.families.labels.structs import Label
from modelry.families.workspaces.structs import Names, WorkspaceAddress

CategoryName = Annotated[str, Meta(max_length=128)]
"""`CommonResourceConfig`, `DLCAutoRecycle`, ...; any is kept. Empty counts as absent."""

ConfigKey = Annotated[str, Meta(min_length=1, max_length=128)]
"""`tempStoragePath`, `modelExportPath`, ...; any is kept, as the documented ones are fewer than those in use."""


class NewConfig(Shape):
    """A configuration to write: a new one, or another value of the one with this category and key."""

    config_key: ConfigKey
    category_name: CategoryName | UnsetType = UNSET
    config_value: str | UnsetType = UNSET
    """Required of a new one; absent: the value stays."""
    labels: list[Label] | UnsetType = UNSET
    """Absent: the labels stay."""


class UpdateConfig(NewConfig):
    """One configuration to write."""

    workspace_id: str


class UpdateConfigs(WorkspaceAddress):
    """Configurations to write: all of them or, when one cannot be, none."""

    configs: Annotated[list[NewConfig], Meta(max_length=100)]
    """Empty `Labels` leave the labels as they are: the SDKs send them when the caller gave none."""


class GetConfig(WorkspaceAddress):
    """Which configuration. The category may be left out where the key alone tells."""

    config_key: ConfigKey
    category_name: str | UnsetType = UNSET
    verbose: bool | UnsetType = UNSET
    """False: without the labels."""


class ListConfigs(WorkspaceAddress):
    """Which configurations. Filters are joined with AND; an empty one counts as absent."""

    category_name: str | UnsetType = UNSET
    config_keys: Names | UnsetType = UNSET
    labels: Names | UnsetType = UNSET
    """Conditions `Key=Value`, or `Key` for any value, all of which must hold."""
    options: str | UnsetType = UNSET
    """Accepted."""
    verbose: bool | UnsetType = UNSET
    """False: without the labels."""


class DeleteConfig(WorkspaceAddress):
    """Which configuration to remove. The category may be left out where the key alone tells."""

    config_key: ConfigKey
    category_name: str | UnsetType = UNSET
    labels: Names | UnsetType = UNSET
    """Conditions that must hold of it, as in ListConfigs."""


class Config(Shape):
    """A configuration of a workspace."""

    config_id: str
    workspace_id: str
    category_name: str | UnsetType = UNSET
    config_key: str
    config_value: str
    labels: list[Label] | UnsetType = UNSET
    gmt_create_time: str
    gmt_modified_time: str


class Configs(Shape):
    """Configurations, in the order in which they were made, and how many there are."""

    configs: list[Config]
    total_count: int
