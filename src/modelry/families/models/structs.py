"""What models, versions and their requests look like on the wire and in the database."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from modelry.contract.operation import Int64, JsonObject, Shape
from modelry.families.labels.structs import Label, LabelText

Accessibility = Literal["PRIVATE", "PUBLIC"]
"""PRIVATE: its creator and the workspace's administrators see it; PUBLIC: every member of the workspace."""

ApprovalStatus = Literal["Pending", "Approved", "Rejected"]

ModelName = Annotated[str, Meta(min_length=1, max_length=127)]

SourceType = Literal["Custom", "PAIFlow", "TrainingService"]

PageNumber = Annotated[int, Meta(ge=1, le=2**31 - 1)]
PageSize = Annotated[int, Meta(ge=1, le=1000)]
Order = Literal["ASC", "DESC"]


class ModelFields(Shape):
    """What a user may say of a model, on create and on update."""

    accessibility: Accessibility | UnsetType = UNSET
    domain: str | UnsetType = UNSET
    """The field of the problem that the model solves: nlp, cv."""
    extra_info: JsonObject | UnsetType = UNSET
    model_description: str | UnsetType = UNSET
    model_doc: str | UnsetType = UNSET
    """Where its documentation is; never fetched."""
    model_type: str | UnsetType = UNSET
    """Checkpoint, LoRA."""
    order_number: Int64 | UnsetType = UNSET
    """For sorting by hand."""
    origin: str | UnsetType = UNSET
    """The community or organisation that it comes from: ModelScope, HuggingFace."""
    parameter_size: Int64 | UnsetType = UNSET
    """Parameters, in millions."""
    task: str | UnsetType = UNSET
    """The problem that it solves: text-classification."""


class CreateModel(ModelFields):
    """A new model. Without a workspace it goes to the account's default one."""

    model_name: ModelName
    labels: list[Label] | UnsetType = UNSET
    tag: list[Label] | UnsetType = UNSET
    """The announced successor of `Labels`; both are one set."""
    workspace_id: str | UnsetType = UNSET


class ModelCreated(Shape):
    """The id of the new model."""

    model_id: str


class ModelAddress(Shape):
    """Which model."""

    model_id: str


class UpdateModel(ModelFields):
    """Changes of a model; what is absent stays as it is."""

    model_id: str
    model_name: ModelName | UnsetType = UNSET


class Done(Shape):
    """Carried out; the answer has nothing but its `RequestId`."""


class VersionFields(Shape):
    """What a user may say of a version, on create and on update."""

    approval_status: ApprovalStatus | UnsetType = UNSET
    compression_spec: JsonObject | UnsetType = UNSET
    distillation_spec: JsonObject | UnsetType = UNSET
    evaluation_spec: JsonObject | UnsetType = UNSET
    extra_info: JsonObject | UnsetType = UNSET
    inference_spec: JsonObject | UnsetType = UNSET
    metrics: JsonObject | UnsetType = UNSET
    """By convention `{"Results": [{"Dataset": {...}, "Metrics": {name: number}}]}`; at most 8,192 bytes."""
    options: str | UnsetType = UNSET
    """Opaque text, kept as it is."""
    source_id: str | UnsetType = UNSET
    source_type: SourceType | UnsetType = UNSET
    training_spec: JsonObject | UnsetType = UNSET
    version_description: str | UnsetType = UNSET


class ModelVersion(VersionFields):
    """A version."""

    version_name: str
    gmt_create_time: str
    gmt_modified_time: str
    user_id: str
    owner_id: str
    uri: str
    format_type: str | UnsetType = UNSET
    framework_type: str | UnsetType = UNSET
    labels: list[Label]


class Model(ModelFields):
    """A model as GetModel answers it."""

    model_id: str
    model_name: str
    gmt_create_time: str
    gmt_modified_time: str
    user_id: str
    owner_id: str
    workspace_id: str
    labels: list[Label]
    provider: str | UnsetType = UNSET
    """Whose public model this is; set by the server's operator alone."""
    latest_version: ModelVersion | UnsetType = UNSET
    """The version that was created last; absent while there is none."""
    gmt_latest_version_modified_time: str | UnsetType = UNSET


class ListedModel(Model):
    """A model as ListModels answers it."""

    tags: list[Label]
    """The same as `Labels`."""


class Condition(Shape):
    """One comparison of ListModels."""

    column: str
    operator: str
    value: str | int | list[str | int]
    """Text, as the SDKs send it; for `In` a JSON list or comma separated."""


class ListModels(Shape):
    """Which models, in which order. Filters are joined with AND; an empty one counts as absent."""

    collections: list[str] | UnsetType = UNSET
    """Models in any of these collections."""
    conditions: list[Condition] | UnsetType = UNSET
    domain: str | UnsetType = UNSET
    label: str | UnsetType = UNSET
    """Part of a label's key or value."""
    model_name: str | UnsetType = UNSET
    """Part of the name; the whole name when wrapped in double quotes."""
    model_type: str | UnsetType = UNSET
    order: Order = "ASC"
    origin: str | UnsetType = UNSET
    page_number: PageNumber = 1
    page_size: PageSize = 10
    provider: str | UnsetType = UNSET
    """That provider's public models, whatever the workspace; when absent, the account's own models."""
    query: str | UnsetType = UNSET
    """Part of the name, the domain, the task, a label's key or value."""
    sort_by: Literal["GmtCreateTime", "GmtModifiedTime", "ModelName", "OrderNumber", "ParameterSize"] = "GmtCreateTime"
    tag: list[Label] | UnsetType = UNSET
    """Models that carry all of these labels."""
    task: str | UnsetType = UNSET
    workspace_id: str | UnsetType = UNSET


class Models(Shape):
    """A page of models and how many there are on all pages."""

    models: list[ListedModel]
    total_count: int


class CreateModelLabels(Shape):
    """Labels to write on a model; a known key gets the new value."""

    model_id: str
    labels: list[Label] | UnsetType = UNSET


class DeleteModelLabels(Shape):
    """Label keys to take off a model; unknown ones are no error."""

    model_id: str
    label_keys: list[LabelText] | UnsetType = UNSET
