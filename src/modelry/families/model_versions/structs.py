"""What the requests on versions look like on the wire; the version itself stands with the models that show it."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from modelry.contract.operation import Shape
from modelry.families.labels.structs import Label
from modelry.families.models.structs import (
    ApprovalStatus,
    CreateModelLabels,
    DeleteModelLabels,
    ModelVersion,
    Order,
    PageNumber,
    PageSize,
    SourceType,
    VersionFields,
)

VersionName = Annotated[str, Meta(max_length=64, pattern=r"^[0-9]+\.[0-9]+\.[0-9]+(_[A-Za-z0-9_]+)?$(?!\n)")]
"""`MAJOR.MINOR.PATCH`, optionally with `_` and a word; unique in the model."""

METRICS_MAX_BYTES = 8192
"""Of `Metrics`, written without blanks. Source: the official SDK."""


class CreateModelVersion(VersionFields):
    """A new version of a model. Without a name it gets the next minor number."""

    model_id: str
    uri: Annotated[str, Meta(min_length=1)]
    """Where the artifact lies: an http(s) URL or `oss://bucket.endpoint/object`; never fetched."""
    format_type: str | UnsetType = UNSET
    """SavedModel, ONNX, ...; kept as given, as the service does."""
    framework_type: str | UnsetType = UNSET
    labels: list[Label] | UnsetType = UNSET
    version_name: VersionName | UnsetType = UNSET


class VersionCreated(Shape):
    """The name of the new version."""

    version_name: str


class VersionAddress(Shape):
    """Which version of which model."""

    model_id: str
    version_name: str


class UpdateModelVersion(VersionFields):
    """Changes of a version; what is absent stays as it is. Name, URI, format and framework never change."""

    model_id: str
    version_name: str


class ListModelVersions(Shape):
    """Which versions of a model, in which order."""

    model_id: str
    approval_status: ApprovalStatus | UnsetType = UNSET
    format_type: str | UnsetType = UNSET
    framework_type: str | UnsetType = UNSET
    label: str | UnsetType = UNSET
    """Part of a label's key or value."""
    order: Order = "ASC"
    page_number: PageNumber = 1
    page_size: PageSize = 10
    sort_by: Literal["GmtCreateTime", "GmtModifiedTime"] = "GmtCreateTime"
    source_id: str | UnsetType = UNSET
    source_type: SourceType | UnsetType = UNSET
    version_name: str | UnsetType = UNSET


class ModelVersions(Shape):
    """A page of versions and how many there are on all pages."""

    versions: list[ModelVersion]
    total_count: int


class CreateModelVersionLabels(CreateModelLabels):
    """Labels to write on a version."""

    version_name: str


class DeleteModelVersionLabels(DeleteModelLabels):
    """Label keys to take off a version."""

    version_name: str
