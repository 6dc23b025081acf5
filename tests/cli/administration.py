"""What the tests of keys, users, policies and `whoami` share: the program against a server, as whoever holds a key."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from tests.cli.folder_steps import on_terminal, ran
from tests.registry import Registry


@dataclass(frozen=True)
class Program:
    """The program with a key."""

    registry: Registry
    key_id: str
    secret: str

    def ran(self, *arguments: object, code: int = 0) -> "subprocess.CompletedProcess[str]":
        """It on a pipe."""
        return ran(
            *arguments,
            code=code,
            MODELRY_ENDPOINT=self.registry.url,
            ALIBABA_CLOUD_ACCESS_KEY_ID=self.key_id,
            ALIBABA_CLOUD_ACCESS_KEY_SECRET=self.secret,
        )

    def shown(self, *arguments: object) -> Any:  # noqa: ANN401  JSON
        """What it answers as JSON."""
        return json.loads(self.ran(*arguments, "-o", "json").stdout)

    def on_terminal(self, *arguments: object) -> tuple[int, str]:
        """It on a terminal."""
        return on_terminal(
            *arguments,
            MODELRY_ENDPOINT=self.registry.url,
            ALIBABA_CLOUD_ACCESS_KEY_ID=self.key_id,
            ALIBABA_CLOUD_ACCESS_KEY_SECRET=self.secret,
            TERM="xterm",
        )

    def as_user(self, key: dict[str, str]) -> "Program":
        """It with another key."""
        return Program(self.registry, key["AccessKeyId"], key["AccessKeySecret"])


def root(registry: Registry) -> Program:
    """The program with the account's own key."""
    return Program(registry, registry.key_id, registry.secret)
