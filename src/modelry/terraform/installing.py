"""The provider's executable, where Terraform and OpenTofu find it."""

import platform
import shlex
import sys
from pathlib import Path

VERSION = "1.299.0"
"""Meets what configurations ask of the official provider, `>= 1.249`; beyond any of its versions so far."""

ADDRESSES = tuple(
    f"{host}/{namespace}/alicloud"
    for host in ("registry.terraform.io", "registry.opentofu.org")
    for namespace in ("hashicorp", "aliyun")
)
"""What `terraform init` and `tofu init` look for: `hashicorp` where a configuration names no source."""

EXECUTABLE = f"terraform-provider-alicloud_v{VERSION}"

_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def installed(folder: Path) -> list[Path]:
    """Put the executable into a filesystem mirror; the files, one an address."""
    written = []
    for address in ADDRESSES:
        path = folder / address / VERSION / _target() / EXECUTABLE
        path.parent.mkdir(parents=True, exist_ok=True)
        # Another file, not another content: Terraform may be running the old one.
        fresh = path.with_suffix(".new")
        fresh.write_text(script())
        fresh.chmod(0o755)
        fresh.replace(path)
        written.append(path)
    return written


def script() -> str:
    """What starts the provider with the Python that has it, whatever environment Terraform is called in."""
    return f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m modelry.terraform "$@"\n'


def mirror_block(folder: Path) -> str:
    """The setting by which Terraform takes this provider from the mirror, and all others from where they are."""
    include = "".join(f'      "{address}",\n' for address in ADDRESSES)
    return (
        "provider_installation {\n"
        f'  filesystem_mirror {{\n    path    = "{folder}"\n    include = [\n{include}    ]\n  }}\n'
        f"  direct {{\n    exclude = [\n{include}    ]\n  }}\n"
        "}\n"
    )


def overrides_block(paths: list[Path]) -> str:
    """The setting by which Terraform takes it without `init`, without versions and without a lock."""
    lines = "".join(
        f'    "{address.removeprefix("registry.terraform.io/")}" = "{path.parent}"\n'
        for address, path in zip(ADDRESSES, paths, strict=True)
    )
    return f"provider_installation {{\n  dev_overrides {{\n{lines}  }}\n  direct {{}}\n}}\n"


def _target() -> str:
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{_MACHINES.get(machine, machine)}"
