"""A registry in the hands of a test."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from modelry.settings import Settings, loaded
from modelry.storage.stores import store_of
from modelry.testing.channel import Channel
from modelry.testing.faults import Faults
from modelry.testing.orders import Call, Settle, Started, TellCalls
from modelry.testing.snapshots import Snapshot, put_back, taken

if TYPE_CHECKING:
    from alibabacloud_aiworkspace20210204.client import Client
    from alibabacloud_ram20150501.client import Client as RamClient
    from alibabacloud_tea_openapi.models import Config

_PATIENCE_S = 30


class Registry:
    """A running server, its account's own key, and what a test may do to it."""

    def __init__(self, settings: Settings, started: Started, channel: Channel) -> None:
        """The server that has `started` with these settings and listens to `channel`."""
        self.folder = settings.folder
        key = json.loads((self.folder / "root_access_key.json").read_text())
        self.endpoint = f"127.0.0.1:{started.port}"
        """host:port, as the SDKs take it."""
        self.url = f"http://{self.endpoint}"
        self.region = started.region
        self.account_id = started.account_id
        self.access_key_id: str = key["AccessKeyId"]
        self.access_key_secret: str = key["AccessKeySecret"]
        self.faults = Faults(channel.tell)
        """What is to go wrong."""
        self._channel = channel
        self._database = settings.database
        self._store = store_of(settings)
        self._initial = taken(self.folder, self._store)

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point a program at this registry, with its account's own key, and at no other."""
        return {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": self.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.access_key_secret,
            "ALIBABA_CLOUD_SECURITY_TOKEN": "",
            "ALIBABA_CLOUD_REGION_ID": self.region,
            "ALIBABA_CLOUD_ENDPOINT": self.endpoint,
            "MODELRY_ENDPOINT": self.endpoint,
            "MODELRY_PROTOCOL": "http",
            "MODELRY_DATA": str(self.folder),
            "MODELRY_DATABASE": self._database or "",
        }

    @property
    def requests(self) -> list[Call]:
        """The requests that reached the server since the last reset, in the order in which they came."""
        return self._channel.tell(TellCalls()).calls

    @property
    def calls(self) -> list[str]:
        """The operations of these requests, repetitions included."""
        return [request.operation for request in self.requests]

    def sdk(self, **config: object) -> "Client":
        """The official SDK, pointed at the server; `config` goes to its `Config`, over what is set by default.

        Raises:
            ImportError: `alibabacloud_aiworkspace20210204` is not installed.
        """
        from alibabacloud_aiworkspace20210204.client import Client  # noqa: PLC0415  not everybody has it

        return Client(self._config(config))

    def ram_sdk(self, **config: object) -> "RamClient":
        """The official SDK of RAM, likewise.

        Raises:
            ImportError: `alibabacloud_ram20150501` is not installed.
        """
        from alibabacloud_ram20150501.client import Client  # noqa: PLC0415  as above

        return Client(self._config(config))

    def snapshot(self) -> Snapshot:
        """What the registry holds now, for `reset`."""
        return taken(self.folder, self._store)

    def reset(self, token: Snapshot | None = None) -> None:
        """Put back what a snapshot holds, or what the registry held at first.

        Faults end, requests under way are finished first, and `requests` starts empty. Ids are not given out again.

        Raises:
            ValueError: the snapshot is of another registry.
            RuntimeError: a request is still under way after ten seconds.
        """
        snapshot = token or self._initial
        if snapshot.folder != self.folder:
            raise ValueError("the snapshot is of another registry")
        settled = self._channel.tell(Settle())
        if settled.refusal:
            raise RuntimeError(f"the registry cannot be reset: {settled.refusal}")
        put_back(snapshot, self._store)

    def _config(self, given: dict[str, object]) -> "Config":
        from alibabacloud_tea_openapi.models import Config  # noqa: PLC0415  as above

        usual: dict[str, object] = {
            "access_key_id": self.access_key_id,
            "access_key_secret": self.access_key_secret,
            "endpoint": self.endpoint,
            "protocol": "http",
        }
        return Config(**(usual | given))


@contextmanager
def running(folder: Path | None = None, /, **settings: object) -> Iterator[Registry]:
    """A registry for as long as this lasts, in `folder` or in one that goes with it.

    `settings` are those of docs/settings.md; `data`, `host`, `port`, `workers` and TLS are not for the taking.

    Raises:
        ServerGone: it does not start; the message says why.
    """
    with ExitStack() as leaving:
        if folder is None:
            folder = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="modelry-")))
        log = folder / "server.log"
        ours, theirs = socket.socketpair()
        channel = Channel(ours, log)
        leaving.callback(channel.close)
        with theirs, log.open("a") as output:
            process = _spawned(folder / "data", theirs, output.fileno(), settings)
        leaving.callback(_ended, process)
        leaving.callback(channel.close)  # before it is waited for
        started = channel.started()
        yield Registry(_loaded(folder / "data", settings), started, channel)


def _loaded(data: Path, settings: dict[str, object]) -> Settings:
    """The settings as the server has them."""
    return loaded({name: str(value) for name, value in settings.items()} | {"data": str(data)}, {})


def _spawned(data: Path, channel: socket.socket, output: int, settings: dict[str, object]) -> "subprocess.Popen[bytes]":
    """The server's process, in a session of its own: Ctrl-C is for the tests, which end it in their turn."""
    fd = channel.fileno()
    return subprocess.Popen(  # noqa: S603  this program
        [sys.executable, "-P", "-m", "modelry.testing", str(fd), json.dumps({**settings, "data": str(data)})],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=[fd],
        start_new_session=True,
    )


def _ended(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
