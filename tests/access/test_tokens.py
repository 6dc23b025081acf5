"""Security tokens and diagnostic messages: sealed values in the hands of clients."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from modelry import errors
from modelry.access import diagnosis, tokens
from modelry.access.sealing import Sealer, SealError
from modelry.access.tokens import Session, check_lifetime, expiration, issue, new_key, opened
from modelry.errors import ApiError, ErrorCode

SEALER = Sealer(b"k" * 32)
NOW = 1_700_000_000
SESSION = Session(
    account_id=1234567890123456,
    role_id="300000000000000001",
    role_name="Deployer",
    session_name="alice",
    access_key_id="STS.a",
    secret="s3cret",
    expires_s=NOW + 900,
    policy='{"Version":"1","Statement":[]}',
    source_identity="alice@example.com",
)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def refusal(token: str, *, access_key_id: str = "STS.a", now: float = NOW, sealer: Sealer = SEALER) -> ErrorCode:
    with pytest.raises(ApiError) as refused:
        opened(sealer, token, access_key_id=access_key_id, now=now)
    return refused.value.error


@pytest.mark.parametrize("session", [SESSION, replace(SESSION, policy=None, source_identity=None)])
def test_a_token_opens_to_the_session_that_it_was_issued_for(session: Session) -> None:
    assert opened(SEALER, issue(SEALER, session), access_key_id="STS.a", now=NOW) == session


def test_a_token_says_nothing_of_its_session() -> None:
    token = issue(SEALER, SESSION)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert not any(text in token for text in ("s3cret", "Deployer", "alice"))


def test_two_tokens_of_one_session_differ() -> None:
    assert issue(SEALER, SESSION) != issue(SEALER, SESSION)


def test_a_session_lasts_until_the_second_of_its_end() -> None:
    check_lifetime(SESSION, NOW + 899.99)
    with pytest.raises(ApiError) as refused:
        check_lifetime(SESSION, NOW + 900)
    assert refused.value.error == errors.EXPIRED_TOKEN
    assert refusal(issue(SEALER, SESSION), now=NOW + 900) == errors.EXPIRED_TOKEN


@pytest.mark.parametrize("key_id", ["STS.b", "STS.", "", "sts.a", "STS.a ", "STS.\u00e9"])
def test_a_token_is_refused_with_another_key(key_id: str) -> None:
    assert refusal(issue(SEALER, SESSION), access_key_id=key_id) == errors.MISMATCHED_TOKEN


def test_a_token_of_another_sealing_key_is_malformed() -> None:
    assert refusal(issue(Sealer(b"x" * 32), SESSION)) == errors.UNSUPPORTED_TOKEN


@pytest.mark.parametrize("token", ["", "CAIS", "A", "*", "\u00e9", "A" * 44, "A" * 100_000, "a b", "QUJD\n"])
def test_what_nobody_issued_is_malformed(token: str) -> None:
    assert refusal(token) == errors.UNSUPPORTED_TOKEN


@given(st.data())
def test_a_token_with_any_character_changed_is_malformed(data: st.DataObject) -> None:
    token = issue(SEALER, SESSION)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from([c for c in _LETTERS + "=+/ " if c != token[place]]))
    assert refusal(token[:place] + other + token[place + 1 :]) == errors.UNSUPPORTED_TOKEN


@given(st.integers(1, 400))
def test_a_token_cut_short_or_prolonged_is_malformed(length: int) -> None:
    token = issue(SEALER, SESSION)
    assert refusal(token[:-length]) == errors.UNSUPPORTED_TOKEN
    assert refusal(token + "A" * length) == errors.UNSUPPORTED_TOKEN


def test_padding_is_not_accepted() -> None:
    token = issue(SEALER, SESSION)
    assert refusal(token + "=") == errors.UNSUPPORTED_TOKEN


def test_a_secret_that_was_sealed_for_the_database_is_no_token() -> None:
    plain = SEALER.seal(json.dumps({"secret": "x"}), belongs_to="")
    with pytest.raises(SealError):
        SEALER.for_purpose("security token").open(plain, belongs_to="")


def test_a_diagnostic_message_is_no_token_and_a_token_no_diagnostic_message() -> None:
    assert refusal(diagnosis.encoded(SEALER, {"access_key_id": "STS.a"})) == errors.UNSUPPORTED_TOKEN
    with pytest.raises(diagnosis.NoDiagnosisError):
        diagnosis.decoded(SEALER, issue(SEALER, SESSION))


def test_the_longest_session_policy_fits_a_token() -> None:
    longest = replace(SESSION, policy='"' * tokens.MAX_POLICY_BYTES)
    assert opened(SEALER, issue(SEALER, longest), access_key_id="STS.a", now=NOW) == longest


def test_the_end_of_a_session_is_written_as_the_credentials_libraries_read_it() -> None:
    assert expiration(SESSION) == "2023-11-14T22:28:20Z"


def test_temporary_keys_begin_as_the_documentation_says_and_do_not_repeat() -> None:
    made = [new_key() for _ in range(100)]
    assert all(re.fullmatch(r"STS\.[A-Za-z0-9]{24}", key.access_key_id) for key in made)
    assert all(re.fullmatch(r"[A-Za-z0-9]{44}", key.secret) for key in made)
    assert len({key.access_key_id for key in made}) == len({key.secret for key in made}) == 100


def test_a_diagnosis_comes_back_as_it_was_encoded() -> None:
    encoded = diagnosis.encoded(SEALER, {"Action": "ram:GetUser", "Statement": None})
    assert "GetUser" not in encoded
    assert json.loads(diagnosis.decoded(SEALER, encoded)) == {"Action": "ram:GetUser", "Statement": None}


@pytest.mark.parametrize("text", ["", "x", "A" * 64, "A" * 100_000, "\u00e9"])
def test_a_diagnosis_that_nobody_encoded_is_refused(text: str) -> None:
    with pytest.raises(diagnosis.NoDiagnosisError):
        diagnosis.decoded(SEALER, text)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + bytes(28), b"\x02" + bytes(40)])
def test_a_value_that_was_never_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(SealError):
        SEALER.open(sealed, belongs_to="")


def test_a_sealed_value_of_another_version_does_not_open() -> None:
    sealed = SEALER.seal("x", belongs_to="k")
    with pytest.raises(SealError):
        SEALER.open(b"\x02" + sealed[1:], belongs_to="k")
