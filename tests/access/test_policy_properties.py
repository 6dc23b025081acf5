"""What is true of a decision whatever the policies say, and a second evaluator that knows nothing of predicates."""

import ipaddress
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from modelry.access.policy import Context, Grant, Policies, parse
from modelry.access.predicate import holds

REGION = "cn-x"

JsonObject = dict[str, Any]
Situation = tuple[str, JsonObject, Context]

ACTIONS = [
    "paimodel:GetModel",
    "paimodel:DeleteModel",
    "ram:GetUser",
    "sts:AssumeRole",
    "resourcemanager:GetResourceGroup",
]
ACTION_PATTERNS = ["*", "PaiModel:*", "paimodel:Get?odel", "*:Get*", "ram:*", "sts:assumerole", "paimodel:DeleteModel"]
PATHS = ["model/m1", "model/m1/modelVersion/0.1.0", "model/m2", "user/alice", "role/r", "resourcegroup/rg"]
PIECES = [
    *("*", "?", ":", "acs:", "paimodel:", "ram:", REGION, "1", "2", "m1", "alice", "Alice"),
    *("paimodel:*:", "ram:*:", "ram::", "*:*:", "1:", "model/", "model/m", "user/", "role/r", "/modelVersion/*"),
]
LABELS = [("team", "dev"), ("team", "Dev"), ("team", "ops"), ("Team", "dev"), ("k", "")]
VALUES = ["dev", "d*", "?ps", "", "*", "PUBLIC", "public", "P*", "100001", "10000?", "sdk", "SDK", "Approved", "true"]
STRING_KEYS = [
    *("acs:UserAgent", "sts:ExternalId", "acs:SecureTransport", "acs:MFAPresent", "oss:Prefix", "acs:ResourceTag/team"),
    *("acs:ResourceTag/k", "paimodel:Label/Team", "paimodel:Accessibility", "PaiModel:ApprovalStatus"),
    *("paiworkspace:WorkspaceId", "paimodel:WorkspaceId"),
]
STRING_OPERATORS = [
    f"{name}{suffix}"
    for name in ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike")
    for suffix in ("", "IfExists")
]
FOLDED_OPERATORS = ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringEqualsIgnoreCaseIfExists"]
DATES = ["2026-01-31T00:00:00Z", "2026-01-31T08:00:00+08:00", "2026-01-31T00:00:01Z"]
DATE_OPERATORS = [
    f"Date{name}"
    for name in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEqualsIfExists")
]
BLOCKS = ["192.0.2.0/24", "192.0.2.7", "0.0.0.0/0", "2001:db8::/32", "::/0"]


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


def asked(operators: list[str], keys: list[str], values: list[str]) -> st.SearchStrategy[JsonObject]:
    one = st.dictionaries(st.sampled_from(keys), some(values), min_size=1, max_size=2)
    return st.dictionaries(st.sampled_from(operators), one, min_size=1, max_size=2)


