"""Predicates in words."""

import pytest

from modelry.access.predicate import (
    ALWAYS,
    NEVER,
    All,
    Compare,
    Contains,
    Has,
    HasMatching,
    IsIn,
    Matches,
    Not,
    Predicate,
    Present,
    Some,
)
from modelry.access.wording import in_words, which

ME = "200000000000000001"
PUBLIC = Compare("accessibility", "=", "PUBLIC")
WORDS: list[tuple[Predicate, str]] = [
    (PUBLIC, "the accessibility is PUBLIC"),
    (Compare("user_id", "=", ME), "the caller created it"),
    (Compare("user_id", "<>", ME), "the caller did not create it"),
    (Compare("user_id", "=", "2"), "the creator is 2"),
    (Compare("approval_status", "<>", "Approved"), "the approval status is not Approved"),
    (IsIn("workspace_id", ("1",)), "the workspace is 1"),
    (IsIn("workspace_id", ("1", "2")), "the workspace is one of 1, 2"),
    (Matches("resource", ("*:model/a*", "b?")), "the resource fits one of *:model/a*, b?"),
    (Present("provider"), "the provider is given"),
    (Has("labels", ("env", "prod")), "the label env is prod"),
    (HasMatching("labels", "env", "p*"), "the label env fits p*"),
    (HasMatching("labels", "env", "*"), "there is a label env"),
    (Has("members", ("2",)), "members have 2"),
    (Contains("folded_name", "x"), "folded_name contains x"),
    (Not(PUBLIC), "not (the accessibility is PUBLIC)"),
    (Some((PUBLIC, Present("provider"))), "the accessibility is PUBLIC or the provider is given"),
    (
        All((Some((PUBLIC, Present("provider"))), Not(All((Has("labels", ("a", "b")), Compare("user_id", "=", ME)))))),
        "(the accessibility is PUBLIC or the provider is given) and not (the label a is b and the caller created it)",
    ),
]


@pytest.mark.parametrize(("predicate", "words"), WORDS, ids=[words for _, words in WORDS])
def test_a_predicate_reads_so(predicate: Predicate, words: str) -> None:
    assert in_words(predicate, ME) == words
    assert which(predicate, ME) == f"objects where {words}"


def test_what_depends_on_no_object_says_so() -> None:
    assert (which(ALWAYS, ME), which(NEVER, ME)) == ("every object", "no object")
