"""The code blocks and the command lines of the written pages."""

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted(ROOT.glob("docs/*.md"))))

SHELLS = frozenset({"sh", "bash", "shell", "console"})
"""What is run by a shell; `console` shows the output beneath each line that begins with `$`."""

_FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>```+|~~~+) *(?P<language>[\w+-]*)[^\n]*\n(?P<text>.*?)^(?P=indent)(?P=fence) *$",
    re.DOTALL | re.MULTILINE,
)
_INLINE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_COMMENT = re.compile(r"(?<!\S)#[^\n]*")
_ASSIGNMENT = re.compile(r"\w+=")
_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")
_SEPARATORS = "();<>|&\n"
_BEFORE_A_COMMAND = frozenset({"sudo", "exec", "time", "env", "nohup", "!", "then", "do", "else", "if", "while"})


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    page: str
    """As `docs/running.md`."""
    line: int
    """Of the page, where its text begins."""
    language: str
    text: str
    after: "Block | None" = field(default=None, repr=False)
    """The block before it on the page."""

    @property
    def generated(self) -> bool:
        """Whether the page is written by `modelry reference` and compared with it by tests of its own."""
        return "<!-- Generated:" in (ROOT / self.page).read_text().split("```")[0]

    @property
    def is_output(self) -> bool:
        """Whether it shows what the shell block right before it prints."""
        return self.language in {"", "text"} and self.after is not None and self.after.language in SHELLS


def blocks(page: str) -> list[Block]:
    """All fenced blocks of a page, in their order."""
    text = (ROOT / page).read_text()
    found: list[Block] = []
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start("text")) + 1
        before = found[-1] if found else None
        found.append(Block(page, line, match["language"], textwrap.dedent(match["text"]), before))
    return found


def inline(page: str) -> list[str]:
    """What the running text of a page shows as code, each on one line."""
    text = _FENCE.sub("", (ROOT / page).read_text())
    return [" ".join(code.split()) for _, code in _INLINE.findall(text)]


def shown(text: str) -> list[tuple[str, str]]:
    """The commands of a `console` block, each with the output shown beneath it."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif found:
            command, output = found[-1]
            going_on = not output and (command.endswith("\\") or line.startswith("> "))
            found[-1] = (f"{command}\n{line.removeprefix('> ')}", "") if going_on else (command, f"{output}{line}\n")
    return found


def commands(text: str, program: str = "modelry") -> list[list[str]]:
    """The arguments with which a shell text calls a program, call by call."""
    found = [words for words in _calls(text) if words[0].rpartition("/")[2] == program]
    return [words[1:] for words in found]


def _calls(text: str) -> Iterator[list[str]]:
    """The commands of a shell text, each as its words, those within `$( )` too."""
    lexer = shlex.shlex(_COMMENT.sub("", text.replace("\\\n", " ")), posix=True, punctuation_chars=_SEPARATORS)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    words: list[str] = []
    to_file = False
    for token in [*lexer, "\n"]:
        if not set(token) <= set(_SEPARATORS):
            if not to_file:
                words.append(token)
                yield from (call for inner in _SUBSTITUTION.findall(token) for call in _calls(inner))
            to_file = False
        elif token.strip("&") in {"<", ">", ">>"}:
            to_file = True
            if words and words[-1].isdigit():  # 2> is one word to the shell
                words.pop()
        else:
            if call := _without_prefix(words):
                yield call
            words = []


def _without_prefix(words: list[str]) -> list[str]:
    """A command without what is set and said before it."""
    while words and (words[0] in _BEFORE_A_COMMAND or _ASSIGNMENT.match(words[0])):
        words = words[1:]
    return words
