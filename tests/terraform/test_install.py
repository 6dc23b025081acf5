"""`modelry terraform install`: what it writes is found, and what it prints is a setting as it stands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from modelry.terraform.installing import EXECUTABLE
from tests.registry import Registry
from tests.terraform.workbench import MODEL, needs_terraform, workbench


def install(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "modelry", "terraform", "install", "--dir", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=True,
    )


def addresses(folder: Path) -> set[str]:
    return {"/".join(path.relative_to(folder).parts[:3]) for path in folder.rglob(EXECUTABLE)}


def test_each_official_address_is_served(tmp_path: Path) -> None:
    install(tmp_path)
    assert addresses(tmp_path) == {
        "registry.terraform.io/hashicorp/alicloud",
        "registry.terraform.io/aliyun/alicloud",
        "registry.opentofu.org/hashicorp/alicloud",
        "registry.opentofu.org/aliyun/alicloud",
    }


def test_beside_the_official_provider_it_has_addresses_of_its_own(tmp_path: Path) -> None:
    printed = install(tmp_path, "--beside").stdout
    assert addresses(tmp_path) == {"registry.terraform.io/modelry/alicloud", "registry.opentofu.org/modelry/alicloud"}
    assert "hashicorp" not in printed
    assert "aliyun" not in printed


def test_it_may_be_installed_again(tmp_path: Path) -> None:
    assert install(tmp_path).stdout == install(tmp_path).stdout


def test_the_executable_says_what_it_is_to_whoever_starts_it(tmp_path: Path) -> None:
    install(tmp_path)
    for path in tmp_path.rglob(EXECUTABLE):
        assert os.access(path, os.X_OK)
        done = subprocess.run([path], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "docs/terraform.md" in done.stderr


@needs_terraform
@pytest.mark.parametrize("commented", [False, True], ids=["filesystem_mirror", "dev_overrides"])
def test_both_printed_settings_work(tmp_path: Path, registry: Registry, commented: bool) -> None:
    bench = workbench(tmp_path / "bench", registry, quick=False)
    lines = install(tmp_path / "mirror").stdout.splitlines()
    chosen = [line.removeprefix("# ") for line in lines if line.startswith("# ") == commented]
    (bench.folder / "terraformrc").write_text("\n".join(chosen))
    bench.write({f"{MODEL}.it": {"model_name": "never made"}})
    done = bench.run("validate") if commented else bench.run("init")
    assert done.code == 0, done.text
    assert bench.plan().code == 2


@needs_terraform
def test_both_providers_fit_into_one_configuration(tmp_path: Path, registry: Registry) -> None:
    """Ours under its own local name."""
    bench = workbench(tmp_path / "bench", registry, quick=False)
    (bench.folder / "terraformrc").write_text(install(tmp_path / "mirror", "--beside").stdout)
    bench.write(f"""
terraform {{
  required_providers {{
    modelry = {{ source = "modelry/alicloud" }}
  }}
}}
provider "modelry" {{}}
resource "{MODEL}" "it" {{
  provider   = modelry
  model_name = "never made"
}}
""")
    done = bench.run("init")
    assert done.code == 0, done.text
    plan = bench.plan()
    assert plan.code == 2, plan.text
