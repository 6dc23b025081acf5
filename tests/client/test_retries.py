"""What is sent again, what is not, and what the caller learns, counted at a server that follows a script."""

import signal
import socket

import pytest
from msgspec import UNSET, Raw

from modelry.client import CallError, Client, Credentials, Unreachable
from modelry.contract.operation import AnyOperation, Shape
from modelry.families.models.operations import CREATE_MODEL, DELETE_MODEL, GET_MODEL, LIST_MODELS
from modelry.families.models.structs import CreateModel, ListModels, ModelAddress
from modelry.families.ram.users.operations import CREATE_USER, LIST_USERS
from modelry.families.ram.users.structs import CreateUser, ListUsers
from tests.client.scripted import CLOSE, SILENCE, Early, Last, Scripted, answer, refusal, scripted

KEY = Credentials("LTAI5tscripted", "a-secret-of-the-script", "a-token-of-the-script")
EMPTY = answer(200, {"RequestId": "R-0", "Models": [], "TotalCount": 0})
CREATED = answer(200, {"RequestId": "R-0", "ModelId": "model-1"})
MAIL = Last(b"220 mail.example.com ESMTP\r\n")
READ = (LIST_MODELS, ListModels())
WRITE = (CREATE_MODEL, CreateModel(model_name="m"))

REST = {
    "ModelId": "m",
    "Accessibility": "PRIVATE",
    "GmtCreateTime": "2026-01-02T03:04:05.678Z",
    "GmtModifiedTime": "2026-01-02T03:04:05.678Z",
    "OwnerId": "1",
    "UserId": "1",
    "WorkspaceId": "1",
    "Labels": [],
    "Tags": [],
}
"""What every model in a list has."""

Call = tuple[AnyOperation, Shape]


def client(server: Scripted, attempts: int = 3, timeout_s: float = 20) -> Client:
    return Client(server.address, KEY, attempts=attempts, timeout_s=timeout_s)


def outcome(script: list[bytes], call: Call, timeout_s: float = 20) -> str:
    """What one call comes to, and how many requests it took."""
    with scripted(script) as server, client(server, timeout_s=timeout_s) as caller:
        try:
            caller.answer(*call)
            result = "done"
        except CallError as error:
            result = error.code or "no code"
        except Unreachable as error:
            result = "unknown" if error.maybe_done else "not sent"
        return f"{result} after {len(server.heads)}"


SOON = {"x_acs_retry_after": "1"}
LATE = {"x_acs_retry_after": "60001"}


@pytest.mark.parametrize(
    ("script", "call", "expected"),
    [
        ([EMPTY], READ, "done after 1"),
        ([refusal(503, "ServiceUnavailable"), EMPTY], READ, "done after 2"),
        ([refusal(500, "InternalError"), refusal(502, "X"), EMPTY], READ, "done after 3"),
        ([refusal(504, "A"), refusal(504, "A"), refusal(504, "B")], READ, "B after 3"),
        ([refusal(501, "X")], READ, "X after 1"),
        ([refusal(400, "InvalidParameter")], READ, "InvalidParameter after 1"),
        ([refusal(404, "201900002")], READ, "201900002 after 1"),
        ([refusal(503, "ServiceUnavailable")], WRITE, "ServiceUnavailable after 1"),
        ([refusal(500, "InternalError")], WRITE, "InternalError after 1"),
        ([refusal(429, "Throttling", **SOON), CREATED], WRITE, "done after 2"),
        ([refusal(429, "Throttling", **SOON), EMPTY], READ, "done after 2"),
        ([refusal(503, "ServiceUnavailable", **SOON), CREATED], WRITE, "done after 2"),
        ([refusal(400, "Throttling.User"), CREATED], WRITE, "done after 2"),
        ([refusal(429, "Throttling", **LATE)], WRITE, "Throttling after 1"),
        ([refusal(429, "Throttling", x_acs_retry_after="soon"), EMPTY], READ, "done after 2"),
        ([CLOSE, EMPTY], READ, "done after 2"),
        ([CLOSE, CLOSE, CLOSE], READ, "unknown after 3"),
        ([CLOSE], WRITE, "unknown after 1"),
        ([CLOSE], (DELETE_MODEL, ModelAddress(model_id="m")), "unknown after 1"),
        ([CLOSE], (CREATE_USER, CreateUser(user_name="u")), "unknown after 1"),
        ([CLOSE, refusal(404, "X")], (LIST_USERS, ListUsers()), "X after 2"),
        ([MAIL] * 3, READ, "unknown after 3"),
        ([MAIL], WRITE, "unknown after 1"),
        ([Last(CREATED[:-5])], WRITE, "unknown after 1"),
        ([answer(502, b"<html>bad gateway</html>"), EMPTY], READ, "done after 2"),
        ([answer(502, b"<html>bad gateway</html>")], WRITE, "no code after 1"),
        ([answer(301, b"", Location="https://example.com/")], READ, "no code after 1"),
        ([answer(200, b"<html>a portal</html>")], READ, "no code after 1"),
        ([answer(200, b"")], READ, "no code after 1"),
        ([answer(200, [])], READ, "no code after 1"),
    ],
)
def test_only_what_cannot_be_done_twice_is_sent_twice(script: list[bytes], call: Call, expected: str) -> None:
    assert outcome(script, call) == expected


