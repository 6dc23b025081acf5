"""What user configurations and their requests look like on the wire and in the database."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from modelry.contract.operation import Shape
from modelry.families.workspaces.structs import Names

Name = Annotated[str, Meta(min_length=1, max_length=128)]
"""Of a category or a key. The documented ones are `DataPrivacyConfig` and `customizePAIAssumedRole`; any is kept."""

Scope = Annotated[str, Meta(max_length=64)]
"""`owner`: the whole account's; `subUser`: the caller's own. Any other is kept, for the whole account."""


class NewUserConfig(Shape):
    """A configuration to write: a new one, or another value of the one with this category, key and scope."""

    category_name: Name
    config_key: Name
    config_value: str
    scope: Scope = ""
    """Absent or empty: `owner`. Terraform leaves it out and reads it back."""


class SetUserConfigs(Shape):
    """Configurations to write."""

    configs: Annotated[list[NewUserConfig], Meta(max_length=100)]


class ListUserConfigs(Shape):
    """Which configurations. Filters are joined with AND; an empty one counts as absent."""

    category_names: Names | UnsetType = UNSET
    config_keys: Names | UnsetType = UNSET


class DeleteUserConfig(Shape):
    """Which configurations to remove: those of a category, or some of them."""

    category_name: Name
    config_key: str | UnsetType = UNSET
    """Absent or empty: every key."""
    scope: str | UnsetType = UNSET
    """Absent or empty: every scope."""


class UserConfig(Shape):
    """A configuration."""

    category_name: str
    config_key: str
    config_value: str
    scope: str


class UserConfigs(Shape):
    """Configurations, in the order in which they were made, and how many there are."""

    configs: list[UserConfig]
    total_count: int
