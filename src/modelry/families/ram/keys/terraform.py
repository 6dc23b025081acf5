"""Access keys as resources of Terraform."""

from modelry.contract.resource_type import Own, ResourceType
from modelry.families.ram.keys import operations as ops

_NO_PGP = (
    "secrets are not encrypted with PGP here. Leave it out: the secret is then `secret`, which Terraform does not"
    " print, but keeps in the state; `secret_file` takes it too"
)

RESOURCE_TYPES = (
    ResourceType(
        name="alicloud_ram_access_key",
        identity=("access_key_id",),
        address=("user_name",),
        create=ops.CREATE_ACCESS_KEY,
        read=ops.LIST_ACCESS_KEYS,
        update=ops.UPDATE_ACCESS_KEY,
        delete=ops.DELETE_ACCESS_KEY,
        entry="access_keys.access_key",
        parts=("access_key",),
        aliases={"user_access_key_id": "access_key_id"},
        answered=("create_date",),
        later=frozenset({"status"}),
        once=("access_key_secret",),
        renamed={"create_date": "create_time", "access_key_secret": "secret"},
        defaults={"status": "Active"},
        replaced=frozenset({"user_name"}),
        hidden=frozenset({"secret"}),
        file="secret_file",
        own=(
            Own(name="secret_file", replaced=True),
            Own(name="pgp_key", replaced=True, refused=_NO_PGP),
            Own(name="key_fingerprint", given=False),
            Own(name="encrypted_secret", given=False),
        ),
        importable=False,  # nobody tells the secret again
    ),
)
