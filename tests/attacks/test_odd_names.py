"""Ids and names of odd bytes name nothing, reach no file and no other row, and are no fault of the server."""

from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.attacks.actors import Root, fresh, succeeded
from tests.wire_client import Answer

ODD = [
    *("..%2F..%2Fetc%2Fpasswd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%5c..%5c", "%2Fetc%2Fpasswd", ".%2e", "%2e"),
    *(
        "%00",
        "a%00b",
        "%0a",
        "a%0d%0aX-Injected:1",
        "%7f",
        "%1b%5b2J",
        "%e2%80%ae",
        "%ef%bb%bf",
        "%ff%fe",
        "%c0%ae%c0%ae",
    ),
    *("%25", "%252e%252e%252f", "%", "%zz", "%u0041", "*", "%3F", "_", "[a-z]", "%5Ba-z%5D*", "%25%25"),
    *(
        "%27%20OR%201%3D1--",
        "%22",
        "1%3BDROP%20TABLE%20models",
        "${jndi:ldap:x}",
        "{{7*7}}",
        "<script>",
        "%3Cscript%3E",
    ),
    *("0", "-1", "9" * 40, "1e5", "0x1", "NaN", "null", "undefined", "true"),
    "a" * 5000,
    "%F0%9F%92%A9" * 300,
]
PATHS = [
    "/api/v1/models/{}",
    "/api/v1/models/{}/versions/1.0.0",
    "/api/v1/models/{}/versions",
    "/api/v1/workspaces/{}",
    "/api/v1/workspaces/{}/member?MemberId=1",
    "/api/v1/workspaces/{}/roles/x",
    "/api/v1/instancejobs/{}",
]


def is_a_refusal(answer: Answer) -> None:
    """See that it is the caller's fault, said in the usual form, and nothing of the server's own."""
    assert 400 <= answer.status < 500, answer.body
    assert not answer.body or answer.code  # what is no HTTP at all is refused without one
    for word in (b"Traceback", b"sqlite", b"/modelry", b"SELECT", b"msgspec"):
        assert word not in answer.body


@pytest.mark.parametrize("path", PATHS)
def test_an_odd_id_in_a_path_names_nothing(root: Root, path: str) -> None:
    for odd in ODD:
        for method in ("GET", "DELETE"):
            if method == "DELETE" and "member?" in path:
                continue
            answer = root.ask(method, path.format(odd).encode())
            if path.endswith("/versions") and answer.status == 200:
                assert answer.json["TotalCount"] == 0, odd
            else:
                is_a_refusal(answer)


def test_an_odd_id_is_refused_alike_under_both_signatures(root: Root) -> None:
    """Paths are signed in several spellings; none of them opens what the other does not."""
    for odd in ODD:
        target = f"/api/v1/models/{odd}".encode()
        found = {root.wire.ask("GET", target, scheme=scheme).status for scheme in ("ACS3", "ROA")}
        assert found <= {400, 404}, odd


def test_dots_in_a_path_are_not_resolved(root: Root) -> None:
    """What a proxy would make of them is not what was signed."""
    model_id = succeeded(root.ask("POST", "/api/v1/models", {"ModelName": fresh("m")}))["ModelId"]
    for path in (
        f"/api/v1/models/x/../{model_id}",
        f"/api/v1/workspaces/../models/{model_id}",
        f"/./api/v1/models/{model_id}",
        f"//api/v1/models/{model_id}",
        f"/api/v1/models//{model_id}",
        f"/api/v1/models/{model_id}/",
        f"/api/v1/models/{model_id};x=1",
        f"/api/v1/models/{model_id}%2F..%2F{model_id}",
        f"/API/v1/models/{model_id}",
    ):
        is_a_refusal(root.ask("GET", path))


def test_an_encoded_slash_makes_no_other_resource(root: Root) -> None:
    """A segment is split before it is decoded: `models/x%2Fversions%2F1.0.0` is the model of an odd name."""
    model_id = succeeded(root.ask("POST", "/api/v1/models", {"ModelName": fresh("m")}))["ModelId"]
    succeeded(root.ask("POST", f"/api/v1/models/{model_id}/versions", {"Uri": "oss://b/x", "VersionName": "1.0.0"}))
    is_a_refusal(root.ask("GET", f"/api/v1/models/{model_id}%2Fversions%2F1.0.0"))
    is_a_refusal(root.ask("DELETE", f"/api/v1/models/{model_id}%2Fversions%2F1.0.0"))
    succeeded(root.ask("GET", f"/api/v1/models/{model_id}/versions/1.0.0"))


