"""No signature is no request, and a signature counts in the place and under the scheme that it was made for."""

import ast
import hmac
import inspect
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from modelry import access
from modelry.access import canonical, rpc, sealing, signature, tokens
from modelry.access.canonical import decode_query
from modelry.errors import ApiError
from tests.attacks.actors import Root, fresh, refused, succeeded
from tests.registry import Registry, running
from tests.wire_client import RpcScheme, Scheme, Wire, WireRequest

LIST_USERS = "/?Action=ListUsers&Version=2015-05-01"


def without_parameter(request: WireRequest, *names: bytes) -> WireRequest:
    pairs = [(name, value) for name, value in decode_query(request.target[2:]) if name not in names]
    return replace(request, target=b"/?" + urlencode(pairs).encode())


def with_parameters(request: WireRequest, *pairs: tuple[str, str]) -> WireRequest:
    return replace(request, target=request.target + b"&" + urlencode(pairs).encode())


# The signature taken away.


@pytest.mark.parametrize("scheme", ["ACS3", "ROA"])
def test_a_path_without_its_authorization_is_refused(root: Root, scheme: Scheme) -> None:
    request = root.wire.signed("POST", "/api/v1/models", {"ModelName": uuid4().hex}, scheme=scheme)
    refused(root.wire.send(request.having({b"authorization": None})), 400, "MissingAuthorization")
    assert root.wire.send(request.having({b"authorization": b""})).status == 400


@pytest.mark.parametrize("gone", [(b"Signature",), (b"Signature", b"SignatureMethod", b"AccessKeyId")])
def test_a_call_without_its_signature_is_refused(root: Root, gone: tuple[bytes, ...]) -> None:
    request = root.wire.rpc("Ram:CreateUser", {"UserName": fresh("user")}, scheme="RPC-1.0")
    refused(root.wire.send(without_parameter(request, *gone)), 400, "MissingAuthorization")


@pytest.mark.parametrize("value", ["", "AAAA", "A" * 27 + "=", "\0", "0" * 64])
def test_a_call_with_an_empty_or_a_made_up_signature_is_refused(root: Root, value: str) -> None:
    request = without_parameter(root.wire.rpc("Ram:ListUsers", scheme="RPC-1.0"), b"Signature")
    answer = root.wire.send(with_parameters(request, ("Signature", value)))
    assert answer.status == 400
    assert answer.code in {"SignatureDoesNotMatch", "IncompleteSignature", "MissingParameter"}


def test_an_empty_signature_does_not_open_a_signed_call(root: Root) -> None:
    """A parameter `Signature` decides for RPC 1.0, whatever the headers say."""
    request = root.wire.rpc("Ram:ListUsers")
    assert root.wire.send(with_parameters(request, ("Signature", ""))).status == 400


@pytest.mark.parametrize(
    "headers",
    [
        {b"x-acs-bearer-token": b"anything"},
        {b"x-acs-signature-type": b"BEARERTOKEN"},
        {b"x-acs-zero-trust-idtoken": b"anything"},
        {b"authorization": b"Bearer anything"},
        {b"authorization": b"Basic cm9vdDpyb290"},
    ],
)
@pytest.mark.parametrize("target", ["/api/v1/models", LIST_USERS])
def test_no_other_proof_is_taken(root: Root, target: str, headers: dict[bytes, bytes]) -> None:
    request = root.wire.signed("GET", target).having({b"authorization": None, b"x-acs-version": None})
    answer = root.wire.send(request.having(headers))
    assert answer.status == 400
    assert answer.code in {"InvalidSignatureMethod", "IncompleteSignature", "MissingAuthorization"}


@pytest.mark.parametrize("action", ["AssumeRoleWithSAML", "AssumeRoleWithOIDC"])
def test_what_the_cloud_lets_everybody_ask_is_not_offered(root: Root, action: str) -> None:
    request = WireRequest(
        "POST", f"/?Action={action}&Version=2015-04-01".encode(), {b"host": root.wire.registry.address.encode()}
    )
    refused(root.wire.send(request), 400, "UnsupportedOperation")


# A signature in another's place.


def test_roa_does_not_sign_a_call(root: Root) -> None:
    request = root.wire.signed("POST", LIST_USERS, scheme="ROA", headers={b"x-acs-version": b"2015-05-01"})
    refused(root.wire.send(request), 400, "InvalidSignatureMethod")


