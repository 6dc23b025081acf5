"""The clients that a provider block asks for."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from modelry.client import Address, Client, Cloud, Credentials, CredentialsError
from modelry.client.credentials import Setup, found
from modelry.families.sts.operations import ASSUME_ROLE
from modelry.families.sts.structs import AssumeRole
from modelry.terraform.block import ARGUMENTS, OIDC, PRODUCTS, ROLE, Argument
from modelry.terraform.keys import Fetched, Renewed, by_file, by_instance_role, by_oidc, by_uri, read_token

DEFAULT_REGION = "cn-beijing"
"""The official provider's."""


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
        self._read_timeout_s = float(given["client_read_timeout"] or 60_000) / 1000
        self._connect_timeout_s = float(given["client_connect_timeout"] or 60_000) / 1000
        self._ca_file = environment.get("MODELRY_CA_FILE") or environment.get("SSL_CERT_FILE") or None
        setup = _found(given, config, environment)
        self._server = setup.server
        self._credentials = setup.credentials
        self.origin = setup.origin
        """Where the key was found."""
        if config.get("assume_role"):
            self._credentials = _assumed(self, setup.credentials, _nested(config, "assume_role"), environment)
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


def _assumed(
    connection: Connection,
    own: Credentials | Callable[[], Credentials],
    block: Mapping[str, Any],
    environment: Mapping[str, str],
) -> Renewed:
    """The key of a session that has assumed a role."""
    given = {a.name: _argument(a, block, environment) for a in ROLE}
    if not given["role_arn"]:
        raise ConfigurationError("assume_role", "`role_arn` is missing")
    lasts_s, absent = int(given["session_expiration"] or 3600), msgspec.UNSET
    request = AssumeRole(
        role_arn=given["role_arn"],
        role_session_name=given["session_name"] or "terraform",
        policy=given["policy"] or absent,
        external_id=given["external_id"] or absent,
        duration_seconds=lasts_s,
    )

    def fetch() -> Fetched:
        with connection.made(own) as client:
            key = client.call(ASSUME_ROLE, request).credentials
        credentials = Credentials(key.access_key_id, key.access_key_secret, key.security_token)
        return Fetched(credentials, time.time() + lasts_s)

    return Renewed(fetch)


class _Found(NamedTuple):
    server: Address | Cloud
    credentials: Credentials | Callable[[], Credentials]
    origin: str


def _found(given: Mapping[str, Any], config: Mapping[str, Any], environment: Mapping[str, str]) -> _Found:
    """The key and where it is used: what is given, else what the command line would take."""
    own = dict(_own_endpoints(given, _nested(config, "endpoints"), environment))
    somewhere = own["AIWorkSpace"].url if "AIWorkSpace" in own else environment.get("MODELRY_ENDPOINT")
    try:
        if source := _source(given, config, environment, own, somewhere):
            return source
        setup = _asked(given, environment, own.get("AIWorkSpace"), is_placed=bool(somewhere))
        region = given["region"]
        cloud = Cloud(region) if region and isinstance(setup.server, Cloud) else setup.server
    except CredentialsError as error:
        raise ConfigurationError("access_key", str(error)) from error
    except ValueError as error:
        raise ConfigurationError(None, str(error)) from error
    return _Found(_places(cloud, own), setup.credentials, setup.origin)


def _asked(given: Mapping[str, Any], environment: Mapping[str, str], main: Address | None, *, is_placed: bool) -> Setup:
    """What the command line would take."""
    own_key = bool(given["access_key"] or given["secret_key"])
    return found(
        environment,
        access_key_id=given["access_key"],
        access_key_secret=given["secret_key"],
        security_token=given["security_token"],
        profile=given["profile"],
        protocol=given["protocol"],
        endpoint=main.url if main else None,
        region=(given["region"] or DEFAULT_REGION) if own_key and not is_placed else None,
    )


def _places(server: Address | Cloud, own: Mapping[str, Address]) -> Places:
    if isinstance(server, Address):
        return Places(region=DEFAULT_REGION, own=own, everything_else=server)
    return Places(region=server.region, own=own)


def _source(
    given: Mapping[str, Any],
    config: Mapping[str, Any],
    environment: Mapping[str, str],
    own: Mapping[str, Address],
    somewhere: str | None,
) -> _Found | None:
    """A key that is fetched, or read from a file that is named; None where neither is asked for."""
    server = Address.of(somewhere, given["protocol"]) if somewhere else Cloud(given["region"] or DEFAULT_REGION)
    places = _places(server, own)
    if config.get("assume_role_with_oidc"):
        fetch = _by_oidc(places, _nested(config, "assume_role_with_oidc"), environment)
        return _Found(places, Renewed(fetch), "OIDC")
    if given["access_key"] or given["secret_key"]:
        return None
    if path := given["shared_credentials_file"]:
        return _Found(places, by_file(Path(path).expanduser(), given["profile"] or ""), path)
    if uri := given["credentials_uri"]:
        return _Found(places, Renewed(lambda: by_uri(uri)), uri)
    if role := given["ecs_role_name"]:
        return _Found(places, Renewed(lambda: by_instance_role(role, environment)), f"the instance's role {role}")
    return None


def _by_oidc(places: Places, block: Mapping[str, Any], environment: Mapping[str, str]) -> Callable[[], Fetched]:
    given = {a.name: _argument(a, block, environment) for a in OIDC}
    for needed in ("oidc_provider_arn", "role_arn"):
        if not given[needed]:
            raise ConfigurationError("assume_role_with_oidc", f"`{needed}` is missing")
    token, file = given["oidc_token"], given["oidc_token_file"]
    if not (token or file):
        raise ConfigurationError("assume_role_with_oidc", "`oidc_token` or `oidc_token_file` is missing")
    asked = {
        "OIDCProviderArn": given["oidc_provider_arn"],
        "RoleArn": given["role_arn"],
        "RoleSessionName": given["role_session_name"] or "terraform",
        "DurationSeconds": str(int(given["session_expiration"] or 3600)),
        **({"Policy": given["policy"]} if given["policy"] else {}),
    }
    return lambda: by_oidc(places.address("Sts"), asked, lambda: token or read_token(file))


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
