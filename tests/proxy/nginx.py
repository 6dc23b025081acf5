"""The real nginx in front of a server, with the configuration that the page recommends or one that differs from it."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import trustme

from tests.registry import Registry

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
"""The program; `None` where it is not installed."""

_PAGE = Path(__file__).parents[2] / "docs/proxy.md"
_PATIENCE_S = 10

_AROUND = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{block}}}
"""


@dataclass(frozen=True)
class Proxy:
    """A running nginx: the server behind it, as it is seen through it."""

    plain: Registry
    tls: Registry
    authority: Path
    """PEM file of the authority that signed its certificate."""


def recommended() -> str:
    """The block of the page."""
    (block,) = re.findall(r"^```nginx\n(.*?)^```", _PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert isinstance(block, str)
    return block


def changed(text: str, changes: Mapping[str, str]) -> str:
    """A text in which each of some lines, which has to be there once, is another."""
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@contextmanager
def in_front_of(registry: Registry, folder: Path, block: str) -> Iterator[Proxy]:
    """A running nginx for the length of a test; everything that it writes is in `folder`."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(folder / "chain.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    plain, tls = _free_ports(2)
    here = {
        "server 127.0.0.1:8632;": f"server {registry.address};",
        "listen 443 ssl;": f"listen 127.0.0.1:{plain}; listen 127.0.0.1:{tls} ssl;",
        "/etc/nginx/modelry/chain.pem": f"{folder}/chain.pem",
        "/etc/nginx/modelry/key.pem": f"{folder}/key.pem",
    }
    file = folder / "nginx.conf"
    file.write_text(_AROUND.format(folder=folder, block=changed(block, here)))
    with _running(folder, file, plain):
        yield Proxy(
            replace(registry, address=f"127.0.0.1:{plain}"),
            replace(registry, address=f"127.0.0.1:{tls}", protocol="https"),
            folder / "ca.pem",
        )


@contextmanager
def _running(folder: Path, file: Path, port: int) -> Iterator[None]:
    assert NGINX is not None
    with (folder / "stderr").open("w") as errors:
        process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(file)], stderr=errors)
    try:
        _wait_for(process, folder, port)
        yield
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def _wait_for(process: "subprocess.Popen[bytes]", folder: Path, port: int) -> None:
    give_up = time.monotonic() + _PATIENCE_S
    while time.monotonic() < give_up and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise AssertionError(f"nginx did not start:\n{(folder / 'stderr').read_text()}")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
