"""Every error that a client can see, as data: one row a code.

Two rules that clients impose on this table (docs/fidelity.md):

* Terraform takes any HTTP 404, and any message containing the word "NotFound", for "this resource is gone" and
  plans to create it again. So 404 stands only in rows about a named resource, and no message contains that word.
* Terraform and the SDKs retry every 5xx. So nothing that the caller did is a 5xx.
"""

from collections.abc import Mapping
from typing import NamedTuple


class ErrorCode(NamedTuple):
    """What a client sees when something is refused."""

    code: str
    """The stable identifier that SDKs switch on; never empty, never a number."""

    status: int
    """HTTP status."""

    message: str
    """A format string; who raises the error supplies its fields."""


class ApiError(Exception):
    """A refusal that becomes an HTTP answer; anything else that is raised is a fault of the server (500)."""

    def __init__(
        self,
        error: ErrorCode,
        *,
        retry_after_ms: int | None = None,
        access_denied: Mapping[str, str] | None = None,
        **fields: object,
    ) -> None:
        """Refuse with `error`, its message filled from `fields`.

        `retry_after_ms` becomes the header `x-acs-retry-after` and stands on throttling only: the SDKs and the
        `aliyun` command line repeat any error that carries it. `access_denied` becomes `AccessDeniedDetail`.
        """
        self.error = error
        self.message = error.message.format(**fields)
        self.retry_after_ms = retry_after_ms
        self.access_denied = access_denied
        super().__init__(f"{error.code}: {self.message}")


# The request itself.
MALFORMED_JSON = ErrorCode("InvalidJSON", 400, "The request body is not valid JSON: {reason}.")
INVALID_PARAMETER = ErrorCode("InvalidParameter", 400, "{name}: {reason}.")
MISSING_PARAMETER = ErrorCode("MissingParameter", 400, "{name} is required.")
BODY_INCOMPLETE = ErrorCode("IncompleteBody", 400, "The request body {reason}.")
BODY_TOO_LARGE = ErrorCode("RequestBodyTooLarge", 413, "The request body is larger than {limit_bytes} bytes.")
INVALID_VERSION = ErrorCode("InvalidVersion", 400, "The API version {version} is not served here; it is {served}.")
NO_SUCH_API = ErrorCode("InvalidAction.NotFound", 404, "No API answers {method} {path}.")
METHOD_NOT_ALLOWED = ErrorCode("InvalidMethod", 405, "{path} does not answer {method}; it answers {allowed}.")
UNSUPPORTED_OPERATION = ErrorCode(
    "UnsupportedOperation", 400, "{operation} is an official operation that this server does not offer."
)
NO_SUCH_ACTION = ErrorCode("UnsupportedOperation", 400, "{product} has no operation {action} on this server.")

# Who is asking. Never 404: see above.
MISSING_AUTHORIZATION = ErrorCode("MissingAuthorization", 400, "The request is not signed: {reason}.")
MALFORMED_AUTHORIZATION = ErrorCode("IncompleteSignature", 400, "The signature cannot be read: {reason}.")
UNSUPPORTED_SIGNATURE = ErrorCode("InvalidSignatureMethod", 400, "The signature method {method} is not supported.")
UNKNOWN_ACCESS_KEY = ErrorCode("InvalidAccessKeyId.NotFound", 403, "Specified access key is not found or invalid.")
INACTIVE_ACCESS_KEY = ErrorCode("InvalidAccessKeyId.Inactive", 403, "Specified access key is disabled.")
SIGNATURE_MISMATCH = ErrorCode(
    "SignatureDoesNotMatch",
    400,
    "Specified signature is not matched with our calculation. server string to sign is:{string_to_sign}",
)
BODY_HASH_MISMATCH = ErrorCode("ContentMD5NotMatched", 400, "The body does not match the header {header}.")
TIMESTAMP_FORMAT = ErrorCode("InvalidTimeStamp.Format", 400, "The {name} is not a time: {value}.")
TIMESTAMP_EXPIRED = ErrorCode(
    "InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired: {value} is {reason}."
)
MISSING_NONCE = ErrorCode("MissingSignatureNonce", 400, "The header x-acs-signature-nonce is required{reason}.")
NONCE_USED = ErrorCode("SignatureNonceUsed", 400, "Specified signature nonce was used already.")
UNSUPPORTED_TOKEN = ErrorCode(
    "InvalidSecurityToken.Malformed", 403, "The security token was not issued by this server, or its role is gone."
)
MISSING_SECURITY_TOKEN = ErrorCode(
    "MissingSecurityToken", 400, "A temporary access key is used together with its security token."
)
EXPIRED_TOKEN = ErrorCode("InvalidSecurityToken.Expired", 403, "The security token has expired at {expiration}.")
MISMATCHED_TOKEN = ErrorCode(
    "InvalidSecurityToken.MismatchWithAccessKey", 403, "The security token belongs to another access key."
)

