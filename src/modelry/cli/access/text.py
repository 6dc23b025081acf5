"""Answers as text for a terminal."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from modelry.cli.access.answering import Answer, Decided, Held, Layer, Written

_LAYERS: Mapping[Layer, str] = {
    "Account": "the account",
    "AccountLevelIdentityBasedPolicy": "policies",
    "SessionPolicy": "the session policy",
    "AssumeRolePolicy": "the role's trust policy",
    "WorkspaceRole": "workspace roles",
    "NoPermissionNeeded": "nothing: no permission is needed",
}


def lines(answer: Answer) -> Iterator[str]:
    """An answer, line by line."""
    yield f"{word(answer).upper()}: {who(answer)}, {answer.operation}"
    for note in answer.notes:
        yield f"  {note}"
    if answer.where:
        yield f"  on {answer.where}"
    for decided in answer.decisions:
        yield ""
        yield from _decision(decided)


def word(answer: Answer) -> str:
    """`allowed` or `denied`."""
    return "allowed" if answer.allowed else "denied"


def who(answer: Answer) -> str:
    """Who asked: `user alice`, `role ci (session build)`, `the account`."""
    given = answer.identity
    if given.identity_type == "Account":
        return "the account"
    return f"role {given.name} (session {given.session_name})" if given.session_name else f"user {given.name}"


def because(answer: Answer) -> str:
    """What decided, in one line."""
    return next((each for each in answer.decisions if not each.allowed), answer.decisions[-1]).reason


def _decision(decided: Decided) -> Iterator[str]:
    yield f"{decided.action} on {decided.resource}: {'allowed' if decided.allowed else 'denied'}"
    yield f"  decided by {_LAYERS[decided.layer]}: {decided.reason}"
    if decided.text is not None:
        yield f"    {_json(decided.text)}"
    if decided.statements:
        yield "  statements considered:"
    for statement in decided.statements:
        yield from _statement(statement)
    if decided.workspace_roles:
        yield "  workspace roles held:"
    for held in decided.workspace_roles:
        yield _role(held, decided.action)


def _statement(given: Written) -> Iterator[str]:
    applies = "applies" if given.applies else "does not apply"
    if given.where:
        applies = "applies to some objects"
    yield f"    {given.effect} {applies}: statement {given.statement} of {given.source}"
    if given.about_action:
        yield f"      {_json(given.text)}"
    if given.where:
        yield f"      where {given.where}"
    for reason in given.why_not:
        yield f"      {reason}"


def _role(held: Held, action: str) -> str:
    roles = " and ".join(held.roles) or "no role"
    return f"    workspace {held.workspace_id}: {roles}; {action} on {held.allows}"


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
