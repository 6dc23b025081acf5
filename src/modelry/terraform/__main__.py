"""`python -m modelry.terraform`: the provider, as Terraform starts it, several times for one command."""

import gc
import os
import sys


def main() -> int:
    """Answer Terraform; the exit code."""
    gc.disable()  # nothing of what is loaded is garbage
    from modelry.terraform.serving import serve  # noqa: PLC0415  see above

    gc.freeze()
    gc.enable()
    return serve()


code = main()
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)  # taking the interpreter apart takes half as long as starting it, and leaves nothing that matters