CONDITIONS = st.one_of(
    st.just({}),
    asked(STRING_OPERATORS, STRING_KEYS, VALUES),
    asked(FOLDED_OPERATORS, [key for key in STRING_KEYS if "Tag/" not in key and "Label/" not in key], VALUES),
    asked(DATE_OPERATORS, ["acs:CurrentTime", "x:Absent"], DATES),
    asked(["Bool", "BoolIfExists"], ["acs:SecureTransport", "acs:MFAPresent", "x:Absent"], ["true", "false"]),
    asked(["IpAddress", "NotIpAddress", "NotIpAddressIfExists"], ["acs:SourceIp", "x:Absent"], BLOCKS),
    asked(["NumericLessThan", "NumericNotEquals", "NumericEqualsIfExists"], ["x:Absent"], ["1", "2.5"]),
)
RESOURCES = st.builds(
    lambda start, pieces: start + "".join(pieces),
    st.sampled_from(["*", "acs:", "acs:paimodel:*:", "acs:ram:*:", "acs:ram::", "a*", "???:"]),
    st.lists(st.sampled_from(PIECES), max_size=5),
)
STATEMENTS = st.builds(
    lambda effect, action, actions, resource, resources, condition: {
        "Effect": effect,
        action: actions,
        resource: resources,
        "Condition": condition,
    },
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.sampled_from(["Action", "Action", "Action", "NotAction"]),
    some(ACTION_PATTERNS),
    st.sampled_from(["Resource", "Resource", "Resource", "NotResource"]),
    st.lists(st.just("*") | RESOURCES, min_size=1, max_size=3),
    CONDITIONS,
)
DOCUMENTS = st.lists(st.lists(STATEMENTS, min_size=1, max_size=3), max_size=4)
OBJECTS = st.builds(
    lambda account, path, more, labels: {"resource": f"{account}:{path}", **more, "labels": labels},
    st.sampled_from(["1", "2"]),
    st.sampled_from(PATHS),
    st.fixed_dictionaries(
        {},
        optional={
            "accessibility": st.sampled_from(["PUBLIC", "PRIVATE"]),
            "approval_status": st.sampled_from(["Pending", "Approved", "Rejected"]),
            "workspace_id": st.sampled_from(["100001", "100002"]),
        },
    ),
    st.lists(st.sampled_from(LABELS), max_size=2, unique_by=lambda label: label[0]),
)
CONTEXTS = st.builds(
    Context,
    source_ip=st.sampled_from(["192.0.2.7", "198.51.100.1", "2001:db8::1", "somewhere"]),
    secure_transport=st.booleans(),
    time_s=st.sampled_from([1769817600 - 1, 1769817600, 1769817600 + 1]),
    user_agent=st.sampled_from(["sdk", "SDK", "dev", ""]),
    mfa_present=st.booleans(),
    external_id=st.sampled_from([None, "dev", "d"]),
)
SITUATIONS = st.tuples(st.sampled_from(ACTIONS), OBJECTS, CONTEXTS)


def policies(documents: list[list[JsonObject]]) -> Policies:
    texts = [json.dumps({"Version": "1", "Statement": statements}) for statements in documents]
    return Policies([Grant(str(number), parse(text)) for number, text in enumerate(texts)], region=REGION)


def allowed(documents: list[list[JsonObject]], situation: Situation) -> bool:
    action, attributes, context = situation
    return holds(policies(documents).reach(action, context), attributes)


# --- a second evaluator: one whole ARN, one value a key, recursion over the pattern ---------------------------------


