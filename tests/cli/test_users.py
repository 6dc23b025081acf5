"""`modelry users` and `modelry policies`."""

from itertools import count

import pytest
from alibabacloud_ram20150501 import models as m

from tests.cli.administration import Program, root
from tests.registry import Registry

_numbers = count()
_POLICY = '{"Version":"1","Statement":[{"Effect":"Deny","Action":"ram:CreateAccessKey","Resource":"*"}]}'


@pytest.fixture
def admin(registry: Registry) -> Program:
    return root(registry)


@pytest.fixture
def name() -> str:
    return f"user-{next(_numbers)}"


def test_a_user_is_created_with_all_that_is_asked_for(admin: Program, name: str) -> None:
    given = ("--display-name", "Alice A", "--comments", "c", "--email", "a@example.com", "--mobile-phone", "86-188")
    made = admin.shown("users", "create", name, *given, "--with-key", "--policy", "AliyunPAIReadOnlyAccess")
    assert (made["UserName"], made["DisplayName"], made["Comments"]) == (name, "Alice A", "c")
    shown = admin.shown("users", "show", name)
    assert shown["Email"] == "a@example.com"
    assert shown["Policies"] == ["AliyunPAIReadOnlyAccess"]
    assert shown["AccessKeys"] == [made["AccessKeyId"]]
    assert shown["Groups"] == []
    assert admin.as_user(made).shown("whoami")["UserId"] == made["UserId"]


def test_a_key_s_secret_is_shown_with_a_warning_only_if_one_was_made(admin: Program, name: str) -> None:
    done = admin.ran("users", "create", name)
    assert done.stderr == ""
    assert "AccessKey" not in done.stdout
    assert "shown this once" in admin.ran("users", "create", f"{name}-b", "--with-key").stderr


def test_an_unknown_policy_leaves_no_user_behind(admin: Program, name: str) -> None:
    line = admin.ran("users", "create", name, "--policy", "AliyunNone", code=4).stderr
    assert line == "modelry: there is no policy AliyunNone\n"
    admin.ran("users", "show", name, code=4)


def test_what_is_refused_later_is_undone(admin: Program, registry: Registry, name: str) -> None:
    """The creator may make users and attach policies, but no keys."""
    registry.ram_sdk().create_policy(m.CreatePolicyRequest(policy_name=f"no-keys-{name}", policy_document=_POLICY))
    creator = admin.as_user(
        admin.shown(
            *("users", "create", f"{name}-creator", "--with-key"),
            *("--policy", "AliyunRAMFullAccess", "--policy", f"no-keys-{name}"),
        )
    )
    policy = ("--policy", "AliyunPAIReadOnlyAccess")
    assert "NoPermission" in creator.ran("users", "create", name, *policy, "--with-key", code=3).stderr
    admin.ran("users", "show", name, code=4)


def test_a_list_has_every_user_over_its_pages(admin: Program, registry: Registry, name: str) -> None:
    names = [f"{name}-{number}" for number in range(120)]
    ram = registry.ram_sdk()
    for each in names:
        ram.create_user(m.CreateUserRequest(user_name=each))
    listed = admin.ran("users", "list", "-o", "name").stdout.splitlines()
    assert [each for each in listed if each.startswith(f"{name}-")] == names
    assert len(admin.ran("users", "list", "--limit", "3", "-o", "name").stdout.splitlines()) == 3


def test_a_user_is_deleted_when_it_is_meant(admin: Program, name: str) -> None:
    admin.ran("users", "create", name)
    assert "--yes" in admin.ran("users", "delete", name, code=2).stderr
    assert admin.ran("users", "delete", name, "--yes").stdout == f"{name} deleted\n"
    admin.ran("users", "show", name, code=4)


def test_a_user_that_has_something_is_deleted_only_by_force(admin: Program, registry: Registry, name: str) -> None:
    admin.ran("users", "create", name, "--with-key", "--policy", "AliyunPAIReadOnlyAccess")
    ram = registry.ram_sdk()
    ram.create_group(m.CreateGroupRequest(group_name=f"g-{name}"))
    ram.add_user_to_group(m.AddUserToGroupRequest(user_name=name, group_name=f"g-{name}"))
    ram.create_login_profile(m.CreateLoginProfileRequest(user_name=name, password="aB3$" * 5))
    assert "DeleteConflict" in admin.ran("users", "delete", name, "--yes", code=1).stderr
    admin.ran("users", "delete", name, "--force", "--yes")
    admin.ran("users", "show", name, code=4)


def test_what_a_caller_may_not_see_is_left_out_with_a_word(admin: Program, registry: Registry, name: str) -> None:
    document = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:GetUser","Resource":"*"}]}'
    registry.ram_sdk().create_policy(m.CreatePolicyRequest(policy_name=f"get-{name}", policy_document=document))
    reader = admin.as_user(admin.shown("users", "create", name, "--with-key", "--policy", f"get-{name}"))
    done = reader.ran("users", "show", name, "-o", "json")
    assert "Policies left out: NoPermission" in done.stderr
    assert '"Policies"' not in done.stdout


def test_policies_are_attached_and_detached(admin: Program, name: str) -> None:
    admin.ran("users", "create", name)
    policy = "AliyunPAIFullAccess"
    done = admin.ran("policies", "attach", policy, "--user", name)
    assert done.stdout == f"{policy} attached to the user {name}\n"
    assert admin.shown("users", "show", name)["Policies"] == [policy]
    admin.ran("policies", "detach", policy, "--user", name)
    assert admin.shown("users", "show", name)["Policies"] == []
    assert "not attached" in admin.ran("policies", "detach", policy, "--user", name, code=4).stderr


def test_a_policy_goes_to_groups_and_roles_too(admin: Program, registry: Registry, name: str) -> None:
    ram = registry.ram_sdk()
    ram.create_group(m.CreateGroupRequest(group_name=name))
    trust = f'{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"RAM":["acs:ram::{registry.account_id}:root"]}}}}]}}'  # noqa: E501  a document
    ram.create_role(m.CreateRoleRequest(role_name=name, assume_role_policy_document=trust))
    for entity in ("group", "role"):
        shown = admin.shown("policies", "attach", "AliyunPAIFullAccess", f"--{entity}", name)
        assert shown[f"{entity.title()}Name"] == name
    listed = ram.list_policies_for_group(m.ListPoliciesForGroupRequest(group_name=name)).body.policies.policy
    assert [each.policy_name for each in listed] == ["AliyunPAIFullAccess"]


def test_policies_are_listed_and_shown(admin: Program) -> None:
    listed = admin.ran("policies", "list", "--type", "System", "-o", "name").stdout.splitlines()
    assert "AliyunPAIFullAccess" in listed
    assert admin.shown("policies", "show", "AliyunPAIFullAccess")["Document"]["Version"] == "1"
    admin.ran("policies", "show", "AliyunNone", code=4)
    admin.ran("policies", "attach", "AliyunPAIFullAccess", code=2)


def test_a_terminal_shows_a_table(admin: Program, name: str) -> None:
    admin.ran("users", "create", name)
    for command in (("users", "list"), ("users", "show", name), ("policies", "list")):
        code, text = admin.on_terminal(*command)
        assert code == 0
        assert "PolicyName" in text if "policies" in command else name in text
