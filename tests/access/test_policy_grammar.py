"""A document that is none of the grammar is refused with the place of what is wrong."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelry.access.grammar import MAX_CHARACTERS
from modelry.access.policy import PolicyError, parse, parse_trust, unrenderable

STATEMENT = {"Effect": "Allow", "Action": "*", "Resource": "*"}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": "acs:ram::1234567890123456:root"}}


def document(statement: object, version: object = "1") -> str:
    return json.dumps({"Version": version, "Statement": statement})


def asking(condition: object) -> str:
    return document({**STATEMENT, "Condition": condition})


def without(element: str) -> str:
    return document({name: value for name, value in STATEMENT.items() if name != element})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[" * 60_000, "not valid JSON"),
        ("1" * 10_000, "must be an object"),
        ("[]", "must be an object"),
        (" " * (MAX_CHARACTERS + 1), "longer than"),
        ('{"Version": "1", "Version": "1", "Statement": []}', '"Version" is given twice'),
        ('{"Version": "1", "Statement": {"Effect": "Deny", "Effect": "Allow"}}', '"Effect" is given twice'),
        ('{"Version": "1", "Statement": NaN}', "NaN"),
        ('{"Version": "1"}', "Statement is missing"),
        (document(STATEMENT, "2"), "Version"),
        (document(STATEMENT, 1), "Version"),
        ('{"Version": "1", "Statement": [], "Id": "x"}', '"Id" is not an element'),
        (document([]), "Statement: must not be empty"),
        (document(["x"]), "Statement[0]: must be an object"),
        (document([STATEMENT, {**STATEMENT, "Sid": "x"}]), 'Statement[1]: "Sid"'),
        (document({**STATEMENT, "Principal": {"RAM": "*"}}), '"Principal" is not an element'),
        (document({**STATEMENT, "effect": "Allow"}), '"effect" is not an element'),
        (document({**STATEMENT, "Effect": "allow"}), "Statement[0].Effect"),
        (document({**STATEMENT, "Effect": ["Allow"]}), "Statement[0].Effect"),
        (without("Effect"), "Effect is missing"),
        (without("Action"), "either Action or NotAction"),
        (without("Resource"), "either Resource or NotResource"),
        (document({**STATEMENT, "NotAction": "*"}), "either Action or NotAction"),
        (document({**STATEMENT, "NotResource": "*"}), "either Resource or NotResource"),
        (document({**STATEMENT, "Action": []}), "Statement[0].Action: must not be empty"),
        (document({**STATEMENT, "Action": [1]}), "Statement[0].Action: must be a string"),
        (document({**STATEMENT, "Action": True}), "Statement[0].Action: must be a string"),
        (document({**STATEMENT, "Action": "GetModel"}), "Statement[0].Action"),
        (document({**STATEMENT, "Action": "paimodel:"}), "Statement[0].Action"),
        (document({**STATEMENT, "Action": "paimodel:Get Model"}), "Statement[0].Action"),
        (document({**STATEMENT, "Resource": ["*", "model/m1"]}), "Statement[0].Resource"),
        (document({**STATEMENT, "Resource": "arn:aws:s3:::*"}), "Statement[0].Resource"),
        (document({**STATEMENT, "Resource": {"a": "b"}}), "Statement[0].Resource"),
        (document({**STATEMENT, "Resource": "acs:ram:*:*:user/${acs:UserName}"}), "variable"),
        (document({**STATEMENT, "Resource": "acs:ram:*:*:user/\0"}), "not text"),
        (document({**STATEMENT, "Resource": "acs:ram:*:*:user/\ud800"}), "not text"),
        (asking([]), "Condition: must be an object"),
        (asking({"StringEquals": {}}), "at least one key"),
        (asking({"StringEquals": "x"}), "at least one key"),
        (asking({"stringequals": {"acs:UserAgent": "x"}}), '"stringequals" is not'),
        (asking({"Null": {"acs:UserAgent": "true"}}), '"Null" is not'),
        (asking({"ForAnyValue:StringEquals": {"acs:UserAgent": "x"}}), "is not an element"),
        (asking({"StringEquals": {"acs:UserAgent": []}}), "must not be empty"),
        (asking({"StringEquals": {"acs:UserAgent": 1}}), "must be a string"),
        (asking({"StringEquals": {"acs:UserAgent": None}}), "must be a string"),
        (asking({"StringEquals": {"acs:UserAgent": {"a": "b"}}}), "must be a string"),
        (asking({"StringEquals": {"acs:ResourceTag/\ud800": "x"}}), "not text"),
        (asking({"StringEquals": {"acs:ResourceTag/": "x"}}), "names no label"),
        (asking({"IpAddress": {"acs:SourceIp": "192.0.2.0/33"}}), "IP address or a CIDR block"),
        (asking({"IpAddress": {"acs:SourceIp": "192.0.2"}}), "IP address or a CIDR block"),
        (asking({"IpAddress": {"acs:SourceIp": "192.0.2.0/255.255.255.0"}}), "IP address or a CIDR block"),
        (asking({"IpAddress": {"acs:SourceIp": "2001:db8::/129"}}), "IP address or a CIDR block"),
        (asking({"IpAddress": {"acs:SourceIp": "fe80::1%eth0"}}), "IP address or a CIDR block"),
        (asking({"DateLessThan": {"acs:CurrentTime": "2026-01-31"}}), "is not a time"),
        (asking({"DateLessThan": {"acs:CurrentTime": "2026-02-30T00:00:00Z"}}), "is not a time"),
        (asking({"DateLessThan": {"acs:CurrentTime": "2026-01-31T00:00:00"}}), "is not a time"),
        (asking({"DateLessThan": {"acs:CurrentTime": "10000-01-01T00:00:00Z"}}), "is not a time"),
        (asking({"NumericEquals": {"x:y": "1e3"}}), "is not a number"),
        (asking({"NumericEquals": {"x:y": "one"}}), "is not a number"),
        (asking({"NumericEquals": {"x:y": "9" * 99}}), "is not a number"),
        (asking({"Bool": {"acs:SecureTransport": "yes"}}), "is not true or false"),
        (asking({"Bool": {"acs:SourceIp": "true"}}), "does not compare"),
        (asking({"NumericEquals": {"acs:CurrentTime": "1"}}), "does not compare"),
    ],
)
def test_it_is_refused_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(PolicyError) as refused:
        parse(text)
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        document(STATEMENT),
        document([STATEMENT, STATEMENT]),
        document({**STATEMENT, "Resource": "acs:*"}),
        asking({}),
        asking({"StringLike": {"oss:Prefix": ["", "hangzhou/"]}}),
        asking({"NumericLessThan": {"oss:MaxKeys": 100}}),
        asking({"NumericLessThan": {"oss:MaxKeys": [1.5, "-2"]}}),
        asking({"Bool": {"acs:SecureTransport": [True, "FALSE"]}}),
        asking({"DateLessThanIfExists": {"acs:CurrentTime": "2026-01-31T08:00+08:00"}}),
        asking({"IpAddress": {"acs:SourceIp": ["::ffff:192.0.2.0/120", "::/0"]}}),
    ],
)
def test_it_is_accepted(text: str) -> None:
    assert parse(text).statements


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner)
            | (
                st.dictionaries(
                    st.sampled_from(["Version", "Statement", "Effect", "Action", "Resource", "Condition", "Bool"]),
                    inner,
                )
            )
        ),
    )
)
def test_no_json_at_all_is_more_than_refused(value: object) -> None:
    for text in (json.dumps(value), document(value), document({**STATEMENT, "Condition": value})):
        for read in (parse, parse_trust):
            with suppress(PolicyError):
                read(text)


@pytest.mark.parametrize(
    ("condition", "complaint"),
    [
        ({"StringEqualsIgnoreCase": {"acs:ResourceTag/team": "dev"}}, "StringEqualsIgnoreCase of acs:ResourceTag/team"),
        ({"NumericLessThanIfExists": {"acs:ResourceTag/size": "3"}}, "NumericLessThanIfExists of acs:ResourceTag/size"),
        ({"Bool": {"paimodel:Accessibility": "true"}}, "Bool of paimodel:Accessibility"),
        ({"NumericEquals": {"paimodel:WorkspaceId": "100001"}}, "NumericEquals of paimodel:WorkspaceId"),
    ],
)
def test_what_no_list_could_ask_is_named_with_its_place(condition: object, complaint: str) -> None:
    policy = parse(document([STATEMENT, {**STATEMENT, "Condition": condition}]))
    assert unrenderable(policy) == f"Statement[1].Condition: {complaint} cannot be asked of a list."


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {"acs:ResourceTag/team": "d*"}},
        {"StringEqualsIgnoreCase": {"paimodel:Accessibility": "public", "paimodel:WorkspaceId": "100001"}},
        {"NumericLessThan": {"oss:MaxKeys": "3"}},
        {"IpAddress": {"acs:SourceIp": "192.0.2.0/24"}},
    ],
)
def test_what_a_list_can_ask_is_no_complaint(condition: object) -> None:
    assert unrenderable(parse(asking(condition))) is None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"Resource": "*"}, '"Resource" is not an element'),
        ({"NotAction": "sts:*"}, '"NotAction" is not an element'),
        ({"Principal": {}}, "Principal: must not be empty"),
        ({"Principal": "acs:ram::1234567890123456:root"}, "Principal: must be an object"),
        ({"Principal": {"AWS": "*"}}, '"AWS" is not an element'),
        ({"Principal": {"RAM": []}}, "Principal.RAM: must not be empty"),
        ({"Principal": {"RAM": "*"}}, "Principal.RAM"),
        ({"Principal": {"RAM": "acs:ram::1234567890123456:user/*"}}, "Principal.RAM"),
        ({"Principal": {"RAM": "acs:ram::*:root"}}, "Principal.RAM"),
        ({"Principal": {"RAM": "1234567890123456"}}, "Principal.RAM"),
        ({"Effect": "Maybe"}, "Effect"),
        ({"Action": "AssumeRole"}, "Action"),
        ({"Condition": {"StringEquals": {"acs:ResourceTag/team": "dev"}}}, "says nothing of who assumes a role"),
    ],
)
def test_a_trust_policy_is_refused_with_its_place(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(PolicyError) as refused:
        parse_trust(document([{**TRUST, **change}]))
    assert complaint in str(refused.value)
