"""The processes of a server: one parent that holds the folder and the port, and workers that answer.

Everything that is particular to granian is here, each with the behaviour that makes it necessary; all of it was
observed with granian 2.8.7.
"""

import asyncio
import contextlib
import ctypes
import gc
import os
import resource
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import granian._signals as granian_signals
import granian.server.mp as granian_workers
from granian._granian import SocketHolder, WorkerSignal
from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes, SSLProtocols
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from modelry.server.app import Application, Memory, application, memory
from modelry.server.handover import Handover
from modelry.server.machine import MachineState
from modelry.server.start import Prepared, StartError
from modelry.settings import Settings

_PR_SET_PDEATHSIG = 1
_OWN_DESCRIPTORS = 256
"""File descriptors that a worker needs besides its connections."""

_STOP_PATIENCE_S = 20

_LISTENING_S = 0.05
"""How long a worker takes at most until granian listens to its own signal; one that is stopped earlier just ends."""


def listening(settings: Settings) -> socket.socket:
    """A socket that listens on the host and port of the settings; port 0 takes a free one.

    Raises:
        StartError: something else listens there, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # What accepts connections passes this on to them; nothing else ends one whose client does not read.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, settings.unread_timeout_s * 1000)
        listener.bind((settings.host, settings.port))
        listener.listen(settings.backlog)
    except OSError as error:
        listener.close()
        place = f"{settings.host}:{settings.port}"
        raise StartError(
            f"cannot listen on {place}: {error.strerror}; choose another --port (0 takes a free one)"
        ) from error
    return listener


def serve(
    settings: Settings,
    prepared: Prepared,
    listener: socket.socket,
    tell_ready: Callable[[], None],
    make: Callable[[Settings, Prepared, Memory], Application] = application,
) -> None:
    """Answer requests until SIGTERM or SIGINT; what was accepted is answered first.

    `tell_ready` is called in the first worker that has everything it needs to answer; `make` makes the application
    of each.

    Raises:
        StartError: the certificate or its key cannot be used, or a worker has ended by itself.
    """
    parent = os.getpid()
    shared = memory(settings)
    once, token = os.pipe2(os.O_NONBLOCK)
    os.write(token, b".")

    def load() -> Application:
        _die_with(parent)
        server.let_workers_listen()
        answers = make(settings, prepared, shared)
        vars(granian_workers)["_new_cbscheduler"] = lambda loop, *_, **__: Handover(loop, answers).scheduler()
        run_undisturbed()
        with contextlib.suppress(BlockingIOError):
            if os.read(once, 1):
                tell_ready()
        return answers

    try:
        server = _Server(
            listener,
            **http_server_settings(settings),
            ssl_cert=Path(settings.tls_cert) if settings.tls_cert else None,
            ssl_key=Path(settings.tls_key) if settings.tls_key else None,
            ssl_protocol_min=SSLProtocols.tls12,
            workers_kill_timeout=_STOP_PATIENCE_S,
        )
    except OSError as error:  # an SSLError is one
        raise StartError(f"the TLS certificate or its key cannot be used: {error}") from error
    os.register_at_fork(after_in_child=_stop_by_one_signal)
    gc.collect()
    gc.freeze()  # what the parent has loaded stays shared with the workers
    try:
        server.serve(target_loader=load, wrap_loader=False)
    except SystemExit as end:  # as granian ends when a worker has
        raise StartError("a worker has ended that nobody has stopped, and the server with it: start it again") from end
    MachineState.attach(prepared.machine_state).close(clean=True)


def http_server_settings(settings: Settings) -> dict[str, Any]:
    """How granian is run; a benchmark's floor is run so too."""
    return {
        "interface": Interfaces.ASGI,
        "workers": settings.workers,
        "blocking_threads": 1,
        "runtime_mode": RuntimeModes.st,
        "loop": Loops.uvloop,
        "http": HTTPModes.http1,
        "websockets": False,
        "backlog": settings.backlog,
        "backpressure": _connections(settings.max_connections),
        "http1_settings": HTTP1Settings(header_read_timeout=settings.header_timeout_s * 1000),
        "log_enabled": False,
    }


class _Server(MPServer):
    """granian on a socket that listens already.

    By itself it shares the port (SO_REUSEPORT), so that a second server on a taken one would start without a word
    and answer every other request.
    """

    def __init__(self, listener: socket.socket, **settings: Any) -> None:  # noqa: ANN401  granian's own settings
        host, port = listener.getsockname()[:2]
        super().__init__("modelry", address=host, port=port, **settings)
        self._listener = listener

    def _init_shared_socket(self) -> None:
        """Use the socket that there is: the path that granian itself takes for unix sockets."""
        fd = self._listener.fileno()
        holder: Any = SocketHolder
        vars(self).update(_sfd=fd, _shd=holder(fd, False, self.backlog), _sso=self._listener)  # noqa: FBT003

    def let_workers_listen(self) -> None:
        """In a worker: leave the socket open when Python's object for it goes."""
        self._listener.detach()


def _connections(wanted: int) -> int:
    """How many connections a worker may have open.

    granian counts idle ones too, and tries again without pause when descriptors run out; so the limit is raised as
    far as it goes, and what is wanted is lowered to fit.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return wanted if most == resource.RLIM_INFINITY else max(1, min(wanted, most - _OWN_DESCRIPTORS))


def _die_with(parent: int) -> None:
    """End this worker when its parent is killed: an orphan would go on holding the port and the folder.

    What was acknowledged is on disk, so it may end at once.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def run_undisturbed() -> None:
    """In a worker: do not interrupt Python for what can wait.

    granian's thread for the network would take the processor after nearly every answer (seen: 2.6 switches a request
    against 1.0), and a request leaves no cycles behind for the collector to look for.
    """
    with contextlib.suppress(OSError):  # not allowed everywhere, and only faster
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _stop_by_one_signal() -> None:
    """In a worker, from its first moment: stop at the first SIGTERM, and leave Ctrl-C to the parent.

    Ctrl-C reaches every process of the terminal, and the parent passes it on as SIGTERM. A second signal would block
    a worker for good, in the channel of one place through which granian tells itself to stop; and until granian
    listens to that channel, a worker would take a signal with its parent's handler, which does nothing in it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def stop_signal(loop: asyncio.AbstractEventLoop) -> WorkerSignal:
        stop = WorkerSignal()

        def tell() -> None:
            loop.remove_signal_handler(signal.SIGTERM)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            stop.set()

        loop.call_later(_LISTENING_S, loop.add_signal_handler, signal.SIGTERM, tell)
        return stop

    vars(granian_signals)["set_loop_signals"] = stop_signal
