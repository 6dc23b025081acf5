"""What an operation may refuse: the errors that its row names, and those that every operation shares."""

from modelry import errors as e
from modelry.contract.operation import AnyOperation

ADDRESS = (e.NO_SUCH_API, e.METHOD_NOT_ALLOWED, e.UNSUPPORTED_OPERATION, e.NO_SUCH_ACTION)
"""Of requests that reach no operation."""

SIGNATURE = (
    e.INVALID_VERSION,
    e.MISSING_AUTHORIZATION,
    e.MALFORMED_AUTHORIZATION,
    e.UNSUPPORTED_SIGNATURE,
    e.SIGNATURE_MISMATCH,
    e.BODY_HASH_MISMATCH,
    e.TIMESTAMP_FORMAT,
    e.TIMESTAMP_EXPIRED,
    e.MISSING_NONCE,
    e.NONCE_USED,
    e.UNKNOWN_ACCESS_KEY,
    e.INACTIVE_ACCESS_KEY,
    e.UNSUPPORTED_TOKEN,
    e.MISSING_SECURITY_TOKEN,
    e.EXPIRED_TOKEN,
    e.MISMATCHED_TOKEN,
)
"""Of whoever cannot be told to be who they say."""

SHARED = (
    *SIGNATURE,
    e.NO_PERMISSION,
    e.MALFORMED_JSON,
    e.INVALID_PARAMETER,
    e.MISSING_PARAMETER,
    e.BODY_INCOMPLETE,
    e.BODY_TOO_LARGE,
    e.THROTTLED,
    e.THROTTLED_KEY,
    e.INTERNAL_ERROR,
    e.UNAVAILABLE,
)
"""Of every operation."""


def refusals(operation: AnyOperation) -> tuple[e.ErrorCode, ...]:
    """Every error that an operation may answer, its own first."""
    return (*operation.errors, *SHARED)


def by_status(codes: tuple[e.ErrorCode, ...]) -> dict[int, list[e.ErrorCode]]:
    """Errors grouped by HTTP status, in rising order."""
    return {status: [c for c in codes if c.status == status] for status in sorted({c.status for c in codes})}
