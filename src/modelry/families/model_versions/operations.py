"""The API of model versions: one row per operation."""

from modelry.contract.operation import Access, Operation, Roa
from modelry.errors import APPROVAL_IS_FINAL, MODEL_NOT_FOUND, VERSION_EXISTS, VERSION_NOT_FOUND
from modelry.families.model_versions import structs as s
from modelry.families.models.structs import Done, ModelVersion

_VERSIONS = "/api/v1/models/{ModelId}/versions"
_VERSION = "/api/v1/models/{ModelId}/versions/{VersionName}"

CREATE_MODEL_VERSION = Operation(
    name="CreateModelVersion",
    style=Roa("POST", _VERSIONS),
    request=s.CreateModelVersion,
    response=s.VersionCreated,
    access=Access(action="paimodel:CreateModelVersion", level="create"),
    errors=(MODEL_NOT_FOUND, VERSION_EXISTS),
    summary="Add a version to a model.",
)
GET_MODEL_VERSION = Operation(
    name="GetModelVersion",
    style=Roa("GET", _VERSION),
    request=s.VersionAddress,
    response=ModelVersion,
    access=Access(action="paimodel:GetModelVersion", level="get"),
    errors=(MODEL_NOT_FOUND, VERSION_NOT_FOUND),
    summary="Get a version.",
)
LIST_MODEL_VERSIONS = Operation(
    name="ListModelVersions",
    style=Roa("GET", _VERSIONS),
    request=s.ListModelVersions,
    response=s.ModelVersions,
    access=Access(action="paimodel:ListModelVersions", level="list"),
    errors=(MODEL_NOT_FOUND,),
    summary="List the versions of a model, filtered, sorted and in pages.",
)
UPDATE_MODEL_VERSION = Operation(
    name="UpdateModelVersion",
    style=Roa("PUT", _VERSION),
    request=s.UpdateModelVersion,
    response=Done,
    access=Access(action="paimodel:UpdateModelVersion", level="update"),
    errors=(MODEL_NOT_FOUND, VERSION_NOT_FOUND, APPROVAL_IS_FINAL),
    summary="Change a version; what is not given stays as it is.",
)
DELETE_MODEL_VERSION = Operation(
    name="DeleteModelVersion",
    style=Roa("DELETE", _VERSION),
    request=s.VersionAddress,
    response=Done,
    access=Access(action="paimodel:DeleteModelVersion", level="delete"),
    errors=(MODEL_NOT_FOUND, VERSION_NOT_FOUND),
    summary="Delete a version.",
)
CREATE_MODEL_VERSION_LABELS = Operation(
    name="CreateModelVersionLabels",
    style=Roa("POST", f"{_VERSION}/labels"),
    request=s.CreateModelVersionLabels,
    response=Done,
    access=Access(action="paimodel:CreateModelVersionLabels", level="update"),
    errors=(MODEL_NOT_FOUND, VERSION_NOT_FOUND),
    summary="Write labels on a version.",
)
DELETE_MODEL_VERSION_LABELS = Operation(
    name="DeleteModelVersionLabels",
    style=Roa("DELETE", f"{_VERSION}/labels"),
    request=s.DeleteModelVersionLabels,
    response=Done,
    access=Access(action="paimodel:DeleteModelVersionLabels", level="delete"),
    errors=(MODEL_NOT_FOUND, VERSION_NOT_FOUND),
    summary="Take labels off a version.",
)

OPERATIONS = (
    CREATE_MODEL_VERSION,
    GET_MODEL_VERSION,
    LIST_MODEL_VERSIONS,
    UPDATE_MODEL_VERSION,
    DELETE_MODEL_VERSION,
    CREATE_MODEL_VERSION_LABELS,
    DELETE_MODEL_VERSION_LABELS,
)
