"""The signed client: calls any operation of the table, of a Modelry server or of the cloud (docs/client.md).

with Client.found() as client:
    model = client.call(GET_MODEL, ModelAddress(model_id="model-1"))
"""

from modelry.client.address import CLOUD_HOSTS, Address, Cloud
from modelry.client.client import Client
from modelry.client.credentials import Credentials
from modelry.client.failures import CallError, ClientError, CredentialsError, Unreachable
from modelry.client.transport import SignedHttp

__all__ = [
    "CLOUD_HOSTS",
    "Address",
    "CallError",
    "Client",
    "ClientError",
    "Cloud",
    "Credentials",
    "CredentialsError",
    "SignedHttp",
    "Unreachable",
]
