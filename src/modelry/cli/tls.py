"""`modelry tls`: a certificate authority of this machine, and the server's certificate from it."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelry.cli.given import add_place, settings_of
from modelry.cli.parsing import Parser, examples, group
from modelry.settings import SettingsError

if TYPE_CHECKING:
    from modelry.server.certificates import Certificates

Work = Callable[[argparse.Namespace, Path], str]

_DEFAULT_HOSTS = ("localhost", "127.0.0.1", "::1")
_NOTE = """\
Opens the folder of the certificates alone, never the data: the server may run meanwhile. It reads its certificate when
it starts, so restart it after `init` and `renew`."""


def add_to(commands: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """The command and those below it."""
    commands.add_parser(
        "tls",
        help="make a certificate authority and the server's certificate",
        description=f"Make a certificate authority of this machine and the server's certificate from it.\n\n{_NOTE}",
        fill=_fill,
    )


def _fill(parser: Parser) -> None:
    below = group(parser)
    for name, work, fill, help_, lines in (
        ("init", _init, _fill_init, "make the authority and a certificate", _INIT),
        (
            "renew",
            _renew,
            _fill_place,
            "make a new certificate for the same hosts, from the same authority",
            ("renew",),
        ),
        ("show", _show, _fill_place, "show what is there, until when it is valid, and how it is used", ("show",)),
    ):
        found = below.add_parser(
            name,
            help=help_,
            description=f"{help_[0].upper()}{help_[1:]}.\n\n{_NOTE}",
            epilog=examples(*(f"modelry tls {line}" for line in lines)),
            fill=fill,
        )
        found.set_defaults(run=partial(_run, work))


def _fill_init(parser: Parser) -> None:
    parser.add_argument(
        "--host",
        dest="hosts",  # `host` is a setting of the server
        action="append",
        metavar="NAME",
        help=f"a DNS name or an address of the server; again for more (default: {', '.join(_DEFAULT_HOSTS)})",
    )
    parser.add_argument(
        "--cloud-region",
        metavar="REGION",
        help="add the cloud's own names in a region (cn-hangzhou), for clients whose endpoint is fixed",
    )
    parser.add_argument(
        "--force", action="store_true", help="replace an authority that is there; clients have to be given the new one"
    )
    _fill_place(parser)


def _fill_place(parser: Parser) -> None:
    parser.add_argument(
        "--dir", type=Path, metavar="DIR", help="folder of the certificates (default: `tls` in the data folder)"
    )
    add_place(parser)


_INIT = ("init", "init --host modelry.example.com --host 10.0.0.5", "init --cloud-region cn-hangzhou")


def _run(work: Work, given: argparse.Namespace) -> int:
    from modelry.server.certificates import CertificateError

    try:
        print(work(given, (given.dir or settings_of(given).folder / "tls").absolute()))
    except (SettingsError, CertificateError) as error:
        print(f"modelry: {error}", file=sys.stderr)
        return 1
    return 0


def _init(given: argparse.Namespace, folder: Path) -> str:
    from modelry.server.certificates import cloud_hosts, made

    hosts = [
        *(given.hosts or _DEFAULT_HOSTS),
        *(cloud_hosts(given.cloud_region) if given.cloud_region is not None else ()),
    ]
    return _usage(made(folder, hosts, replace=given.force))


def _renew(_: argparse.Namespace, folder: Path) -> str:
    from modelry.server.certificates import renewed

    return _usage(renewed(folder))


def _show(_: argparse.Namespace, folder: Path) -> str:
    from modelry.server.certificates import found

    return _usage(found(folder))


def _usage(certificates: "Certificates") -> str:
    """What is there, and lines to copy."""
    from shlex import quote

    ca, cert, key = (quote(str(path)) for path in (certificates.ca_file, certificates.cert_file, certificates.key_file))
    cloud = [host for host in certificates.hosts if host.endswith(".aliyuncs.com")]
    other = set(certificates.hosts) - set(cloud) - set(_DEFAULT_HOSTS)
    place = (" --host 0.0.0.0" if other else "") + (" --port 443" if cloud else "")
    lines = [
        f"authority    {certificates.ca_file}",
        f"             valid until {certificates.ca_until:%Y-%m-%d}, SHA-256 {certificates.ca_fingerprint}",
        f"certificate  {certificates.cert_file}",
        f"             valid until {certificates.cert_until:%Y-%m-%d}, for {', '.join(certificates.hosts)}",
        "",
        "# The server:",
        f"modelry serve{place} --tls-cert {cert} --tls-key {key}",
        "",
        "# Its clients: most read the first, the SDKs for Python the second, modelry the third.",
        f"export SSL_CERT_FILE={ca}",
        f"export REQUESTS_CA_BUNDLE={ca}",
        f"export MODELRY_CA_FILE={ca}",
    ]
    if cloud:
        lines += ["", "# /etc/hosts of the clients, with the server's address:", f"127.0.0.1 {' '.join(cloud)}"]
    return "\n".join(lines)
