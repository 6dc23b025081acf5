"""The answer to a question: what was decided, by what, and what else was considered."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import msgspec

from modelry.access.authority import Authority, Decision
from modelry.access.conditions import Context
from modelry.access.explanation import Considered, Question, considered, of_object, statement_of
from modelry.access.narrowing import narrowed
from modelry.access.policy import Policies, Verdict
from modelry.access.predicate import ALWAYS, NEVER, both, simplified
from modelry.access.principal import Principal
from modelry.access.wording import in_words, which
from modelry.cli.access.asking import Asked
from modelry.cli.access.objects import Step
from modelry.families.sts.trusting import trusted

Layer = Literal[
    "Account",
    "AccountLevelIdentityBasedPolicy",
    "SessionPolicy",
    "AssumeRolePolicy",
    "WorkspaceRole",
    "NoPermissionNeeded",
]
"""What decided; those that `AccessDeniedDetail` knows are called as there."""


class Written(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A statement, and what it had to do with the question."""

    layer: Layer
    source: str
    statement: int
    effect: Literal["Allow", "Deny"]
    applies: bool
    where: str
    """What must hold of an object besides; empty if nothing."""
    why_not: tuple[str, ...]
    text: Mapping[str, Any]
    about_action: bool
    """Whether it is about the action at all."""


