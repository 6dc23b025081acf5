"""Policies decide as Alibaba Cloud documents it; each vector names its page, or that it was decided here."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from modelry.access.policy import Context, Grant, Policies, parse
from modelry.access.predicate import holds

REQUEST = Context(source_ip="192.0.2.1", secure_transport=True, time_s=1_700_000_000, user_agent="sdk")


class Case(NamedTuple):
    policies: Policies
    action: str
    attributes: dict[str, Any]
    context: Context
    decision: str


def case(vector: dict[str, Any]) -> Case:
    documents = [json.dumps({"Version": "1", "Statement": statements}) for statements in vector["policies"]]
    grants = [Grant(f"policy {number}", parse(document)) for number, document in enumerate(documents)]
    attributes = {"resource": vector["resource"], **vector["object"]}
    attributes["labels"] = [tuple(label) for label in attributes.get("labels", [])]
    context = REQUEST._replace(**vector["request"])
    return Case(Policies(grants, region="cn-hangzhou"), vector["action"], attributes, context, vector["decision"])


VECTORS = json.loads((Path(__file__).parent / "policy_vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_what_an_action_leaves_to_be_known_is_true_of_what_may_be_acted_on(vector: dict[str, Any]) -> None:
    known = case(vector)
    left = known.policies.reach(known.action, known.context)
    assert holds(left, known.attributes) is (known.decision == "Allow")


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_an_explanation_comes_to_the_same_decision(vector: dict[str, Any]) -> None:
    known = case(vector)
    verdict = known.policies.explained(known.action, known.attributes, known.context)
    assert (verdict.allowed, verdict.explicit) == {
        "Allow": (True, False),
        "ImplicitDeny": (False, False),
        "ExplicitDeny": (False, True),
    }[known.decision]


def test_most_kinds_of_case_are_documented() -> None:
    documented = [vector for vector in VECTORS if vector["source"].startswith("https://")]
    assert len(documented) >= 40
    assert all(vector["source"] == "decided here" for vector in VECTORS if vector not in documented)
