"""The provider's executable, where Terraform and OpenTofu find it."""

import platform
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

VERSION = "1.299.0"
"""Meets what configurations ask of the official provider, `>= 1.249`; beyond any of its versions so far."""

_HOSTS = ("registry.terraform.io", "registry.opentofu.org")

OFFICIAL = tuple(f"{host}/{namespace}/alicloud" for host in _HOSTS for namespace in ("hashicorp", "aliyun"))
"""What `terraform init` and `tofu init` look for: `hashicorp` where a configuration names no source."""

OWN = tuple(f"{host}/modelry/alicloud" for host in _HOSTS)
"""What a configuration names that uses the official provider too."""

EXECUTABLE = f"terraform-provider-alicloud_v{VERSION}"

_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def installed(folder: Path, addresses: Sequence[str] = OFFICIAL) -> list[Path]:
    """Put the executable into a filesystem mirror; the files, one an address."""
    written = []
    for address in addresses:
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
    """What starts the provider with the Python that has it; no module comes from where Terraform is called."""
    return f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m modelry.terraform "$@"\n'


def mirror_block(folder: Path, addresses: Sequence[str] = OFFICIAL) -> str:
    """The setting by which Terraform takes this provider from the mirror, and all others from where they are."""
    include = "".join(f'      "{address}",\n' for address in addresses)
    return (
        "provider_installation {\n"
        f'  filesystem_mirror {{\n    path    = "{folder}"\n    include = [\n{include}    ]\n  }}\n'
        f"  direct {{\n    exclude = [\n{include}    ]\n  }}\n"
        "}\n"
    )


def overrides_block(paths: Sequence[Path], addresses: Sequence[str] = OFFICIAL) -> str:
    """The setting by which Terraform takes it without `init`, without versions and without a lock."""
    lines = "".join(
        f'    "{address.removeprefix("registry.terraform.io/")}" = "{path.parent}"\n'
        for address, path in zip(addresses, paths, strict=True)
    )
    return f"provider_installation {{\n  dev_overrides {{\n{lines}  }}\n  direct {{}}\n}}\n"


def _target() -> str:
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{_MACHINES.get(machine, machine)}"
