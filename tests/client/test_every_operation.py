"""Every operation of the table: what the client sends is what the official SDK sends, and the server accepts it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelry.access.canonical import decode_query
from modelry.client import CallError, Client, Credentials
from modelry.contract.binding import binding
from modelry.contract.catalogue import Catalogue
from modelry.contract.operation import AnyOperation
from modelry.errors import ApiError
from modelry.families import operations
from tests.contract.test_binding import TRAVELS, can_travel, structs
from tests.contract.test_recorded_sdk import REFUSED_BEFORE_THE_REQUEST_IS_LOOKED_AT
from tests.registry import Registry, running

WIRE = Path(__file__).parents[1] / "wire"
CATALOGUE = Catalogue(operations())
NOWHERE = Client("127.0.0.1:1", Credentials("LTAI5tx", "x"))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server that may be changed at will."""
    with running(tmp_path_factory.mktemp("scratch") / "data") as server:
        yield server


@pytest.mark.parametrize("operation", tuple(CATALOGUE), ids=lambda operation: operation.full_name)
@settings(
    deadline=None,
    max_examples=3,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_the_server_takes_what_the_client_sends(
    scratch: Registry, operation: AnyOperation, data: st.DataObject
) -> None:
    """It may refuse what is asked, for there is no such thing, but never how it is asked; and answers are readable."""
    requests = structs(operation.request, TRAVELS)  # type: ignore[arg-type]  # a class is hashable
    request = data.draw(requests.filter(lambda made: can_travel(operation, made)))
    with Client(scratch.address, Credentials(scratch.key_id, scratch.secret)) as client:
        refused = None
        try:
            assert isinstance(client.call(operation, request), operation.response)
        except CallError as error:
            refused = error
    if refused is not None:
        assert refused.code
        assert refused.code not in REFUSED_BEFORE_THE_REQUEST_IS_LOOKED_AT, refused
        assert refused.status < 500


def recorded() -> Iterator[tuple[AnyOperation, dict[str, Any]]]:
    """The official SDK's requests of offered operations: method, target and body."""
    for entry in json.loads((WIRE / "sdk_requests.json").read_text("utf-8")):
        operation = CATALOGUE.by_name.get(entry["op"])
        if operation:
            yield from ((operation, sent) for kind in ("full", "empty") for sent in entry[kind])
    by_action = {(o.style.version, o.name): o for o in CATALOGUE}
    for sent in json.loads((WIRE / "ram_sdk_requests.json").read_text("utf-8"))["requests"]:
        found = by_action.get((sent["version"], sent["operation"]))
        if found:
            yield found, sent


def read(operation: AnyOperation, sent: dict[str, Any]) -> Any:  # noqa: ANN401  any request
    """The request, or `None` where the recorder's made-up values are none of the operation's."""
    path, _, query = sent["target"].partition("?")
    segments = CATALOGUE.find(sent["method"], path.encode()).segments if path != "/" else ()
    try:
        return binding(operation).decode(segments, decode_query(query.encode()), (sent["body"] or "").encode())
    except ApiError:
        return None


READABLE = [(o, sent, request) for o, sent in recorded() if (request := read(o, sent)) is not None]


def test_enough_recorded_requests_are_compared() -> None:
    assert len(READABLE) > 80
    assert {o.style.product for o, _, _ in READABLE} >= {"AIWorkSpace", "Ram", "Sts"}


@pytest.mark.parametrize(("operation", "sent", "request_"), READABLE, ids=lambda value: getattr(value, "name", ""))
def test_what_is_sent_is_what_the_official_sdk_sent(
    operation: AnyOperation,
    sent: dict[str, Any],
    request_: Any,  # noqa: ANN401  any request
) -> None:
    """But for our defaults, which are sent too, and for what is not declared here, which is not."""
    ours = NOWHERE.signed(operation, request_)
    path, _, query = ours.url.removeprefix("http://127.0.0.1:1").partition("?")
    official_path, _, official_query = sent["target"].partition("?")
    assert (ours.method, path) == (sent["method"], official_path)
    known = binding(operation)
    ours_by_name = comparable(query)
    for name, value in comparable(official_query).items():
        if name in known.query:
            assert ours_by_name[name] == value, name
    body = json.loads(ours.body or b"{}")
    for name, value in json.loads(sent["body"] or "{}").items():
        if name in known.body:
            assert body[name] == value, name


def comparable(query: str) -> dict[str, str]:
    """The pairs, truth values in one spelling: the SDK writes `True`."""
    pairs = {name.decode(): value.decode() for name, value in decode_query(query.encode())}
    return {name: value.lower() if value in {"True", "False"} else value for name, value in pairs.items()}
