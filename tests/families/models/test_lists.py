"""ListModels: every filter, every condition, sorting and paging, through the official SDK."""

from typing import Any

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from tests.contract.calls import Calls
from tests.registry import Registry

LIBRARY: list[dict[str, Any]] = [
    {
        "model_name": "bert",
        "domain": "nlp",
        "task": "text-classification",
        "origin": "ModelScope",
        "model_type": "Checkpoint",
        "parameter_size": 110,
        "order_number": 2,
        "labels": [("env", "test"), ("team", "Search")],
    },
    {
        "model_name": "bert-large",
        "domain": "nlp",
        "task": "fill-mask",
        "origin": "HuggingFace",
        "model_type": "Checkpoint",
        "parameter_size": 340,
        "order_number": 1,
        "labels": [("env", "prod"), ("team", "Search")],
    },
    {
        "model_name": "SDXL",
        "domain": "aigc",
        "task": "text-to-image",
        "origin": "Civitai",
        "model_type": "LoRA",
        "parameter_size": 3500,
        "order_number": -1,
        "labels": [("env", "test")],
    },
    {"model_name": "plain"},
    {"model_name": "情感分析", "domain": "CV", "parameter_size": 110, "labels": [("数据集", "微博")]},
]
ALL = [entry["model_name"] for entry in LIBRARY]


@pytest.fixture(scope="module")
def library(registry: Registry) -> tuple[Calls, str]:
    """A workspace with LIBRARY in it, that no test changes."""
    call = Calls(registry, "sync")
    workspace_id = call.new_workspace()
    for entry in LIBRARY:
        labels = [m.Label(key=key, value=value) for key, value in entry.get("labels", [])]
        call("create_model", workspace_id=workspace_id, **{**entry, "labels": labels})
    return call, workspace_id


def names(library: tuple[Calls, str], **fields: object) -> list[str]:
    call, workspace_id = library
    found = call("list_models", workspace_id=workspace_id, **fields)
    assert found.total_count == len(found.models)
    return [model.model_name for model in found.models]


def named(library: tuple[Calls, str], column: str, operator: str, value: str) -> list[str]:
    conditions = [m.ListModelsRequestConditions(column=column, operator=operator, value=value)]
    return names(library, conditions=conditions)


def tags(*pairs: tuple[str, str]) -> list[Any]:
    return [m.ListModelsRequestTag(key=key, value=value) for key, value in pairs]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, ALL),
        ({"model_name": "bert"}, ["bert", "bert-large"]),
        ({"model_name": "ERT"}, ["bert", "bert-large"]),
        ({"model_name": '"bert"'}, ["bert"]),
        ({"model_name": '"BERT"'}, []),
        ({"model_name": '"'}, []),
        ({"model_name": '""'}, []),
        ({"model_name": "情感"}, ["情感分析"]),
        ({"model_name": ""}, ALL),
        ({"model_name": "%"}, []),
        ({"model_name": "_ert"}, []),
        ({"domain": "nlp"}, ["bert", "bert-large"]),
        ({"domain": "nl"}, []),
        ({"task": "fill-mask"}, ["bert-large"]),
        ({"origin": "Civitai"}, ["SDXL"]),
        ({"model_type": "Checkpoint"}, ["bert", "bert-large"]),
        ({"label": "search"}, ["bert", "bert-large"]),
        ({"label": "TEAM"}, ["bert", "bert-large"]),
        ({"label": "es"}, ["bert", "SDXL"]),
        ({"label": "微"}, ["情感分析"]),
        ({"label": "teamsearch"}, []),
        ({"query": "text"}, ["bert", "SDXL"]),
        ({"query": "AIGC"}, ["SDXL"]),
        ({"query": "search"}, ["bert", "bert-large"]),
        ({"query": "cv"}, ["情感分析"]),
        ({"query": "数据"}, ["情感分析"]),
        ({"query": "Civitai"}, []),
        ({"query": "nlp fill"}, []),
        ({"tag": tags(("env", "test"))}, ["bert", "SDXL"]),
        ({"tag": tags(("env", "test"), ("team", "Search"))}, ["bert"]),
        ({"tag": tags(("env", "Test"))}, []),
        ({"tag": tags(("env", ""))}, []),
        ({"tag": tags(("test", "env"))}, []),
        ({"tag": []}, ALL),
        ({"provider": ""}, ALL),
        ({"provider": "nobody"}, []),
        ({"collections": "none"}, []),
        ({"collections": ""}, ALL),
        ({"domain": "nlp", "label": "prod", "query": "large"}, ["bert-large"]),
        ({"domain": "nlp", "model_name": "SDXL"}, []),
    ],
)
def test_a_filter_finds(library: tuple[Calls, str], fields: dict[str, Any], wanted: list[str]) -> None:
    assert names(library, **fields) == wanted


