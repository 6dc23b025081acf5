"""The answer to a creation in a file of the user's, where a resource has an argument for it: it is told only once."""

import json
import os
from typing import Any

import msgspec

from modelry.contract.resource_type import ResourceType
from modelry.terraform.values import State


def kept(kind: ResourceType, planned: State, said: Any) -> str:  # noqa: ANN401  any answer
    """Write it, readable by its owner alone; why that failed, empty when it did not."""
    path = planned.get(kind.file) if kind.file else None
    if not path:
        return ""
    answer = {name: value for name, value in vars(said).items() if value is not msgspec.UNSET}
    written = {"".join(part.capitalize() for part in name.split("_")): value for name, value in answer.items()}
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123  its mode
            json.dump(written, file, indent="\t")
    except OSError as error:
        return f"{path}: {error.strerror}. The key was made; its secret is in the state."
    return ""
