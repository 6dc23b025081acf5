"""What a check comes to."""

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from modelry.settings import Settings
from modelry.storage.database import Connection

State = Literal["ok", "warning", "failed"]


class Result(NamedTuple):
    """How something is."""

    state: State
    text: str
    advice: str = ""
    """What to do; empty when there is nothing to do."""


OfFolder: TypeAlias = Callable[[Settings], Result]
OfDatabase: TypeAlias = Callable[[Settings, Connection], Result]
