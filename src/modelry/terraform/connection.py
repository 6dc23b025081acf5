"""The clients that a provider block asks for."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from modelry.client import Address, Client, Cloud, Credentials, CredentialsError
from modelry.client.credentials import found
from modelry.families.sts.operations import ASSUME_ROLE
from modelry.families.sts.structs import AssumeRole
from modelry.terraform.block import ARGUMENTS, PRODUCTS, ROLE, Argument

DEFAULT_REGION = "cn-beijing"
"""The official provider's."""

_UNSUPPORTED = ("ecs_role_name", "credentials_uri", "shared_credentials_file")
_EARLY_S = 300.0
"""How long before its end a temporary key is replaced."""


class ConfigurationError(Exception):
    """An argument of the provider block cannot be used."""

    def __init__(self, argument: str | None, message: str) -> None:
        """`argument` is None when none of them is to blame."""
        self.argument = argument
        super().__init__(message)


class Places(Cloud, frozen=True):
    """The real service in one region, except for products that have an endpoint of their own."""

    own: Mapping[str, Address] = msgspec.field(default_factory=dict)
    everything_else: Address | None = None
    """Where the other products are, if not in the cloud."""

    def address(self, product: str) -> Address:
        """Where a product is."""
        return self.own.get(product) or self.everything_else or super().address(product)


class Connection:
    """Makes clients, one for each thread and patience, as a client is for one thread at a time."""

    def __init__(self, config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> None:
        """Nothing is sent yet.

        Raises:
            ConfigurationError: the key, the endpoint or another argument cannot be used.
        """
        given = {a.name: _argument(a, config, environment) for a in ARGUMENTS}
        for name in _UNSUPPORTED:
            if given[name] and not given["access_key"]:
                raise ConfigurationError(name, f"`{name}` is not supported here; give a key or a profile")
        if config.get("assume_role_with_oidc"):
            raise ConfigurationError("assume_role_with_oidc", "Signing in with OIDC is not supported here.")
        self._read_timeout_s = float(given["client_read_timeout"] or 60_000) / 1000
        self._connect_timeout_s = float(given["client_connect_timeout"] or 60_000) / 1000
        self._ca_file = environment.get("MODELRY_CA_FILE") or environment.get("SSL_CERT_FILE") or None
        setup = _found(given, config, environment)
        self._server = setup.server
        self._credentials = setup.credentials
        self.origin = setup.origin
        """Where the key was found."""
        if config.get("assume_role"):
            self._credentials = _Role(self, setup.credentials, _nested(config, "assume_role"), environment)
        self._kept = threading.local()
        self._made: list[Client] = []

    def client(self, longest_silence_s: float = 3600.0) -> Client:
        """A client for this thread."""
        timeout_s = min(self._read_timeout_s, longest_silence_s)
        clients: dict[float, Client] = self._kept.__dict__.setdefault("clients", {})
        if timeout_s not in clients:
            clients[timeout_s] = self.made(self._credentials, timeout_s)
            self._made.append(clients[timeout_s])
        return clients[timeout_s]

    def close(self) -> None:
        """Close what is open, once no thread calls any more."""
        for client in self._made:
            client.close()

    def made(self, credentials: Credentials | Callable[[], Credentials], timeout_s: float = 30.0) -> Client:
        """A new client with a key."""
        return Client(
            self._server,
            credentials,
            timeout_s=timeout_s,
            connect_timeout_s=min(self._connect_timeout_s, timeout_s),
            ca_file=self._ca_file,
        )


class _Role:
    """The key of a session that has assumed a role, renewed before it ends."""

    def __init__(
        self,
        connection: Connection,
        own: Credentials | Callable[[], Credentials],
        block: Mapping[str, Any],
        environment: Mapping[str, str],
    ) -> None:
        given = {a.name: _argument(a, block, environment) for a in ROLE}
        if not given["role_arn"]:
            raise ConfigurationError("assume_role", "`role_arn` is missing")
        self._lock = threading.Lock()
        self._connection, self._own = connection, own
        self._lasts_s = float(given["session_expiration"] or 3600)
        absent = msgspec.UNSET
        self._request = AssumeRole(
            role_arn=given["role_arn"],
            role_session_name=given["session_name"] or "terraform",
            policy=given["policy"] or absent,
            external_id=given["external_id"] or absent,
            duration_seconds=int(self._lasts_s),
        )
        self._key: Credentials | None = None
        self._end = 0.0

    def __call__(self) -> Credentials:
        """The key for now.

        Raises:
            ClientError: the role cannot be assumed.
        """
        with self._lock:
            if self._key is None or time.monotonic() > self._end:
                with self._connection.made(self._own) as client:
                    key = client.call(ASSUME_ROLE, self._request).credentials
                self._key = Credentials(key.access_key_id, key.access_key_secret, key.security_token)
                self._end = time.monotonic() + max(self._lasts_s - _EARLY_S, self._lasts_s / 2)
            return self._key


class _Found(NamedTuple):
    server: Address | Cloud
    credentials: Credentials | Callable[[], Credentials]
    origin: str


def _found(given: Mapping[str, Any], config: Mapping[str, Any], environment: Mapping[str, str]) -> _Found:
    """The key and where it is used: what is given, else what the command line would take."""
    own = dict(_own_endpoints(given, _nested(config, "endpoints"), environment))
    main, region = own.get("AIWorkSpace"), given["region"]
    own_key = bool(given["access_key"] or given["secret_key"])
    somewhere = main or environment.get("MODELRY_ENDPOINT")
    try:
        setup = found(
            environment,
            access_key_id=given["access_key"],
            access_key_secret=given["secret_key"],
            security_token=given["security_token"],
            profile=given["profile"],
            protocol=given["protocol"],
            endpoint=main.url if main else None,
            region=(region or DEFAULT_REGION) if own_key and not somewhere else None,
        )
        cloud = Cloud(region) if region and isinstance(setup.server, Cloud) else setup.server
    except CredentialsError as error:
        raise ConfigurationError("access_key", str(error)) from error
    except ValueError as error:
        raise ConfigurationError(None, str(error)) from error
    if isinstance(cloud, Address):
        return _Found(Places(region=DEFAULT_REGION, own=own, everything_else=cloud), setup.credentials, setup.origin)
    return _Found(Places(region=cloud.region, own=own), setup.credentials, setup.origin)


def _own_endpoints(
    given: Mapping[str, Any], block: Mapping[str, Any], environment: Mapping[str, str]
) -> Iterator[tuple[str, Address]]:
    """The endpoints that are named, by product."""
    for product, name in PRODUCTS.items():
        variables = (f"ALIBABA_CLOUD_ENDPOINT_{name.upper()}", f"{name.upper()}_ENDPOINT")
        said = block.get(name) or next(filter(None, map(environment.get, variables)), None)
        if said:
            try:
                yield product, Address.of(said, given["protocol"])
            except ValueError as error:
                raise ConfigurationError("endpoints", f"`{name}`: {error}") from error


def _argument(argument: Argument, block: Mapping[str, Any], environment: Mapping[str, str]) -> Any:  # noqa: ANN401
    given = block.get(argument.name)
    if given is not None and given != "":
        return given
    return next(filter(None, map(environment.get, argument.variables)), None)


def _nested(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    blocks = config.get(name) or [{}]
    first: Mapping[str, Any] = blocks[0]
    return first
