"""A certificate authority for one server and its certificate: files that are made, renewed and read.

The authority can vouch for the hosts it was made for and for no others, so that who trusts it on a machine does not
hand that machine to whoever reads its key. ECDSA on P-256, which every client of the last ten years knows.
"""

import ipaddress
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CA_DAYS = 3652
_CERT_DAYS = 397
"""What browsers and Apple's systems accept at most."""
_NO_END = datetime.max.replace(tzinfo=UTC)
_CLOCK_SKEW = timedelta(hours=1)
_HOST = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
_REGION = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CLOUD = (
    "aiworkspace.{region}.aliyuncs.com",
    "aiworkspace.aliyuncs.com",
    "ram.aliyuncs.com",
    "sts.{region}.aliyuncs.com",
    "sts.aliyuncs.com",
    "resourcemanager.aliyuncs.com",
)
"""The names that clients have built in. Source: the endpoint tables of the official SDKs."""


class CertificateError(Exception):
    """The certificates cannot be made or read; the message says why and what to do."""


class Certificates(NamedTuple):
    """What a folder holds."""

    ca_file: Path
    cert_file: Path
    key_file: Path
    hosts: tuple[str, ...]
    ca_until: datetime
    cert_until: datetime
    ca_fingerprint: str
    """SHA-256, in hexadecimal with colons."""


class _Files(NamedTuple):
    ca: Path
    ca_key: Path
    cert: Path
    key: Path


def cloud_hosts(region: str) -> tuple[str, ...]:
    """The cloud's own names of what this server offers, in a region.

    Raises:
        CertificateError: no region is written so.
    """
    if not _REGION.fullmatch(region):
        raise CertificateError(f"{region!r} is no region; one is written cn-hangzhou")
    return tuple(name.format(region=region) for name in _CLOUD)


def made(folder: Path, hosts: Sequence[str], *, replace: bool = False) -> Certificates:
    """A new authority and a certificate for these names and addresses.

    Raises:
        CertificateError: there is an authority and it is not to be replaced, a host is none, or the folder cannot be
            written.
    """
    files = _files(folder)
    names = [_name(host) for host in dict.fromkeys(hosts)]
    if files.ca.exists() and not replace:
        raise CertificateError(
            f"{files.ca} is there already: `modelry tls renew` makes a new certificate from it;"
            " --force replaces it, and then every client has to be given the new one"
        )
    ca_key = ec.generate_private_key(ec.SECP256R1())
    authority = _authority(ca_key, names)
    with _writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _issue(files, authority, ca_key, names)
        _write(files.ca_key, _private(ca_key), 0o600)
        # Last, so that what was cut off before can be made again.
        _write(files.ca, authority.public_bytes(serialization.Encoding.PEM), 0o644)
    return found(folder)


def renewed(folder: Path) -> Certificates:
    """A new certificate, with a new key, for the same hosts and from the same authority.

    Raises:
        CertificateError: there is none to renew, or the authority itself has run out.
    """
    files = _files(folder)
    authority, ca_key = _read(files.ca), _read_key(files.ca_key)
    if authority.public_key() != ca_key.public_key():
        raise CertificateError(f"{files.ca_key} is not the key of {files.ca}: bring the right one back")
    if authority.not_valid_after_utc <= datetime.now(UTC):
        raise CertificateError(f"{files.ca} is no longer valid: `modelry tls init --force` makes a new authority")
    names = list(_names(_read(files.cert)))
    with _writing(folder):
        _issue(files, authority, ca_key, names)
    return found(folder)


def found(folder: Path) -> Certificates:
    """What a folder holds.

    Raises:
        CertificateError: nothing, or something that cannot be read.
    """
    files = _files(folder)
    authority, certificate = _read(files.ca), _read(files.cert)
    return Certificates(
        ca_file=files.ca,
        cert_file=files.cert,
        key_file=files.key,
        hosts=tuple(str(name.value) for name in _names(certificate)),
        ca_until=authority.not_valid_after_utc,
        cert_until=certificate.not_valid_after_utc,
        ca_fingerprint=authority.fingerprint(hashes.SHA256()).hex(":").upper(),
    )


def _files(folder: Path) -> _Files:
    return _Files(folder / "ca.pem", folder / "ca.key", folder / "server.pem", folder / "server.key")


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    name = host.lower().removesuffix(".")
    if not _HOST.fullmatch(name):
        raise CertificateError(f"{host!r} is neither a DNS name nor an address")
    return x509.DNSName(name)


def _permitted(name: x509.GeneralName) -> x509.GeneralName:
    """The narrowest constraint that allows a name; of a DNS name it also allows what is below it."""
    return x509.IPAddress(ipaddress.ip_network(name.value)) if isinstance(name, x509.IPAddress) else name


def _authority(key: ec.EllipticCurvePrivateKey, names: list[x509.GeneralName]) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Modelry"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Modelry authority {os.urandom(4).hex()}"),
        ]
    )
    constraints = x509.NameConstraints([_permitted(name) for name in names], None)
    return (
        _begun(subject, subject, key.public_key(), _CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(constraints, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _issue(
    files: _Files, authority: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey, names: list[x509.GeneralName]
) -> None:
    """Write a new certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Modelry")])
    certificate = (
        _begun(subject, authority.subject, key.public_key(), _CERT_DAYS, authority.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    _write(files.key, _private(key), 0o600)
    _write(files.cert, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    days: int,
    latest: datetime = _NO_END,
) -> x509.CertificateBuilder:
    """A certificate from an hour ago, as clocks differ, for some days, and not beyond `latest`."""
    begin = datetime.now(UTC) - _CLOCK_SKEW
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(min(begin + timedelta(days=days), latest))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _names(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError as error:
        raise CertificateError(f"{path} is not there: `modelry tls init` makes it") from error
    except (OSError, ValueError) as error:
        raise CertificateError(f"{path} cannot be read: {error}") from error


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except FileNotFoundError as error:
        raise CertificateError(f"{path} is not there: bring it back, or make a new authority with --force") from error
    except (OSError, ValueError, TypeError) as error:
        raise CertificateError(f"{path} cannot be read: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateError(f"{path} is no key of a kind that is made here")
    return key


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CertificateError(f"{folder} cannot be written: {error.strerror}") from error


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole: nobody sees half of it, and a key is never readable by others."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)
