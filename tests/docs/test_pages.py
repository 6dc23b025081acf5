"""What the written pages say is so: links, paths, examples, log lines, metrics."""

import contextlib
import io
import json
import re
import tomllib
from pathlib import Path

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_aiworkspace20210204.client import Client

from modelry.cli import main
from modelry.cli.banner import _TEXT as BANNER
from modelry.settings import Settings, loaded
from tests.registry import Registry, running

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text()
RUNNING = (ROOT / "docs/running.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text()):
        name, _, anchor = target.partition("#")
        linked = page.parent / name if name else page
        assert linked.exists(), target
        if anchor:
            assert anchor in _anchors(linked), target


def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    base = ROOT / "src/modelry" if page.name == "one-request.md" else ROOT
    roots = ["src", "tests", "docs", "deploy", "benchmarks", "requirements", "tools"]
    if base != ROOT:
        roots += ["server", "contract", "access", "families", "storage"]
    for name in re.findall(rf"`((?:{'|'.join(roots)})/[\w./-]+)`", page.read_text()):
        assert (base / name).exists() or (ROOT / name).exists(), name


def test_the_examples_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, the second with the names of the first."""
    program = "\n".join(blocks(README, "python"))
    printed = io.StringIO()
    with running(tmp_path / "data") as server, contextlib.redirect_stdout(printed):
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", server.key_id)
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", server.secret)
        exec(program.replace("127.0.0.1:8632", server.address), {})  # noqa: S102  the page's own text
    assert printed.getvalue() == "情感分析 0.1.0 Approved\n"


def test_the_provider_block_is_the_one_that_a_start_prints() -> None:
    for text in (README, (ROOT / "docs/terraform.md").read_text()):
        block = blocks(text, "hcl")[0]
        for name in re.findall(r"^ +(\w+) +=", BANNER.partition("Terraform")[2], re.MULTILINE):
            assert re.search(rf"^ +{name} +=", block, re.MULTILINE), name


def test_the_settings_file_of_the_page_is_one(tmp_path: Path) -> None:
    (text,) = blocks(RUNNING, "toml")
    file = tmp_path / "modelry.toml"
    file.write_text(text)
    settings = loaded({}, {}, file)
    assert {name: getattr(settings, name) for name in tomllib.loads(text)} == tomllib.loads(text)


def test_every_setting_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`(?!modelry_)(max_\w+|\w+_timeout_s|\w+_bytes|backlog)`", RUNNING))
    assert len(named) > 5
    assert named <= set(Settings.__struct_fields__)


def test_the_log_line_of_the_page_has_the_fields_of_a_real_one(registry: Registry, sdk: Client) -> None:
    sdk.list_models(m.ListModelsRequest())
    real = next(line for line in registry.log_lines() if line.get("Operation") == "ListModels")
    (shown,) = (json.loads(block) for block in blocks(RUNNING, "json"))
    assert list(shown) == list(real)


def test_the_metrics_of_the_page_are_those_of_the_server(registry: Registry, sdk: Client) -> None:
    sdk.list_models(m.ListModelsRequest())
    status, text = registry.get("/metrics")
    assert status == 200
    real = {name.removesuffix("_created") for name in re.findall(r"^# TYPE (\w+)", text.decode(), re.MULTILINE)}
    assert set(re.findall(r"`(modelry_\w+)`", RUNNING)) == real


def test_the_pages_of_the_operator_answer(registry: Registry) -> None:
    for page in re.findall(r"^\| `(/[\w.]+)`", RUNNING, re.MULTILINE):
        assert registry.get(page)[0] == 200, page


def test_the_mark_of_the_page_is_found_by_its_filters(registry: Registry, sdk: Client) -> None:
    model_id = sdk.create_model(m.CreateModelRequest(model_name="marked as the page says")).body.model_id
    (command,) = (line for line in RUNNING.splitlines() if line.startswith("modelry mark "))
    arguments = command.replace("model-0a1b2c", model_id).split()[1:]
    assert main([*arguments, "--data", str(registry.folder)]) == 0
    for filters in ({"provider": "pai"}, {"collections": "QuickStart"}):
        found = sdk.list_models(m.ListModelsRequest(page_size=1000, **filters)).body.models
        assert model_id in {model.model_id for model in found}
    sdk.delete_model(model_id, m.DeleteModelRequest())
