"""Versions as resources of Terraform."""

from modelry.contract.resource_type import DataType, Labelled, ResourceType
from modelry.families.model_versions import operations as ops

RESOURCE_TYPES = (
    ResourceType(
        name="alicloud_pai_workspace_model_version",
        identity=("model_id", "version_name"),
        create=ops.CREATE_MODEL_VERSION,
        read=ops.GET_MODEL_VERSION,
        update=ops.UPDATE_MODEL_VERSION,
        delete=ops.DELETE_MODEL_VERSION,
        defaults={"source_type": "Custom"},
        kept=frozenset({"approval_status", "version_name"}),  # approving is often somebody else's step
        apart={"labels": Labelled(write=ops.CREATE_MODEL_VERSION_LABELS, take=ops.DELETE_MODEL_VERSION_LABELS)},
    ),
)

DATA_TYPES = (
    DataType(
        name="alicloud_pai_workspace_model_versions",
        listing=ops.LIST_MODEL_VERSIONS,
        entries="versions",
        choice="all",
        identity=("model_id", "version_name"),
    ),
    DataType(
        name="alicloud_pai_workspace_model_version",
        listing=ops.LIST_MODEL_VERSIONS,
        entries="versions",
        choice="newest",
        exact=("version_name",),
        words={"version_name": frozenset({"latest"})},
        identity=("model_id", "version_name"),
    ),
)
