"""Every setting: what it means, its unit and its default. A flag wins over the environment, that over the file."""

import os
import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import unquote

import msgspec
from msgspec import Meta

from modelry.contract.notes import field_notes

ENV_PREFIX = "MODELRY_"
_SECRETS = ("root_access_key_id", "root_access_key_secret", "sealing_key")
"""Never taken from a flag, which every user of the machine can read."""

_QUERY_SECRETS = ("password", "sslpassword", "passfile")
_SCHEMES = ("postgresql://", "postgres://")
_URL = re.compile(r"(?P<scheme>\w+://)(?:(?P<user>[^/]*|[^?]*)@)?(?P<place>[^?]*)(?:\?(?P<query>.*))?\Z", re.DOTALL)
"""As libpq takes one apart: `?` and `@` may be in a password. One with a `/` is none, and is hidden too."""

_LISTS = ("trusted_proxies",)
"""Written with commas in a flag or the environment, where there are no lists."""

Network = IPv4Network | IPv6Network
Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1)]


class Setting(NamedTuple):
    """A setting as it counts, and why."""

    value: Any
    origin: str
    """`--port`, `MODELRY_PORT`, `MODELRY_SEALING_KEY_FILE=/run/key`, the name of the settings file, or `default`."""
    secret: bool


class SettingsError(Exception):
    """A setting is wrong; the message names it and where it came from."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a server runs."""

    data: str = ""
    """Folder of everything that is kept; by default `modelry` in the XDG data directory."""

    database: str | None = None
    """PostgreSQL database to keep the data in, as a URL (`postgresql://user@host/name`), which several servers may
    share; by default SQLite, in the data folder. Give a password with PGPASSWORD or a password file, or the whole URL
    by the environment: every user of the machine can read flags."""

    database_prepared: bool = True
    """Prepare statements in sessions of their own; off for a connection pooler that hands a session to another client
    after each transaction."""

    database_timeout_s: Annotated[int, Meta(ge=1, le=3600)] = 10
    """How long PostgreSQL may take for a statement or a connection, in seconds."""

    host: str = "127.0.0.1"
    """Address to listen on."""

    port: Port = 8632
    """TCP port; 0 takes a free one and prints it."""

    workers: Annotated[int, Meta(ge=1, le=64)] = 1
    """Processes that answer requests."""

    account_id: Annotated[str, Meta(pattern="^[1-9][0-9]{15}$")] | None = None
    """Main account, 16 digits; generated at the first start if not given, and fixed from then on."""

    region: Annotated[str, Meta(pattern="^[a-z0-9-]{1,64}$")] | None = None
    """Region that the data belongs to; `cn-hangzhou` at the first start if not given, and fixed from then on."""

    tls_cert: str | None = None
    """PEM file with the server's certificate chain; with `tls_key`, the server speaks HTTPS."""

    tls_key: str | None = None
    """PEM file with the certificate's key."""

    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of the proxies whose X-Forwarded-For and X-Forwarded-Proto count; a list in TOML, with
    commas between them elsewhere."""

    root_access_key_id: str | None = None
    """Id of the account's own access key at the first start; generated if not given. Environment only."""

    root_access_key_secret: str | None = None
    """Secret of the account's own access key at the first start; generated if not given. Environment only."""

    sealing_key: str | None = None
    """64 hexadecimal digits that seal the secrets in the database; otherwise the file `sealing.key` beside it, which
    the first start makes. Environment only."""

    require_nonce: bool = False
    """Refuse requests without a nonce, which the `aliyun` command line sends."""

    allow_hmac_sha1: bool = True
    """Accept the older signatures over HMAC-SHA1 (ROA and RPC 1.0), which Terraform and the `aliyun` command line
    use."""

    nonce_table_bytes: Annotated[int, Meta(ge=2**20, le=2**36)] = 64 * 2**20
    """Size of the machine's table of used nonces: 16 bytes for each read of the last 15 minutes."""

    synchronous: Literal["FULL", "NORMAL"] = "FULL"
    """`FULL`: an acknowledged write survives the machine's crash; `NORMAL`: the process's."""

    max_body_bytes: Annotated[int, Meta(ge=1024, le=2**30)] = 4 * 2**20
    """Largest request body, in bytes."""

    max_connections: Positive = 65536
    """Connections that a worker keeps open, idle ones included; more wait."""

    backlog: Positive = 2048
    """Connections that wait to be accepted."""

    header_timeout_s: Annotated[int, Meta(ge=1, le=3600)] = 30
    """How long a connection may take to send the head of a request, in seconds."""

    body_timeout_s: Annotated[int, Meta(ge=1, le=3600)] = 30
    """How long a request's body may take to arrive, in seconds."""

    max_waiting: Positive = 1024
    """Writes, and lists, that wait for their turn; more are throttled."""

    max_wait_ms: Annotated[int, Meta(ge=50, le=3_600_000)] = 2500
    """How long a request may wait before it is begun, in milliseconds; then it is throttled and not carried out."""

    max_in_flight: Positive = 4096
    """Requests that a worker has under way; more are throttled."""

    max_bodies_bytes: Annotated[int, Meta(ge=2**20, le=2**40)] = 256 * 2**20
    """Bytes of request bodies that a worker keeps at once; a body beyond that is throttled."""

    unread_timeout_s: Annotated[int, Meta(ge=1, le=3600)] = 60
    """How long a client may leave an answer unread before its connection is closed, in seconds."""

    rate_limit: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    """Requests a second that an access key may make, over all workers; more are throttled. 0: no limit."""

    rate_burst: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    """Requests of an access key that may come at once; 0: as many as in a second."""

    write_rate_limit: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    """Of these, writes a second that an access key may make; more are throttled. 0: no limit of their own."""

    write_rate_burst: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    """Writes of an access key that may come at once; 0: as many as in a second."""

    access_log: bool = True
    """One line of JSON a request, on standard error."""

    audit_retention_days: Annotated[int, Meta(ge=0, le=36500)] = 400
    """Days that the audit keeps a row; 0 keeps all of them."""

    migration_backups: Annotated[int, Meta(ge=0, le=1000)] = 3
    """Backups made before a migration of the schema that stay in `backups` of the data folder; 0 makes none."""

    demo: bool = False
    """Put a few realistic models into a registry that has none."""

    @property
    def folder(self) -> Path:
        """The data folder."""
        return Path(self.data) if self.data else _default_folder(os.environ)

    @property
    def trusted_networks(self) -> tuple[Network, ...]:
        """`trusted_proxies`, read.

        Raises:
            SettingsError: one of them is no address or network.
        """
        return tuple(map(_network, self.trusted_proxies))


