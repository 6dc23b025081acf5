"""Keys that are fetched, and fetched again before they end.

Sources: Alibaba Cloud's documentation of instance metadata, of credentials URIs and of AssumeRoleWithOIDC.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from modelry.client import Address, Credentials, CredentialsError

METADATA = "http://100.100.100.200"
"""Where an instance of the cloud asks about itself."""

_TIMEOUT_S = 10.0
_EARLY_S = 300.0
"""How long before its end a key is replaced; half of its life where that is shorter."""
_TOKEN_S = 21_600
_MOST_BYTES = 1 << 20


class Fetched(NamedTuple):
    """A temporary key, and when it ends by this machine's clock."""

    credentials: Credentials
    end_s: float


class Renewed:
    """The key for now; asked from many threads, fetched by one."""

    def __init__(self, fetch: Callable[[], Fetched]) -> None:
        """Nothing is fetched yet; `fetch` raises ClientError."""
        self._fetch = fetch
        self._lock = threading.Lock()
        self._kept: Fetched | None = None
        self._renew_s = 0.0

    def __call__(self) -> Credentials:
        """The key.

        Raises:
            ClientError: there is none.
        """
        with self._lock:
            now_s = time.time()
            if self._kept is None or now_s >= self._renew_s:
                self._kept = self._fetch_again(now_s)
                self._renew_s = self._kept.end_s - min(_EARLY_S, (self._kept.end_s - now_s) / 2)
            return self._kept.credentials

    def _fetch_again(self, now_s: float) -> Fetched:
        try:
            return self._fetch()
        except CredentialsError:
            if self._kept is None or now_s >= self._kept.end_s:
                raise
            return self._kept  # it still lasts


def by_uri(uri: str) -> Fetched:
    """What a credentials URI answers.

    Raises:
        CredentialsError: it answers no key.
    """
    return _key(_answer("GET", uri), uri)


def by_instance_role(role: str, environment: Mapping[str, str] = os.environ) -> Fetched:
    """The key of the role that the instance on which this runs has.

    Raises:
        CredentialsError: this is no instance, or it does not have the role.
    """
    if environment.get("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "").lower() == "true":
        raise CredentialsError("ALIBABA_CLOUD_ECS_METADATA_DISABLED keeps the instance from being asked for its key")
    headers = {"X-aliyun-ecs-metadata-token-ttl-seconds": str(_TOKEN_S)}
    try:
        token = _answer("PUT", f"{METADATA}/latest/api/token", headers).decode().strip()
        headers = {"X-aliyun-ecs-metadata-token": token}
    except CredentialsError:
        if environment.get("ALIBABA_CLOUD_IMDSV1_DISABLED", "").lower() == "true":
            raise
        headers = {}
    where = f"{METADATA}/latest/meta-data/ram/security-credentials/{role}"
    return _key(_answer("GET", where, headers), where)


def by_oidc(sts: Address, asked: Mapping[str, str], token: Callable[[], str]) -> Fetched:
    """The key of a session whose role is assumed with a token of an OIDC provider; the request has no signature.

    Raises:
        CredentialsError: STS answers no key.
    """
    from urllib.parse import urlencode  # noqa: PLC0415  few sign in so

    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    common = {"Action": "AssumeRoleWithOIDC", "Version": "2015-04-01", "Format": "JSON", "Timestamp": now}
    query = urlencode({**common, "SignatureNonce": os.urandom(16).hex()})
    form = urlencode({**asked, "OIDCToken": token()}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = _answer("POST", f"{sts.url}/?{query}", headers, form)
    return _key(answer, "AssumeRoleWithOIDC", "Credentials")


def by_file(path: Path, profile: str) -> Credentials:
    """The key of a profile in a file of the `aliyun` command line.

    Raises:
        CredentialsError: there is no such profile, or it has no key of its own.
    """
    try:
        written = json.loads(path.read_bytes())
        name = profile or written.get("current", "")
        (found,) = (each for each in written.get("profiles", ()) if each.get("name") == name)
    except OSError as error:
        raise CredentialsError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, AttributeError) as error:
        raise CredentialsError(f"{path} has no profile {profile!r}") from error
    if found.get("mode") not in {"AK", "StsToken"}:
        raise CredentialsError(f"the profile {name!r} in {path} has the mode {found.get('mode')}; AK and StsToken work")
    token = found.get("sts_token", "") if found["mode"] == "StsToken" else ""
    return Credentials(found.get("access_key_id", ""), found.get("access_key_secret", ""), token)


def read_token(path: str) -> str:
    """An OIDC token, which whoever runs this replaces now and then.

    Raises:
        CredentialsError: it cannot be read.
    """
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialsError(f"the OIDC token in {path} cannot be read: {error}") from error


def _key(answer: bytes, origin: str, within: str = "") -> Fetched:
    """The key in an answer."""
    try:
        told = json.loads(answer)
        told = told[within] if within else told
        if told.get("Code", "Success") != "Success":
            raise CredentialsError(f"{origin}: {told['Code']}: {told.get('Message', 'no key')}")
        parts = (told[name] for name in ("AccessKeyId", "AccessKeySecret", "SecurityToken"))
        end = datetime.fromisoformat(told["Expiration"])
        return Fetched(Credentials(*parts), end.timestamp())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CredentialsError(f"{origin} answers no key: {type(error).__name__} {error}") from error


def _answer(method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> bytes:
    """The body of a 200; no proxy is asked."""
    import urllib.error  # noqa: PLC0415  few sign in so
    import urllib.request  # noqa: PLC0415  as above

    if not url.startswith(("http://", "https://")):
        raise CredentialsError(f"{url} gives no key: it begins with neither http:// nor https://")
    try:
        request = urllib.request.Request(url, body, dict(headers or {}), method=method)  # noqa: S310  checked above
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=_TIMEOUT_S) as answer:
            return bytes(answer.read(_MOST_BYTES))
    except urllib.error.HTTPError as error:
        said = _told(error.read(_MOST_BYTES))
        raise CredentialsError(f"{url.partition('?')[0]} answers {error.code}{said}") from error
    except (OSError, ValueError) as error:
        raise CredentialsError(f"{url.partition('?')[0]} gives no key: {error}") from error


def _told(body: bytes) -> str:
    """The code and the message of an answer that is an error, where it has them."""
    try:
        told: Any = json.loads(body)
        return f": {told['Code']}: {told['Message']}" + (
            f" (RequestId {told['RequestId']})" if "RequestId" in told else ""
        )
    except (ValueError, KeyError, TypeError):
        return ""
