"""The API of models: one row per operation."""

from modelry.contract.operation import Access, Operation, Roa
from modelry.errors import MODEL_NAME_EXISTS, MODEL_NOT_FOUND, WORKSPACE_NOT_FOUND
from modelry.families.models import structs as s

_MODELS = "/api/v1/models"
_MODEL = "/api/v1/models/{ModelId}"

CREATE_MODEL = Operation(
    name="CreateModel",
    style=Roa("POST", _MODELS),
    request=s.CreateModel,
    response=s.ModelCreated,
    access=Access(action="paimodel:CreateModel", level="create", looked_up=("model/*",)),
    errors=(WORKSPACE_NOT_FOUND, MODEL_NAME_EXISTS),
    summary="Create a model, to which versions are then added.",
)
GET_MODEL = Operation(
    name="GetModel",
    style=Roa("GET", _MODEL),
    request=s.ModelAddress,
    response=s.Model,
    access=Access(action="paimodel:GetModel", level="get"),
    errors=(MODEL_NOT_FOUND,),
    summary="Get a model and its latest version.",
)
LIST_MODELS = Operation(
    name="ListModels",
    style=Roa("GET", _MODELS),
    request=s.ListModels,
    response=s.Models,
    access=Access(action="paimodel:ListModels", level="list", looked_up=("model/*",)),
    summary="List models, filtered, sorted and in pages.",
)
UPDATE_MODEL = Operation(
    name="UpdateModel",
    style=Roa("PUT", _MODEL),
    request=s.UpdateModel,
    response=s.Done,
    access=Access(action="paimodel:UpdateModel", level="update"),
    errors=(MODEL_NOT_FOUND, MODEL_NAME_EXISTS),
    summary="Change a model; what is not given stays as it is.",
)
DELETE_MODEL = Operation(
    name="DeleteModel",
    style=Roa("DELETE", _MODEL),
    request=s.ModelAddress,
    response=s.Done,
    access=Access(action="paimodel:DeleteModel", level="delete"),
    errors=(MODEL_NOT_FOUND,),
    summary="Delete a model with all its versions.",
)
CREATE_MODEL_LABELS = Operation(
    name="CreateModelLabels",
    style=Roa("POST", f"{_MODEL}/labels"),
    request=s.CreateModelLabels,
    response=s.Done,
    access=Access(action="paimodel:CreateModelLabels", level="update"),
    errors=(MODEL_NOT_FOUND,),
    summary="Write labels on a model.",
)
DELETE_MODEL_LABELS = Operation(
    name="DeleteModelLabels",
    style=Roa("DELETE", f"{_MODEL}/labels"),
    request=s.DeleteModelLabels,
    response=s.Done,
    access=Access(action="paimodel:DeleteModelLabels", level="delete"),
    errors=(MODEL_NOT_FOUND,),
    summary="Take labels off a model.",
)
OPERATIONS = (
    CREATE_MODEL,
    GET_MODEL,
    LIST_MODELS,
    UPDATE_MODEL,
    DELETE_MODEL,
    CREATE_MODEL_LABELS,
    DELETE_MODEL_LABELS,
)
