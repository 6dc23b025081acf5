"""`modelry completion`, and what the shell is told when somebody presses Tab."""

import argparse
import os
from typing import TYPE_CHECKING, Any

from modelry.cli.parsing import Parser, examples

if TYPE_CHECKING:
    from modelry.client import Client

ASKED = "_ARGCOMPLETE"
"""The variable that the shell sets when it asks."""

_SHELLS = ("bash", "zsh", "fish")
_LIMIT = 100
"""Names that are offered at most."""
_PATIENCE_S = 1.0

_ABOUT = """\
Print what makes a shell complete commands, options and the names of models, versions and workspaces.
The names come from the server, at most 100 of them within a second; where it does not answer, there are none.
bash completes nothing by itself in a name with quotes or blanks."""


def add_to(commands: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """The command."""
    parser = commands.add_parser(
        "completion",
        help="print what makes a shell complete commands and names",
        description=_ABOUT,
        epilog=examples(
            'eval "$(modelry completion bash)"                                    # in ~/.bashrc',
            'eval "$(modelry completion zsh)"                                     # in ~/.zshrc',
            "modelry completion fish > ~/.config/fish/completions/modelry.fish",
        ),
    )
    parser.add_argument("shell", choices=_SHELLS)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Print the shell's code."""
    from argcomplete.shell_integration import shellcode

    print(shellcode(["modelry"], shell=given.shell))
    return 0


def answer(parser: Parser) -> None:
    """Answer the shell that asks, and end the program."""
    import argcomplete

    words = os.environ.get("COMP_LINE", "").split()[1:]
    _fill(parser, words)
    argcomplete.autocomplete(parser, always_complete_options="long")


def _fill(parser: Parser, words: list[str]) -> None:
    """Make the options of the commands that are named."""
    below = parser.below()
    following = next((n for n, word in enumerate(words) if word in below), None)
    if following is not None:
        _fill(below[words[following]][1], words[following + 1 :])


def models(prefix: str, parsed_args: argparse.Namespace, **_: object) -> list[str]:
    """Names of models that begin so."""
    return _quietly(_models, prefix, parsed_args)


def versions(prefix: str, parsed_args: argparse.Namespace, **_: object) -> list[str]:
    """Versions of the model before the `@`, or names of models that begin so."""
    return _quietly(_versions if "@" in prefix else _models, prefix, parsed_args)


def workspaces(prefix: str, parsed_args: argparse.Namespace, **_: object) -> list[str]:
    """Names of workspaces that begin so."""
    return _quietly(_workspaces, prefix, parsed_args)


def _quietly(find: Any, prefix: str, given: argparse.Namespace) -> list[str]:  # noqa: ANN401  one of those below
    """What is found; nothing where there is no server, no key or no permission: Tab never shows an error."""
    from modelry.cli.remote import Missing, WrongUsage
    from modelry.client import Client, ClientError

    try:
        client = Client.found(
            endpoint=getattr(given, "endpoint", None),
            region=getattr(given, "region", None),
            profile=getattr(given, "profile", None),
            timeout_s=_PATIENCE_S,
            connect_timeout_s=_PATIENCE_S,
            attempts=1,
        )
        with client:
            return [name for name in find(client, prefix) if name.startswith(prefix)]
    except (ClientError, Missing, WrongUsage, ValueError):
        return []


def _models(client: "Client", prefix: str) -> list[str]:
    from modelry.cli.naming import quoted
    from modelry.families.models.operations import LIST_MODELS
    from modelry.families.models.structs import ListModels

    workspace, slash, name = prefix.rpartition("/")
    request = ListModels(model_name=name.strip('"'), page_size=_LIMIT, **_in_workspace(client, workspace))
    names = [quoted(model.model_name) for model in client.call(LIST_MODELS, request).models]
    return [f"{workspace}{slash}{name}" for name in names] + ([] if slash else _prefixes(client, prefix))


def _prefixes(client: "Client", prefix: str) -> list[str]:
    """Workspaces as the beginning of a model's name."""
    return [f"{name}/" for name in _workspaces(client, prefix)] if prefix else []


def _in_workspace(client: "Client", name: str) -> Any:  # noqa: ANN401  keywords of a request
    from modelry.cli.naming import workspace_id

    return {"workspace_id": workspace_id(client, name)} if name else {}


def _versions(client: "Client", prefix: str) -> list[str]:
    from modelry.cli.naming import model_id
    from modelry.families.model_versions.operations import LIST_MODEL_VERSIONS
    from modelry.families.model_versions.structs import ListModelVersions

    model, _, _ = prefix.rpartition("@")
    request = ListModelVersions(model_id=model_id(client, model), order="DESC", page_size=_LIMIT)
    names = [version.version_name for version in client.call(LIST_MODEL_VERSIONS, request).versions]
    return [f"{model}@{name}" for name in ("latest", "approved", *names)]


def _workspaces(client: "Client", prefix: str) -> list[str]:
    from modelry.families.workspaces.operations import LIST_WORKSPACES
    from modelry.families.workspaces.structs import ListWorkspaces

    request = ListWorkspaces(workspace_name=prefix, page_size=_LIMIT)
    return [w.workspace_name for w in client.call(LIST_WORKSPACES, request).workspaces if w.workspace_name]