FLAGS = tuple(name for name in Settings.__struct_fields__ if name not in _SECRETS)
"""The settings that have a flag: `max_body_bytes` is `--max-body-bytes`."""


def described() -> dict[str, str]:
    """What each setting means, as its line above says."""
    return field_notes(Settings)


def loaded(flags: Mapping[str, str | bool], environment: Mapping[str, str], file: Path | None = None) -> Settings:
    """The settings of a run.

    `MODELRY_PORT` in the environment is `port`; `MODELRY_ROOT_ACCESS_KEY_SECRET_FILE` names a file that holds
    `root_access_key_secret`, as container secrets do. `file` is TOML.

    Raises:
        SettingsError: an unknown or a wrong setting.
    """
    return _settings({name: value for name, (value, _) in _given(flags, environment, file).items()})


def origins(
    flags: Mapping[str, str | bool], environment: Mapping[str, str], file: Path | None = None
) -> dict[str, Setting]:
    """Every setting of such a run with where it comes from, in the order in which they are documented.

    Raises:
        SettingsError: as `loaded`.
    """
    given = _given(flags, environment, file)
    settings = _settings({name: value for name, (value, _) in given.items()})
    found = {}
    shown = {"data": str(settings.folder), "database": without_password(settings.database)}
    for name in Settings.__struct_fields__:
        value = shown.get(name, getattr(settings, name))
        found[name] = Setting(value, given[name][1] if name in given else "default", name in _SECRETS)
    return found


