"""`modelry access`: who may do what, and which statement or role says so."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelry.cli.folder import opened
from modelry.cli.given import add_place
from modelry.settings import SettingsError

if TYPE_CHECKING:
    from modelry.cli.access.answering import Answer
    from modelry.cli.access.asking import Asker, Words
    from modelry.cli.access.cases import Outcome
    from modelry.cli.access.proposing import Proposal
    from modelry.storage.database import Connection

DENIED = 3
"""Exit code: the answer is no, or an expectation failed."""

_ABOUT = """\
It reads the data folder, beside a running server or without one, and changes nothing.
Exit codes: 0 allowed, 1 something could not be read or does not exist, 2 wrong arguments, 3 denied."""

_EXPLAIN = """\
examples:
  modelry access explain --as alice --operation GetModel --resource model-1
  modelry access explain --as role/ci --operation ListModels -o json
  modelry access explain --as alice --operation Ram:GetUser --resource user/bob --context acs:SourceIp=192.0.2.1
"""

_TEST = """\
examples:
  modelry access test --as alice --operation GetModel --resource model-1 --policy new.json
  modelry access test --as alice --operation ListModels --policy new.json --instead-of readers
  modelry access test --cases access.toml
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command, which has two of its own."""
    parser = commands.add_parser(
        "access",
        help="explain who may do what, and try out policies",
        description="Explain a decision, or try out what a policy would change.",
    )
    below = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_explain(below)
    _add_test(below)


def _add_explain(below: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = below.add_parser(
        "explain",
        help="say what decides, and which statements were considered",
        description=f"Say whether somebody may do something, and which statement or role decides.\n{_ABOUT}",
        epilog=_EXPLAIN,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_question(parser, required=True)
    parser.set_defaults(run=explain, policy=None)


def _add_test(below: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = below.add_parser(
        "test",
        help="try out a policy that is not stored, or check expectations",
        description=f"Decide with a policy that is not stored, or check a file of expectations.\n{_ABOUT}\n"
        "With --cases, 3 says that an expectation failed.",
        epilog=_TEST,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_question(parser, required=False)
    parser.add_argument("--policy", type=Path, metavar="FILE", help="the policy document to try out")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--instead-of", metavar="POLICY", help="the stored policy that it takes the place of")
    place.add_argument("--alone", action="store_true", help="as if no other policy counted")
    parser.add_argument("--cases", type=Path, metavar="FILE", help="expectations in TOML or JSON")
    parser.set_defaults(run=test)


def _add_question(parser: argparse.ArgumentParser, *, required: bool) -> None:
    add_place(parser)
    parser.add_argument(
        "--as",
        dest="who",
        required=required,
        metavar="WHO",
        help="a user's name, user/NAME, role/NAME (or role/NAME/SESSION), an access key's id, or account",
    )
    parser.add_argument("--operation", required=required, metavar="NAME", help="GetModel, Ram:GetUser, or a RAM action")
    parser.add_argument(
        "--resource",
        action="append",
        default=[],
        metavar="RES",
        help="model/ID, model/ID/modelVersion/NAME, workspace/ID, user/NAME ..., or * for any; repeat for several",
    )
    parser.add_argument(
        "--context",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a condition key as policies spell it; without it: from 127.0.0.1, now, without TLS",
    )
    parser.add_argument(
        "--session-policy", type=Path, metavar="FILE", help="the policy that AssumeRole was given, for a role"
    )
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="default: text")


def explain(given: argparse.Namespace) -> int:
    """Explain one decision."""
    return _run(given, _explained)


def test(given: argparse.Namespace) -> int:
    """Decide with a policy that is not stored, or check expectations."""
    if given.policy is None and given.cases is None:
        return _wrong("say what to try out with --policy, or what to expect with --cases")
    if given.policy is None and (given.alone or given.instead_of):
        return _wrong("--alone and --instead-of say where a --policy counts")
    if given.cases is None and not (given.who and given.operation):
        return _wrong("say who asks with --as and for what with --operation, or what to expect with --cases")
    return _run(given, _tested if given.cases is None else _checked)


def _wrong(message: str) -> int:
    print(f"modelry: {message}", file=sys.stderr)
    return 2


def _run(given: argparse.Namespace, work: Any) -> int:  # noqa: ANN401  one of the functions below
    """Do it, and put what was wrong into one line."""
    from modelry.access.policy import PolicyError
    from modelry.cli.access.asking import Unanswerable, WrongQuestion
    from modelry.errors import ApiError
    from modelry.storage.database import StorageError
    from modelry.storage.stores import FAULTS

    refusals = (SettingsError, StorageError, Unanswerable, ApiError, PolicyError, OSError, UnicodeDecodeError)

    try:
        with opened(given) as database:
            code: int = work(given, database)
    except WrongQuestion as error:
        return _wrong(str(error))
    except BrokenPipeError:
        raise
    except (*refusals, *FAULTS) as error:
        print(f"modelry: {error}", file=sys.stderr)
        return 1
    sys.stdout.flush()
    return code


def _asker(database: "Connection") -> "Asker":
    from modelry import families
    from modelry.cli.access.asking import Asker
    from modelry.contract.catalogue import Catalogue
    from modelry.storage.instance import instance

    found = instance(database)
    if found is None:
        raise SettingsError("the registry has never been started")
    return Asker(database, found, Catalogue(families.operations()))


def _words(given: argparse.Namespace) -> dict[str, Any]:
    """What the command line says of the question."""
    from modelry.cli.access.asking import entries

    return {
        "who": given.who,
        "operation": given.operation,
        "resources": tuple(given.resource),
        "context": entries(given.context),
        "session_policy": None if given.session_policy is None else given.session_policy.read_text(),
    }


def _explained(given: argparse.Namespace, database: "Connection") -> int:
    from modelry.cli.access.answering import answered
    from modelry.cli.access.asking import Words
    from modelry.cli.access.text import lines

    asker = _asker(database)
    answer = answered(asker.asked(Words(**_words(given))), asker.region)
    if given.output == "json":
        _print_json(answer)
    else:
        _print(lines(answer))
    return _code(answer)


def _tested(given: argparse.Namespace, database: "Connection") -> int:
    from modelry.cli.access.asking import Words
    from modelry.cli.access.text import because, lines, word

    asker = _asker(database)
    before, after = _both(asker, Words(**_words(given)), _proposal(given, database, asker))
    if given.output == "json":
        _print_json({"Before": before, "After": after})
    elif before is not None:
        _print([f"before: {word(before)}: {because(before)}", f"after:  {word(after)}: {because(after)}", ""])
        _print(lines(after))
    return _code(after)


def _checked(given: argparse.Namespace, database: "Connection") -> int:
    from modelry.cli.access.cases import read, shown, summary, table

    asker = _asker(database)
    outcomes = list(_outcomes(given, asker, _proposal(given, database, asker), read(given.cases)))
    if given.output == "json":
        _print_json(shown(outcomes))
    else:
        _print(table(outcomes))
        print(summary(outcomes))
    return 0 if all(each.met for each in outcomes) else DENIED


def _outcomes(
    given: argparse.Namespace,
    asker: "Asker",
    proposal: "Proposal | None",
    cases: list[Any],
) -> "Iterator[Outcome]":
    """What came of each case.

    Raises:
        Unanswerable: a case cannot be answered; the message says which.
    """
    from modelry.cli.access.asking import Unanswerable, WrongQuestion
    from modelry.cli.access.cases import Outcome
    from modelry.errors import ApiError

    otherwise = _words(given)
    for number, case in enumerate(cases, start=1):
        try:
            words = case.words(otherwise)
            before, after = _both(asker, words, proposal)
        except (WrongQuestion, Unanswerable, ApiError) as error:
            raise Unanswerable(f"case {number}: {error}") from error
        yield Outcome(case, words, after, before)


def _proposal(given: argparse.Namespace, database: "Connection", asker: "Asker") -> "Proposal | None":
    from modelry.cli.access.proposing import notes, proposal

    if given.policy is None:
        return None
    found = proposal(given.policy, given.instead_of, alone=given.alone)
    for note in notes(database, asker.account_id, found):
        print(f"modelry: {note}", file=sys.stderr)
    return found


def _both(asker: "Asker", words: "Words", proposal: "Proposal | None") -> "tuple[Answer | None, Answer]":
    """The answer without the proposed policy, if there is one, and the answer with it."""
    from modelry.cli.access.answering import answered

    asked = asker.asked(words)
    before = answered(asked, asker.region)
    if proposal is None:
        return None, before
    changed = asked._replace(authority=proposal.applied(asked.authority, asker.region))
    if not proposal.counts_for(asked.authority):
        note = f"{proposal.instead_of} does not count for them, so that nothing changes."
        changed = changed._replace(notes=(*changed.notes, note))
    return before, answered(changed, asker.region)


def _code(answer: "Answer") -> int:
    return 0 if answer.allowed else DENIED


def _print(texts: Any) -> None:  # noqa: ANN401  lines
    from modelry.contract.text import printable

    for text in texts:
        print(printable(text))


def _print_json(value: object) -> None:
    import msgspec

    print(msgspec.json.encode(value).decode())
