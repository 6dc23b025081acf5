"""What the modules of a custom role allow, and that members get it from the database."""

import msgspec
import pytest

from modelry.access.matrix import DEVELOPER, MATRIX, PERMISSION_CODES, Cells, Rule, allowed, covered
from modelry.families.workspaces.roles.rules import MODULES, custom_rules
from modelry.families.workspaces.roles.structs import ModulePermission, Permission, PermissionRule, WorkspaceRole

MODEL_CODES = [code.casefold() for code in PERMISSION_CODES if code.startswith("PaiModel:")]
WORKSPACE_MODULES = [module for module in MODULES if module.startswith("PaiWorkspace@@")]


def role(*modules: ModulePermission) -> WorkspaceRole:
    return WorkspaceRole(
        role_id="role-a",
        role_name="a",
        creator="1",
        gmt_create_time="",
        gmt_modified_time="",
        status="Succeeded",
        module_permissions=list(modules),
    )


def module(name: str, permission_type: str, *permissions: Permission) -> ModulePermission:
    document = {"ModuleName": name, "PermissionType": permission_type, "Permissions": permissions}
    return msgspec.convert(msgspec.to_builtins(document), ModulePermission)


def chosen(
    *rules: PermissionRule, codes: tuple[str, ...] = ("PaiModel:UpdateModel",), name: str = "Model"
) -> dict[str, Cells]:
    """What a role allows that chose codes by hand."""
    permission = Permission(permission_codes=list(codes), permission_rules=list(rules))
    return reached(module(name, "CustomPermissions", permission))


def reached(*modules: ModulePermission) -> dict[str, Cells]:
    """The cells that a role of these modules reaches, by code."""
    cells = {code: covered(rules) for code, rules in custom_rules(modules).items()}
    return {code: reach for code, reach in cells.items() if reach}


def test_full_access_to_models_reaches_them_all() -> None:
    assert reached(module("Model", "FullAccess")) == dict.fromkeys(MODEL_CODES, Cells.ALL)


def test_read_write_on_models_is_what_a_developer_may() -> None:
    developer = {code: cells for code in MODEL_CODES if (cells := allowed(DEVELOPER, code))}
    assert reached(module("Model", "ReadWrite")) == developer


def test_read_only_on_models_is_what_a_developer_sees() -> None:
    reads = ("getmodel", "getmodelversion", "listmodels", "listmodelversions")
    assert reached(module("Model", "ReadOnly")) == {f"paimodel:{read}": Cells.SEEN for read in reads}


@pytest.mark.parametrize("name", MODULES)
def test_no_privilege_allows_nothing(name: str) -> None:
    assert reached(module(name, "NoPrivilege")) == {}


@pytest.mark.parametrize("name", WORKSPACE_MODULES)
def test_a_wider_type_allows_more_of_a_workspace(name: str) -> None:
    narrow, middle, wide = (reached(module(name, kind)) for kind in ("ReadOnly", "ReadWrite", "FullAccess"))
    assert narrow.keys() <= middle.keys() <= wide.keys() == set(MODULES[name])
    assert all(code.partition(":")[2].startswith(("get", "list")) for code in narrow)
    assert not any(code.partition(":")[2].startswith(("delete", "remove")) for code in middle)
    assert set(wide.values()) == {Cells.ALL}


@pytest.mark.parametrize("kind", ["ReadOnly", "ReadWrite", "FullAccess"])
def test_a_module_that_is_not_offered_here_allows_nothing(kind: str) -> None:
    assert reached(module("DLC", kind)) == {}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (PermissionRule(accessibility="PRIVATE", entity_access_type="CREATOR"), Cells.PRIVATE_OWN),
        (PermissionRule(accessibility="PRIVATE", entity_access_type="ANY"), Cells.PRIVATE),
        (PermissionRule(accessibility="ANY", entity_access_type="CREATOR"), Cells.OWN),
        (PermissionRule(accessibility="ANY", entity_access_type="ANY"), Cells.ALL),
        (PermissionRule(accessibility="PUBLIC", entity_access_type="CREATOR"), Cells.PUBLIC),
        (PermissionRule(accessibility="PUBLIC"), Cells.PUBLIC),
        (PermissionRule(accessibility="PRIVATE"), Cells.PRIVATE_OWN),
        (PermissionRule(), Cells.OWN),
    ],
)
def test_a_rule_reaches_what_its_documentation_says(rule: PermissionRule, expected: Cells) -> None:
    assert chosen(rule) == {"paimodel:updatemodel": expected}


def test_codes_without_rules_reach_one_s_own() -> None:
    assert chosen() == {"paimodel:updatemodel": Cells.OWN}


def test_rules_add_up() -> None:
    rules = [PermissionRule(accessibility="PUBLIC"), PermissionRule(accessibility="PRIVATE")]
    assert chosen(*rules) == {"paimodel:updatemodel": Cells.SEEN}


def test_the_case_of_a_code_does_not_matter() -> None:
    assert chosen(codes=("paimodel:UPDATEMODEL",)) == chosen()


def test_accessibility_does_not_matter_to_a_workspace() -> None:
    rule = PermissionRule(accessibility="PRIVATE", entity_access_type="CREATOR")
    found = chosen(rule, codes=("PaiWorkspace:UpdateConfigs",), name="PaiWorkspace@@Config")
    assert found == {"paiworkspace:updateconfigs": Cells.ALL}


@pytest.mark.parametrize("code", ["PaiWorkspace:CreateMember", "PaiDLC:GetTensorboard", "nonsense", ""])
def test_a_code_of_another_module_allows_nothing(code: str) -> None:
    assert chosen(PermissionRule(accessibility="ANY", entity_access_type="ANY"), codes=(code,)) == {}


def test_a_workspace_is_deleted_by_no_custom_role() -> None:
    everything = reached(*(module(name, "FullAccess") for name in MODULES))
    left = {code for code in MATRIX if code.startswith("paiworkspace:")} - everything.keys()
    assert left == {
        f"paiworkspace:{action}"
        for action in ("createworkspace", "deleteworkspace", "updatedefaultworkspace", "changeresourcegroup")
    } | {f"paiworkspace:{action}" for action in ("getdefaultworkspace", "listworkspaces")} | {
        f"paiworkspace:{action}" for action in ("getpermission", "listpermissions")
    }


def test_rules_are_those_of_the_interface() -> None:
    assert custom_rules([module("Model", "FullAccess")])["paimodel:getmodel"] == (Rule("ANY", "ANY"),)
