"""What docs/client.md says is so."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from modelry.client import CLOUD_HOSTS
from modelry.client import credentials as chain
from tests.registry import running

PAGE = (Path(__file__).parents[2] / "docs/client.md").read_text()


def test_the_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    printed = io.StringIO()
    for name in re.findall(r"`((?:ALIBABA_CLOUD|MODELRY)_\w+)`", PAGE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with running(tmp_path / "data") as server, contextlib.redirect_stdout(printed):
        monkeypatch.setenv("MODELRY_DATA", str(server.folder))
        monkeypatch.setenv("MODELRY_PORT", str(server.port))
        exec(program, {})  # noqa: S102  the page's own text
    assert printed.getvalue() == "情感分析\n201900002 404 True\n"


def test_the_hosts_of_the_page_are_those_of_the_client() -> None:
    named = set(re.findall(r"`([\w.]+\.aliyuncs\.com)`", PAGE))
    assert named == {host.format(region="REGION") for host in CLOUD_HOSTS.values()}


def test_the_places_of_the_page_are_as_many_as_are_looked_at() -> None:
    assert len(re.findall(r"^\| \d \|", PAGE, re.MULTILINE)) == len(chain._PLACES)
