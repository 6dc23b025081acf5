"""Clients that go on writing through an outage, and what has to be true of every answer that they got."""

import contextlib
import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from typing import Literal, NamedTuple, TypeAlias
from uuid import uuid4

from tests.fleet import Fleet
from tests.wire_client import Wire

_MODELS = "/api/v1/models"
_UNCERTAIN = "may have been"
Said: TypeAlias = Literal["done", "refused", "unknown"]
"""What the client knows: it was done, nothing was changed, or neither."""


class Attempt(NamedTuple):
    """A request to add a version whose `Uri` no other request has, and what came of it."""

    model_id: str
    uri: str
    said: Said
    took_s: float


class Client(threading.Thread):
    """Adds versions to a model until it is stopped, and reads it now and then, whatever is answered."""

    def __init__(self, wire: Wire, model_id: str) -> None:
        super().__init__(daemon=True)
        self.wire = wire
        self.model_id = model_id
        self.attempts: list[Attempt] = []
        self.reads: Counter[int] = Counter()
        """By status; 0 for none."""
        self.slowest_read_s = 0.0
        self.unexpected: list[object] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        for number in itertools.count():
            if self.stopping.is_set():
                return
            if number % 3:
                self.add_version()
            else:
                self.read()

    def add_version(self) -> None:
        uri, began = f"oss://b.e/{uuid4().hex}/", time.monotonic()
        said = self._said(uri)
        self.attempts.append(Attempt(self.model_id, uri, said, time.monotonic() - began))
        if said != "done":
            time.sleep(0.05)

    def read(self) -> None:
        began, status = time.monotonic(), 0
        with contextlib.suppress(OSError, HTTPException):
            status = self.wire.ask("GET", f"{_MODELS}/{self.model_id}").status
        self.reads[status] += 1
        self.slowest_read_s = max(self.slowest_read_s, time.monotonic() - began)

    def _said(self, uri: str) -> Said:
        try:
            answer = self.wire.ask("POST", f"{_MODELS}/{self.model_id}/versions", {"Uri": uri})
        except (OSError, HTTPException):
            return "unknown"
        if answer.status == 200:
            return "done"
        if answer.status in {503, 429} and answer.code in {"ServiceUnavailable", "Throttling", "Throttling.User"}:
            return "unknown" if _UNCERTAIN in answer.json["Message"] else "refused"
        self.unexpected.append((answer.status, answer.body))
        return "unknown"


class Load(NamedTuple):
    """All the clients of a test."""

    clients: Sequence[Client]

    def done(self) -> int:
        """Writes that were acknowledged so far."""
        return sum(attempt.said == "done" for client in self.clients for attempt in list(client.attempts))

    def goes_on(self, patience_s: float = 60) -> float:
        """Wait until every client has a write acknowledged that it begins from now on; seconds that it took."""
        began = time.monotonic()
        starts = [len(client.attempts) + 1 for client in self.clients]  # one may be under way
        while not all(_has_done(client, start) for client, start in zip(self.clients, starts, strict=True)):
            assert time.monotonic() - began < patience_s, "writes are not answered again"
            time.sleep(0.05)
        return time.monotonic() - began


def _has_done(client: Client, start: int) -> bool:
    return any(attempt.said == "done" for attempt in list(client.attempts)[start:])


@contextmanager
def load(fleet: Fleet, *, clients: int = 9) -> Iterator[Load]:
    """Write and read through all servers until the block ends."""
    models = [fleet.wire().new_model() for _ in range(3)]
    made = [Client(fleet.wire(n), random.choice(models)) for n in range(clients)]
    for client in made:
        client.start()
    try:
        yield Load(made)
    finally:
        for client in made:
            client.stopping.set()
        for client in made:
            client.join(60)


def assert_true(fleet: Fleet, said: Load) -> Counter[Said]:
    """Every answer was true, on every server; how many there were of each kind.

    What was acknowledged is there once, what was refused is not, and what nobody knows is there once or not at all.
    """
    assert not any(client.is_alive() for client in said.clients)
    assert [client.unexpected for client in said.clients if client.unexpected] == []
    attempts = [attempt for client in said.clients for attempt in client.attempts]
    for number in range(len(fleet.servers)):
        wire = fleet.wire(number)
        for model_id in {attempt.model_id for attempt in attempts}:
            versions = all_versions(wire, model_id)
            uris = Counter(uri for _, uri in versions)
            assert max(uris.values()) == 1, "a write was carried out twice"
            of_model = [attempt for attempt in attempts if attempt.model_id == model_id]
            assert [a for a in of_model if a.said == "done" and not uris[a.uri]] == [], "an acknowledged write is lost"
            assert [a for a in of_model if a.said == "refused" and uris[a.uri]] == [], "a refused write is there"
            assert {name for name, _ in versions} == {f"0.{n}.0" for n in range(1, len(versions) + 1)}
    return Counter(attempt.said for attempt in attempts)


def all_versions(wire: Wire, model_id: str) -> list[tuple[str, str]]:
    """Names and URIs of a model's versions."""
    found: list[tuple[str, str]] = []
    for page in itertools.count(1):
        answer = wire.ask("GET", f"{_MODELS}/{model_id}/versions?PageSize=1000&PageNumber={page}").json
        found += [(version["VersionName"], version["Uri"]) for version in answer["Versions"]]
        if len(answer["Versions"]) < 1000:
            return found
    raise AssertionError
