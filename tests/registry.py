"""A real server for the tests: started as a user starts it, on a free port, with data of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alibabacloud_aiworkspace20210204.client import Client
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_resourcemanager20200331.client import Client as ResourceManagerClient
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.models import Config

from tests import databases

_LISTENS = re.compile(r"Modelry listens at (?P<url>(?P<protocol>https?)://(?P<address>\S+))")
_PATIENCE_S = 30


@dataclass(frozen=True)
class Registry:
    """A running server."""

    process: "subprocess.Popen[str]"
    folder: Path
    protocol: str
    address: str
    """host:port."""
    key_id: str
    secret: str
    account_id: str
    log: Path

    @property
    def url(self) -> str:
        return f"{self.protocol}://{self.address}"

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def sdk(self, key_id: str = "", secret: str = "", **config: str) -> Client:
        """The official SDK, pointed at the server; it signs with the account's key unless another one is given."""
        return Client(self._config(key_id, secret, config))

    def ram_sdk(self, key_id: str = "", secret: str = "", **config: str) -> RamClient:
        """The official SDK of RAM, likewise."""
        return RamClient(self._config(key_id, secret, config))

    def sts_sdk(self, key_id: str = "", secret: str = "", **config: str) -> StsClient:
        """The official SDK of STS, likewise."""
        return StsClient(self._config(key_id, secret, config))

    def resourcemanager_sdk(self, key_id: str = "", secret: str = "", **config: str) -> ResourceManagerClient:
        """The official SDK of Resource Manager, likewise."""
        return ResourceManagerClient(self._config(key_id, secret, config))

    def _config(self, key_id: str, secret: str, config: dict[str, str]) -> Config:
        """What the SDKs are made with: `config` may hold `security_token` and `signature_algorithm`."""
        key = {"access_key_id": key_id or self.key_id, "access_key_secret": secret or self.secret}
        return Config(**key, endpoint=self.address, protocol=self.protocol, **config)

    def get(self, path: str) -> tuple[int, bytes]:
        """An operator's page."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def log_lines(self) -> list[dict[str, Any]]:
        """What the server has logged up to now."""
        time.sleep(0.25)  # lines go out every tenth of a second
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def kill(self) -> None:
        """End the server and its workers as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """End it as a service manager does; the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


def started(folder: Path, *arguments: str, **environment: str) -> Registry:
    """A server on `folder`, once it says that it listens."""
    log = folder.with_name(f"{folder.name}.log")
    environment = {**databases.environment_of(folder, environment), **environment}
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "modelry", "serve", "--data", str(folder), "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
            env={**os.environ, **environment},
        )
    assert process.stdout is not None
    banner = ""
    for line in process.stdout:
        banner += line
        if "resourcemanager =" in line:
            break
    found = _LISTENS.search(banner)
    if found is None:
        process.wait(_PATIENCE_S)
        raise AssertionError(f"the server did not start:\n{banner}\n{log.read_text()}")
    key_file = folder / "root_access_key.json"
    if key_file.exists():
        key = json.loads(key_file.read_text())
    else:
        key = {
            "AccessKeyId": environment["MODELRY_ROOT_ACCESS_KEY_ID"],
            "AccessKeySecret": environment["MODELRY_ROOT_ACCESS_KEY_SECRET"],
        }
    account = re.search(r"account (\d{16})", banner)
    assert account is not None
    return Registry(
        process,
        folder,
        found["protocol"],
        found["address"],
        key["AccessKeyId"],
        key["AccessKeySecret"],
        account[1],
        log,
    )


@contextmanager
def running(folder: Path, *arguments: str, **environment: str) -> Iterator[Registry]:
    """A server for the length of a test."""
    registry = started(folder, *arguments, **environment)
    try:
        yield registry
    finally:
        registry.stop()
