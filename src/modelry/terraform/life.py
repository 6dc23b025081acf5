"""The life of one resource: made, seen, changed, removed.

Each step answers the state to keep and what went wrong; no failure loses what is known to exist.
"""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from modelry.client import CallError, Client, ClientError, Unreachable
from modelry.contract.operation import AnyOperation
from modelry.contract.resource_type import Held, Labelled, Moved, ResourceType, Tagged
from modelry.terraform.attributes import NEW, attributes, by_name, fields
from modelry.terraform.calling import Call, operation
from modelry.terraform.durations import duration_s
from modelry.terraform.keeping import kept
from modelry.terraform.ordering import steps
from modelry.terraform.patience import Patience
from modelry.terraform.reading import held, read, says_gone, whose
from modelry.terraform.releasing import release
from modelry.terraform.requests import (
    Fields,
    answered,
    changing,
    completed,
    fields_of,
    filled,
    fits,
    id_form,
    id_of,
    id_parts,
    labels_of,
    seen,
)
from modelry.terraform.values import Kind, State, is_known, label_pairs, same, sent, shown

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
        call, create = self._calls("create", planned), self.kind.create
        carried = fields_of(self.kind, planned)
        if create is None:
            return self._gathered(planned)
        try:
            if self.kind.identified:
                told = call(operation(self.kind.identified), {})
                carried |= {name: getattr(told, name) for name in self.kind.identity}
            answer = call(create, carried)
        except Unreachable as failure:
            if failure.maybe_done:
                return self._in_doubt(planned, failure, call)
            return Outcome(None, (self._problem(create, failure),))
        except ClientError as failure:
            if not (isinstance(failure, CallError) and failure.code in self.kind.repeated):
                return Outcome(None, (self._problem(create, failure),))
            answer = None
        return self._made_out(planned, carried, answer, call)

    def _made_out(self, planned: State, carried: Fields, answer: Any, call: Call) -> Outcome:  # noqa: ANN401
        """What was made: with what its creation answered, and what has to follow."""
        said = answered(self.kind, answer, carried)
        carried |= {name: getattr(said, name) for name in self.kind.identity if hasattr(said, name)}
        state = filled(self.kind, planned, said)
        if failed := kept(self.kind, planned, said):
            problem = Problem(f"{self.kind.file} cannot be written", failed, self.kind.file)
            return self._completed(state, carried, call, problem)
        if self.kind.later:
            return self._finished(planned, state, said, carried, call)
        return self._completed(state, carried, call)

    def _finished(self, planned: State, state: State, said: Any, carried: Fields, call: Call) -> Outcome:  # noqa: ANN401
        """With what the creation could not be told."""
        told = {
            name: shown(a.kind, getattr(said, a.field))
            for name, a in by_name(self.kind).items()
            if name in self.kind.later
        }
        update, identity = self.kind.update, id_of(self.kind, carried)
        if update is not None and any(is_known(planned[name]) and planned[name] != told[name] for name in told):
            try:
                call(update, fields_of(self.kind, {**state, "id": identity}))
            except ClientError as failure:
                return self._completed({**state, **told}, carried, call, self._problem(update, failure))
        return self._completed(state, carried, call)

    def _gathered(self, planned: State) -> Outcome:
        """The set that it is, filled entry by entry; what was not filled at all does not exist."""
        name, _ = held(self.kind)
        identity = id_of(self.kind, fields_of(self.kind, planned))
        outcome = self.changed({**planned, "id": identity, name: []}, {**planned, "id": identity})
        return outcome if outcome.state is not None and outcome.state[name] else Outcome(None, outcome.problems)

    def found(self, state: State) -> Outcome:
        """What is there now; no state when it is gone."""
        call = self._calls("read", state)
        try:
            if not state.get("id"):
                return Outcome(self._made_after_all(state, call))
            answer = read(self.kind, fields_of(self.kind, state), call)
        except ClientError as failure:
            return Outcome(state, (self._problem(self.kind.read, failure),))
        if answer is None:
            return Outcome(None)
        found = seen(self.kind, state, answer)
        if self.kind.scan is not None:
            found["id"] = id_of(self.kind, vars(answer))
        return Outcome(found)

    def changed(self, prior: State, planned: State) -> Outcome:
        """Make it what is planned."""
        call = self._calls("update", planned)
        step: AnyOperation = self.kind.read
        try:
            for step, carried in self._changes(prior, planned, call):
                self._done(step, carried, call)
        except ClientError as failure:
            return Outcome(self._as_it_is(prior, call), (self._problem(step, failure),))
        return self._completed(planned, fields_of(self.kind, prior), call)

    def removed(self, state: State) -> Outcome:
        """Delete it; that it is gone already is no fault."""
        call, delete = self._calls("delete", state), self.kind.delete
        step = delete or held(self.kind)[1].take
        try:
            known = state if state.get("id") else self._made_after_all(state, call)
            if known and delete is None:
                self._emptied(known, call)
            elif known and delete is not None:
                carried = fields_of(self.kind, known)
                if known.get("force"):
                    release(self.kind, carried, call)
                call(delete, carried)
        except CallError as failure:
            if not says_gone(self.kind, failure):
                return Outcome(state, (self._problem(step, failure),))
        except ClientError as failure:
            if not self._is_gone(state, call):
                return Outcome(state, (self._problem(step, failure),))
        return Outcome(None)

    def imported(self, identity: str) -> Outcome:
        """The state with which reading starts."""
        parts = id_parts(self.kind, identity)
        if not self.kind.importable:
            return Outcome(None, (Problem("No import", f"{self.kind.name} cannot be imported."),))
        if parts is None:
            form = id_form(self.kind)
            return Outcome(None, (Problem("Unusable import id", f"{identity!r} is not of the form {form}."),))
        state: State = {a.name: [] if a.kind is Kind.LABELS else None for a in attributes(self.kind)}
        state |= {a.name: parts[a.field] for a in attributes(self.kind) if a.field in parts}
        return Outcome({**state, "id": identity, "timeouts": None})

    # Steps of the above.

    def _calls(self, step: str, state: State) -> Call:
        given = (state.get("timeouts") or {}).get(step)
        default_s = READ_TIMEOUT_S if step == "read" else DEFAULT_TIMEOUT_S
        timeout_s = (duration_s(given) if isinstance(given, str) else None) or default_s
        return Call(self.kind, self.clients(timeout_s), Patience(timeout_s, self.stopping))

    def _done(self, step: AnyOperation, carried: Fields, call: Call) -> None:
        """A step of a change; in a set that is a resource, an entry that is there or gone already is no fault."""
        try:
            call(step, carried)
        except CallError as failure:
            if self.kind.create is not None:
                raise
            taken = step is held(self.kind)[1].take
            if not (says_gone(self.kind, failure, step) if taken else failure.code in self.kind.repeated):
                raise

    def _emptied(self, state: State, call: Call) -> None:
        """Every entry of the set that it is, taken; one that is gone already is no fault."""
        name, of = held(self.kind)
        address = id_parts(self.kind, state["id"]) or {}
        for entry in state[name] or []:
            self._done(of.take, address | {of.entry: entry}, call)

    def _completed(self, planned: State, carried: Fields, call: Call, *problems: Problem) -> Outcome:
        """What is planned, with what only the server knows."""
        state = {**planned, "id": id_of(self.kind, carried)}
        if all(map(is_known, state.values())) and state["id"]:
            return Outcome(state, problems)
        try:
            answer = read(self.kind, fields_of(self.kind, state), call)
        except ClientError as failure:
            warning = self._problem(self.kind.read, failure)._replace(severity="warning")
            return Outcome(completed(self.kind, state, None), (*problems, warning))
        if answer is not None and state["id"] is None:
            state["id"] = id_of(self.kind, vars(answer))
        return Outcome(completed(self.kind, state, answer), problems)

    def _in_doubt(self, planned: State, failure: ClientError, call: Call) -> Outcome:
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
        problem = self._problem(self.kind.create or self.kind.read, failure)
        return Outcome(doubtful, (problem._replace(detail=f"{problem.detail}\n{_DOUBT}"),))

    def _made_after_all(self, state: State, call: Call) -> State | None:
        """What a creation in doubt has made; None when nothing has its name, or something else that was not it."""
        known = self._looked_up(state, call)
        answer = read(self.kind, fields_of(self.kind, known), call) if known else None
        if known is None or answer is None:
            return None
        there = seen(self.kind, known, answer)
        given = (a for a in attributes(self.kind) if a.given and state[a.name] not in (None, []))
        return there if all(same(a.kind, state[a.name], there[a.name]) for a in given) else None

    def _looked_up(self, state: State, call: Call) -> State | None:
        """The state with its id, made of its values or found by what is unique; None when there is none."""
        if identity := id_of(self.kind, fields_of(self.kind, state)):
            return {**state, "id": identity}
        if self.kind.scan is not None:
            answer = read(self.kind, fields_of(self.kind, state), call)
            return {**state, "id": id_of(self.kind, vars(answer))} if answer is not None else None
        lookup = self.kind.lookup
        if lookup is None or not all(isinstance(state.get(name), str) for name in lookup.attributes):
            return None
        by = {name: state[name] for name in lookup.attributes}
        for entry in call.entries(lookup.operation, by):
            if fits(entry, by, by):
                parts = {n: getattr(entry, n) for n in self.kind.identity if hasattr(entry, n)}
                return {**state, "id": id_of(self.kind, by | parts)}
        return None

    def _is_gone(self, state: State, call: Call) -> bool:
        try:
            return read(self.kind, fields_of(self.kind, state), call) is None
        except ClientError:
            return False

    def _as_it_is(self, prior: State, call: Call) -> State:
        """What is there after a change that failed half-way; what was there, when nobody says."""
        try:
            answer = read(self.kind, fields_of(self.kind, prior), call)
        except ClientError:
            return prior
        return prior if answer is None else seen(self.kind, prior, answer)

    def _changes(self, prior: State, planned: State, call: Call) -> Iterator[tuple[AnyOperation, Fields]]:
        """The requests that a change takes."""
        changed = {
            a.name
            for a in attributes(self.kind)
            if not (a.old or a.own) and not same(a.kind, prior[a.name], planned[a.name])
        }
        changed |= {self.kind.twins[name] for name in changed & set(self.kind.twins)}
        changed -= {n for n in changed if not is_known(planned[n])} - set(self.kind.twins.values())
        address = id_parts(self.kind, prior["id"]) or {}
        update, apart = self.kind.update, set(self.kind.apart) | set(self.kind.twins)
        if update is not None and (direct := changed - apart):
            yield update, self._update(prior, planned, direct)
        for name in (n for n in self.kind.apart if n in changed):
            yield from self._apart(name, address, prior, planned, call)

    def _update(self, prior: State, planned: State, changed: set[str]) -> Fields:
        """What the request to change carries."""
        assert self.kind.update is not None  # noqa: S101  for the type checker
        if any(f.name.startswith(NEW) for f in fields(self.kind.update.request)):
            return changing(self.kind, prior, planned, changed)
        whole = {a.name for a in attributes(self.kind) if a.given and not (a.computed and a.name not in changed)}
        carried = planned if self.kind.entry else {n: v for n, v in planned.items() if n in whole}
        return fields_of(self.kind, {**carried, "id": prior["id"]}, changed)

    def _apart(
        self, name: str, address: Fields, prior: State, planned: State, call: Call
    ) -> Iterator[tuple[AnyOperation, Fields]]:
        match self.kind.apart[name]:
            case Moved(operation=step, fields=carried):
                given = {field: (address | planned)[source] for field, source in carried.items()}
                told = {field: "" if v is None and carried[field] == name else v for field, v in given.items()}
                yield step, dict(self.kind.constants) | {f: v for f, v in told.items() if v is not None}
            case Held(give=give, take=take, entry=entry):
                were, wanted = prior[name] or [], planned[name]
                yield from ((give, address | {entry: each}) for each in wanted if each not in were)
                yield from ((take, address | {entry: each}) for each in were if each not in wanted)
            case Tagged(write=write, take=take) as tagged:
                were, wanted = prior[name] or {}, planned[name] or {}
                # Taken first: there may be as many tags as there can be.
                if surplus := [key for key in were if key not in wanted]:
                    yield operation(take), whose(tagged, address) | {"tag_keys": surplus}
                if fresh := {key: text for key, text in wanted.items() if were.get(key) != text}:
                    field = by_name(self.kind)[name].field
                    yield operation(write), whose(tagged, address) | {field: sent(Kind.TAGS, fresh)}
            case Labelled(write=write, take=take):
                answer = read(self.kind, address, call)
                there = labels_of(self.kind, name, prior if answer is None else seen(self.kind, prior, answer))
                for one in steps(label_pairs(there), label_pairs(labels_of(self.kind, name, planned))):
                    if one.does == "write":
                        yield write, address | {"labels": [{"Key": k, "Value": v} for k, v in one.labels]}
                    else:
                        yield take, address | {"label_keys": one.keys}

    def _problem(self, step: AnyOperation, failure: ClientError) -> Problem:
        """What is told of a failure, with the argument that it is about."""
        if not isinstance(failure, CallError):
            return Problem(f"{step.name}: no answer", str(failure))
        code = failure.code or f"HTTP {failure.status}"
        return Problem(f"{step.name}: {code}", str(failure), self._argument(failure.message))

    def _argument(self, message: str) -> str | None:
        """The argument that a message names first."""
        names = {a.wire_name: a.name for a in attributes(self.kind) if a.given and not (a.is_companion or a.own)}
        named = re.search(rf"\b({'|'.join(names)})\b", message)
        return names[named[0]] if named else None


_DOUBT = """\
It may have been created all the same. It is kept in the state as tainted: the next plan looks for it, and makes it
anew where it is found, or for the first time where it is not."""
