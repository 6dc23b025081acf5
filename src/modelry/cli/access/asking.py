"""What the command line asks, found in the data: who, which operation, on what, in which situation."""

import ipaddress
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from modelry.access import conditions
from modelry.access.authority import Attributes, Authority
from modelry.access.conditions import Context, ObjectKey, RequestKey
from modelry.access.policy import PolicyError
from modelry.access.principal import Principal
from modelry.cli.access.objects import Objects, Place
from modelry.contract.catalogue import Catalogue
from modelry.contract.operation import AnyOperation
from modelry.errors import ApiError
from modelry.families.ram.keys.store import key
from modelry.families.ram.roles.store import role
from modelry.families.ram.users.store import user
from modelry.server.authorities import authority
from modelry.storage.database import Connection
from modelry.storage.instance import Instance


class WrongQuestion(Exception):  # noqa: N818  it is the question that is wrong
    """What was asked cannot be asked so; the message says why."""


class Unanswerable(Exception):  # noqa: N818  as above
    """What a question rests on is not there, or cannot be understood; the message says what."""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A question as it was given."""

    who: str
    operation: str
    resources: tuple[str, ...] = ()
    context: Mapping[str, str] = {}
    session_policy: str | None = None
    """The document that a role session is narrowed by."""


class Asked(NamedTuple):
    """A question with all that is needed to answer it."""

    authority: Authority
    operation: AnyOperation
    objects: Objects
    context: Context
    notes: tuple[str, ...]
    """What whoever asks should know besides the answer."""


class Asker:
    """Makes questions of words, about one state of the data."""

    def __init__(self, database: Connection, instance: Instance, catalogue: Catalogue) -> None:
        """Look things up in `database`, and operations in `catalogue`."""
        self._database = database
        self.account_id = instance.account_id
        self.region = instance.region
        self._catalogue = catalogue

    def asked(self, words: Words) -> Asked:
        """The question that some words are.

        Raises:
            WrongQuestion: they are none.
            Unanswerable, ApiError: somebody or something that they name does not exist.
            PolicyError: the session policy is none of the grammar.
        """
        operation = self._operation(words.operation)
        principal, notes = self._principal(words.who)
        if words.session_policy is not None and not principal.session_name:
            raise WrongQuestion("a session policy narrows the session of a role: ask as role/NAME")
        context, given = _situation(words.context)
        place = Place(self._database, principal, operation, given)
        try:
            objects = place.objects(words.resources)
        except ValueError as error:
            raise WrongQuestion(str(error)) from error
        may = authority(self._database, principal, words.session_policy, region=self.region)
        return Asked(may, operation, objects, context, notes)

    def _operation(self, text: str) -> AnyOperation:
        found = self._catalogue.by_full_name.get(text)
        if found is not None:
            return found
        named = [each for each in self._catalogue if text == each.name] or self._with_action(text)
        if not named:
            raise WrongQuestion(f"{text!r} is neither an operation that is offered nor the RAM action of one")
        if len(named) > 1:
            raise WrongQuestion(f"{text} is one of {', '.join(each.full_name for each in named)}: say which")
        return named[0]

    def _with_action(self, text: str) -> list[AnyOperation]:
        return [each for each in self._catalogue if each.access.action.casefold() == text.casefold()]

    def _principal(self, who: str) -> tuple[Principal, tuple[str, ...]]:
        kind, slash, name = who.partition("/")
        if who == "account":
            return self._identity(str(self.account_id), ""), ()
        if kind == "role" and slash:
            return self._session(*name.partition("/")[::2]), ()
        if kind == "user" and slash:
            return self._user(name), ()
        try:
            return self._user(who), ()
        except ApiError:
            return self._of_key(who)

    def _user(self, name: str) -> Principal:
        found = user(self._database, self.account_id, name)
        return self._identity(found.user_id, found.user_name)

    def _session(self, role_name: str, session_name: str) -> Principal:
        found = role(self._database, self.account_id, role_name)
        return self._identity(found.role_id, found.role_name, session_name or "explained")

    def _of_key(self, access_key_id: str) -> tuple[Principal, tuple[str, ...]]:
        found = key(self._database, access_key_id)
        if found is None:
            raise Unanswerable(f"{access_key_id!r} is neither a user nor an access key; a role is role/NAME")
        if found.status == "Active":
            return found.principal, ()
        return found.principal, (f"The key is {found.status}: whatever it signs is refused.",)

    def _identity(self, user_id: str, name: str, session_name: str = "") -> Principal:
        return Principal(
            account_id=self.account_id, user_id=user_id, access_key_id="", name=name, session_name=session_name
        )


def entries(pairs: Iterable[str]) -> dict[str, str]:
    """`KEY=VALUE` texts by their keys.

    Raises:
        WrongQuestion: one is no such text.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise WrongQuestion(f"{pair!r} is not KEY=VALUE, such as acs:SourceIp=192.0.2.1")
        found[name] = value
    return found


_FORMS: Mapping[conditions.Kind, str] = {
    "String": "StringEquals",
    "Bool": "Bool",
    "Date": "DateEquals",
    "IpAddress": "IpAddress",
    "Numeric": "NumericEquals",
}
"""The operator whose values are written as those of a key of this kind."""


def _situation(given: Mapping[str, str]) -> tuple[Context, Attributes]:
    """What the request says of itself, and what is known of the object, by the condition keys that are given."""
    said: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    for name, value in given.items():
        key_ = _parsed("StringEquals", name, value).key
        if key_ is None:
            raise WrongQuestion(f"{name} is no condition key that is known here")
        if isinstance(key_, ObjectKey):
            _note(attributes, key_, value)
        else:
            said[key_.field] = _request_value(key_, name, value)
    context = Context("127.0.0.1", secure_transport=False, time_s=int(time.time()), user_agent="")
    return context._replace(**said), attributes


def _note(attributes: dict[str, Any], of: ObjectKey, value: str) -> None:
    if of.label is not None:
        attributes.setdefault("labels", set()).add((of.label, value))
        return
    if of.vocabulary and value not in of.vocabulary:
        raise WrongQuestion(f"{value!r} is none of {', '.join(of.vocabulary)}")
    attributes[of.attribute] = value


def _request_value(of: RequestKey, name: str, value: str) -> Any:  # noqa: ANN401  whatever the context holds
    if of.kind != "IpAddress":
        return _parsed(_FORMS[of.kind], name, value).values[0]
    try:
        return str(ipaddress.ip_address(value))
    except ValueError as error:
        raise WrongQuestion(f"{name}: {value!r} is no IP address") from error


def _parsed(form: str, name: str, value: str) -> conditions.Condition:
    try:
        (condition,) = conditions.parse({form: {name: value}}, "context")
    except PolicyError as error:
        raise WrongQuestion(str(error)) from error
    return condition
