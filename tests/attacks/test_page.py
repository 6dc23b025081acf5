"""The page on security claims nothing that no test attacks."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text()


def attacks_in(name: str) -> set[str]:
    """The tests in a file."""
    tree = ast.parse((ROOT / name).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def named_by_file() -> dict[str, list[str]]:
    """The tests that the page names, by the file that is named above their table."""
    pieces = re.split(r"^`(tests/attacks/\w+\.py)`$", PAGE, flags=re.MULTILINE)
    return {name: re.findall(r"`(test_\w+)`", text) for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def test_every_claim_names_tests_that_exist() -> None:
    for name, tests in named_by_file().items():
        assert set(tests) - attacks_in(name) == set(), name


def test_every_line_of_a_table_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| attack |")]
    assert len(rows) > 50
    assert [row for row in rows if "`test_" not in row.rpartition(" | ")[2]] == []


def test_every_file_of_attacks_is_on_the_page() -> None:
    files = {f"tests/attacks/{path.name}" for path in (ROOT / "tests/attacks").glob("test_*.py")}
    assert files - {"tests/attacks/test_page.py"} == named_by_file().keys()