# What the server cannot do now.
THROTTLED = ErrorCode("Throttling", 429, "{reason}")
THROTTLED_KEY = ErrorCode("Throttling.User", 429, "Request was denied due to user flow control.")
INTERNAL_ERROR = ErrorCode(
    "InternalError", 500, "The request failed in the server; the log has the cause under this RequestId."
)
UNAVAILABLE = ErrorCode("ServiceUnavailable", 503, "{reason}")

# May they.
NO_PERMISSION = ErrorCode("NoPermission", 403, "{principal} is not allowed to perform {action}: {reason}.")

# Models. The service's own codes are digits; what it answers to a duplicate is unknown.
MODEL_NOT_FOUND = ErrorCode("201900002", 404, "The model {model_id} does not exist.")
VERSION_NOT_FOUND = ErrorCode("201900003", 404, "The model {model_id} has no version {version_name}.")
MODEL_NAME_EXISTS = ErrorCode(
    "ModelNameAlreadyExists", 409, "The workspace {workspace_id} has a model named {model_name}."
)
VERSION_EXISTS = ErrorCode("ModelVersionAlreadyExists", 409, "The model {model_id} has a version {version_name}.")
APPROVAL_IS_FINAL = ErrorCode(
    "ApprovalStatusIsFinal", 409, "The version {version_name} is {before}; it cannot become {after}."
)

# Workspaces. Codes of digits are the service's own; the named ones are decided.
WORKSPACE_NOT_FOUND = ErrorCode("100400027", 404, "Workspace not exists: {workspace_id}.")
WORKSPACE_NAME_EXISTS = ErrorCode("WorkspaceNameAlreadyExists", 409, "The account has a workspace of that name.")
WORKSPACE_NOT_EMPTY = ErrorCode("WorkspaceNotEmpty", 409, "The workspace still has models; delete them first.")
WORKSPACE_IS_DEFAULT = ErrorCode(
    "DefaultWorkspaceNotDeletable", 409, "This is the default workspace; make another one the default first."
)
NO_DEFAULT_WORKSPACE = ErrorCode("DefaultWorkspaceNotExists", 404, "The account has no default workspace.")
MEMBER_NOT_FOUND = ErrorCode("100600006", 404, "The workspace {workspace_id} has no such member.")
MEMBER_TO_DELETE_NOT_FOUND = ErrorCode(
    "100600017", 404, "The workspace {workspace_id} has no member {member_id}; nobody was removed."
)
MEMBER_EXISTS = ErrorCode("MemberAlreadyExists", 409, "The user {user_id} is a member of the workspace already.")
OWNER_STAYS = ErrorCode("WorkspaceOwnerNotRemovable", 409, "The owner of a workspace stays its member and its owner.")
OWNER_NOT_ASSIGNABLE = ErrorCode("WorkspaceOwnerNotAssignable", 400, "Nobody can be made the owner of a workspace.")
UNKNOWN_ROLE = ErrorCode("InvalidRole", 400, "{name}: the workspace has no such role; the built-in ones are {known}.")
CUSTOM_ROLE_NOT_FOUND = ErrorCode("WorkspaceRoleNotExists", 404, "The workspace {workspace_id} has no role {role_id}.")
ROLE_NAME_EXISTS = ErrorCode("WorkspaceRoleNameAlreadyExists", 409, "The workspace has a role of that name.")
ROLE_IN_USE = ErrorCode("WorkspaceRoleInUse", 409, "Members hold the role {role_id}; take it from them first.")
INSTANCE_JOB_NOT_FOUND = ErrorCode("InstanceJobNotExists", 404, "There is no job {instance_job_id}.")
CONFIG_NOT_FOUND = ErrorCode("ConfigNotExists", 404, "The workspace {workspace_id} has no such configuration.")
CONFIG_AMBIGUOUS = ErrorCode(
    "AmbiguousConfig", 400, "CategoryName is needed: the key exists in several categories of the workspace."
)
USER_CONFIG_NOT_FOUND = ErrorCode("UserConfigNotExists", 404, "There is no such user configuration.")
PERMISSION_NOT_FOUND = ErrorCode("PermissionCodeNotExists", 404, "There is no permission {permission_code} here.")
