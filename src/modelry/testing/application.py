"""A server's application behind a layer that obeys a test: delays, faults, and a list of the calls."""

import asyncio
import contextlib
import os
import signal
import socket
import stat
from typing import Any

import msgspec

from modelry.access import rpc
from modelry.access.canonical import decode_query, join_headers
from modelry.contract.catalogue import Catalogue
from modelry.contract.operation import AnyOperation
from modelry.errors import THROTTLED, ApiError, ErrorCode
from modelry.server.app import Application, Receive, Scope, Send
from modelry.server.pipeline import new_request_id, refused
from modelry.testing.armed import Armed, Met
from modelry.testing.orders import Call, Clear, Done, Drop, Fail, Order, Settle, TellCalls, Throttle, When

_PATIENCE_S = 10
"""For requests that are under way at a reset; what the server itself does takes milliseconds."""

_ORDER_BYTES = 2**24

_TOLD = {Throttle: "throttle", Fail: "fail", Drop: "drop"}


class Obeying:
    """Passes requests on unless it was told not to. Requests that are of no operation are none of its business."""

    def __init__(self, answers: Application, catalogue: Catalogue, fd: int) -> None:
        """Stand before `answers`; orders come over the socket `fd`."""
        self._answers = answers
        self._catalogue = catalogue
        self._fd = fd
        self._armed = Armed()
        self._calls: list[Call] = []
        self._released = asyncio.Event()
        self._idle = asyncio.Event()
        self._under_way: list[Call] = []

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI call."""
        if scope["type"] == "lifespan":
            obeying = asyncio.create_task(self._obey())
            obeying.add_done_callback(self._end)
            await self._answers(scope, receive, send)
            obeying.cancel()
            return
        messages = await _whole(receive)
        operation = _operation(self._catalogue, scope, b"".join(message.get("body", b"") for message in messages))
        again = _again(messages, receive)
        if operation is None:
            await self._answers(scope, again, send)
            return
        met = self._armed.meet((operation.name, operation.full_name))
        call = Call(operation=operation.label, faults=_named(met))
        self._calls.append(call)
        self._under_way.append(call)
        try:
            await self._disturbed(met, call, scope, again, send)
        finally:
            self._finish(call)

    async def _disturbed(self, met: Met, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request meet what is ordered for it."""
        await self._sleep(met, "before")
        match met.other:
            case Throttle() | Fail() as fault:
                await self._refuse(fault, call, scope, send)
            case Drop(when="before"):
                _cut(scope)
            case _:
                await self._answers(scope, receive, self._sending(met, call, scope, send))

    def _sending(self, met: Met, call: Call, scope: Scope, send: Send) -> Send:
        """What the application sends with: it comes to it once what the request did is committed."""

        async def sent(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                await self._sleep(met, "after")
                self._finish(call)
                if met.other is not None:
                    _cut(scope)
            if met.other is None:
                await send(message)

        return sent

    async def _refuse(self, fault: Throttle | Fail, call: Call, scope: Scope, send: Send) -> None:
        """Answer as the server itself refuses."""
        if isinstance(fault, Throttle):
            error = ApiError(THROTTLED, reason="A test has ordered it.", retry_after_ms=fault.retry_after_ms)
        else:
            error = ApiError(ErrorCode(fault.code, fault.status, "{text}"), text=fault.message)
        answer = refused(error, new_request_id(), dict(scope["headers"]))
        call.status = answer.status
        self._finish(call)
        headers = [*answer.headers, (b"content-length", str(len(answer.body)).encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _finish(self, call: Call) -> None:
        """Note that nothing more comes of a request. Its answer does not count: it waits for a client that has left."""
        self._under_way = [other for other in self._under_way if other is not call]
        if not self._under_way:
            self._idle.set()

    async def _sleep(self, met: Met, when: When) -> None:
        """Wait as long as the delays say, or until all waiting ends."""
        seconds = sum(delay.seconds for delay in met.delays if delay.when == when)
        if seconds:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._released.wait(), seconds)

    async def _obey(self) -> None:
        """Carry out orders until the test closes its end."""
        ours = socket.socket(fileno=self._fd)
        reader, writer = await asyncio.open_connection(sock=ours, limit=_ORDER_BYTES)
        while line := await reader.readline():
            try:
                done = await self._carried_out(msgspec.json.decode(line, type=Order))
            except msgspec.ValidationError as error:
                done = Done(refusal=str(error))
            writer.write(msgspec.json.encode(done) + b"\n")

    def _end(self, obeying: asyncio.Task[None]) -> None:
        """End a server that nobody gives orders to any more, unless it is ending already."""
        self._release()
        if not obeying.cancelled():
            os.kill(os.getppid(), signal.SIGTERM)

    async def _carried_out(self, order: Order) -> Done:
        match order:
            case TellCalls():
                return Done(calls=self._calls)
            case Clear():
                self._release()
            case Settle():
                self._release()
                return await self._settled()
            case _ if order.operation is not None and not _is_known(order.operation, self._catalogue):
                return Done(refusal=f"{order.operation} is no operation of this server")
            case _:
                self._armed.add(order)
        return Done()

    async def _settled(self) -> Done:
        """What was under way is over, unless it takes too long."""
        self._idle.clear()
        if self._under_way:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), _PATIENCE_S)
        if self._under_way:
            return Done(refusal=f"still under way: {', '.join(call.operation for call in self._under_way)}")
        self._calls = []
        return Done()

    def _release(self) -> None:
        """Forget all faults, and let go on what waits."""
        self._armed.clear()
        self._released.set()
        self._released = asyncio.Event()


def _is_known(name: str, catalogue: Catalogue) -> bool:
    return any(name in {operation.name, operation.full_name} for operation in catalogue)


def _named(met: Met) -> list[str]:
    delay = ["delay"] if met.delays else []
    return delay if met.other is None else [*delay, _TOLD[type(met.other)]]


def _operation(catalogue: Catalogue, scope: Scope, body: bytes) -> AnyOperation | None:
    """The operation that a request is of; `None` for a page, and for what is refused whatever it says."""
    try:
        if scope["raw_path"] not in rpc.PATHS:
            return catalogue.find(scope["method"], scope["raw_path"]).operation
        call = rpc.read_call(decode_query(scope["query_string"]), join_headers(scope["headers"]), body)
        return catalogue.find_rpc(scope["method"], call.version, call.action).operation
    except ApiError:
        return None


async def _whole(receive: Receive) -> list[dict[str, Any]]:
    """Everything that a client sends, or sent until it left."""
    messages = [await receive()]
    while messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages


def _again(messages: list[dict[str, Any]], receive: Receive) -> Receive:
    """`receive` as if nothing had been taken from it yet."""
    waiting = messages[::-1]

    async def received() -> dict[str, Any]:
        return waiting.pop() if waiting else await receive()

    return received


def _cut(scope: Scope) -> None:
    """Shut the connection of a request. ASGI has no word for it, so it is found by its other end."""
    host, port = scope["client"]
    client = (host, int(port))
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208  names are enough
        fd = int(name)
        with contextlib.suppress(OSError):  # closed meanwhile, or not connected
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                with socket.socket(fileno=os.dup(fd)) as end:
                    if end.getpeername() == client:
                        end.shutdown(socket.SHUT_RDWR)
