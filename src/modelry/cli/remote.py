"""What the commands share that call a server: where it is, and what becomes of its refusals."""

import argparse
import functools
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from modelry.cli.output import OutputError
from modelry.cli.parsing import WRONG_USAGE

if TYPE_CHECKING:
    from modelry.client import CallError, Client

FAILED = 1
DENIED = 3
NOT_FOUND = 4

Command = Callable[[argparse.Namespace], int]


class WrongUsage(Exception):  # noqa: N818  a class of its own for what the caller has to say differently
    """The arguments do not say what to do; also when a name means several things, which the message lists."""


class Declined(Exception):  # noqa: N818  as above
    """Whoever was asked did not say yes."""


class Missing(Exception):  # noqa: N818  as above
    """Nothing has this name."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Where the server is, which key signs, and how long an answer may take."""
    group = parser.add_argument_group("server")
    group.add_argument("--endpoint", metavar="URL", help="host:port or a URL (default: MODELRY_ENDPOINT, the profile)")
    group.add_argument("--region", metavar="REGION", help="the cloud's own service in this region")
    group.add_argument("--profile", metavar="NAME", help="a profile of ~/.aliyun/config.json")
    group.add_argument(
        "--timeout", type=_seconds, default=30.0, metavar="SECONDS", help="the longest silence (default: 30)"
    )


def client(given: argparse.Namespace) -> "Client":
    """The client that the options and the environment describe."""
    from modelry.client import Client

    return Client.found(endpoint=given.endpoint, region=given.region, profile=given.profile, timeout_s=given.timeout)


def reporting(run: Command) -> Command:
    """The command, whose failures become one line on standard error, one of advice, and an exit code."""

    @functools.wraps(run)
    def reported(given: argparse.Namespace) -> int:
        from modelry.client import CallError, ClientError, Unreachable

        try:
            return run(given)
        except CallError as error:
            return _failed(str(error), _exit_code(error), _ADVICE.get(error.code.partition(".")[0], ""))
        except Unreachable as error:
            return _failed(str(error), FAILED, _UNREACHABLE)
        except Missing as error:
            return _failed(str(error), NOT_FOUND)
        except WrongUsage as error:
            return _failed(str(error), WRONG_USAGE)
        except (ClientError, OutputError, Declined, ValueError) as error:
            return _failed(str(error), FAILED)

    return reported


_UNREACHABLE = "Is the server running (modelry serve), and is this where it is? --endpoint or MODELRY_ENDPOINT says it."

_KEY = "The key that signed is not one of this server's, or its secret is wrong; docs/client.md says whence it is."

_ADVICE = {
    "NoPermission": "Ask an administrator; `modelry access explain` on the server says which rule decides.",
    "InvalidAccessKeyId": _KEY,
    "SignatureDoesNotMatch": _KEY,
    "IncompleteSignature": _KEY,
    "InvalidTimeStamp": "The clocks of this machine and of the server differ.",
    "Throttling": "The server is busy: try again later.",
}
"""By the first word of a code."""


_DENIALS = ("NoPermission", "Forbidden")
_NO_SUCH_API = "InvalidAction"


def _exit_code(error: "CallError") -> int:
    word = error.code.partition(".")[0]
    if word in _DENIALS:
        return DENIED
    return NOT_FOUND if error.status == HTTPStatus.NOT_FOUND and word != _NO_SUCH_API else FAILED


def _failed(message: str, code: int, advice: str = "") -> int:
    from modelry.contract.text import printable

    print(f"modelry: {printable(message)}", file=sys.stderr)
    if advice:
        print(advice, file=sys.stderr)
    return code


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 86_400:  # noqa: PLR2004  a day
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return value
