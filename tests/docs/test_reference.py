"""The generated pages are what the declarations say now."""

from pathlib import Path

import pytest

from modelry.cli import main, reference

DOCS = Path(__file__).parents[2] / "docs"
COMMAND = "modelry reference --write docs"


@pytest.mark.parametrize("path", reference.written(DOCS), ids=lambda path: path.name)
def test_generated_page_is_up_to_date(path: Path) -> None:
    assert path.exists(), f"run: {COMMAND}"
    assert path.read_text() == reference.written(DOCS)[path], f"run: {COMMAND}"


def test_every_generated_page_is_written(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    assert main(["reference", "--write", str(docs)]) == 0
    assert {path.stem for path in docs.iterdir()} == set(reference.PAGES)


def test_a_block_of_the_readme_is_written(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- modelry reference offered -->\nold\n<!-- end -->\nafter\n")
    main(["reference", "--write", str(docs)])
    assert readme.read_text() == (
        f"before\n<!-- modelry reference offered -->\n{reference.page('offered')}<!-- end -->\nafter\n"
    )


def test_a_page_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reference", "ram"]) == 0
    assert capsys.readouterr().out == reference.page("ram")


def test_command_without_anything_to_do_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reference"]) == 2
    assert "operations, ram, coverage, settings" in capsys.readouterr().err
