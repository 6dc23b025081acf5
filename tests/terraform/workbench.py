"""A folder with a configuration, and the real Terraform in it with our provider."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from modelry.terraform.installing import installed, mirror_block, overrides_block
from tests.registry import Registry

TERRAFORM = shutil.which("terraform")
needs_terraform = pytest.mark.skipif(TERRAFORM is None, reason="no terraform on the path")

WORKSPACE = "alicloud_pai_workspace_workspace"
MEMBER = "alicloud_pai_workspace_member"
MODEL = "alicloud_pai_workspace_model"
VERSION = "alicloud_pai_workspace_model_version"
CONFIG = "alicloud_pai_workspace_user_config"

EMPTY, CHANGES = 0, 2
"""Exit codes of a plan."""

Resources = dict[str, dict[str, Any]]
"""Arguments by `type.name`."""


class Ran(NamedTuple):
    """What came of it."""

    code: int
    text: str


@dataclass
class Workbench:
    """The configuration's folder; Terraform runs there against one server."""

    folder: Path
    address: str
    key_id: str
    secret: str
    quick: bool = True
    """Whether `init` is left out, as providers under development may."""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        mirror = self.folder / "mirror"
        paths = installed(mirror)
        block = overrides_block(paths) if self.quick else mirror_block(mirror)
        (self.folder / "terraformrc").write_text(block)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(self.folder / "terraformrc"),
            "TF_IN_AUTOMATION": "1",
            "ALIBABA_CLOUD_ENDPOINT_AIWORKSPACE": self.address,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": self.key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.secret,
        }

    def write(self, resources: Resources | str, **provider: Any) -> None:  # noqa: ANN401  any argument
        """The configuration: as text, or by `type.name`."""
        for old in self.folder.glob("main.tf*"):
            old.unlink()
        if isinstance(resources, str):
            (self.folder / "main.tf").write_text(resources)
            return
        nested: dict[str, dict[str, Any]] = {}
        for address, arguments in resources.items():
            type_, _, name = address.partition(".")
            nested.setdefault(type_, {})[name] = arguments
        document = {"provider": {"alicloud": provider}, **({"resource": nested} if nested else {})}
        (self.folder / "main.tf.json").write_text(json.dumps(document))

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Terraform, on its way."""
        return subprocess.Popen(
            ["terraform", *arguments, "-no-color"],
            cwd=self.folder,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> Ran:
        """Terraform, to its end."""
        process = self.start(*arguments, **environment)
        text, _ = process.communicate(timeout=300)
        return Ran(process.returncode, text)

    def apply(self, *arguments: str) -> Ran:
        return self.run("apply", "-auto-approve", "-input=false", *arguments)

    def plan(self, *arguments: str, **environment: str) -> Ran:
        return self.run("plan", "-detailed-exitcode", "-input=false", *arguments, **environment)

    def applied(self, resources: Resources | None = None) -> None:
        """Apply it, and see that nothing is left to do."""
        if resources is not None:
            self.write(resources)
        done = self.apply()
        assert done.code == 0, done.text
        left = self.plan()
        assert left.code == EMPTY, left.text

    @property
    def state(self) -> dict[str, dict[str, Any]]:
        """What Terraform knows, by `type.name`."""
        path = self.folder / "terraform.tfstate"
        written = json.loads(path.read_text())["resources"] if path.exists() else []
        return {f"{r['type']}.{r['name']}": r["instances"][0]["attributes"] for r in written}

    def forget(self) -> None:
        """Lose the state."""
        for path in self.folder.glob("terraform.tfstate*"):
            path.unlink()


def workbench(folder: Path, registry: Registry, **more: Any) -> Workbench:  # noqa: ANN401  any argument
    """A workbench with the account's own key."""
    return Workbench(
        folder, **{"address": registry.address, "key_id": registry.key_id, "secret": registry.secret} | more
    )
