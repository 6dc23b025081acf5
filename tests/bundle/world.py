"""A workspace with everything in it that a bundle carries, made through the API out of a seed, and what is answered."""

import json
import random
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from tests.registry import Registry
from tests.wire_client import Wire

JSON = dict[str, Any]

_A_TIME_S = 0.002
"""Between changes whose order a list shows: the service tells times to the millisecond."""

_ODD_OBJECTS = (
    b'{"acc":1.10,"big":12345678901234567890.10,"tiny":1e-400,"neg":-0.0,"exp":1E+3}',
    b'{"Results":[{"Dataset":{"id":"d"},"Metrics":{"f1":0.30000000000000004}}]}',
    b'{\r\n  "spaced" : [1 ,\n2],\n "text": "a\\nb\\u0000\\u2028"\n}',
    '{"名":{"深":[null,true,{}]},"":""}'.encode(),
    b"{}",
)
_TEXTS = ("", "情感分析", 'a "quoted" \\ text', "line\nline\ttab", "🦜" * 20, "x" * 2000)
_LABELS = [("b", "2"), ("a", "1"), ("键", "值"), ("z", ""), ("owner", "team vision")]


def ask(registry: Registry, method: str, target: str, body: object = None) -> JSON:
    """What a server answers, without what differs from request to request."""
    answer = Wire(registry).ask(method, target, body)
    assert answer.status == 200, answer.body
    found = answer.json
    found.pop("RequestId")
    return found


