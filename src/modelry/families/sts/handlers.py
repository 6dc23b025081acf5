"""What each operation of STS does."""

import msgspec

from modelry.access import tokens
from modelry.access.authority import Caller, Decision
from modelry.errors import ApiError
from modelry.errors import ram as e
from modelry.families.ram.roles import store as roles
from modelry.families.ram.roles.store import StoredRole
from modelry.families.sts import fields
from modelry.families.sts import operations as ops
from modelry.families.sts import structs as s
from modelry.families.sts.trusting import arn, role_arn, trusted
from modelry.handling import Call, handles, reads
from modelry.storage.database import Key, Row
from modelry.storage.folding import folded

_CHAINED_MAX_S = 3600
"""Decided here, as other clouds have it: what a session may prolong by assuming a role ends within the hour."""


@handles(ops.ASSUME_ROLE)
def assume_role(call: Call, request: s.AssumeRole) -> s.RoleAssumed:
    if call.principal.is_account:
        raise ApiError(e.ROOT_ASSUMES_NO_ROLE)
    fields.check(request)
    named = fields.named_role(request.role_arn)
    resource = {"resource": f"{named.account_id}:role/{folded(named.name)}"}
    call.caller.require(resource)  # before the role is looked up: nobody learns otherwise which roles there are
    if named.account_id != call.account_id:
        raise ApiError(e.ENTITY_NOT_EXIST_ROLE, role_name=named.name)
    role = roles.role(call.database, call.account_id, named.name)
    _require_trust(call.caller, role, request, resource)
    longest = (
        min(role.max_session_duration, _CHAINED_MAX_S) if call.principal.session_name else role.max_session_duration
    )
    session = _begun(call, role, request, fields.duration_s(request, longest))
    call.transaction.changed(f"role/{role.role_name}", None, _noted(session))
    return _assumed(session, tokens.issue(call.sealer, session))


def no_keys(caller: Caller, request: s.GetCallerIdentity) -> tuple[Key, ...]:
    """GetCallerIdentity needs no row."""
    return ()


@reads(ops.GET_CALLER_IDENTITY, no_keys)
def get_caller_identity(caller: Caller, request: s.GetCallerIdentity, rows: tuple[Row | None, ...]) -> s.CallerIdentity:
    principal = caller.principal
    whose = {"role_id": principal.user_id} if principal.session_name else {"user_id": principal.user_id}
    return s.CallerIdentity(
        identity_type=principal.identity_type,
        account_id=principal.owner_id,
        arn=arn(principal),
        principal_id=f"{principal.user_id}:{principal.session_name}" if principal.session_name else principal.user_id,
        **whose,
    )


def _require_trust(caller: Caller, role: StoredRole, request: s.AssumeRole, resource: dict[str, str]) -> None:
    """Return if the role's own policy lets the caller in, whom their policies let go.

    Raises:
        Denied: it does not.
    """
    given = None if request.external_id is msgspec.UNSET else request.external_id
    verdict = trusted(role, caller.principal, caller.context._replace(external_id=given))
    if not verdict.allowed:
        raise caller.deny(resource, Decision("AssumeRolePolicy", verdict))


def _begun(call: Call, role: StoredRole, request: s.AssumeRole, duration_s: int) -> tokens.Session:
    key = tokens.new_key()
    return tokens.Session(
        account_id=call.account_id,
        role_id=role.role_id,
        role_name=role.role_name,
        session_name=request.role_session_name,
        access_key_id=key.access_key_id,
        secret=key.secret,
        expires_s=call.caller.context.time_s + duration_s,
        policy=None if request.policy is msgspec.UNSET else request.policy,
        source_identity=None if request.source_identity is msgspec.UNSET else request.source_identity,
    )


def _assumed(session: tokens.Session, security_token: str) -> s.RoleAssumed:
    return s.RoleAssumed(
        assumed_role_user=s.AssumedRoleUser(
            arn=role_arn(session.account_id, "role", session.role_name, session.session_name),
            assumed_role_id=f"{session.role_id}:{session.session_name}",
        ),
        credentials=s.Credentials(
            access_key_id=session.access_key_id,
            access_key_secret=session.secret,
            security_token=security_token,
            expiration=tokens.expiration(session),
        ),
        source_identity=msgspec.UNSET if session.source_identity is None else session.source_identity,
    )


def _noted(session: tokens.Session) -> bytes:
    """A session as it may be written down: without its secret."""
    return msgspec.json.encode(
        {
            "RoleId": session.role_id,
            "RoleSessionName": session.session_name,
            "AccessKeyId": session.access_key_id,
            "Expiration": tokens.expiration(session),
            "Policy": session.policy,
            "SourceIdentity": session.source_identity,
        }
    )