COLUMNS = [
    "ParameterSize",
    "OrderNumber",
    "GmtCreateTime",
    "GmtModifiedTime",
    "ModelName",
    "ModelType",
    "Origin",
    "Task",
    "Domain",
]
NUMBERS = {
    "Equal": ["bert", "情感分析"],
    "NotEqual": ["bert-large", "SDXL", "plain"],
    "LessThan": [],
    "LessThanOrEqual": ["bert", "情感分析"],
    "GreaterThan": ["bert-large", "SDXL"],
    "GreaterThanOrEqual": ["bert", "bert-large", "SDXL", "情感分析"],
    "In": ["bert", "情感分析"],
}
"""Of ParameterSize and 110. What is absent differs from everything, and compares with nothing."""


@pytest.mark.parametrize(("operator", "wanted"), NUMBERS.items())
def test_a_condition_compares_numbers_as_numbers(library: tuple[Calls, str], operator: str, wanted: list[str]) -> None:
    assert named(library, "ParameterSize", operator, "110") == wanted


TEXTS = {
    "ModelName": ("bert-large", [[1], [0, 2, 3, 4], [0, 2], [0, 1, 2], [3, 4], [1, 3, 4], [1]]),
    "ModelType": ("Checkpoint", [[0, 1], [2, 3, 4], [], [0, 1], [2], [0, 1, 2], [0, 1]]),
    "Origin": ("HuggingFace", [[1], [0, 2, 3, 4], [2], [1, 2], [0], [0, 1], [1]]),
    "Task": ("text-classification", [[0], [1, 2, 3, 4], [1], [0, 1], [2], [0, 2], [0]]),
    "Domain": ("aigc", [[2], [0, 1, 3, 4], [4], [2, 4], [0, 1], [0, 1, 2], [2]]),
    "OrderNumber": ("1", [[1], [0, 2, 3, 4], [2], [1, 2], [0], [0, 1], [1]]),
}
"""A value, and which models each of the seven operators finds by it."""


@pytest.mark.parametrize(
    ("column", "operator", "value", "wanted"),
    [
        (column, operator, value, [ALL[index] for index in found])
        for column, (value, founds) in TEXTS.items()
        for operator, found in zip(NUMBERS, founds, strict=True)
    ],
)
def test_a_condition_over_each_column(
    library: tuple[Calls, str], column: str, operator: str, value: str, wanted: list[str]
) -> None:
    assert named(library, column, operator, value) == wanted


@pytest.mark.parametrize("column", ["GmtCreateTime", "GmtModifiedTime"])
@pytest.mark.parametrize(
    ("operator", "wanted"),
    [
        ("Equal", [2]),
        ("NotEqual", [0, 1, 3, 4]),
        ("LessThan", [0, 1]),
        ("LessThanOrEqual", [0, 1, 2]),
        ("GreaterThan", [3, 4]),
        ("GreaterThanOrEqual", [2, 3, 4]),
        ("In", [2]),
    ],
)
def test_a_condition_over_a_time_takes_it_as_it_is_shown(
    library: tuple[Calls, str], column: str, operator: str, wanted: list[int]
) -> None:
    call, workspace_id = library
    shown = call.seen("list_models", workspace_id=workspace_id)["Models"][2][column]
    assert named(library, column, operator, shown) == [ALL[index] for index in wanted]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ('["bert","SDXL"]', ["bert", "SDXL"]),
        ("bert,SDXL", ["bert", "SDXL"]),
        ("[]", []),
        ("none", []),
        ('["a,b"]', []),
    ],
)
def test_in_takes_a_json_list_or_comma_separated_values(
    library: tuple[Calls, str], value: str, wanted: list[str]
) -> None:
    assert named(library, "ModelName", "In", value) == wanted


def test_in_over_numbers(library: tuple[Calls, str]) -> None:
    assert named(library, "ParameterSize", "In", "110,3500") == ["bert", "SDXL", "情感分析"]
    assert named(library, "ParameterSize", "In", "[340]") == ["bert-large"]


def test_conditions_are_joined_with_and(library: tuple[Calls, str]) -> None:
    conditions = [
        m.ListModelsRequestConditions(column="ParameterSize", operator="GreaterThan", value="110"),
        m.ListModelsRequestConditions(column="ParameterSize", operator="LessThan", value="3000"),
    ]
    assert names(library, conditions=conditions) == ["bert-large"]


