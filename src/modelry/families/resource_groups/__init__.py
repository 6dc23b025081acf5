"""The little of Resource Manager that a workspace needs: groups to lie in."""

from modelry.contract.operation import Rpc

RESOURCE_MANAGER = Rpc("ResourceManager", "2020-03-31")