def test_the_signature_of_roa_is_none_of_rpc_1(root: Root) -> None:
    roa = root.wire.signed("POST", LIST_USERS, scheme="ROA")
    made = roa.headers[b"authorization"].rpartition(b":")[2].decode()
    request = without_parameter(root.wire.rpc("Ram:ListUsers", scheme="RPC-1.0"), b"Signature")
    refused(root.wire.send(with_parameters(request, ("Signature", made))), 400, "SignatureDoesNotMatch")


def test_the_signature_of_rpc_1_is_none_of_roa(root: Root) -> None:
    call = dict(decode_query(root.wire.rpc("Ram:ListUsers", scheme="RPC-1.0").target[2:]))
    request = root.wire.signed("GET", "/api/v1/models", scheme="ROA")
    forged = b"acs %b:%b" % (root.key_id.encode(), call[b"Signature"])
    refused(root.wire.send(request.having({b"authorization": forged})), 400, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    "claimed",
    [
        *(b"ACS3-HMAC-SHA1", b"acs3-hmac-sha256", b"ACS3-HMAC-MD5", b"ACS3-NONE", b"ACS3-HMAC-SHA256X"),
        *(b"ACS3-RSA-SHA256", b"ACS3-HMAC-SHA512", b"none", b""),
    ],
)
def test_acs3_under_another_name_is_refused(root: Root, claimed: bytes) -> None:
    request = root.wire.signed("GET", "/api/v1/models")
    renamed = request.headers[b"authorization"].replace(b"ACS3-HMAC-SHA256", claimed)
    answer = root.wire.send(request.having({b"authorization": renamed}))
    assert (answer.status, answer.code in {"InvalidSignatureMethod", "IncompleteSignature"}) == (400, True)


def test_another_hash_of_acs3_does_not_take_this_one_s_signature(root: Root) -> None:
    request = root.wire.signed("GET", "/api/v1/models")
    renamed = request.headers[b"authorization"].replace(b"ACS3-HMAC-SHA256", b"ACS3-HMAC-SM3")
    answer = root.wire.send(request.having({b"authorization": renamed}))
    # Where OpenSSL has no SM3, it is the method that is refused.
    assert (answer.status, answer.code) in [(400, "ContentMD5NotMatched"), (400, "InvalidSignatureMethod")], answer.body


@pytest.mark.parametrize("claimed", [b"ACS", b"Acs", b"acs2", b"acs  "])
def test_roa_under_another_name_is_refused(root: Root, claimed: bytes) -> None:
    request = root.wire.signed("GET", "/api/v1/models", scheme="ROA")
    renamed = claimed + request.headers[b"authorization"][3:]
    assert root.wire.send(request.having({b"authorization": renamed})).status == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("SignatureMethod", method) for method in ("HMAC-SHA256", "hmac-sha1", "NONE")),
        *(("SignatureVersion", version) for version in ("2.0", "")),
        ("SignatureType", "BEARERTOKEN"),
    ],
)
def test_rpc_1_under_another_name_is_refused(root: Root, name: str, value: str) -> None:
    request = without_parameter(root.wire.rpc("Ram:ListUsers", scheme="RPC-1.0"), name.encode())
    answer = root.wire.send(with_parameters(request, (name, value)))
    assert (answer.status, answer.code in {"InvalidSignatureMethod", "MissingParameter"}) == (400, True)


def test_a_signature_of_another_s_key_is_refused(root: Root) -> None:
    user = root.new_user("AdministratorAccess")
    for scheme in ("ACS3", "ROA"):
        request = user.wire.signed("GET", "/api/v1/models", scheme=scheme, key_id=root.key_id)
        refused(root.wire.send(request), 400, "SignatureDoesNotMatch")
    for rpc_scheme in ("ACS3", "RPC-1.0"):
        call = user.wire.rpc("Ram:ListUsers", scheme=rpc_scheme, key_id=root.key_id)
        refused(root.wire.send(call), 400, "SignatureDoesNotMatch")


# Which action is called.


