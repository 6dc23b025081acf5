"""Decisions as they would be if a policy were changed."""

from pathlib import Path
from typing import NamedTuple

from modelry.access.authority import Authority
from modelry.access.policy import Grant, Policies, Policy, parse, unrenderable
from modelry.cli.access.asking import Unanswerable
from modelry.errors import ApiError
from modelry.families.ram.policies.store import policy as stored_policy
from modelry.families.ram.policies.system import system_policy
from modelry.storage.database import Connection
from modelry.storage.folding import folded


class Proposal(NamedTuple):
    """A policy that is not stored, and what it would take the place of."""

    source: str
    policy: Policy
    instead_of: str | None
    """Name of the policy in whose place it would be, for whoever that one counts for."""
    alone: bool
    """Whether no other policy would count."""

    def applied(self, authority: Authority, region: str) -> Authority:
        """What would decide."""
        if authority.principal.is_account:
            return authority
        policies = Policies(self._grants(authority.policies.grants), region=region)
        return Authority(authority.principal, policies, authority.session, authority.memberships)

    def counts_for(self, authority: Authority) -> bool:
        """Whether anything would be another for somebody."""
        return self.instead_of is None or any(map(self._replaces, authority.policies.grants))

    def _grants(self, stored: tuple[Grant, ...]) -> tuple[Grant, ...]:
        new = Grant(self.source, self.policy)
        if self.alone:
            return (new,)
        if self.instead_of is None:
            return (*stored, new)
        return tuple(self._instead(each) if self._replaces(each) else each for each in stored)

    def _instead(self, of: Grant) -> Grant:
        return of._replace(source=f"{self.source}, instead of {of.source}", policy=self.policy)

    def _replaces(self, grant: Grant) -> bool:
        return self.instead_of is not None and folded(grant.name) == folded(self.instead_of)


def proposal(file: Path, instead_of: str | None, *, alone: bool) -> Proposal:
    """The policy that lies in a file.

    Raises:
        OSError: it cannot be read.
        PolicyError: it is none of the grammar.
    """
    return Proposal(f"the proposed policy {file.name}", parse(file.read_text()), instead_of, alone)


def notes(database: Connection, account_id: int, given: Proposal) -> tuple[str, ...]:
    """What whoever proposes should know besides.

    Raises:
        Unanswerable: there is no such policy to take the place of.
    """
    name = given.instead_of
    if name is not None and not system_policy(name):
        try:
            stored_policy(database, account_id, name)
        except ApiError as error:
            raise Unanswerable(f"--instead-of: there is no policy {name}") from error
    reason = unrenderable(given.policy)
    return (f"The proposed policy would be refused when it is attached: {reason}",) if reason else ()
