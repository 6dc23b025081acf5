"""Which access key to sign with, and where it belongs, by the conventions of the cloud's own tools."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

import msgspec

from modelry.client.address import Address, Cloud
from modelry.client.failures import CredentialsError

if TYPE_CHECKING:
    from modelry.settings import Settings

_DEFAULT_PORT: Final = 8632
_DEFAULT_ADDRESS: Final = f"127.0.0.1:{_DEFAULT_PORT}"

_FORMS: Final = {
    "access_key_id": re.compile(r"[A-Za-z0-9_.-]{1,128}"),
    "access_key_secret": re.compile(r"[!-~]{1,256}"),
    "security_token": re.compile(r"[!-~]{0,8192}"),
}


class Credentials(msgspec.Struct, frozen=True):
    """An access key: permanent, or temporary with its security token.

    Raises:
        CredentialsError: at construction, when a part holds what none does, such as a blank or a line's end.
    """

    access_key_id: str
    access_key_secret: str
    security_token: str = ""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if not _FORMS[name].fullmatch(getattr(self, name)):
                words = name.replace("_", " ")
                raise CredentialsError(f"the {words} is empty, too long, or has characters that none has")

    def __repr__(self) -> str:
        """The id alone."""
        return f"Credentials({self.access_key_id!r})"


class Found(msgspec.Struct, frozen=True):
    """A key, and what the place where it was found says about the server that it belongs to."""

    credentials: Credentials | Callable[[], Credentials]
    origin: str
    """Where the key was found, for people."""
    endpoint: str = ""
    protocol: str = ""
    region: str = ""
    """Where there is no endpoint: of the cloud."""


class Setup(msgspec.Struct, frozen=True):
    """All that a client needs."""

    server: Address | Cloud
    credentials: Credentials | Callable[[], Credentials]
    origin: str
    ca_file: str | None


class Given(TypedDict, total=False):
    """What a caller says outright; `None` and the empty text say nothing."""

    endpoint: str | None
    """host:port or a URL, for all products."""
    protocol: str | None
    region: str | None
    """Of the real service, where no endpoint is given."""
    access_key_id: str | None
    access_key_secret: str | None
    security_token: str | None
    profile: str | None
    """One of `~/.aliyun/config.json`."""
    data: str | None
    """The data folder of a server on this machine."""


def found(environment: Mapping[str, str] = os.environ, **arguments: Unpack[Given]) -> Setup:
    """The key and the address that arguments, environment, profiles or this machine's data folder give.

    Raises:
        CredentialsError: there is no key, or one that cannot be used.
        ValueError: the endpoint, the protocol or the region is none.
    """
    key = next(filter(None, (look(environment, arguments) for look in _PLACES)), None)
    if key is None:
        raise CredentialsError(
            "no access key: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or run"
            f" `aliyun configure`; and there is no readable key in {_local_settings(environment, arguments).folder}"
        )
    return Setup(
        server=_server(environment, arguments, key),
        credentials=key.credentials,
        origin=key.origin,
        ca_file=environment.get("MODELRY_CA_FILE") or None,
    )


def _server(environment: Mapping[str, str], arguments: Given, key: Found) -> Address | Cloud:
    """Where to send: what is said outright, then what belongs to the key."""
    protocol = arguments.get("protocol") or environment.get("MODELRY_PROTOCOL") or None
    region = arguments.get("region")
    said = arguments.get("endpoint") or (None if region else environment.get("MODELRY_ENDPOINT"))
    if said:
        return Address.of(said, protocol)
    if region:
        return Cloud(region)
    if key.endpoint:
        return Address.of(key.endpoint, protocol or key.protocol or None)
    return Cloud(key.region) if key.region else Address.of(_DEFAULT_ADDRESS, protocol)


# The places, in their order.


def _given(environment: Mapping[str, str], arguments: Given) -> Found | None:  # noqa: ARG001  as the other places
    key_id, secret = arguments.get("access_key_id"), arguments.get("access_key_secret")
    names = ("access_key_id", "access_key_secret")
    return _key((key_id or "", secret or "", arguments.get("security_token") or ""), names, "the arguments")


def _named_folder(environment: Mapping[str, str], arguments: Given) -> Found | None:
    return _local(environment, arguments) if arguments.get("data") else None


def _named_profile(environment: Mapping[str, str], arguments: Given) -> Found | None:
    return _profile(environment, arguments) if arguments.get("profile") else None


def _cloud_variables(environment: Mapping[str, str], arguments: Given) -> Found | None:  # noqa: ARG001  as above
    key = _variables(environment, "ALIBABA_CLOUD_")
    if key is None:
        return None
    # A region alone does not mean the real service: the lines that a server prints for `aliyun` have one too.
    return Found(key.credentials, key.origin, endpoint=environment.get("ALIBABA_CLOUD_ENDPOINT", ""))


def _variable_profile(environment: Mapping[str, str], arguments: Given) -> Found | None:
    return _profile(environment, arguments) if environment.get("ALIBABA_CLOUD_PROFILE") else None


def _current_profile(environment: Mapping[str, str], arguments: Given) -> Found | None:
    if environment.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "").lower() == "true":
        return None
    return _profile(environment, arguments)


def _own_variables(environment: Mapping[str, str], arguments: Given) -> Found | None:  # noqa: ARG001  as above
    return _variables(environment, "MODELRY_")


def _local(environment: Mapping[str, str], arguments: Given) -> Found | None:
    """The account's own key, in the data folder of a server on this machine."""
    settings = _local_settings(environment, arguments)
    path = settings.folder / "root_access_key.json"
    if settings.root_access_key_id and settings.root_access_key_secret:
        key, origin = Credentials(settings.root_access_key_id, settings.root_access_key_secret), "the server's settings"
    else:
        try:
            written = msgspec.json.decode(path.read_bytes(), type=_KeyFile)
        except OSError:
            return None
        except msgspec.DecodeError as error:
            raise CredentialsError(f"{path} is no access key: {error}") from error
        key, origin = Credentials(written.access_key_id, written.access_key_secret), str(path)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  not bound here
    endpoint = f"{f'[{host}]' if ':' in host else host}:{settings.port or _DEFAULT_PORT}"
    return Found(key, origin, endpoint=endpoint, protocol="https" if settings.tls_cert else "http")


