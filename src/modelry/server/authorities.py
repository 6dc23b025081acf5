"""What decides for an identity, as the data says it at one moment: for requests, and for the command that explains."""

from modelry.access.authority import Authority, of_account
from modelry.access.policy import Grant, Policies, parse
from modelry.access.principal import Principal
from modelry.families.ram.policies.store import grants, role_grants
from modelry.families.workspaces.membership.store import memberships
from modelry.storage.database import Connection


def authority(database: Connection, principal: Principal, session_policy: str | None, *, region: str) -> Authority:
    """What a principal may do; `session_policy` is the document that a session was narrowed by.

    Raises:
        PolicyError: the session policy is none of the grammar; AssumeRole hands out no token with such a one.
    """
    if principal.is_account:
        return of_account(principal)
    read = role_grants if principal.session_name else grants
    limit = None
    if session_policy is not None:
        grant = Grant("the session policy given to AssumeRole", parse(session_policy))
        limit = Policies((grant,), region=region)
    return Authority(
        principal,
        Policies(read(database, principal.account_id, principal.user_id), region=region),
        limit,
        memberships(database, principal.account_id, principal.user_id),
    )
