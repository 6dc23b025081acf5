"""Versions as stored documents: what is indexed of them."""

from typing import NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from modelry.families.labels.structs import Label
from modelry.families.model_versions.structs import METRICS_MAX_BYTES
from modelry.families.models.structs import ApprovalStatus
from modelry.storage.folding import folded_parts


class _IndexedVersion(msgspec.Struct, rename="pascal", kw_only=True):
    """What lists of versions filter by."""

    approval_status: ApprovalStatus
    labels: list[Label]
    source_type: str
    format_type: str | None = None
    framework_type: str | None = None
    source_id: str | None = None


_indexed_version = msgspec.json.Decoder(_IndexedVersion)


class VersionColumns(NamedTuple):
    """The indexed columns of a version, in the order of the statements that write them."""

    approval_status: str
    format_type: str | None
    framework_type: str | None
    source_type: str
    source_id: str | None
    folded_labels: str


def version_columns(document: bytes) -> VersionColumns:
    """What is indexed of a version."""
    version = _indexed_version.decode(document)
    return VersionColumns(
        approval_status=version.approval_status,
        format_type=version.format_type,
        framework_type=version.framework_type,
        source_type=version.source_type,
        source_id=version.source_id,
        folded_labels=folded_parts(text for label in version.labels for text in (label.key, label.value)),
    )


def fits(metrics: msgspec.Raw | UnsetType) -> bool:
    """Whether `Metrics` is within its limit when written without blanks."""
    if metrics is UNSET or len(bytes(metrics)) <= METRICS_MAX_BYTES:
        return True
    return len(msgspec.json.format(bytes(metrics), indent=-1)) <= METRICS_MAX_BYTES
