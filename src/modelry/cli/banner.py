"""What a start prints: where the server is and how each client is pointed at it."""

from pathlib import Path
from typing import TYPE_CHECKING

from modelry.settings import Settings, without_password

if TYPE_CHECKING:
    from modelry.server.custody import RootKey
    from modelry.server.start import Prepared

_TEXT = """\
Modelry listens at {url}
  account {account}, region {region}, data {folder}{database}
{key}
Python SDK (alibabacloud_aiworkspace20210204)

  from alibabacloud_aiworkspace20210204.client import Client
  from alibabacloud_tea_openapi.models import Config
  client = Client(Config(access_key_id="{key_id}", access_key_secret="{secret}",
                         endpoint="{address}", protocol="{protocol}"))

aliyun

  export ALIBABA_CLOUD_ACCESS_KEY_ID={key_id} ALIBABA_CLOUD_ACCESS_KEY_SECRET={secret} ALIBABA_CLOUD_REGION_ID={region}
  aliyun aiworkspace ListModels --endpoint {address}{insecure}

Terraform

  provider "alicloud" {{
    access_key   = "{key_id}"
    secret_key   = "{secret}"
    region       = "{region}"
    account_type = "Domestic"
    protocol     = "{protocol_upper}"
    endpoints {{
      aiworkspace     = "{address}"
      ram             = "{address}"
      sts             = "{address}"
      resourcemanager = "{address}"
    }}
  }}
"""

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  shown, not bound
"""Where a client on this machine finds a server that listens everywhere."""


def banner(settings: Settings, prepared: "Prepared", port: int) -> str:
    """The text. It shows the secret of the root key only at the start that made it."""
    protocol = "https" if settings.tls_cert else "http"
    host = _LOOPBACK.get(settings.host, settings.host)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    root = prepared.new_root_key
    return _TEXT.format(
        url=f"{protocol}://{address}",
        account=prepared.instance.account_id,
        region=prepared.instance.region,
        folder=settings.folder,
        database=f"\n  database {without_password(settings.database)}" if settings.database else "",
        key=key_lines(settings.folder, prepared.root_key_id, root),
        key_id=prepared.root_key_id,
        secret=root.access_key_secret if root else "...",
        address=address,
        protocol=protocol,
        protocol_upper=protocol.upper(),
        insecure="" if settings.tls_cert else " --insecure",
    )


def key_lines(folder: Path, root_key_id: str, made: "RootKey | None") -> str:
    """Which root key there is and where its secret is; the secret itself if it was just made."""
    key_file = folder / "root_access_key.json"
    if made is not None:
        return (
            f"  root access key, shown this once and kept in {key_file}:\n"
            f"    {made.access_key_id}\n    {made.access_key_secret}\n"
        )
    if key_file.exists():
        return f"  root access key {root_key_id}; its secret is in {key_file}\n"
    return f"  root access key {root_key_id}\n"