def made(registry: Registry, seed: int, *, models: int = 8, name: str = "team") -> str:
    """The id of a new workspace with members, roles, configurations, models and versions."""
    chosen = random.Random(seed)
    body = {"WorkspaceName": name, "DisplayName": "团队", "Description": "d", "EnvTypes": ["dev", "prod"]}
    workspace_id: str = ask(registry, "POST", "/api/v1/workspaces", body)["WorkspaceId"]
    where = f"/api/v1/workspaces/{workspace_id}"
    _surround(registry, where)
    made_models = [_model(registry, chosen, workspace_id, number) for number in range(models)]
    for model_id in chosen.sample(made_models, k=models // 2):
        time.sleep(_A_TIME_S)
        ask(registry, "PUT", f"/api/v1/models/{model_id}", {"ModelDescription": chosen.choice(_TEXTS)})
    return workspace_id


def _surround(registry: Registry, where: str) -> None:
    modules = [
        {"ModuleName": "Model", "PermissionType": "ReadWrite"},
        {"ModuleName": "X", "PermissionType": "ReadOnly"},
    ]
    for role in ("reviewer", "Tester_2"):
        ask(registry, "POST", f"{where}/roles", {"RoleName": role, "RoleType": "custom", "ModulePermissions": modules})
    members = [
        {"UserId": "2001", "Roles": ["PAI.AlgoOperator", "reviewer", "PAI.AlgoDeveloper"]},
        {"UserId": "1001", "Roles": ["Tester_2"]},
    ]
    ask(registry, "POST", f"{where}/members", {"Members": members})
    configs = [
        {"ConfigKey": "modelExportPath", "CategoryName": "CommonResourceConfig", "ConfigValue": "oss://b/p"},
        {"ConfigKey": "modelExportPath", "ConfigValue": "", "Labels": [{"Key": "k", "Value": "v"}]},
    ]
    ask(registry, "PUT", f"{where}/configs", {"Configs": configs})


def _model(registry: Registry, chosen: random.Random, workspace_id: str, number: int) -> str:
    fields: JSON = {
        "Accessibility": chosen.choice(["PUBLIC", "PRIVATE"]),
        "Domain": chosen.choice(_TEXTS),
        "ModelDescription": chosen.choice(_TEXTS),
        "ModelDoc": "https://e/x",
        "ModelType": "LoRA",
        "OrderNumber": chosen.choice([-(2**63), 0, 2**63 - 1]),
        "Origin": "HuggingFace",
        "ParameterSize": chosen.randrange(10**6),
        "Task": chosen.choice(_TEXTS),
    }
    given = {key: value for key, value in fields.items() if chosen.random() < 0.6}
    body = _with_raw(
        {
            "WorkspaceId": workspace_id,
            "ModelName": f"m{number} {chosen.choice(_TEXTS)[:30]}",
            "Labels": _labels(chosen),
        },
        given,
        {"ExtraInfo": chosen.choice(_ODD_OBJECTS)},
    )
    model_id: str = ask(registry, "POST", "/api/v1/models", body)["ModelId"]
    for _ in range(chosen.randrange(5)):
        _version(registry, chosen, model_id)
    return model_id


def _version(registry: Registry, chosen: random.Random, model_id: str) -> None:
    raws = {
        name: chosen.choice(_ODD_OBJECTS)
        for name in ("Metrics", "InferenceSpec", "TrainingSpec", "EvaluationSpec", "CompressionSpec", "ExtraInfo")
        if chosen.random() < 0.5
    }
    fields: JSON = {
        "FormatType": "ONNX",
        "FrameworkType": "PyTorch",
        "Options": chosen.choice(_TEXTS),
        "SourceId": "region=r,workspaceId=1,kind=PipelineRun,id=run-x",
        "SourceType": "PAIFlow",
        "VersionDescription": chosen.choice(_TEXTS),
        "VersionName": f"{chosen.randrange(9)}.{chosen.randrange(10**4)}.0_rc{chosen.randrange(10**6)}",
        "ApprovalStatus": chosen.choice(["Pending", "Approved", "Rejected"]),
    }
    given = {key: value for key, value in fields.items() if chosen.random() < 0.5}
    versions = f"/api/v1/models/{model_id}/versions"
    base = {"Uri": "oss://b.e/o", "Labels": _labels(chosen)}
    name = ask(registry, "POST", versions, _with_raw(base, given, raws))["VersionName"]
    end = chosen.random()
    if end < 0.2:
        ask(registry, "DELETE", f"{versions}/{name}")
    elif end < 0.5:
        ask(registry, "PUT", f"{versions}/{name}", {"VersionDescription": "changed"})


def _labels(chosen: random.Random) -> list[JSON]:
    return [{"Key": key, "Value": value} for key, value in chosen.sample(_LABELS, k=chosen.randrange(5))]


def _with_raw(base: JSON, given: JSON, raws: dict[str, bytes]) -> bytes:
    """A body with JSON that is kept as it is written."""
    start = json.dumps({**base, **given}, ensure_ascii=False).encode()[:-1]
    return start + b"".join(b', "%b": %b' % (key.encode(), value) for key, value in raws.items()) + b"}"


def models_of(registry: Registry, workspace_id: str, order: str = "SortBy=GmtCreateTime") -> list[JSON]:
    """A workspace's models as a list shows them."""
    target = f"/api/v1/models?WorkspaceId={workspace_id}&PageSize=1000&{order}"
    found: list[JSON] = ask(registry, "GET", target)["Models"]
    return found


def answers(registry: Registry, workspace_id: str) -> Iterator[tuple[str, bytes]]:
    """Target and body, byte for byte but for the RequestId, of whatever shows the models of a workspace."""
    lists = f"/api/v1/models?WorkspaceId={workspace_id}&PageSize=1000&SortBy="
    for order in ("GmtCreateTime", "GmtModifiedTime", "ModelName", "OrderNumber"):
        yield _answer(registry, lists + order)
    for model in models_of(registry, workspace_id):
        at = f"/api/v1/models/{model['ModelId']}"
        yield _answer(registry, at)
        for order in ("GmtCreateTime", "GmtModifiedTime&Order=DESC"):
            yield _answer(registry, f"{at}/versions?PageSize=1000&SortBy={order}")
    for label in ("键", "owner"):
        yield _answer(registry, f"/api/v1/models?WorkspaceId={workspace_id}&Label={quote(label)}")


def surroundings(registry: Registry, workspace_id: str) -> Iterator[tuple[str, bytes]]:
    """Likewise of what is around the models."""
    where = f"/api/v1/workspaces/{workspace_id}"
    for target in (
        where,
        f"{where}/roles?VerboseFields=ModulePermissions",
        f"{where}/members?PageSize=100",
        f"{where}/configs?Verbose=true",
    ):
        yield _answer(registry, target)


def _answer(registry: Registry, target: str) -> tuple[str, bytes]:
    answer = Wire(registry).ask("GET", target)
    assert answer.status == 200, answer.body
    body = answer.body.translate(
        bytes.maketrans(b"\r\n", b"  ")
    )  # a line of a bundle has no line breaks: see docs/bundles.md
    return target, body.replace(answer.json["RequestId"].encode(), b"")