# What says Modelry, or was said outright, comes before what a machine that also speaks to the real service has.
_PLACES = (
    _given,
    _named_folder,
    _named_profile,
    _own_variables,
    _cloud_variables,
    _variable_profile,
    _local,
    _current_profile,
)


# Parts of the above.


class _KeyFile(msgspec.Struct, frozen=True, rename="pascal"):
    access_key_id: str
    access_key_secret: str


def _variables(environment: Mapping[str, str], prefix: str) -> Found | None:
    names = (f"{prefix}ACCESS_KEY_ID", f"{prefix}ACCESS_KEY_SECRET")
    key_id, secret, token = (environment.get(name, "").strip() for name in (*names, f"{prefix}SECURITY_TOKEN"))
    return _key((key_id, secret, token), names, f"the environment ({prefix}*)")


def _key(values: tuple[str, str, str], names: tuple[str, str], origin: str) -> Found | None:
    """A key of id, secret and token; half a key is a mistake that is better named than passed over."""
    key_id, secret, _ = values
    if bool(key_id) != bool(secret):
        present, absent = names if key_id else reversed(names)
        raise CredentialsError(f"{present} is given without {absent}")
    return Found(Credentials(*values), origin) if key_id else None


def _local_settings(environment: Mapping[str, str], arguments: Given) -> "Settings":
    from modelry.settings import SettingsError, loaded  # noqa: PLC0415  most calls need no settings

    data = arguments.get("data")
    try:
        return loaded({"data": data} if data else {}, environment)
    except SettingsError as error:
        raise CredentialsError(str(error)) from error


# Profiles of the `aliyun` command line.


class _Profile(msgspec.Struct, frozen=True):
    name: str = ""
    mode: str = ""
    access_key_id: str = ""
    access_key_secret: str = ""
    sts_token: str = ""
    region_id: str = ""
    endpoint: str = ""


class _ProfileFile(msgspec.Struct, frozen=True):
    current: str = ""
    profiles: list[_Profile] = []


def _profile(environment: Mapping[str, str], arguments: Given) -> Found | None:
    """The profile that is named, or else the current one, which may be empty as `aliyun` first writes it."""
    path = Path(environment.get("HOME") or "~").expanduser() / ".aliyun/config.json"
    named = arguments.get("profile") or environment.get("ALIBABA_CLOUD_PROFILE")
    file = _profiles(path, needed=bool(named))
    name = named or file.current
    profile = next((p for p in file.profiles if p.name == name), None)
    if profile is None:
        if not named:
            return None
        raise CredentialsError(f"{path} has no profile {name!r}; it has {', '.join(p.name for p in file.profiles)}")
    key = _profile_key(profile, path)
    if key is None:
        if not named:
            return None
        raise CredentialsError(f"the profile {name!r} in {path} has no access key")
    endpoint = profile.endpoint or environment.get("ALIBABA_CLOUD_ENDPOINT", "")
    return Found(key, f"the profile {name!r} in {path}", endpoint=endpoint, region=profile.region_id)


def _profiles(path: Path, *, needed: bool) -> _ProfileFile:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_ProfileFile)
    except FileNotFoundError as error:
        if needed:
            raise CredentialsError(f"there is no {path}, which a profile would be in") from error
        return _ProfileFile()
    except OSError as error:
        raise CredentialsError(f"{path} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CredentialsError(f"{path} is no configuration of the aliyun command line: {error}") from error


def _profile_key(profile: _Profile, path: Path) -> Credentials | Callable[[], Credentials] | None:
    """The key of a profile; `None` when it is empty."""
    if profile.mode not in {"AK", "StsToken", ""}:
        return _official(profile, path)
    if not (profile.access_key_id and profile.access_key_secret):
        return None
    token = profile.sts_token if profile.mode == "StsToken" else ""
    return Credentials(profile.access_key_id, profile.access_key_secret, token)


def _official(profile: _Profile, path: Path) -> Callable[[], Credentials]:
    """The keys of a profile whose mode needs calls of its own, through the cloud's own package.

    Raises:
        CredentialsError: at once when the package is not installed, and from the result when it gets no key.
    """
    try:
        from alibabacloud_credentials.provider import CLIProfileCredentialsProvider  # noqa: PLC0415  optional and slow
    except ImportError as error:
        raise CredentialsError(
            f"the profile {profile.name!r} in {path} has the mode {profile.mode}; only AK and StsToken work by"
            " themselves, the others with the package alibabacloud-credentials: pip install alibabacloud-credentials"
        ) from error
    provider = CLIProfileCredentialsProvider(profile_name=profile.name, profile_file=str(path))

    def current() -> Credentials:
        try:
            key = provider.get_credentials()
        except Exception as error:  # its errors have no common ancestor
            message = f"the profile {profile.name!r} of mode {profile.mode} gave no key: {error}"
            raise CredentialsError(message) from error
        return Credentials(key.get_access_key_id(), key.get_access_key_secret(), key.get_security_token() or "")

    return current
