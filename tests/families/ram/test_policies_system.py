"""What the cloud's own policies grant here."""

import json
from pathlib import Path

import pytest

from modelry import families
from modelry.access.policy import Context, Grant, Policies, parse, unrenderable
from modelry.access.predicate import ALWAYS, NEVER
from modelry.contract.operation import AnyOperation
from modelry.families.ram.policies.system import system_policies, system_policy
from modelry.storage.folding import folded

PAGE = Path(__file__).parents[3] / "docs" / "system-policies.md"
OPERATIONS = tuple(families.operations())
OFFERED = (
    "AdministratorAccess",
    "ReadOnlyAccess",
    "AliyunRAMFullAccess",
    "AliyunRAMReadOnlyAccess",
    "AliyunSTSAssumeRoleAccess",
    "AliyunPAIFullAccess",
    "AliyunPAIReadOnlyAccess",
)
CONTEXT = Context(source_ip="192.0.2.1", secure_transport=False, time_s=0, user_agent="")


def granted(name: str) -> set[str]:
    """The actions of this server's operations that a policy allows on everything."""
    found = system_policy(name)
    assert found is not None
    policies = Policies((Grant(name, parse(found.document)),), region="cn-hangzhou")
    reaches = {each.access.action: policies.reach(each.access.action, CONTEXT) for each in OPERATIONS}
    assert all(reach in (ALWAYS, NEVER) for reach in reaches.values())
    return {action for action, reach in reaches.items() if reach is ALWAYS}


def actions(*services: str, writes: bool | None = None) -> set[str]:
    """The actions of some services; of those that write, or that do not."""

    def fits(operation: AnyOperation) -> bool:
        service = operation.access.action.partition(":")[0].lower()
        return service.startswith(services) and writes in {None, operation.writes}

    return {each.access.action for each in OPERATIONS if fits(each)}


def test_every_policy_has_a_document_that_may_be_attached() -> None:
    for each in system_policies():
        assert unrenderable(parse(each.document)) is None, each.name


def test_the_page_says_what_the_policies_allow() -> None:
    rows = [line.split("|")[1:3] for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    said = {name.strip(" `"): [action.strip(" `") for action in actions.split(",")] for name, actions in rows}
    assert set(said) == set(OFFERED)
    for name, actions in said.items():
        found = system_policy(name)
        assert found is not None
        assert json.loads(found.document)["Statement"][0]["Action"] == actions


def test_positions_grow_with_the_names() -> None:
    found = list(system_policies())
    assert len(found) > 300
    assert [each.position for each in found] == sorted({each.position for each in found})
    assert [folded(each.name) for each in found] == sorted(folded(each.name) for each in found)


def test_an_administrator_may_do_everything() -> None:
    assert granted("AdministratorAccess") == actions("")


def test_a_reader_of_everything_changes_nothing() -> None:
    found = granted("ReadOnlyAccess")
    assert found & actions("", writes=True) == set()
    assert actions("pai", "ram", writes=False) - found <= {"ram:DecodeDiagnosticMessage"}


@pytest.mark.parametrize(("name", "service"), [("AliyunRAMFullAccess", "ram"), ("AliyunPAIFullAccess", "pai")])
def test_full_access_to_a_service_is_all_of_it_and_no_more(name: str, service: str) -> None:
    assert granted(name) == actions(service)


@pytest.mark.parametrize(("name", "service"), [("AliyunRAMReadOnlyAccess", "ram"), ("AliyunPAIReadOnlyAccess", "pai")])
def test_read_only_access_to_a_service_changes_nothing(name: str, service: str) -> None:
    found = granted(name)
    assert found <= actions(service, writes=False)
    assert found >= {action for action in actions(service, writes=False) if ":Get" in action or ":List" in action}


def test_assuming_roles_is_allowed_alone() -> None:
    found = granted("AliyunSTSAssumeRoleAccess")
    assert found == actions("sts") & {"sts:AssumeRole"}


def test_the_other_policies_grant_nothing_that_is_offered() -> None:
    for each in system_policies():
        if each.name not in OFFERED:
            assert granted(each.name) == set(), each.name
