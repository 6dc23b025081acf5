"""What `modelry export` and `modelry import` share: their failures, their progress, and where a service is."""

import argparse
import functools
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from modelry.cli import remote
from modelry.cli.remote import FAILED, NOT_FOUND, Command
from modelry.settings import SettingsError

if TYPE_CHECKING:
    from modelry.bundle.fetching import Service
    from modelry.bundle.format import Entry, Kind
    from modelry.bundle.spool import Spool
    from modelry.client import Client


def reporting(run: Command) -> Command:
    """The command, whose failures become one line on standard error and an exit code."""

    @functools.wraps(run)
    def reported(given: argparse.Namespace) -> int:
        from modelry.bundle.format import BundleError, NoWorkspaceError
        from modelry.errors import ApiError
        from modelry.storage.database import Conflict, StorageError
        from modelry.storage.stores import FAULTS

        try:
            return run(given)
        except NoWorkspaceError as error:
            return _failed(str(error), NOT_FOUND)
        except (BundleError, SettingsError, StorageError, ApiError, Conflict, *FAULTS) as error:
            return _failed(str(error), FAILED)

    return remote.reporting(reported)


def is_remote(given: argparse.Namespace) -> bool:
    """Whether the arguments name a server."""
    return bool(given.endpoint or given.region or given.profile)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Progress: told how many models are done."""
    from modelry.cli.fancy import Waiting

    with Waiting(what) as waiting:
        done = 0

        def tell(now: int) -> None:
            nonlocal done
            waiting.advance(now - done)
            done = now

        yield tell


class Fetch:
    """What a service is asked for, and where it is kept meanwhile."""

    def __init__(self, client: "Client", service: "Service", spool: Path) -> None:
        self._client = client
        self.service = service
        self._path = spool

    @contextmanager
    def entries(self) -> "Iterator[Iterator[Entry]]":
        """Everything, once it has been fetched. What was fetched before is kept, until the body has ended well."""
        from modelry.bundle.spool import Spool
        from modelry.client import ClientError

        with Spool(self._path, self.service.spooled_as) as spool:
            try:
                self._fetch(spool)
            except ClientError:
                note = f"{spool.models} models are kept in {self._path}: the same command goes on from there."
                print(note, file=sys.stderr)
                raise
            yield self.service.entries(spool)
            spool.discard()

    def _fetch(self, spool: "Spool") -> None:
        with counting("Fetching models") as tell:
            self.service.fetch(spool, lambda done, _: tell(done))


@contextmanager
def fetching(
    given: argparse.Namespace, workspace: str, spool: Callable[[str], Path], without: "frozenset[Kind]" = frozenset()
) -> Iterator[Fetch]:
    """A workspace of the service that the arguments name; `spool` says, by its id, where it is kept meanwhile."""
    from modelry.bundle.fetching import Service, workspace_id_of
    from modelry.client import Cloud

    with remote.client(given) as client:
        workspace_id = workspace_id_of(client, workspace)
        server = client.server
        endpoint = server.address("AIWorkSpace").url if isinstance(server, Cloud) else server.url
        service = Service(client, endpoint, workspace_id, without)
        service.begin()
        yield Fetch(client, service, spool(re.sub(r"\W", "_", workspace_id)))


def _failed(message: str, code: int) -> int:
    from modelry.contract.text import printable

    print(f"modelry: {printable(message)}", file=sys.stderr)
    return code
