"""`modelry tls`: what it makes is believed by clients that are not ours, under the names it is for and no others."""

import os
import shlex
import shutil
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.registry import Registry, running

CLOUD = "aiworkspace.cn-hangzhou.aliyuncs.com"

REDIRECTED = """
import os, socket

_real = socket.getaddrinfo

def getaddrinfo(host, port, *rest, **more):
    if isinstance(host, str) and host.endswith(".aliyuncs.com"):
        assert int(port) == 443, port
        host, port = "127.0.0.1", int(os.environ["REGISTRY_PORT"])
    return _real(host, port, *rest, **more)

socket.getaddrinfo = getaddrinfo
"""
"""A `sitecustomize` that does what a line of /etc/hosts and port 443 do."""


def tls(*arguments: str, home: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "modelry", "tls", *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates for this machine and for the cloud's names."""
    home = tmp_path_factory.mktemp("tls")
    made = tls("init", "--cloud-region", "cn-hangzhou", "--data", str(home / "data"), home=home)
    assert (made.returncode, made.stderr) == (0, "")
    return home / "data/tls"


@pytest.fixture(scope="module")
def server(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    files = ("--tls-cert", str(folder / "server.pem"), "--tls-key", str(folder / "server.key"))
    with running(tmp_path_factory.mktemp("served") / "data", *files) as registry:
        yield registry


def client(server: Registry, folder: Path, tmp_path: Path, program: str, *arguments: str) -> str:
    """What a program prints that reaches the server under the cloud's names and trusts the authority alone."""
    (tmp_path / "sitecustomize.py").write_text(REDIRECTED)
    ca = str(folder / "ca.pem")
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(tmp_path),
            "REGISTRY_PORT": str(server.port),
            "SSL_CERT_FILE": ca,
            "REQUESTS_CA_BUNDLE": ca,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def handshake(server: Registry, ca: Path, host: str) -> str | None:
    """The version of TLS that a client agrees on with the server, which it calls `host`."""
    context = ssl.create_default_context(cafile=str(ca))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", server.port)) as raw,
        context.wrap_socket(raw, server_hostname=host) as connection,
    ):
        return connection.version()


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def hosts(path: Path) -> list[str]:
    names = certificate(path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]


def test_an_sdk_whose_endpoint_is_the_cloud_s_own_reaches_the_registry(
    server: Registry, folder: Path, tmp_path: Path
) -> None:
    program = f"""
import sys
from alibabacloud_aiworkspace20210204 import models
from alibabacloud_aiworkspace20210204.client import Client
from alibabacloud_tea_openapi.models import Config

client = Client(Config(access_key_id=sys.argv[1], access_key_secret=sys.argv[2], endpoint="{CLOUD}"))
print(client.create_model(models.CreateModelRequest(model_name="over https")).body.model_id)
"""
    model_id = client(server, folder, tmp_path, program, server.key_id, server.secret)
    assert model_id.startswith("model-")


def test_an_sdk_that_only_knows_its_region_reaches_the_registry(server: Registry, folder: Path, tmp_path: Path) -> None:
    program = """
import sys
from alibabacloud_aiworkspace20210204 import models
from alibabacloud_aiworkspace20210204.client import Client
from alibabacloud_tea_openapi.models import Config

client = Client(Config(access_key_id=sys.argv[1], access_key_secret=sys.argv[2], region_id="cn-hangzhou"))
print(len(client.list_workspaces(models.ListWorkspacesRequest()).body.workspaces))
"""
    assert client(server, folder, tmp_path, program, server.key_id, server.secret) == "1"


def test_the_credentials_library_assumes_a_role_over_https(server: Registry, folder: Path, tmp_path: Path) -> None:
    """It has `sts.<region>.aliyuncs.com` built in."""
    key, role = assumable(server, folder, tmp_path)
    program = """
import sys
from alibabacloud_credentials.client import Client as Credentials
from alibabacloud_credentials.models import Config as CredentialsConfig
from alibabacloud_sts20150401.client import Client
from alibabacloud_tea_openapi.models import Config

credentials = Credentials(
    CredentialsConfig(
        type="ram_role_arn",
        access_key_id=sys.argv[1],
        access_key_secret=sys.argv[2],
        role_arn=sys.argv[3],
        role_session_name="trainer",
        sts_endpoint="sts.cn-hangzhou.aliyuncs.com",
    )
)
client = Client(Config(credential=credentials, endpoint="sts.aliyuncs.com"))
print(client.get_caller_identity().body.arn)
"""
    arn = client(server, folder, tmp_path, program, *key, role)
    assert arn == f"acs:ram::{server.account_id}:assumed-role/training/trainer"


def assumable(server: Registry, folder: Path, tmp_path: Path) -> tuple[tuple[str, str], str]:
    """The key of a user that may assume a role, and the role's ARN; made over https too."""
    program = """
import json, sys
from alibabacloud_ram20150501 import models as ram
from alibabacloud_ram20150501.client import Client
from alibabacloud_tea_openapi.models import Config

client = Client(Config(access_key_id=sys.argv[1], access_key_secret=sys.argv[2], endpoint="ram.aliyuncs.com"))
client.create_user(ram.CreateUserRequest(user_name="trainer"))
client.attach_policy_to_user(
    ram.AttachPolicyToUserRequest(
        policy_type="System", policy_name="AliyunSTSAssumeRoleAccess", user_name="trainer"
    )
)
key = client.create_access_key(ram.CreateAccessKeyRequest(user_name="trainer")).body.access_key
trust = {
    "Version": "1",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{sys.argv[3]}:root"]}}
    ],
}
role = client.create_role(
    ram.CreateRoleRequest(role_name="training", assume_role_policy_document=json.dumps(trust))
).body.role
print(key.access_key_id, key.access_key_secret, role.arn)
"""
    key_id, secret, arn = client(
        server, folder, tmp_path, program, server.key_id, server.secret, server.account_id
    ).split()
    return (key_id, secret), arn


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", CLOUD, "resourcemanager.aliyuncs.com"])
def test_the_server_is_believed_under_each_of_its_names(server: Registry, folder: Path, host: str) -> None:
    assert handshake(server, folder / "ca.pem", host) == "TLSv1.3"


@pytest.mark.parametrize("host", ["example.com", "aiworkspace.cn-shanghai.aliyuncs.com", "127.0.0.2"])
def test_the_server_is_not_believed_under_another_name(server: Registry, folder: Path, host: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"match|mismatch"):
        handshake(server, folder / "ca.pem", host)


def test_the_server_is_not_believed_by_who_does_not_know_the_authority(server: Registry, tmp_path: Path) -> None:
    assert tls("init", "--dir", str(tmp_path), home=tmp_path).returncode == 0
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, tmp_path / "ca.pem", "localhost")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(("name", "code"), [("localhost", 0), (CLOUD, 0), ("example.com", 60)])
def test_curl_agrees(server: Registry, folder: Path, name: str, code: int) -> None:
    run = subprocess.run(
        [
            *("curl", "--silent", "--cacert", str(folder / "ca.pem"), "--noproxy", "*"),
            *("--connect-to", f"{name}:443:127.0.0.1:{server.port}", f"https://{name}/healthz"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == code
    assert ("ok" in run.stdout) is (code == 0)


def test_the_authority_cannot_vouch_for_a_host_that_it_was_not_made_for(folder: Path, tmp_path: Path) -> None:
    """Whoever reads its key cannot be anybody else to those who trust it."""
    stolen = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    assert isinstance(stolen, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    forged = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(certificate(folder / "ca.pem").subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("bank.example.com")]), critical=True)
        .sign(stolen, hashes.SHA256())
    )
    (tmp_path / "forged.pem").write_bytes(forged.public_bytes(serialization.Encoding.PEM))
    run = subprocess.run(
        ["openssl", "verify", "-CAfile", str(folder / "ca.pem"), str(tmp_path / "forged.pem")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert "permitted subtree violation" in run.stdout + run.stderr


def test_the_keys_are_for_their_owner_alone(folder: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"ca.key": 0o600, "server.key": 0o600, "ca.pem": 0o644, "server.pem": 0o644}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_lines_to_copy_work(folder: Path, tmp_path: Path) -> None:
    lines = tls("show", "--dir", str(folder), home=tmp_path).stdout.splitlines()
    (serve,) = (shlex.split(line) for line in lines if line.startswith("modelry serve"))
    assert serve[2:4] == ["--port", "443"]
    exports = dict(line.removeprefix("export ").split("=") for line in lines if line.startswith("export "))
    assert set(exports) == {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "MODELRY_CA_FILE"}
    with running(tmp_path / "data", *serve[4:]) as registry:
        assert handshake(registry, Path(exports["SSL_CERT_FILE"]), CLOUD)
    assert lines[-1].split()[1:] == [host for host in hosts(folder / "server.pem") if host.endswith(".aliyuncs.com")]


def test_without_a_region_there_is_nothing_of_the_cloud(tmp_path: Path) -> None:
    made = tls("init", "--host", "modelry.example.com", "--host", "10.0.0.5", "--dir", str(tmp_path), home=tmp_path)
    assert hosts(tmp_path / "server.pem") == ["modelry.example.com", "10.0.0.5"]
    assert "\nmodelry serve --host 0.0.0.0 --tls-cert " in made.stdout
    assert "aliyuncs" not in made.stdout
    assert "/etc/hosts" not in made.stdout


def test_the_folder_is_in_the_data_folder_of_the_settings(tmp_path: Path) -> None:
    assert tls("init", home=tmp_path, MODELRY_DATA=str(tmp_path / "data")).returncode == 0
    assert (tmp_path / "data/tls/ca.pem").exists()


def test_an_authority_that_is_there_is_kept(tmp_path: Path) -> None:
    tls("init", "--dir", str(tmp_path), home=tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = tls("init", "--dir", str(tmp_path), home=tmp_path)
    assert (again.returncode, again.stdout) == (1, "")
    assert "--force" in again.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_force_replaces_it(tmp_path: Path) -> None:
    tls("init", "--dir", str(tmp_path), home=tmp_path)
    before = certificate(tmp_path / "ca.pem")
    assert tls("init", "--force", "--host", "::1", "--dir", str(tmp_path), home=tmp_path).returncode == 0
    assert certificate(tmp_path / "ca.pem").public_key() != before.public_key()
    assert hosts(tmp_path / "server.pem") == ["::1"]


def test_a_renewed_certificate_is_believed_by_who_has_the_authority(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "tls"
    shutil.copytree(folder, copy)
    before = certificate(copy / "server.pem")
    assert tls("renew", "--dir", str(copy), home=tmp_path).returncode == 0
    after = certificate(copy / "server.pem")
    assert after.serial_number != before.serial_number
    assert after.public_key() != before.public_key()
    assert hosts(copy / "server.pem") == hosts(folder / "server.pem")
    files = ("--tls-cert", str(copy / "server.pem"), "--tls-key", str(copy / "server.key"))
    with running(tmp_path / "data", *files) as registry:
        assert handshake(registry, folder / "ca.pem", "localhost")


def test_the_times_are_those_that_clients_accept(folder: Path) -> None:
    now = datetime.now(UTC)
    authority, leaf = certificate(folder / "ca.pem"), certificate(folder / "server.pem")
    assert timedelta(days=9 * 365) < authority.not_valid_after_utc - now < timedelta(days=10 * 366)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=398)
    assert leaf.not_valid_before_utc < now - timedelta(minutes=5)
    assert leaf.not_valid_after_utc <= authority.not_valid_after_utc


@pytest.mark.parametrize("command", ["show", "renew"])
def test_where_there_is_nothing_it_says_what_to_do(tmp_path: Path, command: str) -> None:
    run = tls(command, "--dir", str(tmp_path / "none"), home=tmp_path)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.count("\n") == 1
    assert "modelry tls init" in run.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--host", ""),
        ("--host", "a b"),
        ("--host", "*.example.com"),
        ("--host=-x.example.com",),
        ("--host", "https://localhost"),
        ("--host", "localhost:8632"),
        ("--host", "例え.jp"),
        ("--host", f"{'a' * 64}.com"),
        ("--cloud-region", "cn hangzhou"),
        ("--cloud-region", "CN-Hangzhou"),
        ("--cloud-region", ""),
        ("--cloud-region", "x.evil.com/"),
    ],
)
def test_a_name_that_is_none_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    run = tls("init", *arguments, "--dir", str(tmp_path / "tls"), home=tmp_path)
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    assert not (tmp_path / "tls").exists()


@pytest.mark.parametrize(
    "damage", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_damaged_key_is_named(folder: Path, tmp_path: Path, damage: bytes) -> None:
    copy = tmp_path / "tls"
    shutil.copytree(folder, copy)
    (copy / "ca.key").write_bytes(damage)
    before = (copy / "server.pem").read_bytes()
    run = tls("renew", "--dir", str(copy), home=tmp_path)
    assert run.returncode == 1
    assert "ca.key" in run.stderr
    assert "Traceback" not in run.stderr
    assert (copy / "server.pem").read_bytes() == before


def test_the_key_of_another_authority_is_noticed(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "tls"
    shutil.copytree(folder, copy)
    tls("init", "--dir", str(tmp_path / "other"), home=tmp_path)
    shutil.copy(tmp_path / "other/ca.key", copy / "ca.key")
    run = tls("renew", "--dir", str(copy), home=tmp_path)
    assert run.returncode == 1
    assert "is not the key of" in run.stderr


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    run = tls("init", "--dir", str(tmp_path / "file/tls"), home=tmp_path)
    assert (run.returncode, run.stderr.count("\n")) == (1, 1)
    assert "cannot be written" in run.stderr
