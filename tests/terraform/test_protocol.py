"""What the provider answers Terraform, asked in this process: schemas, plans, states. No Terraform is needed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram
from tf.gen import tfplugin_pb2 as pb
from tf.types import Unknown
from tf.utils import read_dynamic_value, to_dynamic_value

from modelry.terraform.block import ENDPOINTS
from modelry.terraform.provider import AlicloudProvider, Servicer
from modelry.testing import Registry
from tests.terraform.ram import document, trust

GOLDEN = Path(__file__).with_name("schema.json")
MODEL = "alicloud_pai_workspace_model"
VERSION = "alicloud_pai_workspace_model_version"
WORKSPACE = "alicloud_pai_workspace_workspace"
MEMBER = "alicloud_pai_workspace_member"
CONFIG = "alicloud_pai_workspace_user_config"

Values = dict[str, Any]


@pytest.fixture(scope="module")
def servicer() -> Servicer:
    return Servicer(AlicloudProvider())


def schemas(servicer: Servicer) -> Any:  # noqa: ANN401  the protocol's
    return servicer.GetProviderSchema(pb.GetProviderSchema.Request(), None)


def block(it: Any) -> Values:  # noqa: ANN401  the protocol's
    """A block in short: `type` and letters for required, optional and computed."""
    return {
        **{
            a.name: f"{a.type.decode()} {'R' * a.required}{'O' * a.optional}{'C' * a.computed}{'S' * a.sensitive}"
            for a in it.attributes
        },
        **{
            f"{n.type_name} {pb.Schema.NestedBlock.NestingMode.Name(n.nesting)}": block(n.block) for n in it.block_types
        },
    }


def test_the_schema_is_the_one_that_was_agreed_on(servicer: Servicer) -> None:
    """After a change that is wanted, write the file anew: `python -m tests.terraform.test_protocol`."""
    assert shown(servicer) == json.loads(GOLDEN.read_text())


def shown(servicer: Servicer) -> Values:
    answer = schemas(servicer)
    provider = block(answer.provider.block)
    provider["endpoints SET"] = f"{len(provider['endpoints SET'])} products"
    return {
        "provider": provider,
        "resources": {name: block(s.block) for name, s in sorted(answer.resource_schemas.items())},
        "data": {name: block(s.block) for name, s in sorted(answer.data_source_schemas.items())},
        "functions": {name: signature(f) for name, f in sorted(answer.functions.items())},
    }


def signature(it: Any) -> str:  # noqa: ANN401  the protocol's
    """A function in short."""
    taken = [f"{p.name} {p.type.decode()}" for p in it.parameters]
    optional = [f"{it.variadic_parameter.name} {it.variadic_parameter.type.decode()}..."] * bool(
        it.variadic_parameter.name
    )
    return f"({', '.join([*taken, *optional])}) {getattr(it, 'return').type.decode()}"


def test_what_is_secret_is_not_printed(servicer: Servicer) -> None:
    told = schemas(servicer)
    found = {f"{name}.{a.name}" for name, s in told.resource_schemas.items() for a in s.block.attributes if a.sensitive}
    assert found == {"alicloud_ram_access_key.secret", "alicloud_ram_login_profile.password"}


def test_state_versions_are_the_official_ones(servicer: Servicer) -> None:
    assert {s.version for s in schemas(servicer).resource_schemas.values()} == {0}


OFFICIAL = {
    WORKSPACE: "create_time C, description R, display_name OC, env_types R!, resource_group_id OC, status C,"
    " workspace_name R!",
    MEMBER: "create_time C, member_id C, roles R, user_id R!, workspace_id R!",
    CONFIG: "category_name R!, config_key R!, config_value R, scope OC!",
    MODEL: "accessibility OC, domain O, extra_info O, labels O, model_description O, model_doc O, model_name R,"
    " model_type O, order_number O, origin O, task O, workspace_id OC!",
    VERSION: "approval_status OC, extra_info O, format_type O!, framework_type O!, inference_spec O, labels O,"
    " metrics O, model_id R!, options O, source_id O, source_type OC, training_spec O, uri R!, version_description O,"
    " version_name OC!",
    "alicloud_ram_user": "comments O, display_name O, email O, force O, mobile O, name R",
    "alicloud_ram_group": "comments O, create_time C, force O, group_name OC!, name OC!",
    "alicloud_ram_group_membership": "group_name R!, user_names R",
    "alicloud_ram_user_group_attachment": "group_name R!, user_name R!",
    "alicloud_ram_policy": "attachment_count C, create_time C, default_version C, description O, document OC, force O,"
    " name OC!, policy_document OC, policy_name OC!, rotate_strategy O, tags O, type C, version_id C",
    "alicloud_ram_role": "arn C, assume_role_policy_document OC, create_time C, description O, document OC, force O,"
    " max_session_duration OC, name OC!, role_id C, role_name OC!, tags O",
    "alicloud_ram_access_key": "create_time C, encrypted_secret C, key_fingerprint C, pgp_key O!, secret C,"
    " secret_file O!, status OC, user_name O!",
    "alicloud_ram_login_profile": "create_time C, mfa_bind_required OC, password R, password_reset_required O,"
    " user_name R!",
    "alicloud_ram_account_alias": "account_alias R",
    "alicloud_ram_user_policy_attachment": "policy_name R!, policy_type R!, user_name R!",
    "alicloud_ram_group_policy_attachment": "group_name R!, policy_name R!, policy_type R!",
    "alicloud_ram_role_policy_attachment": "policy_name R!, policy_type R!, role_name R!",
}
"""Source: the schemas of the official provider, version 1.289; `!` forces a new resource. Left out are arguments that
are deprecated since 1.49: `statement`, `ram_users`, `services` and the `version` of documents."""


@pytest.mark.parametrize("name", OFFICIAL)
def test_every_attribute_of_the_official_provider_is_there_and_means_the_same(servicer: Servicer, name: str) -> None:
    """Beyond it, what is optional may also be computed: see docs/terraform.md."""
    from modelry.terraform.attributes import attributes

    ours = {a.name: a for a in attributes(servicer.app.kinds[name])}
    for row in OFFICIAL[name].split(","):
        attribute, _, flags = row.strip().partition(" ")
        found = ours[attribute]
        assert found.required == ("R" in flags), attribute
        assert (found.given and not found.required) == ("O" in flags), attribute
        assert found.replaced == ("!" in flags), attribute
        assert found.computed >= ("C" in flags), attribute


def test_every_endpoint_of_the_official_block_is_taken(servicer: Servicer) -> None:
    assert len(ENDPOINTS) == len(set(ENDPOINTS)) == 160
    assert {"aiworkspace", "ram", "sts", "resourcemanager"} < set(ENDPOINTS)


# Plans.

BLANK: dict[str, Values] = {MODEL: {"labels": [], "tag": []}, VERSION: {"labels": []}}


def whole(servicer: Servicer, name: str, values: Values) -> Values:
    """Values with None for all that are not named."""
    names = [a.name for a in schemas(servicer).resource_schemas[name].block.attributes]
    return dict.fromkeys([*names, "timeouts"]) | BLANK.get(name, {}) | values


def planned(servicer: Servicer, name: str, config: Values, prior: Values | None) -> tuple[Values, list[str]]:
    """The plan, and what forces another resource."""
    request = pb.PlanResourceChange.Request(
        type_name=name,
        config=to_dynamic_value(whole(servicer, name, config)),
        prior_state=to_dynamic_value(None if prior is None else whole(servicer, name, prior)),
        proposed_new_state=to_dynamic_value(whole(servicer, name, config)),
    )
    answer = servicer.PlanResourceChange(request, None)
    assert not answer.diagnostics
    return read_dynamic_value(answer.planned_state), [path.steps[0].attribute_name for path in answer.requires_replace]


THERE = {"id": "model-1", "model_name": "a", "accessibility": "PRIVATE", "workspace_id": "7"}
RULES = {"id": "p", "policy_name": "p", "name": "p", "policy_document": '{"Version":"1"}', "version_id": "v3"} | {
    "document": '{"Version":"1"}',
    "attachment_count": 2,
    "tags": {"a": "b"},
}
READY = {"id": "7", "workspace_name": "abc", "description": "d", "env_types": ["prod"], "display_name": "abc"} | {
    "status": "ENABLED",
    "create_time": "t",
    "resource_group_id": "rg-1",
}


@pytest.mark.parametrize(
    ("name", "config", "prior", "expected", "replaced"),
    [
        pytest.param(
            MODEL,
            {"model_name": "a"},
            None,
            {"id": Unknown, "accessibility": "PRIVATE", "workspace_id": Unknown, "domain": None, "order_number": None},
            [],
            id="what only the server knows is unknown in a creation",
        ),
        pytest.param(
            MODEL, {"model_name": "a"}, THERE, {"id": "model-1", "workspace_id": "7"}, [], id="nothing changes"
        ),
        pytest.param(
            MODEL,
            {"model_name": "a"},
            THERE | {"domain": "cv", "order_number": 3, "extra_info": {"a": "1"}, "extra_info_json": '{"a":1}'},
            {"domain": None, "order_number": 0, "extra_info": None, "extra_info_json": None},
            [],
            id="what is left out is cleared",
        ),
        pytest.param(
            MODEL,
            {"model_name": "a"},
            THERE | {"accessibility": "PUBLIC"},
            {"accessibility": "PRIVATE"},
            [],
            id="what is left out has its default again",
        ),
        pytest.param(
            MODEL,
            {"model_name": "a", "workspace_id": "8"},
            THERE,
            {"workspace_id": "8"},
            ["workspace_id"],
            id="another workspace is another model",
        ),
        pytest.param(
            MODEL,
            {"model_name": "a", "workspace_id": Unknown},
            THERE,
            {"workspace_id": Unknown},
            ["workspace_id"],
            id="an unknown workspace may be another",
        ),
        pytest.param(
            MODEL,
            {"model_name": "a", "extra_info": {"a": "1"}},
            THERE | {"extra_info": {"a": "1"}, "extra_info_json": '{"a":1}'},
            {"extra_info": {"a": "1"}, "extra_info_json": '{"a":1}'},
            [],
            id="a number that is shown as text stays a number",
        ),
        pytest.param(
            MODEL,
            {"model_name": "a", "extra_info_json": '{ "b": [1],\n "a": "x" }'},
            THERE | {"extra_info": {"a": "x", "b": "[1]"}, "extra_info_json": '{"a":"x","b":[1]}'},
            {"extra_info": {"a": "x", "b": "[1]"}, "extra_info_json": '{"a":"x","b":[1]}'},
            [],
            id="the same JSON in other words is no change",
        ),
        pytest.param(
            MODEL,
            {"model_name": "a", "extra_info_json": Unknown},
            THERE,
            {"extra_info": Unknown, "extra_info_json": Unknown},
            [],
            id="unknown JSON is unknown in both spellings",
        ),
        pytest.param(
            WORKSPACE,
            {"workspace_name": "abc", "description": "d", "env_types": ["prod"]},
            None,
            {"display_name": "abc", "status": Unknown, "create_time": Unknown},
            [],
            id="a workspace is shown by its name",
        ),
        pytest.param(
            WORKSPACE,
            {"workspace_name": "abc", "description": "e", "env_types": ["prod"]},
            READY,
            {"status": Unknown, "create_time": "t", "id": "7", "resource_group_id": "rg-1"},
            [],
            id="an update may change the status and nothing else",
        ),
        pytest.param(
            WORKSPACE,
            {"workspace_name": "abc", "description": "d", "env_types": ["prod", "dev"]},
            READY | {"env_types": ["dev", "prod"]},
            {"status": "ENABLED"},
            [],
            id="the order of a set means nothing",
        ),
        pytest.param(
            VERSION,
            {"model_id": "m", "uri": "u"},
            {"id": "m:1.0.0", "model_id": "m", "uri": "u", "version_name": "1.0.0", "source_type": "Custom"}
            | {"approval_status": "Approved"},
            {"approval_status": "Approved", "version_name": "1.0.0"},
            [],
            id="somebody else's approval stays",
        ),
        pytest.param(
            CONFIG,
            {"category_name": "c", "config_key": "k", "config_value": "v"},
            {"id": "c:k", "category_name": "c", "config_key": "k", "config_value": "v", "scope": "subUser"},
            {"scope": "owner"},
            ["scope"],
            id="another scope is another configuration",
        ),
        pytest.param(
            MODEL,
            {"model_name": "a"},
            THERE | {"domain": "", "model_doc": ""},
            {"domain": "", "model_doc": ""},
            [],
            id="empty text that another provider wrote stays where nothing is given",
        ),
        pytest.param(
            "alicloud_ram_group",
            {"name": "team"},
            None,
            {"name": "team", "group_name": "team", "create_time": Unknown, "force": None},
            [],
            id="a name that is given in its old spelling has both",
        ),
        pytest.param(
            "alicloud_ram_group",
            {"group_name": "crew"},
            {"id": "team", "name": "team", "group_name": "team", "create_time": "t"},
            {"name": "crew", "group_name": "crew"},
            ["group_name", "name"],
            id="another name is another group",
        ),
        pytest.param(
            "alicloud_ram_policy",
            {"policy_name": "p", "document": '{ "Version": "1" }', "tags": {"a": "b"}},
            RULES,
            {"policy_document": '{"Version":"1"}', "document": '{"Version":"1"}', "version_id": "v3"},
            [],
            id="the same document in other words is no change",
        ),
        pytest.param(
            "alicloud_ram_policy",
            {"policy_name": "p", "policy_document": '{"Version":"2"}'},
            RULES,
            {"document": '{"Version":"2"}', "version_id": Unknown, "attachment_count": 2, "id": "p", "tags": None},
            [],
            id="another document is another version of the policy",
        ),
        pytest.param(
            "alicloud_ram_user",
            {"name": "bob"},
            {"id": "2", "name": "alice", "force": False, "email": "a@b.c"},
            {"id": "2", "name": "bob", "force": False, "email": None},
            [],
            id="a user may get another name",
        ),
        pytest.param(
            "alicloud_ram_access_key",
            {"user_name": "alice"},
            {"id": "k", "user_name": "alice", "status": "Inactive", "secret": "s"},
            {"status": "Active", "secret": "s"},
            [],
            id="a key is active where nothing else is said, and keeps its secret",
        ),
    ],
)
def test_plans(
    servicer: Servicer, name: str, config: Values, prior: Values | None, expected: Values, replaced: list[str]
) -> None:
    plan, forced = planned(servicer, name, config, prior)
    assert {attribute: plan[attribute] for attribute in expected} == expected
    assert forced == replaced


@pytest.mark.parametrize("name", OFFICIAL)
def test_a_state_of_fewer_and_of_other_attributes_is_taken_over(servicer: Servicer, name: str) -> None:
    written = {"id": "a:b", "of_long_ago": 1, "timeouts": None}
    raw = pb.RawState(json=json.dumps(written).encode())
    request = pb.UpgradeResourceState.Request(type_name=name, version=0, raw_state=raw)
    state = read_dynamic_value(servicer.UpgradeResourceState(request, None).upgraded_state)
    assert state == whole(servicer, name, {"id": "a:b"})


# Applies, against a real server.


@pytest.fixture
def configured(modelry_registry: Registry) -> Iterator[Servicer]:
    made, registry = Servicer(AlicloudProvider()), modelry_registry
    key = {"access_key": registry.access_key_id, "secret_key": registry.access_key_secret}
    config = key | {"endpoints": [{"aiworkspace": registry.endpoint}]}
    answer = made.ConfigureProvider(pb.ConfigureProvider.Request(config=to_dynamic_value(config)), None)
    assert not answer.diagnostics, answer.diagnostics
    yield made
    made.app.connection.close()


def applied(servicer: Servicer, name: str, prior: Values | None, config: Values | None) -> Values | None:
    """The state after a change; a deletion when there is no configuration."""
    plan = None if config is None else planned(servicer, name, config, prior)[0]
    request = pb.ApplyResourceChange.Request(
        type_name=name, prior_state=to_dynamic_value(prior), planned_state=to_dynamic_value(plan)
    )
    answer = servicer.ApplyResourceChange(request, None)
    assert not answer.diagnostics, answer.diagnostics
    state: Values | None = read_dynamic_value(answer.new_state)
    return state


def read(servicer: Servicer, name: str, state: Values) -> Values | None:
    request = pb.ReadResource.Request(type_name=name, current_state=to_dynamic_value(state))
    answer = servicer.ReadResource(request, None)
    assert not answer.diagnostics, answer.diagnostics
    found: Values | None = read_dynamic_value(answer.new_state)
    return found


def test_a_model_is_made_changed_read_and_deleted(configured: Servicer) -> None:
    servicer = configured
    first = applied(servicer, MODEL, None, {"model_name": "a", "labels": [{"key": "k", "value": None}]})
    assert first is not None
    assert first["labels"] == [{"key": "k", "value": None}]
    assert read(servicer, MODEL, first) == first
    second = applied(servicer, MODEL, first, {"model_name": "b", "task": "t"})
    assert second is not None
    assert (second["id"], second["model_name"], second["task"], second["labels"]) == (first["id"], "b", "t", [])
    assert read(servicer, MODEL, second) == second
    assert applied(servicer, MODEL, second, None) is None
    assert read(servicer, MODEL, second) is None


PEOPLE: dict[str, tuple[Values, Values]] = {
    "alicloud_ram_user": ({"name": "it", "email": "a@example.com", "force": True}, {"name": "other", "comments": "c"}),
    "alicloud_ram_group": ({"name": "it", "comments": "c"}, {"group_name": "it"}),
    "alicloud_ram_policy": (
        {"policy_name": "it", "document": document(), "tags": {"a": "1"}},
        {"policy_name": "it", "document": document(), "description": "d", "tags": {"b": "2"}},
    ),
    "alicloud_ram_role": (
        {"name": "it", "document": trust(), "description": "d"},
        {"role_name": "it", "document": trust(), "max_session_duration": 7200},
    ),
    "alicloud_ram_access_key": ({"user_name": "alice"}, {"user_name": "alice", "status": "Inactive"}),
    "alicloud_ram_login_profile": (
        {"user_name": "alice", "password": "Correct-Horse-9"},
        {"user_name": "alice", "password": "Correct-Horse-8", "mfa_bind_required": True},
    ),
    "alicloud_ram_group_membership": (
        {"group_name": "team", "user_names": ["alice", "bob"]},
        {"group_name": "team", "user_names": ["bob", "carol"]},
    ),
    "alicloud_ram_account_alias": ({"account_alias": "my-company"}, {"account_alias": "our-company"}),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_what_ram_keeps_is_made_read_changed_and_deleted(
    configured: Servicer, modelry_registry: Registry, name: str
) -> None:
    users = modelry_registry.ram_sdk()
    users.create_group(ram.CreateGroupRequest(group_name="team"))
    for user in ("alice", "bob", "carol"):
        users.create_user(ram.CreateUserRequest(user_name=user))
    first, second = PEOPLE[name]
    made = applied(configured, name, None, first)
    assert made is not None
    assert read(configured, name, made) == made
    changed = applied(configured, name, made, second)
    assert changed is not None
    assert changed["id"] == made["id"]
    assert read(configured, name, changed) == changed
    assert planned(configured, name, second, changed) == (changed, [])
    assert applied(configured, name, changed, None) is None
    assert read(configured, name, changed) is None


@pytest.mark.parametrize("name", ["alicloud_ram_user", "alicloud_ram_policy", "alicloud_ram_access_key"])
def test_who_may_not_look_loses_nothing(configured: Servicer, modelry_registry: Registry, name: str) -> None:
    modelry_registry.ram_sdk().create_user(ram.CreateUserRequest(user_name="alice"))
    state = applied(configured, name, None, PEOPLE[name][0])
    modelry_registry.faults.fail(status=403, code="NoPermission", times=None)
    request = pb.ReadResource.Request(type_name=name, current_state=to_dynamic_value(state))
    answer = configured.ReadResource(request, None)
    assert read_dynamic_value(answer.new_state) == state
    assert "NoPermission" in answer.diagnostics[0].summary


def test_a_deletion_that_is_refused_keeps_the_state(configured: Servicer, modelry_registry: Registry) -> None:
    servicer = configured
    state = applied(servicer, MODEL, None, {"model_name": "a"})
    modelry_registry.faults.fail(status=403, code="NoPermission", operation="DeleteModel")
    request = pb.ApplyResourceChange.Request(
        type_name=MODEL, prior_state=to_dynamic_value(state), planned_state=to_dynamic_value(None)
    )
    answer = servicer.ApplyResourceChange(request, None)
    assert read_dynamic_value(answer.new_state) == state
    assert "NoPermission" in answer.diagnostics[0].summary


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(shown(Servicer(AlicloudProvider())), indent=1) + "\n")