class Held(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The roles held in one workspace."""

    workspace_id: str
    roles: tuple[str, ...]
    allows: str
    """Which objects the action is allowed on, in words."""


class Decided(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """One decision."""

    allowed: bool
    action: str
    resource: str
    """The end of its ARN; `*` where the question is which objects there are."""
    layer: Layer
    source: str
    """The policy that decided; empty if none did."""
    statement: int | None
    """Which of its statements, from 0."""
    text: Mapping[str, Any] | None
    """That statement as it stands in the document."""
    reason: str
    where: str
    """Which objects of a list it is allowed on, in words; empty where the decision is about one object."""
    statements: tuple[Written, ...]
    workspace_roles: tuple[Held, ...]


class Identity(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """Who asked."""

    identity_type: str
    id: str
    name: str
    session_name: str


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """Everything that was found out."""

    allowed: bool
    identity: Identity
    operation: str
    context: Mapping[str, Any]
    decisions: tuple[Decided, ...]
    """In the order in which the server makes them; it stops at a denial."""
    where: str
    """Which objects there are for them, in words; empty where the operation is about something given."""
    notes: tuple[str, ...]


def answered(asked: Asked, region: str) -> Answer:
    """What the server would decide, and why."""
    weighing = _Weighing(
        asked.authority, asked.context, region, asked.objects.many, asked.operation.access.level == "list"
    )
    decisions = tuple(map(weighing.decided, asked.objects.steps))
    # A list is shown though nothing may be got: it is empty then.
    allowed = decisions[0].allowed if asked.objects.many else all(each.allowed for each in decisions)
    return Answer(
        allowed=allowed,
        identity=_identity(asked.authority.principal),
        operation=asked.operation.full_name,
        context=_keys(asked.context),
        decisions=decisions or (_UNASKED,),
        where=weighing.shown(asked.objects.steps) if asked.objects.many else "",
        notes=asked.notes,
    )


class _Weighing(NamedTuple):
    """What decides, and in which situation."""

    authority: Authority
    context: Context
    region: str
    many: bool
    lists: bool
    """Whether the operation is answered where there is nothing for the caller, with an empty list."""

    def decided(self, step: Step) -> Decided:
        """One decision, with all that was considered."""
        decision = self._of_many(step) if self.many else self._of_one(step)
        layer, verdict = decision
        by_account = self.authority.principal.is_account
        return Decided(
            allowed=verdict.allowed,
            action=step.action,
            resource=str(step.attributes.get("resource", "*")).rpartition(":")[2],
            layer="Account" if by_account and layer == "AccountLevelIdentityBasedPolicy" else layer,
            source=verdict.source or "",
            statement=verdict.statement,
            text=self._text(decision),
            reason=verdict.reason,
            where=self.shown((step,)) if self.many else "",
            statements=tuple(self._statements(step)),
            workspace_roles=tuple(self._roles(step)),
        )

    def shown(self, steps: tuple[Step, ...]) -> str:
        """Which objects of a list there are for the caller, in words."""
        reach = both(*(self.authority.reach(step.action, self.context) for step in steps))
        return which(narrowed(simplified(reach), steps[0].attributes), self._own_id)

    def _of_one(self, step: Step) -> Decision:
        decision = self.authority.explained(step.action, step.attributes, self.context)
        if not decision.verdict.allowed or step.role is None:
            return decision
        if self.authority.principal.is_account:
            return Decision("AssumeRolePolicy", Verdict.by_none("The account itself assumes no role."))
        trust = trusted(step.role, self.authority.principal, self.context)
        return decision if trust.allowed else Decision("AssumeRolePolicy", trust)

    def _of_many(self, step: Step) -> Decision:
        """A list is denied where no policy allows any of it; without a role in a workspace it is empty."""
        authority = self.authority
        if authority.principal.is_account or authority.granted(step.action, self.context) is None:
            return authority.explained(step.action, {}, self.context)
        lacking = authority.memberships.explained(step.action, {})
        if lacking is not None and authority.memberships.reach(step.action) is NEVER and not self.lists:
            return Decision("WorkspaceRole", lacking)
        verdict = Verdict(
            allowed=True, explicit=False, source=None, statement=None, reason="Policies allow it on some objects."
        )
        return Decision("AccountLevelIdentityBasedPolicy", verdict)

    def _text(self, decision: Decision) -> Mapping[str, Any] | None:
        layer, verdict = decision
        if verdict.statement is None:
            return None
        for policies, of in self._layers():
            for grant in policies.grants:
                if of == layer and grant.source == verdict.source:
                    return statement_of(grant.policy, verdict.statement)
        return None

    def _layers(self) -> Iterator[tuple[Policies, Layer]]:
        yield self.authority.policies, "AccountLevelIdentityBasedPolicy"
        if self.authority.session is not None:
            yield self.authority.session, "SessionPolicy"

    def _statements(self, step: Step) -> Iterator[Written]:
        known = step.attributes
        left = (lambda predicate: narrowed(predicate, known)) if self.many else of_object(known)
        question = Question(step.action, self.context, known, left)
        for policies, layer in self._layers():
            for each in considered(policies, self.region, question):
                yield self._written(layer, each)

    def _written(self, layer: Layer, each: Considered) -> Written:
        return Written(
            layer=layer,
            source=each.source,
            statement=each.number,
            effect=each.effect,
            applies=not each.unmet,
            where="" if each.unmet or each.asks == ALWAYS else in_words(each.asks, self._own_id),
            why_not=each.unmet,
            text=each.written,
            about_action=each.about_action,
        )

    def _roles(self, step: Step) -> Iterator[Held]:
        """The roles that have a say; none where workspace roles have none."""
        memberships = self.authority.memberships
        reach = memberships.reach(step.action)
        if self.authority.principal.is_account or reach is ALWAYS:
            return
        only = step.attributes.get("workspace_id")
        for workspace_id, roles in memberships.roles.items():
            if only in {None, workspace_id}:
                rest = narrowed(reach, {"workspace_id": workspace_id})
                allows = which(rest, self._own_id)
                yield Held(workspace_id=workspace_id, roles=tuple(roles), allows=allows)

    @property
    def _own_id(self) -> str:
        return self.authority.principal.user_id


def _keys(context: Context) -> Mapping[str, Any]:
    """A situation by the keys that policies ask for it."""
    return {
        "acs:SourceIp": context.source_ip,
        "acs:SecureTransport": context.secure_transport,
        "acs:CurrentTime": datetime.fromtimestamp(context.time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "acs:UserAgent": context.user_agent,
        "acs:MFAPresent": context.mfa_present,
        "sts:ExternalId": context.external_id,
    }


def _identity(principal: Principal) -> Identity:
    return Identity(
        identity_type=principal.identity_type,
        id=principal.user_id,
        name=principal.name,
        session_name=principal.session_name,
    )


_UNASKED = Decided(
    allowed=True,
    action="sts:GetCallerIdentity",
    resource="*",
    layer="NoPermissionNeeded",
    source="",
    statement=None,
    text=None,
    reason="Everybody may ask who they are.",
    where="",
    statements=(),
    workspace_roles=(),
)