@pytest.mark.parametrize("scheme", ["ACS3", "RPC-1.0"])
def test_no_header_names_another_action_than_the_parameter(root: Root, scheme: RpcScheme) -> None:
    """Under ACS3 the header is signed as well, and still may not differ."""
    victim = fresh("user")
    root.done("Ram:CreateUser", UserName=victim)
    headers = {b"host": root.wire.registry.address.encode(), b"x-acs-action": b"DeleteUser"}
    target = f"/?UserName={victim}&Action=GetUser&Version=2015-05-01".encode()
    request = WireRequest("POST", target, {**headers, b"x-acs-version": b"2015-05-01"})
    if scheme == "ACS3":
        request = root.wire.resigned(request)
    else:
        call = root.wire.rpc("Ram:GetUser", {"UserName": victim}, scheme="RPC-1.0")
        request = call.having({b"x-acs-action": b"DeleteUser"})
    refused(root.wire.send(request), 400, "InvalidParameter")
    root.done("Ram:GetUser", UserName=victim)


def test_under_rpc_1_a_header_alone_calls_nothing(root: Root) -> None:
    """It is not covered by the signature: whoever holds one signed call without Action could call anything."""
    call = without_parameter(root.wire.rpc("Ram:ListUsers", scheme="RPC-1.0"), b"Action", b"Signature")
    added = dict(decode_query(call.target[2:]))
    text = canonical.rpc_string_to_sign("POST", list(added.items()))
    made = root.wire.key.signature("RPC-HMAC-SHA1", text).decode()
    request = with_parameters(call, ("Signature", made)).having({b"x-acs-action": b"ListUsers"})
    assert root.wire.send(request).code in {"MissingParameter", "UnsupportedOperation", "InvalidParameter"}


@pytest.mark.parametrize("scheme", ["ACS3", "RPC-1.0"])
@pytest.mark.parametrize("twice", ["Action", "UserName", "Version", "AccessKeyId", "SecurityToken"])
def test_no_parameter_is_given_twice_in_query_and_form(root: Root, scheme: RpcScheme, twice: str) -> None:
    """One of them would be what was signed, or decided about, and the other what is done."""
    parameters = {"UserName": fresh("user"), "AccessKeyId": root.key_id, "SecurityToken": "x"}
    parameters |= {"Action": "CreateUser", "Version": "2015-05-01"} if scheme == "ACS3" else {}
    if scheme == "RPC-1.0":
        parameters.pop("AccessKeyId")
        parameters.pop("SecurityToken") if twice != "SecurityToken" else None
    form = {twice: "DeleteUser" if twice == "Action" else "another"}
    call = root.wire.rpc("Ram:CreateUser", parameters, form=form, scheme=scheme)
    refused(root.wire.send(call), 400, "InvalidParameter")


@pytest.mark.parametrize("scheme", ["ACS3", "RPC-1.0"])
def test_no_parameter_is_given_twice_in_the_query(root: Root, scheme: RpcScheme) -> None:
    call = root.wire.rpc("Ram:GetUser", {"UserName": "alice"}, scheme=scheme)
    answer = root.wire.send(with_parameters(call, ("UserName", "mallory")))
    refused(answer, 400, "InvalidParameter")


@pytest.mark.parametrize(
    "spelt", ["createuser", "CREATEUSER", "CreateUser ", " CreateUser", "CreateUser\0", "CreateUser\n"]
)
def test_an_action_is_spelt_exactly(root: Root, spelt: str) -> None:
    name = fresh("user")
    call = root.wire.rpc(f"Ram:{spelt}", {"UserName": name}, scheme="RPC-1.0")
    assert root.wire.send(call).status == 400
    refused(root.call("Ram:GetUser", UserName=name), 404, "EntityNotExist.User")


