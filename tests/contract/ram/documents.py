"""Policy documents of the tests."""

import json

UNLISTABLE = json.dumps(
    {
        "Version": "1",
        "Statement": {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {"NumericEquals": {"paimodel:Accessibility": "1"}},
        },
    }
)
"""Its grammar is right, but its condition asks of models what no list could."""


def allowing(*actions: str, resource: str = "*") -> str:
    """A document that allows actions."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "1", "Statement": [statement]})


def trusting(*arns: str) -> str:
    """A trust policy that lets identities assume a role."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": list(arns)}}
    return json.dumps({"Version": "1", "Statement": [statement]})
