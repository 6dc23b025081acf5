"""Models as resources of Terraform."""

from modelry.contract.resource_type import DataType, Labelled, Lookup, ResourceType
from modelry.families.models import operations as ops

RESOURCE_TYPES = (
    ResourceType(
        name="alicloud_pai_workspace_model",
        identity=("model_id",),
        create=ops.CREATE_MODEL,
        read=ops.GET_MODEL,
        update=ops.UPDATE_MODEL,
        delete=ops.DELETE_MODEL,
        defaults={"accessibility": "PRIVATE"},
        kept=frozenset({"workspace_id"}),
        apart={"labels": Labelled(write=ops.CREATE_MODEL_LABELS, take=ops.DELETE_MODEL_LABELS)},
        twins={"tag": "labels"},
        lookup=Lookup(operation=ops.LIST_MODELS, attributes=("workspace_id", "model_name")),
    ),
)

DATA_TYPES = (
    DataType(
        name="alicloud_pai_workspace_models",
        listing=ops.LIST_MODELS,
        entries="models",
        choice="all",
        identity=("model_id",),
    ),
    DataType(
        name="alicloud_pai_workspace_model",
        listing=ops.LIST_MODELS,
        entries="models",
        choice="only",
        exact=("model_name",),
        identity=("model_id",),
        read=ops.GET_MODEL,
    ),
)
