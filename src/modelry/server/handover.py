"""How granian hands requests over to the event loop: those of a moment together, and each begun at once.

By itself granian has the loop make a task of every request and come back to it. That costs as much as reading a row,
and most requests for one thing never wait for anything: they are answered by the time a task would have begun. So a
request becomes a task when it waits for the first time. Observed with granian 2.8.7.
"""

import asyncio
import contextvars
import types
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Protocol

from granian._granian import CallbackScheduler

Application = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]


class Watcher(Protocol):
    """What granian holds of a request that is under way."""

    scope: Any
    proto: Any

    def done(self) -> None:
        """Nothing more will be answered."""

    def err(self, error: BaseException) -> None:
        """Nor here, for a fault."""

    def taskref(self, task: "asyncio.Task[None]") -> None:
        """Keep its task from being collected."""


class Handover:
    """What granian tells of each request, for one worker."""

    def __init__(self, loop: asyncio.AbstractEventLoop, application: Application) -> None:
        """Have `loop` answer requests by `application`."""
        self._loop = loop
        self._application = application
        self._context = contextvars.copy_context()
        self._waiting: deque[Watcher] = deque()
        self._told = False

    def scheduler(self) -> Any:  # noqa: ANN401  it has no type of use
        """What granian asks for; what it is made with is for tasks that it would step itself."""
        made: Any = CallbackScheduler
        scheduler = made(self._loop, None, None, None, None)
        setattr(scheduler, "_schedule_fn", self.take)  # noqa: B010  granian's name for it
        return scheduler

    def take(self, watcher: Watcher) -> None:
        """In granian's thread: have a request begun soon."""
        self._waiting.append(watcher)
        if not self._told:
            self._told = True
            self._loop.call_soon_threadsafe(self._begin_all, context=self._context)

    def _begin_all(self) -> None:
        """Begin what waits now; what comes meanwhile is for the next turn, so that others have theirs."""
        self._told = False  # before anything is taken: who comes later tells again
        for _ in range(len(self._waiting)):
            watcher = self._waiting.popleft()
            proto = watcher.proto
            begun = self._application(watcher.scope, proto.receive, proto.send)
            try:
                waited_for = begun.send(None)
            except StopIteration:
                watcher.done()
            except Exception as error:  # noqa: BLE001  it ends this request alone
                watcher.err(error)
            else:
                watcher.taskref(self._loop.create_task(_finished(_rest(begun, waited_for), watcher)))


async def _finished(rest: Awaitable[None], watcher: Watcher) -> None:
    """Tell granian of the end of a request that has waited."""
    try:
        await rest
    except BaseException as error:  # noqa: BLE001  a cancelled one too
        watcher.err(error)
    else:
        watcher.done()


@types.coroutine
def _rest(begun: Coroutine[Any, Any, None], waited_for: object) -> Generator[Any, None, None]:
    """What is left of a request that waits for a future, for its task."""
    try:
        while True:
            try:
                yield waited_for
            except BaseException as error:  # noqa: BLE001  it is the request's
                waited_for = begun.throw(error)
            else:
                waited_for = begun.send(None)
    except StopIteration:
        return
