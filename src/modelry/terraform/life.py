"""The life of one resource: made, seen, changed, removed.

Each step answers the state to keep and what went wrong; no failure loses what is known to exist.
"""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, NamedTuple

from modelry.client import CallError, Client, ClientError, Unreachable
from modelry.contract.operation import AnyOperation
from modelry.contract.resource_type import Held, Labelled, Moved, ResourceType
from modelry.terraform.attributes import attributes
from modelry.terraform.durations import duration_s
from modelry.terraform.ordering import steps
from modelry.terraform.patience import Patience
from modelry.terraform.requests import (
    Fields,
    answered,
    completed,
    fields_of,
    fits,
    id_of,
    id_parts,
    labels_of,
    request,
    seen,
)
from modelry.terraform.values import Kind, State, is_known, label_pairs, same

DEFAULT_TIMEOUT_S = 300.0
READ_TIMEOUT_S = 60.0


class Problem(NamedTuple):
    """What is told to people."""

    summary: str
    detail: str
    attribute: str | None = None
    severity: Literal["error", "warning"] = "error"


class Outcome(NamedTuple):
    """The state to keep, None when there is nothing, and what went wrong."""

    state: State | None
    problems: tuple[Problem, ...] = ()


Clients = Callable[[float], Client]
"""A client for this thread that bears at most so many seconds of silence."""


