"""Calls operations: encodes, signs, sends, repeats where that is safe, and decodes the answer."""

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Self, Unpack
from urllib.parse import urlencode

from modelry import __version__
from modelry.access.canonical import decode_query
from modelry.access.signature import SignedRequest, SigningKey, sign_acs3
from modelry.client.address import Address, Cloud
from modelry.client.answers import checked, decoded
from modelry.client.credentials import Credentials, Given, found
from modelry.client.failures import CallError, Unreachable, refusal
from modelry.client.paging import entries
from modelry.client.transport import Connections, HttpAnswer, SignedHttp, StaleError
from modelry.contract.binding import binding
from modelry.contract.operation import AnyOperation, Operation, Req, Res

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
MAX_RETRY_AFTER_MS = 60_000
"""A server that asks for a longer wait is not asked again; the error says how long it is."""

_UNAVAILABLE = frozenset({500, 502, 503, 504})


class Client:
    """Speaks to one server with one access key, from one thread at a time."""

    def __init__(
        self,
        endpoint: str | Address | Cloud,
        credentials: Credentials | Callable[[], Credentials],
        *,
        protocol: str | None = None,
        timeout_s: float = 30.0,
        connect_timeout_s: float = 5.0,
        attempts: int = 3,
        ca_file: str | None = None,
    ) -> None:
        """`endpoint` is host:port, a URL, or `Cloud(region)`; nothing is sent yet.

        Args:
            endpoint: where all products are.
            credentials: the key, or what is asked for it before each attempt, where keys change.
            protocol: `http` or `https`, where `endpoint` does not say it; by default HTTP on the machine itself and
                HTTPS elsewhere.
            timeout_s: the longest silence of the server.
            connect_timeout_s: for a connection to each of the host's addresses.
            attempts: how often a request is sent at most, the first time included.
            ca_file: PEM file with the certificates to trust, in place of the machine's.

        Raises:
            ValueError: the endpoint or the protocol is none.
        """
        self.server = Address.of(endpoint, protocol) if isinstance(endpoint, str) else endpoint
        """Where requests go."""
        self.origin = ""
        """Where `found` has found the key, for people."""
        self._credentials = credentials
        self._key: tuple[str, SigningKey] | None = None
        self._attempts = attempts
        self._connections = Connections(timeout_s=timeout_s, connect_timeout_s=connect_timeout_s, ca_file=ca_file)

    @classmethod
    def found(
        cls,
        *,
        timeout_s: float = 30.0,
        connect_timeout_s: float = 5.0,
        attempts: int = 3,
        ca_file: str | None = None,
        **given: Unpack[Given],
    ) -> Self:
        """A client with the key and the address that the arguments or else this machine's settings give.

        The order is in docs/client.md.

        Raises:
            CredentialsError: there are none, or they cannot be used.
            ValueError: the endpoint, the protocol or the region is none.
        """
        setup = found(**given)
        client = cls(
            setup.server,
            setup.credentials,
            timeout_s=timeout_s,
            connect_timeout_s=connect_timeout_s,
            attempts=attempts,
            ca_file=ca_file or setup.ca_file,
        )
        client.origin = setup.origin
        return client

    def __enter__(self) -> Self:
        """The client, which leaving closes."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._connections.close()

    def call(self, operation: Operation[Req, Res], request: Req) -> Res:
        """The answer to a request.

        Raises:
            CallError: the server refused, or answered what the operation does not answer.
            Unreachable: there was no answer.
            ValueError: the wire cannot carry a value of the request.
        """
        return decoded(operation, self._exchange(operation, request))

    def answer(self, operation: AnyOperation, request: Any) -> bytes:  # noqa: ANN401  any request
        """The JSON object of an answer as it came; raises as `call` does."""
        return checked(operation, self._exchange(operation, request))

    def items(self, operation: AnyOperation, request: Any, limit: int | None = None) -> Iterator[Any]:  # noqa: ANN401
        """The entries of a list on all its pages, at most `limit` of them; a page is asked for when it is needed.

        The first page is the one that the request names, and its size is that of all. Raises as `call` does, and
        TypeError where the operation answers no list, or several.
        """
        return islice(entries(self, operation, request), limit)

    def signed(self, operation: AnyOperation, request: Any) -> SignedHttp:  # noqa: ANN401  any request
        """What would be sent; nothing is.

        Raises:
            ValueError: the wire cannot carry a value of the request.
        """
        credentials = self._credentials() if callable(self._credentials) else self._credentials
        address = self.server.address(operation.style.product)
        path, pairs, body = binding(operation).encode(request)
        query = urlencode(pairs)
        method = operation.style.method
        headers = {"host": address.host, "accept": "application/json", "user-agent": _USER_AGENT}
        headers |= {"x-acs-action": operation.name, "x-acs-version": operation.style.version}
        if body:
            headers["content-type"] = "application/json; charset=utf-8"
        raw = {name.encode(): value.encode() for name, value in headers.items()}
        added = sign_acs3(
            SignedRequest(method, path.encode(), decode_query(query.encode()), raw, body),
            credentials.access_key_id,
            self._signing_key(credentials.access_key_secret),
            time=int(time.time()),
            nonce=os.urandom(16).hex(),
            security_token=credentials.security_token or None,
        )
        headers |= {name.decode(): value.decode() for name, value in added.items()}
        if body or method in {"POST", "PUT"}:
            headers["content-length"] = str(len(body))
        url = f"{address.url}{path}{'?' if query else ''}{query}"
        return SignedHttp(method=method, url=url, headers=headers, body=body)

    def _signing_key(self, secret: str) -> SigningKey:
        if self._key is None or self._key[0] != secret:
            self._key = secret, SigningKey(secret)
        return self._key[1]

    def _exchange(self, operation: AnyOperation, request: Any) -> HttpAnswer:  # noqa: ANN401  any request
        """The success that came in the end."""
        for number in range(1, self._attempts + 1):
            pause_s = random.uniform(0.5, 1) * min(_FIRST_PAUSE_S * 2 ** (number - 1), _LONGEST_PAUSE_S)  # noqa: S311
            try:
                answer = self._sent(operation, request)
            except Unreachable as failure:
                if number == self._attempts or failure.lasting or (failure.maybe_done and operation.writes):
                    raise _explained(failure, operation) from failure
            else:
                if answer.status in _SUCCESSES:
                    return answer
                refused = refusal(answer.status, answer.headers, answer.body)
                if number == self._attempts or not _may_repeat(refused, operation):
                    raise refused
                if refused.retry_after_ms:
                    pause_s = refused.retry_after_ms / 1000
            time.sleep(pause_s)
        raise AssertionError("at least one attempt is made")

    def _sent(self, operation: AnyOperation, request: Any) -> HttpAnswer:  # noqa: ANN401  any request
        """One attempt, signed anew; a kept connection that had been closed is replaced without a word."""
        address = self.server.address(operation.style.product)
        try:
            return self._connections.exchange(address, self.signed(operation, request))
        except StaleError as stale:
            if stale.maybe_done and operation.writes:
                raise
        return self._connections.exchange(address, self.signed(operation, request))


_SUCCESSES = range(200, 300)
_USER_AGENT = "Modelry/{} Python/{}.{}.{}".format(__version__, *sys.version_info)


def _may_repeat(refused: CallError, operation: AnyOperation) -> bool:
    """Whether to send a refused request again: a read when the server has trouble, anything that was throttled."""
    if (refused.retry_after_ms or 0) > MAX_RETRY_AFTER_MS:
        return False
    return refused.throttled or (refused.status in _UNAVAILABLE and not operation.writes)


def _explained(failure: Unreachable, operation: AnyOperation) -> Unreachable:
    """A failure that says what may have happened."""
    if not (failure.maybe_done and operation.writes):
        return failure
    message = f"{failure.message}; it is unknown whether {operation.name} was carried out"
    return Unreachable(message, maybe_done=True, lasting=failure.lasting)
