"""What the tests of the RPC products share: a server for each file, its account's clients, and users to act as."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from alibabacloud_ram20150501.client import Client as Ram
from alibabacloud_resourcemanager20200331.client import Client as ResourceManager
from alibabacloud_sts20150401.client import Client as Sts

from tests.contract.ram.rpc_calls import RpcCalls, User, fresh_name
from tests.registry import Registry, running

Policies = Sequence[str | Mapping[str, object]]
"""Names of system policies, and documents of custom ones."""
NewUser = Callable[..., User]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server of this file alone, so that its lists hold what its tests made."""
    with running(tmp_path_factory.mktemp("ram") / "data") as server:
        yield server


@pytest.fixture
def ram(registry: Registry) -> Ram:
    """The official SDK of RAM, signing with the account's own key."""
    return registry.ram_sdk()


@pytest.fixture
def sts(registry: Registry) -> Sts:
    """The official SDK of STS, likewise."""
    return registry.sts_sdk()


@pytest.fixture
def resource_manager(registry: Registry) -> ResourceManager:
    """The official SDK of Resource Manager, likewise."""
    return registry.resourcemanager_sdk()


@pytest.fixture
def call_ram(ram: Ram) -> RpcCalls:
    """Calls RAM with fields alone, and answers as plain data."""
    return RpcCalls(ram)


@pytest.fixture
def call_sts(sts: Sts) -> RpcCalls:
    """STS, likewise."""
    return RpcCalls(sts)


@pytest.fixture
def call_resource_manager(resource_manager: ResourceManager) -> RpcCalls:
    """Resource Manager, likewise."""
    return RpcCalls(resource_manager)


@pytest.fixture
def new_user(registry: Registry, call_ram: RpcCalls) -> NewUser:
    """Makes users: `new_user(["AdministratorAccess"])`, `new_user([{"Version": "1", "Statement": [...]}])`."""

    def made(policies: Policies = (), name: str = "") -> User:
        name = name or fresh_name("user")
        user = call_ram("create_user", user_name=name).user
        key = call_ram("create_access_key", user_name=name).access_key
        for policy in policies:
            policy_name, policy_type = _stored(call_ram, policy)
            call_ram("attach_policy_to_user", user_name=name, policy_name=policy_name, policy_type=policy_type)
        return User(registry, name, user.user_id, key.access_key_id, key.access_key_secret)

    return made


def _stored(call_ram: RpcCalls, policy: str | Mapping[str, object]) -> tuple[str, str]:
    """Name and type of a policy; a document is stored first."""
    if isinstance(policy, str):
        return policy, "System"
    name = fresh_name("policy")
    call_ram("create_policy", policy_name=name, policy_document=json.dumps(policy))
    return name, "Custom"
