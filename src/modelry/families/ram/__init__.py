"""RAM: who there is, and what they may do. A folder each for what RAM keeps."""

from modelry.contract.operation import Rpc

RAM = Rpc("Ram", "2015-05-01")
