"""The rules of RAM's parameters are whole: each has the error codes that breaking it needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, defstruct

from modelry.errors import ApiError
from modelry.families.ram.fields import RULES, check, refusals


def refusal(field: str, value: object) -> ApiError | None:
    request = defstruct("Request", [(field, object, UNSET)], rename="pascal")(**{field: value})
    try:
        check(request, field)
    except ApiError as error:
        return error
    return None


@pytest.mark.parametrize("field", RULES)
@given(value=st.text() | st.text(min_size=129, max_size=200) | st.from_regex(r"[a-z0-9-]{1,70}"))
def test_any_text_is_taken_or_refused_with_a_row_that_the_operation_names(field: str, value: str) -> None:
    error = refusal(field, value)
    assert error is None or error.error in refusals(field)


@pytest.mark.parametrize("field", RULES)
def test_a_text_beyond_the_longest_is_refused(field: str) -> None:
    assert refusal(field, "a" * (RULES[field].longest + 1)) is not None


@pytest.mark.parametrize("field", RULES)
def test_what_is_absent_is_not_looked_at(field: str) -> None:
    assert refusal(field, UNSET) is None


@pytest.mark.parametrize("field", [name for name, rule in RULES.items() if rule.shortest == 0])
def test_what_may_be_cleared_may_be_empty(field: str) -> None:
    assert refusal(field, "") is None


@pytest.mark.parametrize("field", ["user_name", "group_name", "policy_name", "role_name"])
@pytest.mark.parametrize("bad", ["a:b", "a/b", "a*", "a?", "a b", "a\n", "ä", "ａ", "a\0", "$x", "a,b"])
def test_no_name_holds_what_an_arn_or_a_pattern_gives_a_meaning_to(field: str, bad: str) -> None:
    error = refusal(field, bad)
    assert error is not None
    assert error.error.code.endswith(".InvalidChars")
