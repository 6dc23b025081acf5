"""What one principal may do: the policies, the session's policy and the workspace roles, put together.

The account's own key needs none of them. Anyone else needs both the RAM action and, within a workspace, the role.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from modelry.access.compiled import Test, compiled
from modelry.access.policy import Context, Policies, Verdict
from modelry.access.predicate import ALWAYS, NEVER, Predicate, both
from modelry.access.principal import Principal
from modelry.access.roles import Memberships

Attributes = Mapping[str, Any]
"""What a decision may depend on, by attribute; `resource` is `ACCOUNT:model/ID`, the end of the object's ARN."""


Layer = Literal["AccountLevelIdentityBasedPolicy", "SessionPolicy", "AssumeRolePolicy", "WorkspaceRole"]
"""Where a decision was made, as `PolicyType` of `AccessDeniedDetail` names it; `WorkspaceRole` is named here."""


class Decision(NamedTuple):
    """A verdict, and which layer gave it."""

    layer: Layer
    verdict: Verdict


class Denied(Exception):  # noqa: N818  a decision, which the pipeline turns into an answer
    """The caller may not do this to that."""

    def __init__(self, action: str, attributes: Attributes, decision: Decision) -> None:
        """Say what was asked, of what, and what decided."""
        self.action = action
        self.attributes = attributes
        self.decision = decision
        super().__init__(action)


_TESTS_MAX = 512


class Authority:
    """Everything that decides for one principal, as it was at one moment."""

    __slots__ = ("_tests", "is_account", "memberships", "policies", "principal", "session")

    def __init__(
        self, principal: Principal, policies: Policies, session: Policies | None, memberships: Memberships
    ) -> None:
        """`session` is what the session that the principal acts in is limited to."""
        self.principal = principal
        self.is_account = principal.is_account
        self.policies = policies
        self.session = session
        self.memberships = memberships
        self._tests: dict[int, tuple[Predicate, Test]] = {}

    def granted(self, action: str, context: Context) -> tuple[Predicate, ...] | None:
        """What policies ask of an object, all of it; `None` when they allow the action on nothing."""
        reach = self.policies.reach(action, context)
        if reach is NEVER:
            return None
        asked = () if reach is ALWAYS else (reach,)
        if self.session is None:
            return asked
        limit = self.session.reach(action, context)
        if limit is NEVER:
            return None
        return asked if limit is ALWAYS else (*asked, limit)

    def reach(self, action: str, context: Context) -> Predicate:
        """What must hold of an object for the principal to perform `action` on it."""
        if self.is_account:
            return ALWAYS
        asked = self.granted(action, context)
        return NEVER if asked is None else _together(asked, self.memberships.reach(action))

    def allows(
        self,
        action: str,
        granted: tuple[Predicate, ...] | None,
        attributes: Attributes | Callable[[], Attributes],
    ) -> bool:
        """Whether the principal may perform `action` on an object: the same as that `reach` holds of it.

        `granted` is what this answers for the action; the attributes are looked at if something depends on them.
        """
        held = self.memberships.reach(action)
        if granted is None or held is NEVER:
            return False
        if held is ALWAYS:
            if not granted:
                return True
        else:
            granted = (*granted, held)
        known = attributes() if callable(attributes) else attributes
        for part in granted:  # noqa: SIM110  a generator would cost more than the tests
            if not self._test(part)(known):
                return False
        return True

    def _test(self, predicate: Predicate) -> Test:
        """A predicate that is asked again and again, as a function."""
        found = self._tests.get(id(predicate))
        if found is None:
            if len(self._tests) >= _TESTS_MAX:
                self._tests.clear()
            # Keeping the predicate keeps its identity from being another's.
            found = self._tests[id(predicate)] = (predicate, compiled(predicate))
        return found[1]

    def reach_within(self, action: str, other: str, context: Context) -> Predicate:
        """What must still hold, for `action`, of objects that are already within the reach of `other`."""
        if self.is_account:
            return ALWAYS
        asked = self.granted(action, context)
        if asked is None:
            return NEVER
        held = self.memberships.reach(action)
        return _together(asked, ALWAYS if held is self.memberships.reach(other) else held)

    def explained(self, action: str, attributes: Attributes, context: Context) -> Decision:
        """Which statement or role decides, for one object."""
        if self.is_account:
            return Decision("AccountLevelIdentityBasedPolicy", _ACCOUNT)
        granted = self.policies.explained(action, attributes, context)
        if not granted.allowed:
            return Decision("AccountLevelIdentityBasedPolicy", granted)
        if self.session is not None:
            limited = self.session.explained(action, attributes, context)
            if not limited.allowed:
                return Decision("SessionPolicy", limited)
        lacking = self.memberships.explained(action, attributes)
        if lacking is not None:
            return Decision("WorkspaceRole", lacking)
        return Decision("AccountLevelIdentityBasedPolicy", granted)


