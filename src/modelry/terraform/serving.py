"""The provider as a process that Terraform starts.

Source: the handshake of HashiCorp's go-plugin.
"""

import base64
import os
import signal
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from modelry.terraform.provider import AlicloudProvider, add_to

COOKIE = ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
"""What Terraform sets for the programs that it starts."""

THREADS = 64
"""More than anybody's `-parallelism`; each waits for the registry most of the time."""

_LOOK_S = 0.5


def serve() -> int:
    """Answer Terraform until it says so or is gone; the exit code."""
    if os.environ.get(COOKIE[0]) != COOKIE[1]:
        print("This is a provider of Terraform, which starts it by itself: see docs/terraform.md", file=sys.stderr)  # noqa: T201
        return 1
    # An interrupt goes to Terraform too, which then asks for the end and waits for what is under way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent, ended = os.getppid(), threading.Event()
    with tempfile.TemporaryDirectory(prefix="modelry-") as folder:
        socket = Path(folder) / "provider"
        certificate, credentials = _tls()
        server = grpc.server(ThreadPoolExecutor(THREADS))
        add_to(server, AlicloudProvider())
        server.add_generic_rpc_handlers((_controller(ended),))
        server.add_secure_port(f"unix://{socket}", credentials)
        server.start()
        shown = base64.b64encode(certificate).decode().rstrip("=")
        print(f"1|6|unix|{socket}|grpc|{shown}", flush=True)  # noqa: T201  the handshake
        while not ended.wait(_LOOK_S) and os.getppid() == parent:
            pass
        server.stop(_LOOK_S).wait()
    return 0


def _controller(ended: threading.Event) -> grpc.GenericRpcHandler:
    """The service by which Terraform says that it is done."""

    def shut_down(request: bytes, context: Any) -> bytes:  # noqa: ANN401, ARG001  as grpc calls it
        ended.set()
        return b""

    return grpc.method_handlers_generic_handler(
        "plugin.GRPCController", {"Shutdown": grpc.unary_unary_rpc_method_handler(shut_down)}
    )


def _tls() -> tuple[bytes, grpc.ServerCredentials]:
    """A certificate for this process alone, whose public half Terraform reads in the handshake."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    credentials = grpc.ssl_server_credentials([(private, certificate.public_bytes(Encoding.PEM))])
    return certificate.public_bytes(Encoding.DER), credentials
