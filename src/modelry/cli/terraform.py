"""`modelry terraform`: the provider for Terraform and OpenTofu."""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from modelry.cli.parsing import examples
from modelry.cli.remote import add_options, client, reporting

_FOLDER = Path("~/.local/share/modelry/terraform")

_ABOUT = """\
Put the provider where Terraform and OpenTofu find it, and print what their configuration file needs for it.
It answers for `alicloud` under every address that configurations use, and so stands in for the official provider:
also for what of it this one has not. With --beside it is `modelry/alicloud`, and the official one stays."""

_EXPORT = """\
Print workspaces, members, models, versions and user configurations as resources, with blocks that import them. A plan
with it changes nothing; nor does one of the official provider, where no remark says otherwise. A workspace's owner and
user configurations of a second scope are left out, as no resource can name them."""


def add_to(commands: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """The commands."""
    parser = commands.add_parser(
        "terraform",
        help="install the provider for Terraform and OpenTofu; write configurations",
        description="The Terraform provider that comes with this program, and configurations for it.",
    )
    steps = parser.add_subparsers(required=True, metavar="COMMAND")
    install = steps.add_parser(
        "install",
        help="put the provider where Terraform finds it",
        description=_ABOUT,
        epilog=examples(
            "modelry terraform install",
            "modelry terraform install --dir /srv/mirror >> ~/.terraformrc",
            "modelry terraform install --beside",
        ),
    )
    install.add_argument("--dir", type=Path, default=_FOLDER, help=f"the mirror's folder (default: {_FOLDER})")
    install.add_argument("--beside", action="store_true", help="leave the official provider where it is")
    install.set_defaults(run=_install)
    export = steps.add_parser(
        "export",
        help="print what a registry holds as a configuration that imports it",
        description=_EXPORT,
        epilog=examples(
            "modelry terraform export > main.tf",
            "modelry terraform export --workspace vision",
            "modelry terraform export --model vision/portraits",
        ),
    )
    which = export.add_mutually_exclusive_group()
    which.add_argument("--workspace", metavar="WORKSPACE", help="this workspace alone")
    which.add_argument("--model", metavar="MODEL", help="this model alone, with its versions")
    add_options(export)
    export.set_defaults(run=reporting(_export))


def _export(given: argparse.Namespace) -> int:
    """Print it, a resource at a time."""
    from modelry.cli import naming
    from modelry.terraform.exporting import configuration

    with client(given) as speaker:
        workspace = naming.workspace_id(speaker, given.workspace) if given.workspace else None
        model = naming.model_id(speaker, given.model) if given.model else None
        for number, text in enumerate(configuration(speaker, workspace_id=workspace, model_id=model)):
            print(f"\n{text}" if number else text, end="")
    return 0


def _install(given: argparse.Namespace) -> int:
    """Install it; only the setting goes to the output, so that it can be appended to a file."""
    from modelry.terraform.installing import OFFICIAL, OWN, installed, mirror_block, overrides_block

    if find_spec("tf") is None:
        print("modelry: the provider needs more: pip install 'modelry[terraform]'", file=sys.stderr)
        return 1
    folder = given.dir.expanduser().absolute()
    addresses = OWN if given.beside else OFFICIAL
    paths = installed(folder, addresses)
    print(f"The provider is in {folder}.", file=sys.stderr)
    print("For ~/.terraformrc (OpenTofu: ~/.tofurc), or the file that TF_CLI_CONFIG_FILE names:\n", file=sys.stderr)
    print(mirror_block(folder, addresses), end="")
    print("\nOr, without `init`:\n", file=sys.stderr)
    print("".join(f"# {line}\n" for line in overrides_block(paths, addresses).splitlines()), end="")
    return 0
