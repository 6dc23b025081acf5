"""What Terraform takes with our provider: its start, and the plan and the apply of many models with versions.

`python -m benchmarks.terraform`, or `python -m benchmarks --only terraform`. Rounds alternate with the floor: as many
resources of Terraform's own, `terraform_data`, which ask nobody.
"""

import argparse
import os
import resource
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from modelry.bench import data, machine, processes
from modelry.bench.figures import spread
from modelry.bench.page import table
from modelry.bench.processes import BenchError
from modelry.terraform.installing import installed, overrides_block
from modelry.terraform.serving import COOKIE

MODELS, VERSIONS = 200, 3
RESOURCES = MODELS * (1 + VERSIONS)

_PATIENCE_S = 600
_NOT_OURS = ("PYTHON", "TF_", "ALIBABA_CLOUD_", "ALICLOUD_", "MODELRY_")
_CONFIGURATION = f"""
provider "alicloud" {{}}
resource "alicloud_pai_workspace_model" "many" {{
  count      = {MODELS}
  model_name = "many-${{count.index}}"
  labels {{
    key   = "number"
    value = tostring(count.index)
  }}
}}
resource "alicloud_pai_workspace_model_version" "many" {{
  count        = {RESOURCES - MODELS}
  model_id     = alicloud_pai_workspace_model.many[floor(count.index / {VERSIONS})].id
  version_name = "1.${{count.index % {VERSIONS}}}.0"
  uri          = "oss://bucket.oss-cn-hangzhou.aliyuncs.com/${{count.index}}"
}}
"""


_FLOOR = f"""
resource "terraform_data" "model" {{
  count = {MODELS}
  input = {{ model_name = "many-${{count.index}}", labels = [{{ key = "number", value = tostring(count.index) }}] }}
}}
resource "terraform_data" "version" {{
  count = {RESOURCES - MODELS}
  input = {{
    model_id     = terraform_data.model[floor(count.index / {VERSIONS})].id
    version_name = "1.${{count.index % {VERSIONS}}}.0"
    uri          = "oss://bucket.oss-cn-hangzhou.aliyuncs.com/${{count.index}}"
  }}
}}
"""


class Step(NamedTuple):
    """One command, in all its rounds."""

    title: str
    wall_s: list[float]
    cpu_s: list[float]
    """User and system, of Terraform and the provider together."""


class Terraform(NamedTuple):
    """All that was measured."""

    version: str
    start_s: list[float]
    """From the start of the provider's process to its handshake."""
    start_cpu_s: list[float]
    steps: list[Step]
    floor: list[Step]
    """The same commands on resources of Terraform's own."""


def measured(program: str, folder: Path, rounds: int) -> Terraform:
    """Start the provider, and have Terraform make, plan and destroy everything, so many times.

    Raises:
        BenchError: a command failed, or a plan that had to be empty was not.
    """
    version = subprocess.run([program, "version"], check=True, capture_output=True, text=True).stdout.split()[1]
    here, floor = folder / "ours", folder / "floor"
    for path, text in ((here, _CONFIGURATION), (floor, _FLOOR)):
        path.mkdir()
        (path / "main.tf").write_text(text)
    (executable, *_) = paths = installed(here / "mirror")
    (here / "terraformrc").write_text(overrides_block(paths))
    (floor / "terraformrc").touch()
    steps, least = ([Step(title, [], []) for title, _ in _COMMANDS] for _ in range(2))
    started = [_start(executable) for _ in range(rounds * 5)]
    with data.account(folder / "data"):
        pass  # the key is there before the server is
    with processes.registry(folder / "data", folder / "server.log") as server:
        environment = _environment(folder / "data", server.port)
        _run([program, "init"], floor, environment)
        for _ in range(rounds):
            for number, (_, arguments) in enumerate(_COMMANDS):
                for where, of in ((here, steps), (floor, least)):
                    wall_s, cpu_s = _run([program, *arguments, "-no-color"], where, environment)
                    of[number].wall_s.append(wall_s)
                    of[number].cpu_s.append(cpu_s)
    return Terraform(version, [wall for wall, _ in started], [cpu for _, cpu in started], steps, least)


_COMMANDS = (
    ("`terraform validate`", ("validate",)),
    ("`terraform apply`, everything is made", ("apply", "-auto-approve", "-input=false")),
    ("`terraform plan`, nothing has changed", ("plan", "-detailed-exitcode", "-input=false")),
    ("`terraform destroy`", ("destroy", "-auto-approve", "-input=false")),
)


def _start(executable: Path) -> tuple[float, float]:
    """Seconds from the start of the process to its handshake, and of CPU from its start to its end."""
    before, began = _cpu_s(), time.perf_counter()
    with subprocess.Popen([executable], stdout=subprocess.PIPE, env=os.environ | dict([COOKIE])) as process:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], _PATIENCE_S)
        took = time.perf_counter() - began
        process.terminate()
        if not ready:
            raise BenchError("the provider did not start")
    return took, _cpu_s() - before


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Wall and CPU seconds of a command that has to succeed."""
    environment = environment | {"TF_CLI_CONFIG_FILE": str(folder / "terraformrc")}
    before, began = _cpu_s(), time.perf_counter()
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
    )
    took = time.perf_counter() - began
    if ended.returncode:
        raise BenchError(f"{' '.join(command)}: {ended.returncode}\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return took, _cpu_s() - before


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _environment(data_folder: Path, port: int) -> dict[str, str]:
    """Nothing of this machine's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}
    return kept | {
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "MODELRY_DATA": str(data_folder),
        "MODELRY_ENDPOINT": f"127.0.0.1:{port}",
    }


def page(figures: Terraform) -> Iterator[str]:
    """The lines of the page."""
    yield from ("# Terraform with our provider", "")
    yield f"{time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}. Medians; in brackets the least and the most."
    yield ""
    yield from table(("Machine", ""), machine.facts())
    yield f"Terraform {figures.version}, {MODELS} models with {VERSIONS} versions each, the usual parallelism of 10."
    yield f"The floor is {RESOURCES} resources of Terraform's own, `terraform_data`, with the same values and"
    yield "references. What an apply takes beyond it is the provider's; the rest is Terraform, which writes the whole"
    yield "state after each resource. CPU is that of Terraform and the provider; the server has a core of its own,"
    yield "which the two may use too."
    yield ""
    rows: list[tuple[str, ...]] = [
        ("Start of the provider, to its handshake", spread(figures.start_s, 2), spread(figures.start_cpu_s, 2), "", "")
    ]
    for step, floor in zip(figures.steps, figures.floor, strict=True):
        cells = (spread(each, 1) for each in (step.wall_s, step.cpu_s, floor.wall_s, floor.cpu_s))
        rows.append((step.title, *cells))
    yield from table(("Step", "Wall s", "CPU s", "Floor wall s", "Floor CPU s"), rows)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.terraform", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round in place of three")
    given = parser.parse_args()
    program = shutil.which("terraform")
    if program is None:
        print("# Terraform with our provider\n\nSkipped: there is no `terraform` on the path.")
        return
    with tempfile.TemporaryDirectory(prefix="modelry-benchmark-terraform-") as folder:
        try:
            figures = measured(program, Path(folder), 1 if given.quick else 3)
        except BenchError as error:
            sys.exit(str(error))
    print("\n".join(page(figures)))


if __name__ == "__main__":
    main()
