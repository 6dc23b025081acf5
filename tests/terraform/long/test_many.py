"""Many resources at once."""

from uuid import uuid4

from tests.registry import Registry
from tests.terraform.workbench import EMPTY, MODEL, VERSION, Workbench, needs_terraform

pytestmark = needs_terraform

MODELS, VERSIONS = 200, 3


def test_two_hundred_models_with_three_versions_each(bench: Workbench, registry: Registry) -> None:
    prefix = uuid4().hex[:8]
    bench.write(f"""
provider "alicloud" {{}}
resource "{MODEL}" "many" {{
  count      = {MODELS}
  model_name = "{prefix}-${{count.index}}"
  labels {{
    key   = "number"
    value = tostring(count.index)
  }}
}}
resource "{VERSION}" "many" {{
  count        = {MODELS * VERSIONS}
  model_id     = {MODEL}.many[floor(count.index / {VERSIONS})].id
  version_name = "1.${{count.index % {VERSIONS}}}.0"
  uri          = "oss://bucket.oss-cn-hangzhou.aliyuncs.com/${{count.index}}"
}}
""")
    done = bench.apply("-parallelism=30")
    assert done.code == 0, done.text
    assert f"{MODELS * (1 + VERSIONS)} added" in done.text
    left = bench.plan("-parallelism=30")
    assert left.code == EMPTY, left.text
    gone = bench.run("destroy", "-auto-approve", "-parallelism=30")
    assert gone.code == 0, gone.text
