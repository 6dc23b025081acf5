"""What a denial tells whoever was denied, and what it tells an administrator."""

from modelry.access.authority import Denied
from modelry.access.diagnosis import encoded
from modelry.access.policy import service_of
from modelry.access.principal import Principal
from modelry.access.sealing import Sealer
from modelry.errors import NO_PERMISSION, ApiError

_PRINCIPAL_TYPES = {"Account": "RootUser", "RAMUser": "SubUser", "AssumedRoleUser": "AssumedRoleUser"}
_REASONS = {"ExplicitDeny": "a policy denies it", "ImplicitDeny": "nothing that applies to the caller allows it"}


def refusal_of(denied: Denied, principal: Principal, sealer: Sealer, about: str) -> ApiError:
    """NO_PERMISSION with `AccessDeniedDetail`; `about` is what was denied, `model/model-1`.

    Which policy decided stands in the encoded message alone, which DecodeDiagnosticMessage opens for administrators.
    """
    layer, verdict = denied.decision
    kind = "ExplicitDeny" if verdict.explicit else "ImplicitDeny"
    shown_as = f"{principal.name}:{principal.session_name}" if principal.session_name else principal.user_id
    diagnosis = {
        "Action": denied.action,
        "Resource": f"acs:{service_of(denied.action)}:*:{principal.owner_id}:{about}",
        "PrincipalType": principal.identity_type,
        "PrincipalId": principal.user_id,
        "PrincipalName": principal.name,
        "SessionName": principal.session_name,
        "NoPermissionType": kind,
        "PolicyType": layer,
        "DecidedBy": verdict.source or "",
        "Statement": verdict.statement,
        "Reason": verdict.reason,
    }
    detail = {
        "AuthAction": denied.action,
        "AuthPrincipalType": _PRINCIPAL_TYPES[principal.identity_type],
        "AuthPrincipalDisplayName": shown_as,
        "AuthPrincipalOwnerId": principal.owner_id,
        "NoPermissionType": kind,
        "PolicyType": layer,
        "EncodedDiagnosticMessage": encoded(sealer, diagnosis),
    }
    return ApiError(
        NO_PERMISSION, access_denied=detail, principal=shown_as, action=denied.action, reason=_REASONS[kind]
    )