# The older signatures, where they have been switched off.


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server that takes ACS3 alone."""
    with running(tmp_path_factory.mktemp("strict") / "data", "--no-allow-hmac-sha1") as server:
        yield server


def test_switched_off_roa_and_rpc_1_are_refused_and_acs3_is_not(strict: Registry) -> None:
    wire = Wire(strict)
    succeeded(wire.ask("GET", "/api/v1/models"))
    succeeded(wire.call("Ram:ListUsers"))
    for scheme in ("ROA", "tea-roa"):
        refused(wire.ask("GET", "/api/v1/models", scheme=scheme), 400, "InvalidSignatureMethod")
    refused(wire.call("Ram:ListUsers", "RPC-1.0"), 400, "InvalidSignatureMethod")


def test_switched_off_they_are_refused_before_a_key_is_looked_up(strict: Registry) -> None:
    """What is said of a known key, of an unknown one, and of a wrong signature is the same."""
    wire = Wire(strict)
    said = set()
    for key_id in (strict.key_id, "LTAI5tNobody"):
        call = wire.rpc("Ram:ListUsers", scheme="RPC-1.0", key_id=key_id)
        said.add(wire.send(call).json["Message"])
        said.add(wire.send(wire.signed("GET", "/api/v1/models", scheme="ROA", key_id=key_id)).json["Message"])
    assert len(said) == 1


def test_a_call_signed_in_both_ways_is_one_of_rpc_1_where_that_is_switched_off(strict: Registry) -> None:
    """Or a Signature that nobody checks could be put beside an Authorization that would not be needed."""
    wire = Wire(strict)
    call = wire.rpc("Ram:ListUsers")
    older = wire.rpc("Ram:ListUsers", scheme="RPC-1.0")
    both = replace(call, target=older.target)
    refused(wire.send(both), 400, "InvalidSignatureMethod")


# Guessing by the clock.


@pytest.mark.parametrize("module", [signature, rpc, tokens, sealing])
def test_secrets_and_signatures_are_compared_in_constant_time(module: ModuleType) -> None:
    """No `==` has a signature, a secret or a token on one of its sides."""
    tree = ast.parse(inspect.getsource(module))
    compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    quick = [ast.unparse(node) for node in compared if any(isinstance(o, (ast.Eq, ast.NotEq)) for o in node.ops)]
    words = ("signature(", "claim.signature", "secret", "token", "expected", "digest")
    assert [text for text in quick if any(word in text.casefold() for word in words)] == []


def test_nothing_else_looks_at_a_claimed_signature() -> None:
    """It is read in one place, as an argument of `hmac.compare_digest`."""
    readers = []
    for path in sorted(Path(access.__path__[0]).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "hmac.compare_digest":
                continue
            readers += [
                f"{path.name}: {ast.unparse(node)}"
                for child in ast.iter_child_nodes(node)
                if isinstance(child, ast.Attribute) and ast.unparse(child) == "claim.signature"
            ]
    assert readers == []


@pytest.mark.parametrize("scheme", ["ACS3", "HMAC-SHA1", "RPC-HMAC-SHA1"])
def test_every_scheme_compares_through_one_constant_time_comparison(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """A signature that is equal, but that the comparison calls different, is refused: nothing else was asked."""
    monkeypatch.setattr(hmac, "compare_digest", lambda *_: False)
    key = signature.SigningKey("secret")
    path = b"/api/v1/models"
    headers = {b"host": b"here", b"accept": b"application/json"}
    if scheme == "RPC-HMAC-SHA1":
        pairs = [(b"Action", b"ListUsers"), (b"Version", b"2015-05-01")]
        pairs += signature.sign_rpc("GET", pairs, "key", key, time=0, nonce="n")
        claim = rpc.claim_of(rpc.read_call(pairs, {}, b""), {})
        request = signature.SignedRequest("GET", b"/", pairs, {}, b"")
    else:
        unsigned = signature.SignedRequest("GET", path, [], headers, b"")
        sign = signature.sign_acs3 if scheme == "ACS3" else signature.sign_roa
        headers = {**headers, **sign(unsigned, "key", key, time=0, nonce="n")}
        claim = signature.parse_claim(headers)
        request = unsigned._replace(headers=headers)
    with pytest.raises(ApiError) as caught:
        signature.verify(claim, request, key)
    assert caught.value.error.code == "SignatureDoesNotMatch"


def test_an_unknown_key_and_a_wrong_secret_differ_by_their_code_alone(root: Root) -> None:
    """Neither answer says anything about a secret."""
    wrong = root.holding(root.key_id, "x" * 30).ask("GET", "/api/v1/models")
    unknown = root.holding("LTAI5tNobodyAtAll", "x" * 30).ask("GET", "/api/v1/models")
    refused(wrong, 400, "SignatureDoesNotMatch")
    refused(unknown, 403, "InvalidAccessKeyId.NotFound")
    assert wrong.json.keys() == unknown.json.keys()
    assert root.wire.registry.secret.encode() not in wrong.body
    right = root.wire.key.signature("ACS3-HMAC-SHA256", b"")
    assert right not in wrong.body
