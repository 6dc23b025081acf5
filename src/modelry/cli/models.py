"""`modelry models`."""

from typing import TYPE_CHECKING, Any

from modelry.cli.mark import add_mark_provider
from modelry.cli.verbs import Verb, add_command

if TYPE_CHECKING:
    from modelry.contract.operation import AnyOperation

COLUMNS = ("ModelName", "ModelId", "WorkspaceId", "LatestVersion.VersionName", "Labels", "GmtModifiedTime")


def _operation(name: str) -> "AnyOperation":
    from modelry.families.models import operations

    operation: AnyOperation = getattr(operations, name)
    return operation


def title(entry: dict[str, Any]) -> str:
    """The id."""
    return str(entry["ModelId"])


VERBS = (
    Verb(
        "list",
        "list models, filtered and sorted",
        lambda: _operation("LIST_MODELS"),
        (
            "modelry models list",
            "modelry models list --workspace team --task text-classification --sort-by GmtModifiedTime --order DESC",
            "modelry models list --tag env=prod -o name",
            "modelry models list -o json --query '[].{name: ModelName, version: LatestVersion.VersionName}'",
        ),
        without=("query", "conditions"),
        columns=COLUMNS,
        title=title,
    ),
    Verb(
        "show",
        "show a model and its latest version",
        lambda: _operation("GET_MODEL"),
        ("modelry models show resnet", "modelry models show team/resnet -o yaml --query LatestVersion.Metrics"),
        about="model",
        title=title,
    ),
    Verb(
        "create",
        "create a model, to which versions are then added",
        lambda: _operation("CREATE_MODEL"),
        (
            "modelry models create resnet --workspace team --task image-classification --labels env=prod",
            "modelry models create bert --extra-info @bert.json -o name",
        ),
        first="model_name",
        without=("tag",),
        title=title,
    ),
    Verb(
        "update",
        "change a model; what is not given stays as it is",
        lambda: _operation("UPDATE_MODEL"),
        ("modelry models update resnet --accessibility PUBLIC", "modelry models update resnet --model-name resnet50"),
        about="model",
        title=title,
        done="updated",
    ),
    Verb(
        "delete",
        "delete a model with all its versions",
        lambda: _operation("DELETE_MODEL"),
        ("modelry models delete resnet", "modelry models delete team/resnet --yes"),
        about="model",
        title=title,
        done="deleted",
    ),
)


def add_to(commands: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """The command."""
    add_command(commands, "models", "list, show, create, change and delete models", VERBS, add_mark_provider)
