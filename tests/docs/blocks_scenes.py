"""What is there before the blocks of a page run, and what the names on the pages stand for."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.cli.team import READERS, made
from tests.databases import shared
from tests.docs.blocks_session import checkout
from tests.registry import Registry

Scene = Callable[[Registry, Path], Mapping[str, str]]
"""Makes it on the server and in the folder where the blocks run; what the page says, and what that is here."""


def everywhere(registry: Registry) -> dict[str, str]:
    """What stands for the same thing on every page."""
    return {
        "127.0.0.1:8632": registry.address,
        "ACCESS_KEY_ID=...": f"ACCESS_KEY_ID={registry.key_id}",
        "ACCESS_KEY_SECRET=...": f"ACCESS_KEY_SECRET={registry.secret}",
        "1234567890123456": registry.account_id,
    }


def in_a_checkout(registry: Registry, work: Path) -> Mapping[str, str]:
    """Nothing but the checkout, in which the reader of the README is."""
    checkout(work)
    return {}


def team(registry: Registry, work: Path) -> Mapping[str, str]:
    """The team of the tests of `modelry access`, and the policy of its readers in a file."""
    there = made(registry)
    (work / "new.json").write_text(json.dumps(READERS))
    return {"model-1": there.models["prod"], "workspace/123": f"workspace/{there.workspace_id}"}


def a_model(registry: Registry, work: Path) -> Mapping[str, str]:
    """A model."""
    from alibabacloud_aiworkspace20210204 import models as m

    model_id = registry.sdk().create_model(m.CreateModelRequest(model_name="the model of the page")).body.model_id
    return {"model-0a1b2c": model_id}


def a_database(registry: Registry, work: Path) -> Mapping[str, str]:
    """An empty PostgreSQL database."""
    return {"postgresql://modelry@db.example/modelry": shared().url(shared().new_database())}


def a_profile_of_the_cloud(registry: Registry, work: Path) -> Mapping[str, str]:
    """A profile of the `aliyun` command line with a key of the real service, to which nothing is sent."""
    folder = work.parent / "home/.aliyun"
    folder.mkdir()
    profile = {"name": "work", "mode": "AK", "access_key_id": "a", "access_key_secret": "b", "region_id": "cn-beijing"}
    (folder / "config.json").write_text(json.dumps({"current": "", "profiles": [profile]}))
    return {}


SCENES: Mapping[str, Scene] = {
    "README.md": in_a_checkout,
    "docs/access.md": team,
    "docs/audit.md": team,
    "docs/client.md": a_profile_of_the_cloud,
    "docs/maintenance.md": a_database,
    "docs/running.md": a_model,
}
"""By page; on others there is what a first start makes."""
