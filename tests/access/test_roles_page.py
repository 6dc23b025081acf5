"""The page on roles shows the matrix that decides."""

import re
from collections.abc import Iterator
from pathlib import Path

from modelry.access.matrix import ADMIN, DEVELOPER, GUEST, LABELER, MAXCOMPUTE, OPERATOR, ROWS, Cells, Row, allowed
from modelry.families.workspaces.roles.rules import MODULES

PAGE = (Path(__file__).parents[2] / "docs/roles.md").read_text()
COLUMNS = (ADMIN, DEVELOPER, OPERATOR, LABELER, MAXCOMPUTE, GUEST)
WORDS = {
    Cells.NONE: "no",
    Cells.OWN: "own",
    Cells.PUBLIC: "PUBLIC",
    Cells.SEEN: "own, PUBLIC",
    Cells.ALL: "all",
}


def shown(row: Row) -> list[str]:
    """A row of the matrix as the page shows it."""
    words = {**WORDS, Cells.ALL: "yes"} if row.code.startswith("PaiWorkspace:") else WORDS
    cells = [(words[allowed(role, row.code.casefold())], role not in row.documented) for role in COLUMNS]
    return [f"`{row.code}`", *(word + r" \*" * decided for word, decided in cells)]


def rows(heading: str) -> Iterator[list[str]]:
    """The rows of the table under a heading, less its head."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    for line in re.findall(r"^\| (.*) \|$", section, re.MULTILINE):
        cells = [cell.strip() for cell in line.split(" |")]
        if cells[0].startswith("`"):
            yield cells


def test_the_page_shows_what_roles_may_do_with_models() -> None:
    assert list(rows("Models")) == [shown(row) for row in ROWS if row.code.startswith("PaiModel:")]


def test_the_page_shows_what_roles_may_do_in_a_workspace() -> None:
    assert list(rows("Workspaces")) == [shown(row) for row in ROWS if row.code.startswith("PaiWorkspace:")]


def test_the_page_names_the_codes_of_each_module() -> None:
    codes = {row.code.casefold(): row.code.partition(":")[2] for row in ROWS}
    found = {module.strip("`"): re.findall(r"`(\w+)`", listed) for module, listed in rows("Modules")}
    expected = {module: [codes[code] for code in listed] for module, listed in MODULES.items() if module != "Model"}
    assert found == expected
