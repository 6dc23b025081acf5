"""STS: temporary keys for whoever may act as a role, and who a caller is."""

from modelry.contract.operation import Rpc

STS = Rpc("Sts", "2015-04-01")
