"""Calls of one step in the life of a resource."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from modelry import families
from modelry.client import Client
from modelry.client.paging import entries
from modelry.contract.operation import AnyOperation
from modelry.contract.resource_type import OperationName, ResourceType
from modelry.terraform.patience import Patience
from modelry.terraform.requests import Fields, request


def operation(name: OperationName) -> AnyOperation:
    """The operation that a declaration names."""
    return _operations()[name]


@cache
def _operations() -> dict[str, AnyOperation]:
    return {each.full_name: each for each in families.operations()}


@dataclass(frozen=True, slots=True)
class Call:
    """Calls of one step."""

    kind: ResourceType
    client: Client
    patience: Patience

    def __call__(self, operation: AnyOperation, fields: Fields) -> Any:  # noqa: ANN401  any answer
        """The answer to a request that carries `fields`."""
        return self.call(operation, request(self.kind, operation, fields))

    def call(self, operation: AnyOperation, request: Any) -> Any:  # noqa: ANN401  any request
        """The answer to a request."""
        return self.patience.call(self.client, operation, request)

    def entries(self, operation: AnyOperation, fields: Fields) -> Iterator[Any]:
        """The entries of a list on all its pages."""
        return entries(self, operation, request(self.kind, operation, fields))
