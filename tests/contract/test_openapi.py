"""The OpenAPI document: valid, complete, and saying what the declarations say."""

import copy
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from modelry import errors, families
from modelry.contract.catalogue import Catalogue
from modelry.contract.openapi import document
from modelry.contract.refusals import ADDRESS, SHARED
from tests.registry import Registry

CATALOGUE = Catalogue(families.operations())
DOCUMENT = document(CATALOGUE)
ON_PATHS = tuple(CATALOGUE.by_name.values())


def test_schemathesis_finds_it_valid_and_every_operation_in_it() -> None:
    schema = schemathesis.openapi.from_dict(copy.deepcopy(DOCUMENT))  # which it changes
    schema.validate()
    assert len(list(schema.get_all_operations())) == len(list(_values(DOCUMENT, "operationId")))
    assert set(_values(DOCUMENT, "operationId")) == set(CATALOGUE.by_name)


def test_every_schema_is_one() -> None:
    for schema in _schemas(DOCUMENT):
        jsonschema_rs.meta.validate(schema)


def test_every_reference_leads_somewhere() -> None:
    for reference in _values(DOCUMENT, "$ref"):
        part: Any = DOCUMENT
        for key in reference.removeprefix("#/").split("/"):
            part = part[key]


@pytest.mark.parametrize(
    ("path", "method", "name", "expected"),
    [
        ("/api/v1/models/{ModelId}", "get", "ModelId", {"in": "path", "schema": {"type": "string", "minLength": 1}}),
        (
            "/api/v1/models/{ModelId}/labels",
            "delete",
            "LabelKeys",
            {
                "in": "query",
                "style": "form",
                "explode": False,
                "schema": {
                    "type": "array",
                    "items": {"type": "string", "maxLength": 128, "pattern": "^[^=,]*$"},
                },
            },
        ),
        (
            "/api/v1/models",
            "get",
            "Tag",
            {
                "content": {
                    "application/json": {
                        "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Label"}},
                    }
                },
            },
        ),
        (
            "/api/v1/models",
            "get",
            "PageSize",
            {"required": False, "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 10}},
        ),
    ],
)
def test_parameter_has_the_form_of_its_type(path: str, method: str, name: str, expected: dict[str, Any]) -> None:
    (parameter,) = (p for p in DOCUMENT["paths"][path][method]["parameters"] if p["name"] == name)
    assert {key: parameter[key] for key in expected} == expected


def test_body_has_what_is_neither_in_the_path_nor_in_the_query() -> None:
    body = DOCUMENT["paths"]["/api/v1/models/{ModelId}/versions"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    assert body["required"]
    assert schema["required"] == ["Uri"]
    assert "ModelId" not in schema["properties"]
    assert schema["properties"]["Metrics"]["description"].startswith("By convention")


def test_answer_has_its_request_id() -> None:
    for operation in ON_PATHS:
        entry = DOCUMENT["paths"][operation.style.path][operation.style.method.lower()]
        schema = entry["responses"]["200"]["content"]["application/json"]["schema"]
        assert set(operation.request_id_keys) <= set(schema["required"])
        assert "Code" not in schema["properties"]  # Terraform takes it for an error


def test_operations_in_rpc_style_are_listed_beside_the_paths() -> None:
    assert "/" not in DOCUMENT["paths"]
    listed = {entry["name"] for entry in DOCUMENT["x-modelry-rpc"]}
    assert listed == set(CATALOGUE.by_full_name) - {operation.full_name for operation in ON_PATHS}


def test_error_answers_have_the_codes_of_their_operation() -> None:
    for operation in ON_PATHS:
        responses = DOCUMENT["paths"][operation.style.path][operation.style.method.lower()]["responses"]
        for error in (*operation.errors, *SHARED):
            answer = responses[str(error.status)]
            if "$ref" in answer:
                answer = DOCUMENT["components"]["responses"][str(error.status)]
            _, narrowed = answer["content"]["application/json"]["schema"]["allOf"]
            assert error.code in narrowed["properties"]["Code"]["enum"]


def test_what_the_http_server_answers_by_itself_is_listed(registry: Registry) -> None:
    for path, headers in (("/?" + "a" * 66_000, {}), ("/", {f"x-acs-{n}": "a" for n in range(120)})):
        request = urllib.request.Request(registry.url + path, headers=headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        refused.value.close()
        assert refused.value.read() == b""
        for operation in ON_PATHS:
            entry = DOCUMENT["paths"][operation.style.path][operation.style.method.lower()]
            assert str(refused.value.code) in entry["responses"]


def test_every_error_that_a_client_can_see_is_listed_somewhere() -> None:
    listed = {*ADDRESS, *SHARED, *(error for operation in CATALOGUE for error in operation.errors)}
    assert {row for row in vars(errors).values() if isinstance(row, errors.ErrorCode)} - listed == set()


def test_names_of_components_do_not_clash() -> None:
    names = [s.rpartition(".")[2] for s in DOCUMENT["components"]["schemas"]]
    assert {"workspaces.permissions.Permission", "workspaces.roles.Permission"} <= set(
        DOCUMENT["components"]["schemas"]
    )
    assert names.count("Permission") == 2


def _schemas(part: object) -> Iterator[dict[str, Any]]:
    yield from DOCUMENT["components"]["schemas"].values()
    yield from _values(part, "schema")


def _values(part: object, key: str) -> Iterator[Any]:
    if isinstance(part, dict):
        if key in part:
            yield part[key]
        for value in part.values():
            yield from _values(value, key)
    elif isinstance(part, list):
        for entry in part:
            yield from _values(entry, key)