def of_account(principal: Principal) -> Authority:
    """The authority of the account's own key, which may do everything."""
    return Authority(principal, Policies((), region=""), None, Memberships(principal.user_id, {}))


def _together(asked: tuple[Predicate, ...], held: Predicate) -> Predicate:
    return both(*asked, held) if asked else held


_ACCOUNT = Verdict(
    allowed=True, explicit=False, source=None, statement=None, reason="the account's own key may do everything"
)


class Caller:
    """Who asks for an operation, and what they may do of it.

    A handler of anything that has to be looked up decides through it; that some decision was made is checked when
    the handler is done, so that forgetting one refuses instead of allowing.
    """

    __slots__ = ("_action", "_authority", "_granted", "context", "decided", "principal")

    def __init__(self, authority: Authority, action: str, context: Context) -> None:
        """Decide about `action`, in the situation that the request is in."""
        self.principal = authority.principal
        self.decided = authority.is_account
        """Whether a decision was made."""
        self._authority = authority
        self._action = action
        self._granted: tuple[Predicate, ...] | None = None
        self.context = context
        """What the request says about its own situation."""

    @property
    def memberships(self) -> Memberships:
        """The workspaces that the caller works in."""
        return self._authority.memberships

    def check_granted(self) -> None:
        """Return unless no policy allows the operation on anything: then it need not even be said what exists.

        Of all but the account, this comes before any decision on an object.

        Raises:
            Denied: none does.
        """
        self._granted = self._authority.granted(self._action, self.context)
        if self._granted is None:
            raise self._denied(self._action, {})

    def reach(self, action: str | None = None) -> Predicate:
        """What must hold of the objects of a list for an action, by default the operation's own."""
        self.decided = True
        return self._authority.reach(action or self._action, self.context)

    def reach_within(self, action: str, other: str) -> Predicate:
        """What must still hold, for `action`, of objects that are already within the reach of `other`.

        Roles that allow both alike need not be asked twice.
        """
        self.decided = True
        return self._authority.reach_within(action, other, self.context)

    def may(self, attributes: Attributes | Callable[[], Attributes], action: str | None = None) -> bool:
        """Whether the caller may perform an action, by default the operation's own, on an object."""
        self.decided = True
        if self._authority.is_account:
            return True
        if action is None:
            return self._authority.allows(self._action, self._granted, attributes)
        return self._authority.allows(action, self._authority.granted(action, self.context), attributes)

    def require(self, attributes: Attributes | Callable[[], Attributes], action: str | None = None) -> None:
        """Return if the caller may perform an action, by default the operation's own, on an object.

        Raises:
            Denied: they may not.
        """
        if not self.may(attributes, action):
            raise self._denied(action or self._action, attributes() if callable(attributes) else attributes)

    def deny(self, attributes: Attributes, decision: Decision) -> Denied:
        """The refusal of the operation for a reason that the caller's own policies do not know."""
        self.decided = True
        return Denied(self._action, attributes, decision)

    def _denied(self, action: str, attributes: Attributes) -> Denied:
        return Denied(action, attributes, self._authority.explained(action, attributes, self.context))