@pytest.mark.parametrize(
    ("column", "operator", "value", "said"),
    [
        (
            "Uri",
            "Equal",
            "x",
            f"Conditions[0].Column: 'Uri' is not one of {', '.join(COLUMNS)}",
        ),
        ("parametersize", "Equal", "1", "Conditions[0].Column"),
        (
            "Task",
            "Like",
            "x",
            f"Conditions[0].Operator: 'Like' is not one of {', '.join(NUMBERS)}",
        ),
        ("ParameterSize", "LessThan", "many", "Conditions[0].Value"),
        ("ParameterSize", "LessThan", "1.5", "Conditions[0].Value"),
        ("ParameterSize", "LessThan", "1_0", "Conditions[0].Value"),
        ("ParameterSize", "LessThan", "٣", "Conditions[0].Value"),
        ("ParameterSize", "LessThan", "", "Conditions[0].Value"),
        ("ParameterSize", "LessThan", str(2**63), "Conditions[0].Value"),
        ("ParameterSize", "LessThan", "9" * 5000, "Conditions[0].Value"),
        ("ParameterSize", "In", "1,x", "Conditions[0].Value"),
        ("ModelName", "In", '["a"', "Conditions[0].Value"),
        ("ModelName", "In", "[1.5]", "Conditions[0].Value"),
        ("GmtCreateTime", "LessThan", "yesterday", "Conditions[0].Value"),
        ("GmtCreateTime", "LessThan", "2021-13-01T00:00:00Z", "Conditions[0].Value"),
    ],
)
def test_any_other_condition_is_refused_with_what_is_allowed(
    library: tuple[Calls, str], column: str, operator: str, value: str, said: str
) -> None:
    call, _ = library
    with call.refused() as refusal:
        named(library, column, operator, value)
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")
    assert said in refusal.message


@pytest.mark.parametrize("column", ["Column", "Operator", "Value"])
def test_a_condition_needs_its_three_parts(library: tuple[Calls, str], column: str) -> None:
    call, _ = library
    parts = {"column": "Task", "operator": "Equal", "value": "x", column.lower(): None}
    with call.refused() as refusal:
        names(library, conditions=[m.ListModelsRequestConditions(**parts)])
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")
    assert column in refusal.message


# Case, width and composition.


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Straße", "STRASSE"),
        ("STRASSE", "straße"),
        ("ẞ-Modell", "ß"),
        ("İstanbul", "i̇stanbul"),
        ("İstanbul", "STANBUL"),
        ("ＦＵＬＬ１２", "full12"),
        ("full12", "Ｆｕｌｌ"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("οδυσσευς", "ΣΣΕΥΣ"),
        ("Éclair", "E\u0301CLAIR"),
        ("e\u0301clair", "É"),
        ("情感分析", "感分"),
        ("ﬁne", "FINE"),
        ("Ⅷ", "viii"),
        ("한국어", "한국"),
        ("ǅ", "ǆ"),
    ],
)
def test_names_labels_and_queries_are_found_without_case_width_and_composition(
    call: Calls, workspace_id: str, name: str, asked: str
) -> None:
    label = m.Label(key="k", value=name)
    model_id = call("create_model", model_name=name, workspace_id=workspace_id, labels=[label]).model_id
    for parameter in ("model_name", "label", "query"):
        found = call("list_models", workspace_id=workspace_id, **{parameter: asked})
        assert [model.model_id for model in found.models] == [model_id], parameter


def test_an_exact_name_is_compared_as_it_was_written(call: Calls, workspace_id: str) -> None:
    call("create_model", model_name="Straße", workspace_id=workspace_id)
    assert call("list_models", workspace_id=workspace_id, model_name='"Straße"').total_count == 1
    assert call("list_models", workspace_id=workspace_id, model_name='"STRASSE"').total_count == 0


def test_a_name_in_quotes_is_found_by_part_of_it(call: Calls, workspace_id: str) -> None:
    call("create_model", model_name='the "best" model', workspace_id=workspace_id)
    assert call("list_models", workspace_id=workspace_id, model_name='"best" m').total_count == 1
    assert call("list_models", workspace_id=workspace_id, model_name='"the "best" model"').total_count == 1


