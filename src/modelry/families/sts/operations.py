"""The operations of STS.

AssumeRole changes nothing, but it is carried out as a write is: every session that begins is written down.
"""

from modelry.contract.operation import Access, Operation
from modelry.errors import ram as e
from modelry.families.sts import STS
from modelry.families.sts import structs as s

ASSUME_ROLE = Operation(
    name="AssumeRole",
    style=STS,
    request=s.AssumeRole,
    response=s.RoleAssumed,
    access=Access(action="sts:AssumeRole", level="create", looked_up=("role/*",)),
    errors=(
        e.INVALID_ROLE_ARN,
        e.INVALID_ROLE_SESSION_NAME,
        e.INVALID_DURATION_SECONDS,
        e.INVALID_POLICY_SIZE,
        e.INVALID_POLICY_GRAMMAR,
        e.INVALID_EXTERNAL_ID,
        e.INVALID_SOURCE_IDENTITY,
        e.ROOT_ASSUMES_NO_ROLE,
        e.ENTITY_NOT_EXIST_ROLE,
    ),
    summary="Get a temporary key to act as a role.",
)

GET_CALLER_IDENTITY = Operation(
    name="GetCallerIdentity",
    style=STS,
    request=s.GetCallerIdentity,
    response=s.CallerIdentity,
    access=Access(action="sts:GetCallerIdentity", level="get", open_to_all=True),
    summary="Whose key signs; everybody may ask.",
)

OPERATIONS = (ASSUME_ROLE, GET_CALLER_IDENTITY)