@pytest.mark.parametrize(("call", "expected"), [(READ, "done after 2"), (WRITE, "unknown after 1")])
def test_silence_ends_an_attempt(call: Call, expected: str) -> None:
    script = [SILENCE, EMPTY] if call is READ else [SILENCE]
    assert outcome(script, call, timeout_s=0.3) == expected


def test_a_write_without_an_answer_says_that_it_may_have_been_carried_out() -> None:
    with scripted([CLOSE]) as server, client(server) as caller, pytest.raises(Unreachable) as caught:
        caller.call(*WRITE)
    assert str(caught.value).endswith("; it is unknown whether CreateModel was carried out")


def test_every_attempt_is_signed_anew() -> None:
    with scripted([refusal(429, "Throttling", **SOON), CLOSE, EMPTY]) as server, client(server) as caller:
        caller.call(*READ)
        assert len(set(server.header("x-acs-signature-nonce"))) == 3
        assert len(set(server.header("authorization"))) == 3


def test_a_connection_is_used_again() -> None:
    with scripted([EMPTY] * 3) as server, client(server) as caller:
        for _ in range(3):
            caller.call(*READ)
        assert server.connections == 1


RPC_WRITE = (CREATE_USER, CreateUser(user_name="u"))


@pytest.mark.parametrize("call", [READ, WRITE, RPC_WRITE], ids=["read", "write", "write without a body"])
def test_a_kept_connection_that_was_closed_is_replaced_without_an_attempt(call: Call) -> None:
    script = [Last(EMPTY), EMPTY if call is READ else CREATED]
    with scripted(script) as server, client(server, attempts=1) as caller:
        caller.answer(*READ)
        assert server.closed.wait(10)
        caller.answer(*call)
        assert (server.connections, len(server.heads)) == (2, 2)


def test_a_kept_connection_that_closes_under_a_read_is_replaced_once() -> None:
    with scripted([EMPTY, CLOSE, EMPTY]) as server, client(server, attempts=1) as caller:
        caller.call(*READ)
        caller.call(*READ)
        assert (server.connections, len(server.heads)) == (2, 3)


def test_a_kept_connection_that_closes_under_a_write_is_not() -> None:
    with scripted([EMPTY, CLOSE]) as server, client(server) as caller:
        caller.call(*READ)
        with pytest.raises(Unreachable) as caught:
            caller.call(*WRITE)
        assert caught.value.maybe_done
        assert len(server.heads) == 2


LONG = (CREATE_MODEL, CreateModel(model_name="m", model_doc="x" * 2**25))


def test_a_write_that_was_not_sent_whole_is_sent_again() -> None:
    assert outcome([Early(), CREATED], LONG) == "done after 2"


