"""Every block of the written pages is run, or a row says why not and what is checked of it instead.

The blocks of a page run in their order in one sandbox, against a real server. Every line with `modelry` on any page,
also in running text, is one that the real parser takes.
"""

import re
import shlex
import shutil
from pathlib import Path

import msgspec
import pytest

from modelry.server.app import catalogue
from tests.docs.blocks import PAGES, SHELLS, Block, blocks, commands, inline, shown
from tests.docs.blocks_parsed import refusal, unknown
from tests.docs.blocks_rows import ENDS, FILES, INSTEAD, NOT_RUN, Instead, NotRun
from tests.docs.blocks_scenes import SCENES, everywhere
from tests.docs.blocks_session import Ran, Session, opened
from tests.docs.blocks_shape import same_shape

BLOCKS = [block for page in PAGES for block in blocks(page)]
PROGRAMS = SHELLS | {"python", "py"}


def row(block: Block) -> NotRun | None:
    """The row that says why a block is not run."""
    return next((each for each in NOT_RUN if each.fits(block)), None)


def is_run(block: Block) -> bool:
    return block.language in PROGRAMS and row(block) is None


def runs_with_others(block: Block) -> bool:
    """Whether it is no program, but read by one or compared with what one prints."""
    return block.is_output or any(file.fits(block) for file in FILES)


def named(block: Block) -> str:
    return f"{block.page}:{block.line}"


# Each block is accounted for.


@pytest.mark.parametrize("block", BLOCKS, ids=named)
def test_a_block_is_run_or_a_row_says_why_not(block: Block) -> None:
    if row(block) is None:
        generated_text = block.generated and block.language in {"", "text"}
        assert is_run(block) or runs_with_others(block) or generated_text, "add a row to blocks_rows.py"
    else:
        assert not any(file.fits(block) for file in FILES)


def test_a_new_block_that_is_no_program_needs_a_row() -> None:
    with pytest.raises(AssertionError, match="add a row"):
        test_a_block_is_run_or_a_row_says_why_not(Block("README.md", 1, "json", "{}"))


@pytest.mark.parametrize("entry", [*NOT_RUN, *FILES], ids=lambda entry: f"{entry.page} {entry.begins[:20]}")
def test_a_row_is_about_a_block(entry: NotRun) -> None:
    assert any(entry.fits(block) for block in BLOCKS)


@pytest.mark.parametrize("entry", INSTEAD, ids=lambda entry: f"{entry.page} {entry.shown}")
def test_what_is_replaced_is_there(entry: Instead) -> None:
    assert any(entry.shown in block.text for block in blocks(entry.page))


@pytest.mark.parametrize("block", [block for block in BLOCKS if row(block)], ids=named)
def test_what_is_not_run_is_checked(block: Block) -> None:
    why = row(block)
    assert why is not None
    why.check(block)


# They run.


