"""Whom a role lets in: the names that a trust policy knows a caller by, and what it says about them."""

from modelry.access.policy import Context, Verdict, parse_trust, trusts
from modelry.access.principal import Principal
from modelry.families.ram.roles.store import StoredRole


def trusted(role: StoredRole, principal: Principal, context: Context) -> Verdict:
    """Whether the role's own policy lets a caller of its account in."""
    return trusts(
        parse_trust(role.trust_document),
        account_id=principal.account_id,
        principal_arns=_known_as(principal),
        context=context,
    )


def arn(principal: Principal) -> str:
    """Who somebody is, as GetCallerIdentity says it."""
    if principal.is_account:
        return f"acs:ram::{principal.account_id}:root"
    if principal.session_name:
        return role_arn(principal.account_id, "assumed-role", principal.name, principal.session_name)
    return f"acs:ram::{principal.account_id}:user/{principal.name}"


def role_arn(account_id: int, kind: str, role_name: str, *session_name: str) -> str:
    """An ARN of a role or a session; the role's name stands in it in lower case, as in the `Arn` of the role itself."""
    return "/".join((f"acs:ram::{account_id}:{kind}", role_name.lower(), *session_name))


def _known_as(principal: Principal) -> tuple[str, ...]:
    """The ARNs that a trust policy may mean the caller by, besides that of the whole account."""
    if not principal.session_name:
        return (arn(principal),)
    return role_arn(principal.account_id, "role", principal.name), arn(principal)
