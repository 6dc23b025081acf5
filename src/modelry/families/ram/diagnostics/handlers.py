"""What the operation on diagnostic messages does."""

import msgspec

from modelry.access.diagnosis import NoDiagnosisError, decoded
from modelry.errors import ApiError
from modelry.errors.ram import INVALID_DIAGNOSTIC_MESSAGE
from modelry.families.ram.diagnostics import operations as ops
from modelry.families.ram.diagnostics import structs as s
from modelry.handling import Call, handles

_PRINCIPAL_TYPES = {"RAMUser": "SubUser"}
"""What the documentation calls a kind of identity here and nowhere else."""


@handles(ops.DECODE_DIAGNOSTIC_MESSAGE)
def decode_diagnostic_message(call: Call, request: s.DecodeDiagnosticMessage) -> s.DiagnosisDecoded:
    try:
        text = decoded(call.sealer, request.encoded_diagnostic_message)
    except NoDiagnosisError as error:
        raise ApiError(INVALID_DIAGNOSTIC_MESSAGE) from error
    stored = msgspec.json.decode(text, type=s.StoredDiagnosis)
    return s.DiagnosisDecoded(decoded_diagnostic_message=_shown(stored, call.principal.owner_id))


def _shown(stored: s.StoredDiagnosis, owner_id: str) -> s.Diagnosis:
    session_of = f"{stored.principal_name}:{stored.session_name}" if stored.session_name else ""
    return s.Diagnosis(
        auth_action=stored.action,
        auth_resource=stored.resource,
        auth_principal=s.AuthPrincipal(
            auth_principal_type=_PRINCIPAL_TYPES.get(stored.principal_type, stored.principal_type),
            auth_principal_display_name=session_of or stored.principal_id,
            auth_principal_owner_id=owner_id,
        ),
        explicit_deny=stored.no_permission_type == "ExplicitDeny",
        no_permission_policy_type=stored.policy_type,
        matched_policies=[s.MatchedPolicy(policy_identifier=stored.decided_by, effect="Deny")]
        if stored.decided_by
        else [],
        reason=stored.reason,
    )