@pytest.mark.parametrize("page", [page for page in PAGES if any(map(is_run, blocks(page)))])
def test_the_blocks_of_a_page_run(page: str, tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        session.values |= everywhere(session.registry)
        if page in SCENES:
            session.values |= SCENES[page](session.registry, session.work)
        session.values |= {each.shown: each.run for each in INSTEAD if each.page == page}
        wrong = _wrong(page, session)
    assert not wrong, "\n\n".join(wrong)


def _wrong(page: str, session: Session) -> list[str]:
    """What did not go as the page says."""
    for file in FILES:
        for block in blocks(page):
            if file.fits(block):
                (session.work / file.name).write_text(session.here(block.text))
    wrong: list[str] = []
    unmet = {(each.begins, each.code) for each in ENDS if each.page == page}
    last = Ran("", "", ())
    for block in blocks(page):
        pairs = [("", last)]
        if is_run(block):
            pairs = session.run_shown(block) if block.language == "console" else [("", session.run(block))]
            for _, ran in pairs:
                wrong += _unforeseen(named(block), ran, page, unmet)
            last = pairs[-1][1]
        elif block.is_output and row(block) is None:
            pairs = [(session.here(block.text), last)]
        wrong += [
            f"{named(block)} shows:\n{text}\nbut it printed:\n{ran.out}{ran.err}"
            for text, ran in pairs
            if text and not same_shape(text, ran.out + ran.err)
        ]
    return wrong + [f"did not end with {code}: {begins}" for begins, code in unmet]


def _unforeseen(where: str, ran: Ran, page: str, unmet: set[tuple[str, int]]) -> list[str]:
    """The failures of a block for which there is no row; those for which there is one are taken out of `unmet`."""
    wrong = []
    for code, command in ran.failed:
        fitting = [each for each in ENDS if each.page == page and each.code == code and command.startswith(each.begins)]
        unmet -= {(each.begins, each.code) for each in fitting}
        if not fitting:
            wrong.append(f"{where} ended with {code}: {command}\n{ran.out[-1000:]}{ran.err[-1000:]}")
    return wrong


# The lines are ones that the programs take.


def _shell_texts(page: str) -> list[tuple[str, str]]:
    """Where, and what: the shell texts of a page, and lines elsewhere that begin as a call of `modelry` does."""
    texts = []
    for block in blocks(page):
        if block.language == "console":
            texts += [(named(block), command) for command, _ in shown(block.text)]
        elif block.language in SHELLS:
            texts.append((named(block), block.text))
        else:
            lines = re.findall(r"^[ #$]*(modelry [a-z-].*)$", block.text, re.MULTILINE)
            texts += [(named(block), line) for line in lines]
    return texts


@pytest.mark.parametrize("page", PAGES)
def test_the_parser_takes_each_command_line(page: str) -> None:
    refused = []
    for where, text in _shell_texts(page):
        for arguments in commands(text):
            expanded = any(sign in argument for argument in arguments for sign in "$[…") or "..." in arguments
            why = unknown(arguments) if expanded else refusal(arguments)
            refused += [f"{where}: modelry {' '.join(arguments)}: {why}"] if why else []
    assert refused == []


@pytest.mark.parametrize("page", PAGES)
def test_running_text_names_commands_and_options_that_there_are(page: str) -> None:
    texts = [code for code in inline(page) if re.match(r"(?:\$ |[A-Z_]+=\S* )*modelry [a-z-]", code)]
    wrong = [f"{text}: {each}" for text in texts for call in commands(text) for each in unknown(call)]
    assert wrong == []


# aliyun


ALIYUN_OPTIONS = {"endpoint", "insecure", "region", "profile", "body", "version", "method", "force", "pager", "output"}
"""Its own. Source: `aliyun help`."""
PRODUCTS = {"aiworkspace": "AIWorkSpace", "ram": "Ram", "sts": "Sts", "resourcemanager": "ResourceManager"}
ALIYUN = [(page, call) for page in PAGES for _, text in _shell_texts(page) for call in commands(text, "aliyun")]


@pytest.mark.parametrize(("page", "call"), ALIYUN)
def test_an_aliyun_line_names_an_operation_and_its_parameters(page: str, call: list[str]) -> None:
    product, action, *rest = call
    if product == "configure":
        return
    operation = catalogue().by_full_name[f"{PRODUCTS[product]}:{action}"]
    parameters = {field.encode_name for field in msgspec.structs.fields(operation.request)}
    options = {word.removeprefix("--").partition("=")[0].partition(".")[0] for word in rest if word.startswith("--")}
    assert options <= parameters | ALIYUN_OPTIONS


@pytest.mark.skipif(shutil.which("aliyun") is None, reason="aliyun is not installed: its lines meet the table alone")
@pytest.mark.parametrize(("page", "call"), ALIYUN)
def test_aliyun_takes_a_line(page: str, call: list[str], tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        session.values |= everywhere(session.registry)
        key = "export ALIBABA_CLOUD_ACCESS_KEY_ID=... ALIBABA_CLOUD_ACCESS_KEY_SECRET=...\n"
        ran = session.run(Block(page, 1, "sh", f"{key}{shlex.join(['aliyun', *call])}\n"))
    assert ran.failed == ()


# What finds them.


def test_calls_are_found_wherever_a_shell_finds_them() -> None:
    text = (
        'A=1 modelry a | sed x && sudo modelry b >f 2>&1  # modelry no\nfor x in $(modelry c); do "$(modelry d)"; done'
    )
    assert commands(text) == [["a"], ["b"], ["c"], ["d"]]


def test_what_does_not_exist_is_refused() -> None:
    assert "unrecognized" in refusal(["serve", "--no-such"])
    assert unknown(["access", "explain", "--no-such"]) == ["--no-such"]
    assert unknown(["access", "explained"]) == ["explained"]
    assert unknown(["access", "explain", "--as", "alice"]) == []


def test_a_command_that_fails_is_noticed(tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        ran = session.run(Block("page", 1, "sh", "A=1; false\nmodelry serve --no-such\ntrue | (exit 7) | cat\n"))
        after = session.run(Block("page", 5, "python", "1 / 0"))
        ended = [session.run(Block("page", 9, "sh", text)) for text in ("exit 0", "true")]
        tests = session.run(Block("page", 12, "python", "def test_it() -> None:\n    assert not [1]"))
    assert [code for code, _ in ran.failed] == [1, 1, 7]
    assert "ZeroDivisionError" in after.failed[0][1]
    assert "assert not [1]" in tests.out
    assert tests.failed
    assert [each.failed for each in ended] == [((1, "the shell ended"),), ()]


def test_output_is_compared_but_for_what_varies() -> None:
    assert same_shape("model-0a1b2c  12 versions\n...\nend", "model-9z8y7x 3 versions\nmore\nend\n")
    assert not same_shape("12 versions", "12 models")