@dataclass(frozen=True, slots=True)
class Life:
    """The steps in the life of one type of resource."""

    kind: ResourceType
    clients: Clients
    stopping: threading.Event

    def made(self, planned: State) -> Outcome:
        """Create it."""
        call = self._calls("create", planned)
        fields = fields_of(self.kind, planned)
        try:
            made = call(self.kind.create, fields)
        except Unreachable as failure:
            if failure.maybe_done:
                return self._in_doubt(planned, failure, call)
            return Outcome(None, (self._problem(self.kind.create, failure),))
        except ClientError as failure:
            return Outcome(None, (self._problem(self.kind.create, failure),))
        return self._completed(planned, _with_answer(self.kind, fields, made), call)

    def found(self, state: State) -> Outcome:
        """What is there now; no state when it is gone."""
        call = self._calls("read", state)
        try:
            if not state.get("id"):
                return Outcome(self._made_after_all(state, call))
            answer = self._read(fields_of(self.kind, state), call)
        except ClientError as failure:
            return Outcome(state, (self._problem(self.kind.read, failure),))
        return Outcome(None if answer is None else seen(self.kind, state, answer))

    def changed(self, prior: State, planned: State) -> Outcome:
        """Make it what is planned."""
        call = self._calls("update", planned)
        operation: AnyOperation = self.kind.read
        try:
            for operation, fields in self._changes(prior, planned, call):
                call(operation, fields)
        except ClientError as failure:
            return Outcome(self._as_it_is(prior, call), (self._problem(operation, failure),))
        return self._completed(planned, fields_of(self.kind, prior), call)

    def removed(self, state: State) -> Outcome:
        """Delete it; that it is gone already is no fault."""
        call = self._calls("delete", state)
        try:
            known = state if state.get("id") else self._made_after_all(state, call)
            if known:
                call(self.kind.delete, fields_of(self.kind, known))
        except CallError as failure:
            if not self._says_gone(failure):
                return Outcome(state, (self._problem(self.kind.delete, failure),))
        except ClientError as failure:
            if not self._is_gone(state, call):
                return Outcome(state, (self._problem(self.kind.delete, failure),))
        return Outcome(None)

    def imported(self, identity: str) -> Outcome:
        """The state with which reading starts."""
        parts = id_parts(self.kind, identity)
        if parts is None:
            form = ":".join(f"<{name}>" for name in self.kind.identity)
            return Outcome(None, (Problem("Unusable import id", f"{identity!r} is not of the form {form}."),))
        state: State = {a.name: [] if a.kind is Kind.LABELS else None for a in attributes(self.kind)}
        state |= {name: value for name, value in parts.items() if name in state}
        return Outcome({**state, "id": identity, "timeouts": None})

    # Steps of the above.

    def _calls(self, step: str, state: State) -> "Call":
        given = (state.get("timeouts") or {}).get(step)
        default_s = READ_TIMEOUT_S if step == "read" else DEFAULT_TIMEOUT_S
        timeout_s = (duration_s(given) if isinstance(given, str) else None) or default_s
        return Call(self.kind, self.clients(timeout_s), Patience(timeout_s, self.stopping))

    def _completed(self, planned: State, fields: Fields, call: "Call") -> Outcome:
        """What is planned, with what only the server knows."""
        state = {**planned, "id": id_of(self.kind, fields)}
        if all(map(is_known, state.values())):
            return Outcome(state)
        try:
            return Outcome(completed(self.kind, state, self._read(fields_of(self.kind, state), call)))
        except ClientError as failure:
            warning = self._problem(self.kind.read, failure)._replace(severity="warning")
            return Outcome(completed(self.kind, state, None), (warning,))

    def _in_doubt(self, planned: State, failure: ClientError, call: "Call") -> Outcome:
        """Whether it was made although nobody said so.

        A resource that may be there stays in the state, with an error: Terraform marks it as tainted, looks for it
        before the next plan, and makes it anew. Otherwise the next apply would meet it as somebody else's.
        """
        doubtful = completed(self.kind, {**planned, "id": None}, None)
        try:
            made = self._made_after_all(doubtful, call)
        except ClientError:
            made = None
        if made is not None:
            return self._completed({**planned, "id": made["id"]}, fields_of(self.kind, made), call)
        problem = self._problem(self.kind.create, failure)
        return Outcome(doubtful, (problem._replace(detail=f"{problem.detail}\n{_DOUBT}"),))

    def _made_after_all(self, state: State, call: "Call") -> State | None:
        """What a creation in doubt has made; None when nothing has its name, or something else that was not it."""
        known = self._looked_up(state, call)
        answer = self._read(fields_of(self.kind, known), call) if known else None
        if known is None or answer is None:
            return None
        there = seen(self.kind, known, answer)
        given = (a for a in attributes(self.kind) if a.given and state[a.name] not in (None, []))
        return there if all(same(a.kind, state[a.name], there[a.name]) for a in given) else None

    def _looked_up(self, state: State, call: "Call") -> State | None:
        """The state with its id, made of its values or found by what is unique; None when there is none."""
        if identity := id_of(self.kind, fields_of(self.kind, state)):
            return {**state, "id": identity}
        lookup = self.kind.lookup
        if lookup is None or not all(isinstance(state.get(name), str) for name in lookup.attributes):
            return None
        by = {name: state[name] for name in lookup.attributes}
        for entry in call.entries(lookup.operation, by):
            if fits(entry, by, by):
                parts = {n: getattr(entry, n) for n in self.kind.identity if hasattr(entry, n)}
                return {**state, "id": id_of(self.kind, by | parts)}
        return None

    def _read(self, fields: Fields, call: "Call") -> Any | None:  # noqa: ANN401  any answer
        """What the server shows of it; None when it is gone."""
        try:
            address = {name: fields[name] for name in self.kind.identity if name in fields}
            return answered(self.kind, call(self.kind.read, address), fields)
        except CallError as failure:
            if self._says_gone(failure):
                return None
            raise

    def _says_gone(self, failure: CallError) -> bool:
        """Whether the named resource is not there: not every 404 says so, a proxy's page or a wrong key's does not."""
        declared = (*self.kind.read.errors, *self.kind.delete.errors)
        return failure.code in self.kind.gone | {e.code for e in declared if e.status == HTTPStatus.NOT_FOUND}

    def _is_gone(self, state: State, call: "Call") -> bool:
        try:
            return self._read(fields_of(self.kind, state), call) is None
        except ClientError:
            return False

    def _as_it_is(self, prior: State, call: "Call") -> State:
        """What is there after a change that failed half-way; what was there, when nobody says."""
        try:
            answer = self._read(fields_of(self.kind, prior), call)
        except ClientError:
            return prior
        return prior if answer is None else seen(self.kind, prior, answer)

    def _changes(self, prior: State, planned: State, call: "Call") -> Iterator[tuple[AnyOperation, Fields]]:
        """The requests that a change takes."""
        changed = {a.name for a in attributes(self.kind) if not same(a.kind, prior[a.name], planned[a.name])}
        changed |= {self.kind.twins[name] for name in changed & set(self.kind.twins)}
        address = id_parts(self.kind, prior["id"]) or {}
        whole = {a.name for a in attributes(self.kind) if a.given and not (a.computed and a.name not in changed)}
        update, apart = self.kind.update, set(self.kind.apart) | set(self.kind.twins)
        if update is not None and changed - apart - set(self.kind.volatile):
            kept = planned if self.kind.entry else {n: v for n, v in planned.items() if n in whole}
            yield update, fields_of(self.kind, {**kept, "id": prior["id"]}, changed)
        for name in changed & set(self.kind.apart):
            yield from self._apart(name, address, prior, planned, call)

    def _apart(
        self, name: str, address: Fields, prior: State, planned: State, call: "Call"
    ) -> Iterator[tuple[AnyOperation, Fields]]:
        match self.kind.apart[name]:
            case Moved(operation=operation, fields=carried):
                yield operation, {field: (address | planned)[source] for field, source in carried.items()}
            case Held(give=give, take=take, entry=entry):
                were, wanted = prior[name] or [], planned[name]
                yield from ((give, address | {entry: each}) for each in wanted if each not in were)
                yield from ((take, address | {entry: each}) for each in were if each not in wanted)
            case Labelled(write=write, take=take):
                answer = self._read(address, call)
                there = labels_of(self.kind, name, prior if answer is None else seen(self.kind, prior, answer))
                for step in steps(label_pairs(there), label_pairs(labels_of(self.kind, name, planned))):
                    if step.does == "write":
                        yield write, address | {"labels": [{"Key": k, "Value": v} for k, v in step.labels]}
                    else:
                        yield take, address | {"label_keys": step.keys}

    def _problem(self, operation: AnyOperation, failure: ClientError) -> Problem:
        """What is told of a failure, with the argument that it is about."""
        if not isinstance(failure, CallError):
            return Problem(f"{operation.name}: no answer", str(failure))
        code = failure.code or f"HTTP {failure.status}"
        return Problem(f"{operation.name}: {code}", str(failure), self._argument(failure.message))

    def _argument(self, message: str) -> str | None:
        """The argument that a message names first."""
        names = {a.wire_name: a.name for a in attributes(self.kind) if a.given and not a.is_companion}
        named = re.search(rf"\b({'|'.join(names)})\b", message)
        return names[named[0]] if named else None


_DOUBT = """\
It may have been created all the same. It is kept in the state as tainted: the next plan looks for it, and makes it
anew where it is found, or for the first time where it is not."""


@dataclass(frozen=True, slots=True)
class Call:
    """Calls of one step."""

    kind: ResourceType
    client: Client
    patience: Patience

    def __call__(self, operation: AnyOperation, fields: Fields) -> Any:  # noqa: ANN401  any answer
        """The answer to a request that carries `fields`."""
        return self.patience.call(self.client, operation, request(self.kind, operation, fields))

    def entries(self, operation: AnyOperation, fields: Fields) -> Iterator[Any]:
        """The entries of a list on all its pages, once the server answers at all."""
        first = request(self.kind, operation, fields)
        self.patience.call(self.client, operation, first)
        return self.client.items(operation, first)


def _with_answer(kind: ResourceType, fields: Fields, answer: Any) -> Fields:  # noqa: ANN401  any answer
    """`fields` with what the answer to a creation says of the id."""
    said = answered(kind, answer, fields)
    return fields | {name: getattr(said, name) for name in kind.identity if hasattr(said, name)}