@pytest.fixture(scope="module")
def plain(attacked_root: Root) -> None:
    """A model that a filter could find by mistake."""
    succeeded(attacked_root.ask("POST", "/api/v1/models", {"ModelName": "plain"}))


@pytest.mark.parametrize(
    "query",
    [
        *("ModelName={}", "Label={}", "Query={}", "SortBy={}", "Order={}", "PageNumber={}", "PageSize={}"),
        *("WorkspaceId={}", "Origin={}", "Task={}", "Collections={}", "Provider={}", "Conditions={}"),
    ],
)
def test_an_odd_filter_finds_nothing_or_is_refused(root: Root, plain: None, query: str) -> None:
    """Quotes end no text in SQL, and wildcards of LIKE and GLOB are characters."""
    for odd in ODD[:-2]:
        answer = root.ask("GET", f"/api/v1/models?{query.format(odd)}")
        if answer.status != 200:
            is_a_refusal(answer)
        elif query.startswith("ModelName=") and odd not in {"_", "0"}:
            assert "plain" not in {model["ModelName"] for model in answer.json["Models"]}, odd


RAM_NAMES: dict[str, Callable[[str], dict[str, str]]] = {
    "Ram:GetUser": lambda odd: {"UserName": odd},
    "Ram:DeleteUser": lambda odd: {"UserName": odd},
    "Ram:GetGroup": lambda odd: {"GroupName": odd},
    "Ram:GetRole": lambda odd: {"RoleName": odd},
    "Ram:GetPolicy": lambda odd: {"PolicyName": odd, "PolicyType": "Custom"},
    "Ram:GetPolicyVersion": lambda odd: {"PolicyName": "p", "PolicyType": "Custom", "VersionId": odd},
    "Ram:DeleteAccessKey": lambda odd: {"UserAccessKeyId": odd},
    "Ram:ListUsers": lambda odd: {"Marker": odd},
    "ResourceManager:GetResourceGroup": lambda odd: {"ResourceGroupId": odd},
    "ResourceManager:DeleteResourceGroup": lambda odd: {"ResourceGroupId": odd},
}


@pytest.mark.parametrize("action", RAM_NAMES)
def test_an_odd_name_in_a_call_names_nothing(root: Root, action: str) -> None:
    for odd in ODD:
        for text in (odd, quote(odd)):
            is_a_refusal(root.call(action, **RAM_NAMES[action](text)))
    for text in ("\0", "a\0b", "\n", "\u202e", "../..", "' OR 1=1--", "\ud7ff", "\U0001f4a9" * 100):
        is_a_refusal(root.call(action, **RAM_NAMES[action](text)))


@pytest.mark.parametrize(
    "text", ["a\0b", "'; DROP TABLE models; --", "\u202eevil", "<script>alert(1)</script>", "%s%n{}"]
)
def test_free_text_comes_back_as_it_went_in_or_is_refused(root: Root, text: str) -> None:
    answer = root.ask("POST", "/api/v1/models", {"ModelName": fresh("m"), "ModelDescription": text})
    if answer.status == 200:
        found = succeeded(root.ask("GET", f"/api/v1/models/{answer.json['ModelId']}"))
        assert found["ModelDescription"] == text
    else:
        is_a_refusal(answer)
    succeeded(root.ask("GET", "/api/v1/models"))


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b'{"ModelName": "\xed\xa0\x80"}',
        b'{"ModelName": "\\ud800"}',
        b'{"ModelName": "a", "ModelName": "b"',
        b'{"ModelName": 1e999}',
        b'{"OrderNumber": 99999999999999999999999999}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"null",
        b"[]",
        b"{}" * 2,
        b"\xef\xbb\xbf{}",
    ],
)
def test_a_body_of_odd_bytes_is_refused(root: Root, body: bytes) -> None:
    is_a_refusal(root.wire.ask("POST", "/api/v1/models", body))
    succeeded(root.ask("GET", "/api/v1/models"))