def test_lists_follow_changes(call: Calls, workspace_id: str) -> None:
    model_id = call(
        "create_model",
        model_name="before",
        domain="d1",
        workspace_id=workspace_id,
        labels=[m.Label(key="k", value="v1")],
    ).model_id
    call("update_model", model_id, model_name="after", domain="d2", parameter_size=5)
    call("create_model_labels", model_id, labels=[m.Label(key="k", value="v2")])
    gone: list[dict[str, Any]] = [
        {"model_name": "before"},
        {"domain": "d1"},
        {"label": "v1"},
        {"query": "d1"},
        {"tag": tags(("k", "v1"))},
    ]
    there: list[dict[str, Any]] = [
        {"model_name": "after"},
        {"domain": "d2"},
        {"label": "v2"},
        {"query": "d2"},
        {"tag": tags(("k", "v2"))},
    ]
    for count, filters in ((0, gone), (1, there)):
        for fields in filters:
            assert call("list_models", workspace_id=workspace_id, **fields).total_count == count, fields


# Sorting and paging.


@pytest.mark.parametrize(
    ("sort_by", "order", "wanted"),
    [
        (None, None, [0, 1, 2, 3, 4]),
        ("GmtCreateTime", "ASC", [0, 1, 2, 3, 4]),
        ("GmtCreateTime", "DESC", [4, 3, 2, 1, 0]),
        ("GmtModifiedTime", "DESC", [4, 3, 2, 1, 0]),
        ("ModelName", "ASC", [2, 0, 1, 3, 4]),
        ("ModelName", "DESC", [4, 3, 1, 0, 2]),
        ("OrderNumber", "ASC", [3, 4, 2, 1, 0]),
        ("OrderNumber", "DESC", [0, 1, 2, 4, 3]),
        ("ParameterSize", "ASC", [3, 0, 4, 1, 2]),
        ("ParameterSize", "DESC", [2, 1, 4, 0, 3]),
    ],
)
def test_models_are_sorted(
    library: tuple[Calls, str], sort_by: str | None, order: str | None, wanted: list[int]
) -> None:
    assert names(library, sort_by=sort_by, order=order) == [ALL[index] for index in wanted]


@pytest.mark.parametrize(("field", "value"), [("sort_by", "Uri"), ("order", "desc"), ("order", "UP")])
def test_an_unknown_order_is_refused_with_the_known_ones(library: tuple[Calls, str], field: str, value: str) -> None:
    call, _ = library
    with call.refused() as refusal:
        names(library, **{field: value})
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")
    assert ("GmtCreateTime, GmtModifiedTime" if field == "sort_by" else "ASC, DESC") in refusal.message


@pytest.mark.parametrize("sort_by", ["GmtCreateTime", "GmtModifiedTime", "ModelName", "OrderNumber", "ParameterSize"])
@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_a_walk_over_pages_misses_and_repeats_nothing(library: tuple[Calls, str], sort_by: str, order: str) -> None:
    call, workspace_id = library
    walked = []
    for number in (1, 2, 3):
        page = call(
            "list_models",
            workspace_id=workspace_id,
            sort_by=sort_by,
            order=order,
            page_size=2,
            page_number=number,
        )
        assert page.total_count == len(ALL)
        walked += [model.model_name for model in page.models]
    assert walked == names(library, sort_by=sort_by, order=order)


def test_a_page_past_the_end_is_empty_and_still_counts(library: tuple[Calls, str]) -> None:
    call, workspace_id = library
    for number in (2, 10**6, 2**31 - 1):
        found = call.seen("list_models", workspace_id=workspace_id, page_number=number)
        assert found == {"Models": [], "TotalCount": len(ALL)}


def test_a_page_has_ten_models_if_not_told_otherwise(call: Calls, workspace_id: str) -> None:
    for number in range(11):
        call("create_model", model_name=f"m{number}", workspace_id=workspace_id)
    found = call("list_models", workspace_id=workspace_id)
    assert (len(found.models), found.total_count) == (10, 11)


@pytest.mark.parametrize(
    ("field", "value"),
    [("page_number", 0), ("page_number", -1), ("page_number", 2**31), ("page_size", 0), ("page_size", 1001)],
)
def test_a_page_out_of_range_is_refused(library: tuple[Calls, str], field: str, value: int) -> None:
    call, _ = library
    with call.refused() as refusal:
        names(library, **{field: value})
    assert (refusal.status, refusal.code) == (400, "InvalidParameter")
    assert "Page" in refusal.message


def test_a_thousand_models_a_page_are_allowed(library: tuple[Calls, str]) -> None:
    assert names(library, page_size=1000) == ALL


def test_without_a_workspace_the_models_of_all_workspaces_are_listed(call: Calls) -> None:
    for workspace_id in (call.new_workspace(), call.new_workspace()):
        call("create_model", model_name="everywhere", domain=workspace_id, workspace_id=workspace_id)
        assert call("list_models", domain=workspace_id).total_count == 1
