"""Expectations that are kept in a file: who is to be allowed what, and who is not."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from modelry.cli.access.answering import Answer
from modelry.cli.access.asking import Unanswerable, Words
from modelry.cli.access.text import because
from modelry.contract.text import printable

Expectation = Literal["allow", "deny"]
_HEADINGS = ("RESULT", "EXPECTED", "WHO", "OPERATION", "RESOURCE", "BECAUSE")
_BECAUSE_AT = len(_HEADINGS) - 1
Text = Annotated[str, msgspec.Meta(min_length=1)]


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"who": "as"}):
    """One expectation; what it leaves out is as the command line says."""

    expect: Expectation
    who: Text | None = None
    operation: Text | None = None
    resource: Text | list[Text] | None = None
    context: dict[str, str] = {}

    def words(self, otherwise: Mapping[str, Any]) -> Words:
        """The question.

        Raises:
            Unanswerable: neither the case nor `otherwise` says who asks, or for what.
        """
        who, operation = self.who or otherwise["who"], self.operation or otherwise["operation"]
        if not who or not operation:
            raise Unanswerable(f"neither the case nor the command line says {'for what' if who else 'as whom'}")
        resources = [self.resource] if isinstance(self.resource, str) else self.resource
        return Words(
            who=who,
            operation=operation,
            resources=otherwise["resources"] if resources is None else tuple(resources),
            context={**otherwise["context"], **self.context},
            session_policy=otherwise["session_policy"],
        )


class Outcome(NamedTuple):
    """A case, and what came of it."""

    case: Case
    words: Words
    answer: Answer
    before: Answer | None
    """Without the proposed policy; `None` where none is proposed."""

    @property
    def met(self) -> bool:
        """Whether it is as expected."""
        return self.answer.allowed is (self.case.expect == "allow")


def read(file: Path) -> list[Case]:
    """The cases of a file: TOML with `[[cases]]`, or JSON, a list of them or an object with `cases`.

    Raises:
        OSError: it cannot be read.
        Unanswerable: it holds something else.
    """
    text = file.read_text()
    try:
        found = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
        cases = msgspec.convert(found["cases"] if isinstance(found, dict) else found, list[Case])
    except KeyError as error:
        raise Unanswerable(f"{file.name} has no cases") from error
    except (ValueError, msgspec.ValidationError) as error:
        raise Unanswerable(f"{file.name}: {error}") from error
    if not cases:
        raise Unanswerable(f"{file.name} has no cases")
    return cases


def table(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Outcomes as a table."""
    rows = [_HEADINGS, *map(_row, outcomes)]
    widths = [max(len(row[column]) for row in rows) for column in range(_BECAUSE_AT)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, row[_BECAUSE_AT]])


def summary(outcomes: list[Outcome]) -> str:
    """How many cases came out as expected."""
    met = sum(each.met for each in outcomes)
    return f"{met} of {len(outcomes)} as expected"


def shown(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Outcomes as what is written in JSON."""
    return [
        {
            "Met": each.met,
            "Expected": each.case.expect,
            "As": each.words.who,
            "Resources": each.words.resources,
            "Answer": each.answer,
            **({"Before": each.before} if each.before else {}),
        }
        for each in outcomes
    ]


def _row(given: Outcome) -> tuple[str, ...]:
    result = "ok" if given.met else "FAILED"
    if given.before is not None and given.before.allowed is not given.answer.allowed:
        result += " (changed)"
    cells = (
        result,
        given.case.expect,
        given.words.who,
        given.answer.operation,
        " ".join(given.words.resources) or "-",
        because(given.answer),
    )
    return tuple(map(printable, cells))
