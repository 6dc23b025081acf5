"""The arguments of the official provider's block, all of which are accepted, and the variables that stand in for them.

Source: the schema of the official provider, version 1.289.
"""

from dataclasses import dataclass
from typing import Literal

Type = Literal["string", "number", "bool"]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument; the first of the variables that is set gives its value where the block does not."""

    name: str
    variables: tuple[str, ...] = ()
    type: Type = "string"
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Nested:
    """A block in the block, at most once."""

    name: str
    arguments: tuple[Argument, ...] = ()
    blocks: tuple["Nested", ...] = ()
    ordered: bool = False
    """Whether it is a list of one, not a set of one."""


ARGUMENTS = (
    Argument(
        "access_key", ("ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID"), secret=True
    ),
    Argument(
        "secret_key",
        ("ALICLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_ACCESS_KEY_SECRET"),
        secret=True,
    ),
    Argument(
        "security_token",
        ("ALICLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABACLOUD_SECURITY_TOKEN"),
        secret=True,
    ),
    Argument("region", ("ALICLOUD_REGION", "ALIBABA_CLOUD_REGION")),
    Argument("profile", ("ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE")),
    Argument("shared_credentials_file", ("ALICLOUD_SHARED_CREDENTIALS_FILE", "ALIBABA_CLOUD_CREDENTIALS_FILE")),
    Argument("protocol"),
    Argument("client_read_timeout", ("CLIENT_READ_TIMEOUT",), "number"),
    Argument("client_connect_timeout", ("CLIENT_CONNECT_TIMEOUT",), "number"),
    Argument("ecs_role_name", ("ALICLOUD_ECS_ROLE_NAME", "ALIBABA_CLOUD_ECS_METADATA")),
    Argument("credentials_uri", ("ALICLOUD_CREDENTIALS_URI", "ALIBABA_CLOUD_CREDENTIALS_URI")),
    Argument("account_id"),
    Argument("account_type"),
    Argument("configuration_source"),
    Argument("fc"),
    Argument("log_endpoint"),
    Argument("max_retry_timeout", type="number"),
    Argument("mns_endpoint"),
    Argument("ots_instance_name"),
    Argument("secure_transport"),
    Argument("security_transport"),
    Argument("skip_region_validation", type="bool"),
    Argument("source_ip"),
)

ROLE = (
    Argument("role_arn", ("ALICLOUD_ASSUME_ROLE_ARN", "ALIBABA_CLOUD_ROLE_ARN")),
    Argument("session_name", ("ALICLOUD_ASSUME_ROLE_SESSION_NAME", "ALIBABA_CLOUD_ROLE_SESSION_NAME")),
    Argument("policy"),
    Argument("session_expiration", type="number"),
    Argument("external_id"),
)

OIDC = (
    Argument("oidc_provider_arn", ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN",)),
    Argument("oidc_token_file", ("ALIBABA_CLOUD_OIDC_TOKEN_FILE",)),
    Argument("oidc_token", secret=True),
    Argument("role_arn", ("ALIBABA_CLOUD_ROLE_ARN",)),
    Argument("role_session_name", ("ALIBABA_CLOUD_ROLE_SESSION_NAME",)),
    Argument("policy"),
    Argument("session_expiration", type="number"),
)

# fmt: off
ENDPOINTS = (
    "acr", "actiontrail", "adb", "aiworkspace", "alb", "alidfs", "alidns", "alikafka", "amqp", "antiddos_public",
    "apig", "apigateway", "arms", "bastionhost", "beebot", "bpstudio", "brain_industrial", "bssopenapi", "cas",
    "cassandra", "cbn", "cbs", "cddc", "cdn", "cds", "chatbot", "clickhouse", "cloudapi", "cloudauth",
    "cloudfirewall", "cloudfw", "cloudphone", "cloudsso", "cms", "computenest", "config", "cr", "cs", "das",
    "datahub", "dataworks_public", "dataworkspublic", "dbfs", "dbs", "dcdn", "ddosbasic", "ddosbgp", "ddoscoo", "dds",
    "devops_rdc", "devopsrdc", "dfs", "dg", "dm", "dms_enterprise", "dmsenterprise", "dns", "drds", "dts", "dysms",
    "dysmsapi", "eais", "ebs", "ecd", "eci", "ecs", "edas", "edasschedulerx", "eds_user", "edsuser", "eflo",
    "eflo_cnp", "eflo_controller", "ehpc", "ehs", "eipanycast", "elasticsearch", "emr", "ens", "esa", "ess",
    "eventbridge", "fc", "fc_open", "fnf", "ga", "gaplus", "gdb", "gds", "gpdb", "gwlb", "gwsecd", "hbr", "hcs_sgw",
    "hitsdb", "imm", "imp", "ims", "iot", "kms", "kvstore", "location", "log", "market", "maxcompute", "mhub", "mns",
    "mns_open", "mscopensubscription", "mse", "nas", "nlb", "oceanbase", "oceanbasepro", "ons", "onsproxy", "oos",
    "opensearch", "oss", "ots", "polardb", "polardbx", "privatelink", "pvtz", "quickbi", "quickbi_public", "quotas",
    "r_kvstore", "ram", "rds", "redisa", "resourcemanager", "resourcesharing", "ressharing", "rocketmq", "ros", "sae",
    "sas", "scdn", "schedulerx2", "sddp", "selectdb", "serverless", "servicecatalog", "servicemesh", "sgw", "slb",
    "smartag", "srvcatalog", "sts", "swas", "swas_open", "tag", "vod", "vpc", "vpcipam", "vpcpeer", "vs", "waf",
    "waf_openapi",
)
# fmt: on
"""The products that may have an endpoint of their own. Four of them are asked here."""

PRODUCTS = {"AIWorkSpace": "aiworkspace", "Ram": "ram", "Sts": "sts", "ResourceManager": "resourcemanager"}
"""Those four, by the product's name."""

BLOCKS = (
    Nested("assume_role", ROLE),
    Nested("assume_role_with_oidc", OIDC, ordered=True),
    Nested("endpoints", tuple(Argument(name) for name in ENDPOINTS)),
    Nested(
        "features",
        blocks=(Nested("ecs_instance", (Argument("replace_on_image_update", type="bool"),), ordered=True),),
        ordered=True,
    ),
    Nested("sign_version", (Argument("oss"), Argument("sls"))),
)
