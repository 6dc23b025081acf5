"""JSON in the fields that the API leaves open comes back as the JSON that was sent, number for number."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.registry import Registry
from tests.wire_client import Answer, Wire

VERSION_FIELDS = [
    "CompressionSpec",
    "DistillationSpec",
    "EvaluationSpec",
    "ExtraInfo",
    "InferenceSpec",
    "Metrics",
    "TrainingSpec",
]


@pytest.fixture(scope="module")
def wire(registry: Registry) -> Wire:
    return Wire(registry)


@pytest.fixture(scope="module")
def model_id(wire: Wire) -> str:
    return wire.new_model()


def update(wire: Wire, model_id: str, extra_info: str | bytes) -> Answer:
    content = extra_info.encode() if isinstance(extra_info, str) else extra_info
    return wire.ask("PUT", f"/api/v1/models/{model_id}", b'{"ExtraInfo":' + content + b"}")


def exact(data: bytes) -> Any:  # noqa: ANN401  any JSON
    """JSON with every number as it is written, and every object as the list of its members."""
    return json.loads(
        data, parse_int=str, parse_float=str, parse_constant=pytest.fail, object_pairs_hook=lambda pairs: pairs
    )


def stored(wire: Wire, model_id: str) -> Any:  # noqa: ANN401  any JSON
    answer = wire.ask("GET", f"/api/v1/models/{model_id}")
    return dict(exact(answer.body))["ExtraInfo"]


@pytest.mark.parametrize(
    "number",
    [
        "0",
        "-0",
        "-0.0",
        "1.0",
        "1.10",
        "1e0",
        "1E+05",
        "1e999",
        "-1e-999",
        "9007199254740993",
        "18446744073709551616",
        "123456789012345678901234567890",
        "0.1000000000000000055511151231257827021181583404541015625",
        "1" * 400,
    ],
)
def test_a_number_comes_back_as_it_was_written(wire: Wire, model_id: str, number: str) -> None:
    assert update(wire, model_id, f'{{"n":{number}}}').status == 200
    assert stored(wire, model_id) == [("n", number)]


@pytest.mark.parametrize(
    "value",
    [
        "{}",
        '{"":""}',
        '{"a":null}',
        '{"a":null,"b":[null,{"c":null}]}',
        r'{"nul":"\u0000"}',
        r'{"escaped":"\u4e2d\ud83d\ude00\/\b\f\n\r\t\"\\"}',
        '{"plain":"中文 👩‍🔬 ẞ \u2028 \x7f"}',
        '{"a":[[[[[[]]]]]],"b":{"c":{"d":{}}}}',
        '{"z":1,"a":2,"Z":3}',
        '{ "blank" : [ 1 , 2 ] }',
        '{"Code":"200","RequestId":"mine","TotalCount":0}',
        '{"a":true,"b":false,"c":"null"}',
    ],
)
def test_a_value_comes_back_as_the_same_value(wire: Wire, model_id: str, value: str) -> None:
    assert update(wire, model_id, value).status == 200
    assert stored(wire, model_id) == exact(value.encode())


def test_a_key_given_twice_is_kept_twice(wire: Wire, model_id: str) -> None:
    """Parsers differ on which of the two counts: the server does not choose."""
    update(wire, model_id, '{"a":1,"a":2}')
    assert stored(wire, model_id) == [("a", "1"), ("a", "2")]


@pytest.mark.parametrize(
    "value",
    ["NaN", "Infinity", "01", "1.", ".5", "+1", "0x1", "1e", "'a'", '"\\x"', '"\\ud800"', '"\x01"', "[1,]", "tru"],
)
def test_what_is_no_json_is_refused(wire: Wire, model_id: str, value: str) -> None:
    update(wire, model_id, '{"kept":1}')
    answer = update(wire, model_id, f'{{"a":{value}}}')
    assert (answer.status, answer.code) == (400, "InvalidJSON")
    assert stored(wire, model_id) == [("kept", "1")]


@pytest.mark.parametrize("value", ["[]", '"{}"', "1", "true", '[{"a":1}]'])
def test_what_is_no_object_is_refused(wire: Wire, model_id: str, value: str) -> None:
    answer = update(wire, model_id, value)
    assert (answer.status, answer.code) == (400, "InvalidParameter")
    assert "ExtraInfo" in answer.json["Message"]


def test_null_leaves_the_field_as_it_is(wire: Wire, model_id: str) -> None:
    update(wire, model_id, '{"kept":1}')
    for null in (b"null", b" null ", b"\nnull\t"):
        assert update(wire, model_id, null).status == 200
    assert stored(wire, model_id) == [("kept", "1")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8")),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(st.characters(codec="utf-8")),
            lambda inner: (
                st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
            ),
            max_leaves=20,
        ),
        max_size=5,
    ),
    st.booleans(),
)
def test_any_object_comes_back_as_it_was_sent(
    wire: Wire, model_id: str, value: dict[str, object], ascii_only: bool
) -> None:
    sent = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert update(wire, model_id, sent).status == 200
    assert stored(wire, model_id) == exact(sent)


@pytest.mark.parametrize("field", VERSION_FIELDS)
def test_every_open_field_of_a_version_keeps_its_json(wire: Wire, model_id: str, field: str) -> None:
    body = b'{"Uri":"oss://b.e/","%b":{"n":1e999,"deep":[{"big":18446744073709551616}]}}' % field.encode()
    name = wire.ask("POST", f"/api/v1/models/{model_id}/versions", body).json["VersionName"]
    answer = wire.ask("GET", f"/api/v1/models/{model_id}/versions/{name}")
    assert dict(exact(answer.body))[field] == [("n", "1e999"), ("deep", [[("big", "18446744073709551616")]])]


@pytest.mark.parametrize("options", ["", "{}", '{"a": 1}', "not JSON", "  {\n}", "中\\u4e2d"])
def test_options_are_text_that_is_kept(wire: Wire, model_id: str, options: str) -> None:
    created = wire.ask("POST", f"/api/v1/models/{model_id}/versions", {"Uri": "oss://b.e/", "Options": options})
    found = wire.ask("GET", f"/api/v1/models/{model_id}/versions/{created.json['VersionName']}")
    assert found.json["Options"] == options


def metrics(size: int, blanks: int = 0) -> bytes:
    """Metrics of `size` bytes without blanks, with so many blanks besides."""
    return b'{"a":%b"' % (b" " * blanks) + b"x" * (size - len('{"a":""}')) + b'"}'


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (metrics(8192), 200),
        (metrics(8193), 400),
        (metrics(8192, blanks=5000), 200),
        (metrics(8193, blanks=5000), 400),
        (b'{"a":"%b"}' % ("中" * 2728).encode(), 200),
        (b'{"a":"%b"}' % ("中" * 2729).encode(), 400),
    ],
    ids=["at the limit", "past it", "at it with blanks", "past it with blanks", "at it in bytes", "past it in bytes"],
)
def test_metrics_have_at_most_8192_bytes_without_blanks(wire: Wire, model_id: str, sent: bytes, status: int) -> None:
    body = b'{"Uri":"oss://b.e/","Metrics":' + sent + b"}"
    created = wire.ask("POST", f"/api/v1/models/{model_id}/versions", body)
    assert created.status == status
    version = wire.ask("POST", f"/api/v1/models/{model_id}/versions", {"Uri": "oss://b.e/"}).json["VersionName"]
    updated = wire.ask("PUT", f"/api/v1/models/{model_id}/versions/{version}", b'{"Metrics":' + sent + b"}")
    assert updated.status == status
    if status == 400:
        assert created.code == updated.code == "InvalidParameter"
        assert "8192" in created.json["Message"]


def test_a_key_that_is_not_known_here_is_ignored(wire: Wire, model_id: str) -> None:
    answer = wire.ask("PUT", f"/api/v1/models/{model_id}", {"ModelId": "other", "Provider": "pai", "Unknown": 1})
    assert answer.status == 200
    found = wire.ask("GET", f"/api/v1/models/{model_id}").json
    assert found["ModelId"] == model_id
    assert {"Provider", "Unknown"} & found.keys() == set()