def glob(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return glob(pattern[1:], text) or (bool(text) and glob(pattern, text[1:]))
    return bool(text) and pattern[0] in {"?", text[0]} and glob(pattern[1:], text[1:])


def arn(action: str, resource: str) -> str:
    service = action.partition(":")[0].replace("sts", "ram")
    return f"acs:{service}:{'' if service in {'ram', 'resourcemanager'} else REGION}:{resource}"


def value_of(key: str, attributes: JsonObject, context: Context) -> str | None:
    label = {"acs:resourcetag": True, "paimodel:label": True}.get(key.lower().split("/")[0])
    if label:
        return dict(attributes["labels"]).get(key.split("/")[1])
    moment = datetime.fromtimestamp(context.time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    known: Mapping[str, str | None] = {
        "acs:sourceip": None if context.source_ip == "somewhere" else context.source_ip,
        "acs:securetransport": "true" if context.secure_transport else "false",
        "acs:mfapresent": "true" if context.mfa_present else "false",
        "acs:currenttime": moment,
        "acs:useragent": context.user_agent or None,
        "sts:externalid": context.external_id,
        "paimodel:accessibility": attributes.get("accessibility"),
        "paimodel:approvalstatus": attributes.get("approval_status"),
        "paimodel:workspaceid": attributes.get("workspace_id"),
        "paiworkspace:workspaceid": attributes.get("workspace_id"),
    }
    return known.get(key.lower())


def compared(name: str, value: str, wanted: str) -> bool:
    if name.startswith("Date"):
        here, there = datetime.fromisoformat(value), datetime.fromisoformat(wanted)
        return {
            "DateEquals": here == there,
            "DateLessThan": here < there,
            "DateLessThanEquals": here <= there,
            "DateGreaterThan": here > there,
            "DateGreaterThanEquals": here >= there,
        }[name]
    if name == "IpAddress":
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted)
    if name == "StringLike":
        return glob(wanted, value)
    return value.lower() == wanted.lower() if "IgnoreCase" in name else value == wanted


def condition_holds(name: str, value: str | None, wanted: list[str]) -> bool:
    plain = name.replace("IfExists", "")
    positive = plain.replace("Not", "", 1)
    if value is None:
        return plain != name or plain != positive
    matched = any(compared(positive, value, each) for each in wanted)
    return not matched if plain != positive else matched


def applies(statement: JsonObject, situation: Situation) -> bool:
    action, attributes, context = situation
    named = arn(action, attributes["resource"])
    patterns = statement["Resource" if "Resource" in statement else "NotResource"]
    if named.startswith("acs:ram:"):
        named, patterns = named.lower(), [pattern.lower() for pattern in patterns]
    actions = statement["Action" if "Action" in statement else "NotAction"]
    return (
        any(glob(pattern.lower(), action.lower()) for pattern in actions) == ("Action" in statement)
        and any(glob(pattern, named) for pattern in patterns) == ("Resource" in statement)
        and all(
            condition_holds(name, value_of(key, attributes, context), wanted)
            for name, keys in statement["Condition"].items()
            for key, wanted in keys.items()
        )
    )


def decided_naively(documents: list[list[JsonObject]], situation: Situation) -> tuple[bool, bool]:
    effects = {s["Effect"] for statements in documents for s in statements if applies(s, situation)}
    return "Allow" in effects and "Deny" not in effects, "Deny" in effects


# --- the claims -------------------------------------------------------------------------------------------------------


@settings(max_examples=400, deadline=None)
@given(DOCUMENTS, SITUATIONS)
def test_a_decision_is_what_a_naive_evaluator_says(documents: list[list[JsonObject]], situation: Situation) -> None:
    assert allowed(documents, situation) is decided_naively(documents, situation)[0]


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, SITUATIONS)
def test_an_explanation_is_what_a_naive_evaluator_says(documents: list[list[JsonObject]], situation: Situation) -> None:
    action, attributes, context = situation
    verdict = policies(documents).explained(action, attributes, context)
    assert (verdict.allowed, verdict.explicit) == decided_naively(documents, situation)
    if verdict.source is not None and verdict.statement is not None:
        deciding = documents[int(verdict.source)][verdict.statement]
        assert applies(deciding, situation)
        assert deciding["Effect"] == ("Allow" if verdict.allowed else "Deny")


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, STATEMENTS, SITUATIONS)
def test_one_more_deny_never_widens(documents: list[list[JsonObject]], more: JsonObject, situation: Situation) -> None:
    assert allowed([*documents, [{**more, "Effect": "Deny"}]], situation) <= allowed(documents, situation)


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, STATEMENTS, SITUATIONS)
def test_one_more_allow_never_narrows(
    documents: list[list[JsonObject]], more: JsonObject, situation: Situation
) -> None:
    assert allowed([*documents, [{**more, "Effect": "Allow"}]], situation) >= allowed(documents, situation)


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, SITUATIONS, st.randoms(use_true_random=False))
def test_the_order_of_policies_and_of_their_statements_does_not_matter(
    documents: list[list[JsonObject]], situation: Situation, chance: Random
) -> None:
    shuffled = [chance.sample(statements, len(statements)) for statements in documents]
    chance.shuffle(shuffled)
    assert allowed(shuffled, situation) is allowed(documents, situation)


@settings(max_examples=100, deadline=None)
@given(DOCUMENTS, st.lists(SITUATIONS, max_size=5))
def test_what_was_asked_before_does_not_matter(documents: list[list[JsonObject]], situations: list[Situation]) -> None:
    kept = policies(documents)
    for action, attributes, context in situations:
        assert holds(kept.reach(action, context), attributes) is allowed(documents, (action, attributes, context))
        assert kept.reach(action, context) is kept.reach(action, context)
