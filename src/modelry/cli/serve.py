"""`modelry serve`: prepare the data folder, start the workers, say where they are."""

import argparse
import ctypes
import gc
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelry import settings as all_settings
from modelry.cli.banner import banner
from modelry.settings import FLAGS, Settings, SettingsError, loaded

if TYPE_CHECKING:
    from modelry.server.app import Application
    from modelry.server.start import Prepared

_PR_SET_PDEATHSIG = 1
_READY_POLL_S = 0.005
_READY_PATIENCE_S = 30


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command and a flag for every setting that may be one."""
    parser = commands.add_parser("serve", help="start the server", description="Start the server.")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings in TOML; a flag or the environment wins")
    notes = all_settings.described()
    for name in FLAGS:
        flag = f"--{name.replace('_', '-')}"
        default = getattr(Settings(), name)
        if isinstance(default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=notes[name])
        else:
            parser.add_argument(flag, metavar=name.rsplit("_", 1)[-1].upper(), help=notes[name])
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    from modelry.server.start import StartError, free_port, prepare

    flags = {name: value for name in FLAGS if (value := getattr(given, name)) is not None}
    try:
        settings = loaded(flags, os.environ, given.config)
        held = free_port(settings.host, settings.port)
        prepared = prepare(settings)
    except (SettingsError, StartError) as error:
        print(f"modelry: {error}", file=sys.stderr)
        return 1
    for note in prepared.notes:
        print(f"modelry: {note}", file=sys.stderr)
    if settings.demo:
        from modelry.server.demo import fill

        fill(settings.folder, prepared.instance, prepared.root_key_id)
    port: int = held.getsockname()[1]
    ready = threading.Thread(target=_announce, args=(settings, prepared, port), daemon=True)
    ready.start()
    return _serve(settings, prepared, held, port)


def _serve(settings: Settings, prepared: "Prepared", held: socket.socket, port: int) -> int:
    from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes, SSLProtocols
    from granian.http import HTTP1Settings
    from granian.server.mp import MPServer

    from modelry.server.app import application
    from modelry.server.machine import MachineState

    parent = os.getpid()

    def load() -> "Application":
        _die_with(parent)
        held.close()
        return application(settings, prepared)

    server: Any = MPServer(
        "modelry",
        address=settings.host,
        port=port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        blocking_threads=1,
        runtime_mode=RuntimeModes.st,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        backlog=settings.backlog,
        backpressure=settings.max_connections,
        http1_settings=HTTP1Settings(header_read_timeout=settings.header_timeout_s * 1000),
        log_enabled=False,
        ssl_cert=Path(settings.tls_cert) if settings.tls_cert else None,
        ssl_key=Path(settings.tls_key) if settings.tls_key else None,
        ssl_protocol_min=SSLProtocols.tls12,
        workers_kill_timeout=30,
    )
    gc.collect()
    gc.freeze()  # what the parent has loaded stays shared with the workers
    server.serve(target_loader=load, wrap_loader=False)
    MachineState.attach(prepared.machine_state).close(clean=True)
    return 0


def _die_with(parent: int) -> None:
    """End this worker when its parent is killed: an orphan would go on holding the port and the data."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def _announce(settings: Settings, prepared: "Prepared", port: int) -> None:
    """Print the banner once the workers accept connections."""
    host = settings.host if settings.host not in {"0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104  compared, not bound
    end = time.monotonic() + _READY_PATIENCE_S
    while time.monotonic() < end:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(_READY_POLL_S)
        else:
            break
    print(banner(settings, prepared, host, port), flush=True)
