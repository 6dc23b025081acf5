"""Finding operations in RPC style: by version and action, whatever other products call theirs."""

import inspect
import re
from types import ModuleType

import pytest
from alibabacloud_ram20150501 import client as ram
from alibabacloud_resourcemanager20200331 import client as resource_manager
from alibabacloud_sts20150401 import client as sts

from modelry import errors
from modelry.contract import known
from modelry.contract.catalogue import Catalogue
from modelry.contract.openapi import document
from modelry.contract.reference import coverage_page, offered_sentence, operations_page, ram_page
from modelry.errors import ApiError, ErrorCode
from tests.contract.rpc_rows import NAME, ROWS, TAG, TAG_GROUPS

CATALOGUE = Catalogue(ROWS, known.ALL)


def refusal(method: str, version: str, action: str) -> ApiError:
    with pytest.raises(ApiError) as caught:
        CATALOGUE.find_rpc(method, version, action)
    return caught.value


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_version_tells_operations_of_one_name_apart(method: str) -> None:
    assert CATALOGUE.find_rpc(method, "2015-05-01", "TagResources").operation is TAG
    assert CATALOGUE.find_rpc(method, "2020-03-31", "TagResources").operation is TAG_GROUPS


def test_operations_are_kept_by_product_and_name() -> None:
    assert set(CATALOGUE.by_full_name) == {"Ram:TagResources", "ResourceManager:TagResources", "Ram:NameUsers"}
    assert CATALOGUE.by_name == {}
    assert list(CATALOGUE) == list(ROWS)


def test_an_operation_declared_twice_is_a_fault() -> None:
    with pytest.raises(ValueError, match="Ram:TagResources is declared twice"):
        Catalogue((TAG, NAME, TAG))


@pytest.mark.parametrize(
    ("method", "version", "action", "error"),
    [
        ("PUT", "2015-05-01", "TagResources", errors.METHOD_NOT_ALLOWED),
        ("HEAD", "2015-05-01", "TagResources", errors.METHOD_NOT_ALLOWED),
        ("get", "2015-05-01", "TagResources", errors.METHOD_NOT_ALLOWED),
        ("POST", "2015-05-01", "", errors.MISSING_PARAMETER),
        ("POST", "", "TagResources", errors.MISSING_PARAMETER),
        ("POST", "2021-02-04", "GetModel", errors.INVALID_VERSION),
        ("POST", "2015-05-01 ", "TagResources", errors.INVALID_VERSION),
        ("POST", "2015-05-01", "tagresources", errors.NO_SUCH_ACTION),
        ("POST", "2015-05-01", "NoSuchThing", errors.NO_SUCH_ACTION),
        ("POST", "2019-08-15", "TagResources", errors.NO_SUCH_ACTION),
        ("POST", "2015-05-01", "CreateUser", errors.UNSUPPORTED_OPERATION),
        ("POST", "2015-04-01", "AssumeRoleWithSAML", errors.UNSUPPORTED_OPERATION),
        ("POST", "2020-03-31", "CreateFolder", errors.UNSUPPORTED_OPERATION),
    ],
)
def test_what_is_not_offered_is_refused(method: str, version: str, action: str, error: ErrorCode) -> None:
    refused = refusal(method, version, action)
    assert refused.error is error
    assert refused.error.status != 404, "Terraform takes it for: the resource is gone"


@pytest.mark.parametrize(
    ("module", "table"),
    [(ram, known.RAM), (sts, known.STS), (resource_manager, known.RESOURCE_MANAGER)],
    ids=["RAM", "STS", "Resource Manager"],
)
def test_known_operations_are_those_of_the_sdk(module: ModuleType, table: tuple[known.KnownOperation, ...]) -> None:
    source = inspect.getsource(module)
    assert {o.name for o in table} == set(re.findall(r"\baction *= *'(\w+)'", source))
    assert len(table) == len(set(table))
    assert {(o.method, o.path) for o in table} == {("POST", "/")}
    assert {o.version for o in table} == set(re.findall(r"\bversion *= *'([\d-]+)'", source))
    assert {known.RPC_PRODUCTS[o.version] for o in table} == {o.product for o in table}


# What is generated from rows in RPC style.


def test_openapi_lists_them_beside_the_paths() -> None:
    generated = document(CATALOGUE)
    assert generated["paths"] == {}
    entry = next(entry for entry in generated["x-modelry-rpc"] if entry["name"] == "Ram:TagResources")
    assert (entry["action"], entry["version"]) == ("TagResources", "2015-05-01")
    assert entry["x-ram-resources"] == ["role/{ResourceNames}"]
    parameters = generated["components"]["schemas"][entry["parameters"]["$ref"].rpartition("/")[2]]
    assert parameters["required"] == ["ResourceType"]


def test_the_page_of_operations_has_a_part_for_each_product() -> None:
    page = operations_page(CATALOGUE)
    assert page.index("## Ram 2015-05-01") < page.index("## ResourceManager 2020-03-31")
    assert "`Action=TagResources, Version=2015-05-01`, RAM action `ram:TagResources`" in page
    assert "| `ResourceNames` | parameter | list of text |" in page


def test_the_ram_table_names_resources() -> None:
    assert "| `ram:TagResources` | TagResources | update | `role/{ResourceNames}` |" in ram_page(CATALOGUE)


def test_coverage_counts_each_product() -> None:
    page = coverage_page(CATALOGUE)
    for row in ("| **AIWorkSpace** | **0** | **127** |", "| RAM | 1 | 69 |", "| STS | 0 | 4 |"):
        assert row in page
    assert "| Resource Manager | 1 | 1 |" in page
    assert "| TagResources | yes |" in page
    assert "1 of 69 of RAM, 1 of 1 of Resource Manager." in offered_sentence(CATALOGUE)
