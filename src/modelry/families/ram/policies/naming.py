"""Policies as requests name them: by type and name."""

from typing import get_args

from modelry.errors import ApiError
from modelry.errors.ram import ENTITY_NOT_EXIST_POLICY, INVALID_POLICY_TYPE
from modelry.families.ram.policies import system
from modelry.families.ram.policies.structs import PolicyType

_BY_TEXT: dict[str, PolicyType] = {each: each for each in get_args(PolicyType)}


def policy_type(text: str) -> PolicyType:
    """The type that a request names.

    Raises:
        ApiError: INVALID_POLICY_TYPE.
    """
    found = _BY_TEXT.get(text)
    if found is None:
        raise ApiError(INVALID_POLICY_TYPE, known=" or ".join(_BY_TEXT))
    return found


def system_policy(policy_name: str) -> system.SystemPolicy:
    """A policy of the system.

    Raises:
        ApiError: ENTITY_NOT_EXIST_POLICY.
    """
    found = system.system_policy(policy_name)
    if found is None:
        raise ApiError(ENTITY_NOT_EXIST_POLICY, policy_name=policy_name)
    return found