def test_a_server_that_answers_before_it_has_read_all_is_heard() -> None:
    assert outcome([Early(refusal(413, "RequestBodyTooLarge"))], LONG) == "RequestBodyTooLarge after 1"


def test_an_interrupted_call_leaves_nothing_for_the_next_to_read() -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    with scripted([SILENCE, EMPTY]) as server, client(server) as caller:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(KeyboardInterrupt):
                caller.call(*READ)
        finally:
            signal.signal(signal.SIGALRM, before)
        assert caller.call(*READ).total_count == 0
        assert server.connections == 2


def test_what_a_server_says_unasked_is_no_answer() -> None:
    with scripted([EMPTY + refusal(400, "Smuggled"), EMPTY]) as server, client(server) as caller:
        assert caller.call(*READ).total_count == 0
        assert caller.call(*READ).total_count == 0


def test_a_write_is_sent_again_where_nothing_listens() -> None:
    """Nothing was sent: each attempt is a new connection, and the last failure says so."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(Unreachable) as caught:
        Client(address, KEY).call(*WRITE)
    assert str(caught.value) == f"nothing listens at {address}"
    assert not caught.value.maybe_done


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(Unreachable, match=r"the host no-such-host\.invalid is not found") as caught:
        Client("http://no-such-host.invalid:80", KEY, attempts=1).call(*READ)
    assert not caught.value.maybe_done


def test_an_error_has_its_parts() -> None:
    detail = {"AuthAction": "paimodel:GetModel"}
    envelope = {"Code": "NoPermission", "Message": "no\x1b[2J", "RequestId": "R-9", "AccessDeniedDetail": detail}
    with scripted([answer(403, envelope)]) as server, client(server) as caller, pytest.raises(CallError) as caught:
        caller.call(GET_MODEL, ModelAddress(model_id="m"))
    error = caught.value
    assert (error.code, error.status, error.request_id, error.detail) == ("NoPermission", 403, "R-9", detail)
    assert str(error) == "NoPermission: no\\x1b[2J (RequestId R-9)"


def test_an_error_without_an_envelope_shows_what_came() -> None:
    script = [answer(405, b"<h1>Not\nhere</h1>", x_acs_request_id="R-7")]
    with scripted(script) as server, client(server) as caller, pytest.raises(CallError) as caught:
        caller.call(*WRITE)
    assert str(caught.value) == (
        "The answer is HTTP 405 Method Not Allowed and no error of the API: <h1>Not here</h1> (RequestId R-7)"
    )


def test_an_answer_of_another_form_says_where() -> None:
    script = [answer(200, {"RequestId": "R-3", "Models": "none", "TotalCount": 0})]
    with scripted(script) as server, client(server) as caller, pytest.raises(CallError) as caught:
        caller.call(*READ)
    assert (caught.value.code, caught.value.request_id) == ("", "R-3")
    assert "Expected `array`, got `str` - at `$.Models`" in str(caught.value)


def test_null_in_an_answer_is_absent_and_open_objects_keep_theirs() -> None:
    model = {"ModelName": "n", "ModelDoc": None, "ExtraInfo": {"a": None, "b": 1.5}, "Unknown": None, **REST}
    script = [answer(200, {"Models": [model], "TotalCount": 1, "X": None})]
    with scripted(script) as server, client(server) as caller:
        (found,) = caller.call(*READ).models
    assert found.model_doc is UNSET
    assert isinstance(found.extra_info, Raw)
    assert bytes(found.extra_info) == b'{"a": null, "b": 1.5}'


def test_no_failure_shows_a_secret() -> None:
    for script in ([refusal(403, "X")], [CLOSE], [answer(502, b"x")]):
        with scripted(script) as server, client(server) as caller:
            with pytest.raises((CallError, Unreachable)) as caught:
                caller.call(*WRITE)
            shown = f"{caught.value!r} {caught.value} {KEY!r} {caller.signed(*WRITE)!r}"
            assert not any(secret in shown for secret in (KEY.access_key_secret, KEY.security_token, "Signature="))
