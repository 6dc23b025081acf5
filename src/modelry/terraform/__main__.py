"""`python -m modelry.terraform`: the provider, as Terraform starts it."""

import sys

from modelry.terraform.serving import serve

sys.exit(serve())
