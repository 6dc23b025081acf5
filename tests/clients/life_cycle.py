"""A life cycle of the registry as a list of calls that a client in any language makes, one after the other.

A client replaces `$Name` by what an earlier call was answered under that name, and prints one outcome a call.
"""

from typing import Any, TypedDict
from uuid import uuid4


class Call(TypedDict):
    action: str
    method: str
    path: str
    """With `{Name}`s, which stand in `parameters`."""
    parameters: dict[str, str]
    query: dict[str, Any]
    """A list travels as JSON."""
    body: dict[str, Any] | None
    learn: list[str]
    """Keys of the answer that later calls need."""
    secret: str
    """Signs in place of the right one."""


TEXT = "文生图 <b>model</b> & more + 100% 'it' \u2028 \U0001f600"
EXTRA_INFO = {"Rating": 4.94, "Count": 9007199254740991, "Covers": [{"Url": "https://example.com/封面.png?a=1&b=<2>"}]}
LABELS = [{"Key": "z", "Value": "SD 1.5"}, {"Key": "标签", "Value": "b c+d&e"}]
TRAINING_SPEC = {"Args": {"lr": 0.5, "deep": [{"null": None, "no": False}]}}
USER_ID = "2001"


def life_cycle() -> dict[str, Call]:
    """The calls by what a test knows them as, in their order."""
    workspace, model, version = _workspace(), _model(), _version()
    return {
        **workspace,
        **model,
        **version,
        "DeleteModel": _call("DELETE", "/api/v1/models/{ModelId}", "DeleteModel"),
        "GetModel deleted": _call("GET", "/api/v1/models/{ModelId}", "GetModel"),
        "unknown model": _call("GET", "/api/v1/models/{ModelId}", "GetModel", ModelId="model-0000000000000000"),
        "not offered": _call("GET", "/api/v1/datasets/{DatasetId}", "GetDataset", DatasetId="$WorkspaceId"),
        "wrong secret": _call("GET", "/api/v1/models/{ModelId}", "GetModel", secret="wrong"),
        "DeleteWorkspace": _call("DELETE", "/api/v1/workspaces/{WorkspaceId}", "DeleteWorkspace"),
    }


def create_and_get(fields: dict[str, Any]) -> list[Call]:
    """Two calls: a model is made in the default workspace and read."""
    body = {"ModelName": uuid4().hex, **fields}
    return [
        _call("POST", "/api/v1/models", "CreateModel", body=body, learn=["ModelId"]),
        _call("GET", "/api/v1/models/{ModelId}", "GetModel"),
    ]


def _workspace() -> dict[str, Call]:
    one, members = "/api/v1/workspaces/{WorkspaceId}", "/api/v1/workspaces/{WorkspaceId}/members"
    config = {"CategoryName": "CommonResourceConfig", "ConfigKey": "tempStoragePath"}
    written = {"ConfigValue": "oss://b/路径 <&>", "Labels": [{"Key": "a", "Value": "1"}]}
    created = {"WorkspaceName": f"ws_{uuid4().hex[:20]}", "Description": "工作空间 <&>", "EnvTypes": ["dev", "prod"]}
    return {
        "CreateWorkspace": _call("POST", "/api/v1/workspaces", "CreateWorkspace", body=created, learn=["WorkspaceId"]),
        "GetWorkspace": _call("GET", one, "GetWorkspace", query={"Verbose": True}),
        "CreateMember": _call(
            "POST", members, "CreateMember", body={"Members": [{"UserId": USER_ID, "Roles": ["PAI.AlgoDeveloper"]}]}
        ),
        "AddMemberRole": _call(
            *("POST", f"{members}/{{MemberId}}/roles/{{RoleName}}", "AddMemberRole"),
            MemberId=f"$WorkspaceId-{USER_ID}",
            RoleName="PAI.LabelManager",
        ),
        "GetMember": _call("GET", f"{one}/member", "GetMember", query={"UserId": USER_ID}),
        "ListMembers": _call("GET", members, "ListMembers", query={"Roles": "PAI.LabelManager,PAI.AlgoOperator"}),
        "DeleteMembers": _call("DELETE", members, "DeleteMembers", query={"MemberIds": f"$WorkspaceId-{USER_ID}"}),
        "GetMember deleted": _call("GET", f"{one}/member", "GetMember", query={"UserId": USER_ID}),
        "UpdateConfigs": _call("PUT", f"{one}/configs", "UpdateConfigs", body={"Configs": [config | written]}),
        "GetConfig": _call("GET", f"{one}/config", "GetConfig", query=dict(config)),
        "ListConfigs": _call("GET", f"{one}/configs", "ListConfigs", query={"ConfigKeys": config["ConfigKey"]}),
        "DeleteConfig": _call(
            *("DELETE", f"{one}/configs/{{ConfigKey}}", "DeleteConfig"),
            query={"CategoryName": config["CategoryName"]},
            ConfigKey=config["ConfigKey"],
        ),
    }


