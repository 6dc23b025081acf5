"""What a registry has to do to be compared: the rows, and what each registry sends for them."""

import random
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from modelry.bench.data import Sizes
from modelry.bench.examples import TEAMS, new_model, new_version
from modelry.bench.processes import Running
from modelry.families.labels.structs import Label

PAGE_SIZE = 20


class Row(NamedTuple):
    """One kind of request, of every registry."""

    name: str
    title: str
    writes: bool = False


ROWS = (
    Row("get", "Get a model"),
    Row("deep", "Get the model with many versions"),
    Row("tag", "Search by a tag"),
    Row("name", "Search by a part of the name"),
    Row("list", "List, page 1 of 20"),
    Row("create", "Create a model", writes=True),
    Row("version", "Create a version", writes=True),
)


class Peer(Protocol):
    """A registry with data in it."""

    @property
    def title(self) -> str:
        """Its name, version and database."""

    def served(self) -> AbstractContextManager[Running]:
        """Its server on the server's core, on the data."""

    def requests(self, row: str, count: int) -> Iterator[bytes]:
        """So many whole HTTP requests, made now, each different where that is possible."""

    def expected(self, row: str) -> int:
        """The status of a good answer."""


class Fields(NamedTuple):
    """A model or a version as a registry of names, texts and tags sees it."""

    description: str
    tags: dict[str, str]
    source: str = ""


class Names:
    """Names and contents that all registries have in common, by random chance."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self.chance = random.Random()

    def model(self) -> str:
        """The name of a model that there is."""
        return model_name(self.chance.randrange(self._sizes.models))

    def part(self) -> str:
        """A part of the names of ten models."""
        return self.model()[:-1]

    def new(self) -> str:
        """A name that there is not."""
        return f"new-{self.chance.getrandbits(80):x}"

    def team(self) -> str:
        """A tag's value that every fortieth model has."""
        return f"team-{self.chance.randrange(TEAMS):02d}"


def model_name(number: int) -> str:
    """As the data has it."""
    return f"sentiment-{number:07d}"


def model_fields(chance: random.Random) -> Fields:
    """The content of a model of ours, for registries that have tags only."""
    return _fields(msgspec.json.decode(msgspec.json.encode(new_model("", "", chance))), "ModelDescription")


def version_fields(chance: random.Random) -> Fields:
    """The content of a version of ours."""
    return _fields(msgspec.json.decode(msgspec.json.encode(new_version("", chance))), "VersionDescription")


def _fields(ours: Mapping[str, object], description: str) -> Fields:
    tags: dict[str, str] = {}
    for name, value in ours.items():
        if name == "Labels":
            tags |= {label.key: str(label.value) for label in msgspec.convert(value, list[Label])}
        elif name not in {description, "ModelName", "ModelId", "WorkspaceId", "Uri"}:
            tags[name] = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return Fields(
        str(ours[description]), {key: text for key, text in tags.items() if text != "{}"}, str(ours.get("Uri", ""))
    )


def http(port: int, method: str, target: str, body: object = None) -> bytes:
    """A whole request with a JSON body, as a plain client sends it."""
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n"
    if body is None:
        return f"{head}\r\n".encode()
    text = msgspec.json.encode(body)
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text


def log_of(folder: Path) -> Path:
    """Where a registry's server writes what it says."""
    return folder / "server.log"
