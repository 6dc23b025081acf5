"""What docs/audit.md says is so."""

import argparse
import json
import re
from pathlib import Path

from modelry.cli import audit
from modelry.families.audit.changes import VALUE_MAX_BYTES
from modelry.families.audit.lines import EventLine
from modelry.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs/audit.md").read_text()


def options() -> set[str]:
    """The long options of the command."""
    commands = argparse.ArgumentParser().add_subparsers()
    audit.add_to(commands)
    return {text for text in commands.choices["audit"]._option_string_actions if text.startswith("--")}


def test_the_page_names_every_option() -> None:
    named = set(re.findall(r"`(--[a-z-]+)`", PAGE)) | {"--data", "--database", "--config", "--output", "--help"}
    assert named == options()


def test_the_line_of_the_page_has_the_fields_of_a_real_one() -> None:
    (line,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert list(json.loads(line)) == list(EventLine.__struct_encode_fields__)


def test_the_page_knows_the_numbers() -> None:
    assert f"{Settings().audit_retention_days} days by default" in PAGE
    assert f"{VALUE_MAX_BYTES // 1024} KiB" in PAGE