def _model() -> dict[str, Call]:
    every, one = "/api/v1/models", "/api/v1/models/{ModelId}"
    created = {
        "WorkspaceId": "$WorkspaceId",
        "ModelName": "情感 analysis",
        "ModelDescription": TEXT,
        "ExtraInfo": EXTRA_INFO,
        "Labels": LABELS,
        "ParameterSize": 3000,
        "OrderNumber": 0,
        "Domain": "",
    }
    here: dict[str, Any] = {"WorkspaceId": "$WorkspaceId"}
    conditions = [{"Column": "ParameterSize", "Operator": "LessThan", "Value": "3001"}]
    return {
        "CreateModel": _call("POST", every, "CreateModel", body=created, learn=["ModelId"]),
        "GetModel": _call("GET", one, "GetModel"),
        "ListModels": _call(
            *("GET", every, "ListModels"),
            query={
                **here,
                "Query": "标签",
                "ModelName": '"情感 analysis"',
                "Label": "c+d&e",
                "Tag": [{"Key": "标签", "Value": "b c+d&e"}],
                "Conditions": conditions,
                "PageNumber": 1,
                "PageSize": 5,
            },
        ),
        "ListModels empty values": _call("GET", every, "ListModels", query={**here, "Label": "", "Query": ""}),
        "ListModels another tag": _call(
            "GET", every, "ListModels", query={**here, "Tag": [{"Key": "z", "Value": "b"}]}
        ),
        "UpdateModel": _call("PUT", one, "UpdateModel", body={"ModelDescription": "a>b", "ExtraInfo": {"n": {"m": 1}}}),
        "DeleteModelLabels": _call("DELETE", f"{one}/labels", "DeleteModelLabels", query={"LabelKeys": "标签,none"}),
        "CreateModelLabels": _call(
            "POST", f"{one}/labels", "CreateModelLabels", body={"Labels": [{"Key": "k&", "Value": "<v>"}]}
        ),
        "GetModel updated": _call("GET", one, "GetModel"),
    }


def _version() -> dict[str, Call]:
    every, one = "/api/v1/models/{ModelId}/versions", "/api/v1/models/{ModelId}/versions/{VersionName}"
    explicit = {
        "VersionName": "1.0.0_rc",
        "Uri": "oss://bucket.endpoint/路径/a b?c=<d>&e",
        "TrainingSpec": TRAINING_SPEC,
        "Options": '{"a": "<&>"}',
        "Labels": LABELS,
    }
    return {
        "CreateModelVersion": _call("POST", every, "CreateModelVersion", body={"Uri": "oss://b.e/p/"}),
        "CreateModelVersion explicit": _call("POST", every, "CreateModelVersion", body=explicit, learn=["VersionName"]),
        "GetModelVersion": _call("GET", one, "GetModelVersion"),
        "GetModelVersion odd name": _call("GET", one, "GetModelVersion", VersionName="a b*~+é:(1)"),
        "ListModelVersions": _call("GET", every, "ListModelVersions", query={"Order": "DESC", "Label": "SD 1.5"}),
        "CreateModelVersionLabels": _call(
            "POST", f"{one}/labels", "CreateModelVersionLabels", body={"Labels": [{"Key": "k", "Value": ""}]}
        ),
        "DeleteModelVersionLabels": _call(
            "DELETE", f"{one}/labels", "DeleteModelVersionLabels", query={"LabelKeys": "z,标签"}
        ),
        "UpdateModelVersion": _call("PUT", one, "UpdateModelVersion", body={"ApprovalStatus": "Approved"}),
        "GetModelVersion updated": _call("GET", one, "GetModelVersion"),
        "DeleteModelVersion": _call("DELETE", one, "DeleteModelVersion"),
        "GetModelVersion deleted": _call("GET", one, "GetModelVersion"),
    }


def _call(
    method: str,
    path: str,
    action: str,
    *,
    query: dict[str, Any] | None = None,
    body: dict[str, Any] | None = None,
    learn: list[str] | None = None,
    secret: str = "",
    **parameters: str,
) -> Call:
    """A call; a parameter of the path that is not given is what was learnt under its name."""
    names = [piece.partition("}")[0] for piece in path.split("{")[1:]]
    return {
        "action": action,
        "method": method,
        "path": path,
        "parameters": {name: parameters.get(name, f"${name}") for name in names},
        "query": query or {},
        "body": body,
        "learn": learn or [],
        "secret": secret,
    }
