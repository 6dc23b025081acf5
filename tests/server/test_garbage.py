"""What a request leaves behind is gone with it: what only the collector finds costs a pause that every other one feels.

A worker that answered refusals for a second once stood still for a quarter of one, to find what they had left.
"""

import asyncio
import gc
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modelry.access.principal import Principal
from modelry.access.sealing import Sealer
from modelry.bench import data, examples, signed
from modelry.bench.data import Registry, Sizes
from modelry.bench.signed import Plain, Signer
from modelry.families.ram.keys import store as keys
from modelry.server.app import Application, application, memory
from modelry.server.start import RootKey, prepare
from modelry.settings import Settings
from modelry.storage.sqlite import write_alone

REQUESTS = 60
SIZES = Sizes(models=REQUESTS, versions=1, workspaces=1)
STRANGER = RootKey("LTAIstranger0000000000001", "a secret of a stranger")

Make = Callable[[Registry, int], Plain]
ASKED: dict[str, tuple[int, Make]] = {
    "a model": (200, lambda there, number: signed.get_model(there.model_ids[number])),
    "a list": (200, lambda _, number: signed.list_models(PageSize=str(number % 9 + 1))),
    "a search": (200, lambda _, number: signed.list_models(Query=f"sentiment-{number}")),
    "versions": (200, lambda there, number: signed.list_model_versions(there.model_ids[number])),
    "a new model": (200, lambda there, number: new_model(there, f"new-{number}")),
    "a change": (200, lambda there, number: signed.update_model(there.model_ids[number], ModelDescription="new")),
    "a label": (200, lambda there, number: signed.create_model_labels(there.model_ids[number], stage=f"s-{number}")),
    "a name that is taken": (409, lambda there, number: new_model(there, f"sentiment-{number:07d}")),
    "a model that is not there": (404, lambda _, number: signed.get_model(f"model-{number}")),
    "a change of one that is not there": (404, lambda _, number: signed.update_model(f"model-{number}")),
    "a parameter that is wrong": (400, lambda *_: signed.list_models(PageSize="many")),
    "a stranger's model": (403, lambda there, number: signed.get_model(there.model_ids[number])),
    "a stranger's change": (403, lambda there, number: signed.update_model(there.model_ids[number])),
    "a stranger's list": (403, lambda *_: signed.list_models()),
}


def new_model(there: Registry, name: str) -> Plain:
    return signed.create_model(examples.new_model(name, there.workspace_ids[-1], random.Random(1)))


class Inside:
    """A worker in this process."""

    def __init__(self, folder: Path) -> None:
        self.registry = data.made(folder, SIZES, lambda *_: None)
        settings = Settings(data=str(folder), access_log=False)
        prepared = prepare(settings)
        key_id, secret = STRANGER.access_key_id, STRANGER.access_key_secret
        account_id = prepared.instance.account_id
        stranger = Principal(account_id=account_id, user_id="200000000000001", access_key_id=key_id)
        sealed = Sealer(prepared.sealing_key).seal(secret, belongs_to=key_id)
        write_alone(folder, lambda transaction: keys.add_key(transaction, keys.StoredKey(stranger, "Active", sealed)))
        self.application: Application = application(settings, prepared, memory(settings))
        self.loop = asyncio.new_event_loop()

    def answered(self, signer: Signer, plain: Plain) -> int:
        """The status of the answer to one request."""
        pieces = [{"type": "http.request", "body": plain.body}]
        statuses: list[int] = []
        scope = {
            "type": "http",
            "client": ("127.0.0.1", 40000),
            "scheme": "http",
            "method": plain.method,
            "raw_path": plain.path.encode(),
            "query_string": signed.target(plain).partition("?")[2].encode(),
            "headers": [(name.lower(), value) for name, value in signer.headers(plain)],
        }

        async def receive() -> dict[str, Any]:
            return pieces.pop() if pieces else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            statuses.extend(filter(None, [message.get("status")]))

        self.loop.run_until_complete(self.application(scope, receive, send))
        return statuses[0]


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    made = Inside(tmp_path_factory.mktemp("inside") / "data")
    yield made
    made.loop.close()


@pytest.mark.parametrize("what", ASKED)
def test_a_request_leaves_nothing_that_only_the_collector_finds(inside: Inside, what: str) -> None:
    status, make = ASKED[what]
    signer = Signer(STRANGER if "stranger" in what else inside.registry.root)
    plains = [make(inside.registry, number) for number in range(REQUESTS)]
    half = REQUESTS // 2
    assert {inside.answered(signer, plain) for plain in plains[:half]} == {status}
    gc.collect()
    gc.disable()
    try:
        for plain in plains[half:]:
            inside.answered(signer, plain)
        assert gc.collect() < half
    finally:
        gc.enable()
