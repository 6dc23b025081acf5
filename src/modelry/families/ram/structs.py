"""What the operations of RAM share on the wire."""

from modelry.contract.operation import Shape


class Done(Shape):
    """Nothing but the request id."""