def is_database(text: str) -> bool:
    """Whether a text is the URL of a database rather than the name of a folder."""
    return text.startswith(_SCHEMES)


def without_password(url: str | None) -> str | None:
    """A database's URL as it may be shown, also one that libpq cannot read."""
    found = _URL.match(url or "")
    if url is None or found is None:
        return url
    user = "" if found["user"] is None else f"{found['user'].partition(':')[0]}@"
    pairs = [pair.partition("=") for pair in (found["query"] or "").split("&")]
    query = "&".join("".join(pair) for pair in pairs if pair[1] and unquote(pair[0]).lower() not in _QUERY_SECRETS)
    return f"{found['scheme']}{user}{found['place']}{'?' if query else ''}{query}"


def _given(
    flags: Mapping[str, str | bool], environment: Mapping[str, str], file: Path | None
) -> dict[str, tuple[Any, str]]:
    """What is set, each with where it comes from."""
    values: dict[str, tuple[Any, str]] = {}
    if file is not None:
        import tomllib  # noqa: PLC0415  few runs have a file, and every command reads settings

        try:
            values |= {name: (value, str(file)) for name, value in tomllib.loads(file.read_text()).items()}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            message = f"the settings file {file} cannot be read: {error}"
            raise SettingsError(message) from error
    values |= _from_environment(environment)
    values |= {name: (value, f"--{name.replace('_', '-')}") for name, value in flags.items() if name in FLAGS}
    return values


def _settings(values: dict[str, Any]) -> Settings:
    values |= {name: _entries(values[name]) for name in _LISTS if isinstance(values.get(name), str)}
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        message = f"a setting is wrong: {error}"
        raise SettingsError(message) from error
    if bool(settings.tls_cert) != bool(settings.tls_key):
        message = "tls_cert and tls_key are given together or not at all"
        raise SettingsError(message)
    if bool(settings.root_access_key_id) != bool(settings.root_access_key_secret):
        message = "root_access_key_id and root_access_key_secret are given together or not at all"
        raise SettingsError(message)
    for proxy in settings.trusted_proxies:
        _network(proxy)
    if settings.database is not None and not is_database(settings.database):
        raise SettingsError("database is the URL of a PostgreSQL database: postgresql://user@host/name")
    return settings


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",")] if text.strip() else []


def _network(text: str) -> Network:
    try:
        network = ip_network(text)
    except ValueError as error:
        message = f"trusted_proxies: {text!r} is neither an address nor a network: {error}"
        raise SettingsError(message) from error
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped:
        message = f"trusted_proxies: {text!r} is written as IPv6 and means IPv4: write it as that"
        raise SettingsError(message)
    return network


def _from_environment(environment: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    values: dict[str, tuple[Any, str]] = {}
    for name in Settings.__struct_fields__:
        variable = ENV_PREFIX + name.upper()
        path = environment.get(f"{variable}_FILE")
        if path:
            try:
                values[name] = Path(path).read_text().strip(), f"{variable}_FILE={path}"
            except (OSError, UnicodeDecodeError) as error:
                message = f"{variable}_FILE names a file that cannot be read: {error}"
                raise SettingsError(message) from error
        elif environment.get(variable):
            values[name] = environment[variable], variable
    return values


def _default_folder(environment: Mapping[str, str]) -> Path:
    base = environment.get("XDG_DATA_HOME") or Path(environment.get("HOME") or "/var/lib") / ".local/share"
    return Path(base) / "modelry"
