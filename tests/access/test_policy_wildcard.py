"""Wildcard texts, against recursion that follows their definition."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelry.access.wildcard import is_pattern, matches, matches_any, remainders

PATTERNS = st.text(st.sampled_from("ab:*?.[\n"), max_size=7)
TEXTS = st.text(st.sampled_from("ab:.[\n"), max_size=7)


def glob(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return glob(pattern[1:], text) or (bool(text) and glob(pattern, text[1:]))
    return bool(text) and pattern[0] in {"?", text[0]} and glob(pattern[1:], text[1:])


@settings(max_examples=500)
@given(PATTERNS, TEXTS)
def test_a_pattern_matches_what_its_definition_says(pattern: str, text: str) -> None:
    assert matches(pattern, text) is glob(pattern, text)


@settings(max_examples=500)
@given(st.lists(PATTERNS, max_size=5), TEXTS)
@example([], "")
@example(["a", "a"], "")
@example(["*ab*", "*aa"], "abaa")
def test_any_of_several_patterns_matches_what_one_of_them_does(patterns: list[str], text: str) -> None:
    assert matches_any(tuple(patterns), text) is any(glob(pattern, text) for pattern in patterns)


@settings(max_examples=500)
@given(PATTERNS, TEXTS, TEXTS)
@example("a*:b", "ab:", "a:b")
def test_what_remains_of_a_pattern_matches_what_remains_of_a_text(pattern: str, prefix: str, rest: str) -> None:
    assert any(matches(left, rest) for left in remainders(pattern, prefix)) is glob(pattern, prefix + rest)


def test_a_prefix_is_compared_without_case() -> None:
    assert remainders("acs:PaiModel:*", "acs:paimodel:") == ("*",)


@given(PATTERNS, TEXTS)
def test_a_text_without_wildcards_matches_itself_alone(pattern: str, text: str) -> None:
    assert is_pattern(pattern) or matches(pattern, text) is (pattern == text)
    assert is_pattern(pattern) or matches(pattern, pattern)


def test_many_stars_take_no_longer_than_they_must() -> None:
    assert not matches("*a" * 40 + "b", "a" * 5000)
    assert len(remainders("*" * 5000 + "*:" * 500, "acs:paimodel:cn-hangzhou:")) <= 5
