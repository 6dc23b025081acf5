"""What the page about policies says is what the engine takes."""

import re
from pathlib import Path

import pytest

from modelry.access import conditions
from modelry.access.policy import parse, parse_trust, unrenderable

PAGE = (Path(__file__).parents[2] / "docs/policies.md").read_text()
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


def column(heading: str) -> set[str]:
    """What is written as code in the first column of the table under a heading."""
    rows = PAGE.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_taken(example: str) -> None:
    if "Principal" in example:
        assert parse_trust(example).statements
    else:
        assert unrenderable(parse(example)) is None


def test_the_page_names_every_operator_and_no_other() -> None:
    assert column("Operators") == set(conditions._OPERATORS)


def test_the_page_names_every_key_and_no_other() -> None:
    labels = {f"{prefix}key" for prefix in conditions._LABEL_PREFIXES}
    known = {*conditions._REQUEST_KEYS, *conditions._OBJECT_KEYS, *labels}
    assert {key.lower() for key in column("Key")} == known
