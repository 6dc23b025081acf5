"""Models as resources of Terraform."""

from modelry.contract.resource_type import Labelled, Lookup, ResourceType
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
