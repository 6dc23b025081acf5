"""What a decoded diagnostic message looks like."""

from modelry.contract.operation import Shape


class DecodeDiagnosticMessage(Shape):
    """A message as the `AccessDeniedDetail` of a denial has it."""

    encoded_diagnostic_message: str


class AuthPrincipal(Shape):
    """Who was denied."""

    auth_principal_type: str
    """`SubUser` or `AssumedRoleUser`."""
    auth_principal_display_name: str
    """The id of a user; `ROLENAME:SESSION` of a session."""
    auth_principal_owner_id: str
    """The account."""


class MatchedPolicy(Shape):
    """A policy that denied, which a denial for lack of any that allows does not have."""

    policy_identifier: str
    """What the policy is, and how the caller came by it."""
    effect: str


class Diagnosis(Shape):
    """What was denied, and what decided."""

    auth_action: str
    auth_resource: str
    auth_principal: AuthPrincipal
    explicit_deny: bool
    no_permission_policy_type: str
    matched_policies: list[MatchedPolicy]
    reason: str
    """One sentence for people. Not in the documentation of the cloud, whose clients skip it."""


class DiagnosisDecoded(Shape):
    """A diagnosis."""

    decoded_diagnostic_message: Diagnosis


class StoredDiagnosis(Shape):
    """A diagnosis as a message carries it."""

    action: str
    resource: str
    principal_type: str
    principal_id: str
    principal_name: str = ""
    session_name: str = ""
    no_permission_type: str
    policy_type: str
    decided_by: str = ""
    reason: str
