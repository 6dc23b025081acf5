"""The examples of docs/testing.md pass as they stand there."""

import re
from pathlib import Path

import pytest

from modelry.testing import Faults, Registry, plugin, running

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[2] / "docs/testing.md").read_text()
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: re.findall(r"def (test_\w+)", example)[0])
def test_an_example_passes(pytester: pytest.Pytester, example: str) -> None:
    pytester.makepyfile(example)
    expected = len(re.findall(r"^def test_", example, re.MULTILINE)) + ("[1, 2]" in example)
    pytester.runpytest_subprocess().assert_outcomes(passed=expected)


def test_the_page_names_what_there_is(modelry_registry: Registry) -> None:
    rows = [re.findall(r"`(\w+)[`(]", row.split("|")[1]) for row in PAGE.splitlines() if row.startswith("| `")]
    named = {name for row in rows for name in row}
    public = {name for thing in (modelry_registry, Faults) for name in dir(thing) if not name.startswith("_")}
    fixtures = {name for name in dir(plugin) if name.startswith("modelry_")}
    assert named == public | fixtures
    assert running.__name__ in PAGE
