"""Requests over connections that are kept open: which failure happened, and whether the server may have acted."""

import select
import socket
import ssl
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection

import msgspec

from modelry.client.address import Address
from modelry.client.failures import Unreachable


class SignedHttp(msgspec.Struct, frozen=True):
    """A request as it goes over the wire, or would."""

    method: str
    url: str
    headers: dict[str, str]
    """By lower-case name. Who has Authorization may send this request once, within 15 minutes."""
    body: bytes

    def __repr__(self) -> str:
        """Without what would let a reader send it."""
        return f"SignedHttp({self.method} {self.url})"


class HttpAnswer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes


class StaleError(Unreachable):
    """A kept connection turned out to be closed: the server may have closed it before the request came."""


class Connections:
    """One connection to each address, for one thread at a time."""

    def __init__(self, *, timeout_s: float, connect_timeout_s: float, ca_file: str | None) -> None:
        self._timeout_s = timeout_s
        self._connect_timeout_s = connect_timeout_s
        self._ca_file = ca_file
        self._tls: ssl.SSLContext | None = None
        self._open: dict[Address, HTTPConnection] = {}

    def exchange(self, address: Address, request: SignedHttp) -> HttpAnswer:
        """Send a request and read its answer.

        Raises:
            Unreachable: there is none; `maybe_done` unless the request certainly did not arrive as a whole.
        """
        kept = self._kept(address)
        connection = kept or self._connected(address)
        self._open[address] = connection
        failed = StaleError if kept else Unreachable
        answer = None
        try:
            answer = self._asked(connection, address, request, failed)
        finally:  # an interrupted exchange too leaves nothing that the next one could read
            if answer is None or connection.sock is None:
                self._drop(address)
        return answer

    def close(self) -> None:
        """Close all connections."""
        for address in list(self._open):
            self._drop(address)

    def _drop(self, address: Address) -> None:
        self._open.pop(address).close()

    def _kept(self, address: Address) -> HTTPConnection | None:
        """The open connection; one that the server has closed, or said something on unasked, is not used again."""
        connection = self._open.get(address)
        if connection is None:
            return None
        if connection.sock is not None and not _is_readable(connection.sock):
            return connection
        self._drop(address)
        return None

    def _connected(self, address: Address) -> HTTPConnection:
        host, port = address.parts
        if address.protocol == "https":
            connection: HTTPConnection = HTTPSConnection(
                host, port, timeout=self._connect_timeout_s, context=self._context()
            )
        else:
            connection = HTTPConnection(host, port, timeout=self._connect_timeout_s)
        try:
            connection.connect()
        except (OSError, UnicodeError) as error:
            connection.close()
            raise _no_connection(address, error, self._connect_timeout_s) from error
        connection.sock.settimeout(self._timeout_s)
        return connection

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            try:
                self._tls = ssl.create_default_context(cafile=self._ca_file)
            except OSError as error:
                message = f"the certificates in {self._ca_file} cannot be read: {error.strerror or error}"
                raise Unreachable(message, lasting=True) from error
        return self._tls

    def _asked(
        self, connection: HTTPConnection, address: Address, request: SignedHttp, failed: type[Unreachable]
    ) -> HttpAnswer:
        try:
            self._send(connection, address, request, failed)
        except Unreachable:
            # Some servers answer what they will not read, such as a long body, and hang up.
            if _is_readable(connection.sock):
                with suppress(Unreachable):
                    return self._read(connection, address, failed)
            raise
        return self._read(connection, address, failed)

    @staticmethod
    def _send(connection: HTTPConnection, address: Address, request: SignedHttp, failed: type[Unreachable]) -> None:
        target = request.url[len(address.url) :]
        connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            connection.putheader(name, value)
        try:
            connection.endheaders(request.body or None)
        except OSError as error:
            # What could not be handed over whole did not arrive whole, and no server acts on a part.
            raise failed(f"the connection to {address.url} broke: {_reason(error)}") from error

    def _read(self, connection: HTTPConnection, address: Address, failed: type[Unreachable]) -> HttpAnswer:
        try:
            response: HTTPResponse = connection.getresponse()
        except TimeoutError as error:
            message = f"{address.url} does not answer: silence for {self._timeout_s:g} s"
            raise Unreachable(message, maybe_done=True) from error
        except (HTTPException, OSError, ValueError) as error:
            closed = isinstance(error, ConnectionError)  # http.client says so of a close before the first byte too
            message = (
                f"{address.url} closed the connection without an answer"
                if closed
                else f"{address.url} does not answer in {address.protocol.upper()}: {_reason(error)}"
            )
            raise (failed if closed else Unreachable)(message, maybe_done=True) from error
        try:
            body = response.read()
        except (HTTPException, OSError, ValueError) as error:
            message = f"the answer of {address.url} broke off: {_reason(error)}"
            raise Unreachable(message, maybe_done=True) from error
        headers = {name.lower(): value for name, value in response.getheaders()}
        return HttpAnswer(status=response.status, headers=headers, body=body)


def _is_readable(connected: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(0))


def _no_connection(address: Address, error: Exception, patience_s: float) -> Unreachable:
    """Why there is no connection; nothing was sent."""
    host, port = address.parts
    where = f"{host}:{port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        message = f"the certificate of {where} is not accepted: {error.verify_message}"
        return Unreachable(message, lasting=True)
    if isinstance(error, ssl.SSLError):
        message = f"{where} does not speak TLS as asked ({_reason(error)}); for plain HTTP write http://{address.host}"
        return Unreachable(message, lasting=True)
    if isinstance(error, socket.gaierror | UnicodeError):
        again = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        return Unreachable(f"the host {host} is not found: {_reason(error)}", lasting=not again)
    if isinstance(error, TimeoutError):
        return Unreachable(f"no connection to {where} within {patience_s:g} s")
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(f"nothing listens at {where}")
    return Unreachable(f"no connection to {where}: {_reason(error)}")


def _reason(error: Exception) -> str:
    """An error in one line, without what the other side sent."""
    if isinstance(error, ssl.SSLError):
        return error.reason or "TLS error"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return type(error).__name__
