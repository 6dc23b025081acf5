"""The provider's functions, asked by Terraform itself, and without it."""

import json

import pytest
from tf.gen import tfplugin_pb2 as pb
from tf.utils import read_dynamic_value, to_dynamic_value

from modelry.terraform.functions import FunctionError, metrics_json, model_arn, version_parts
from modelry.terraform.provider import AlicloudProvider, Servicer
from tests.terraform.workbench import Workbench, needs_terraform


def test_the_parts_of_an_id() -> None:
    assert version_parts("model-1:1.0.0") == {"model_id": "model-1", "version_name": "1.0.0"}


@pytest.mark.parametrize("identity", ["model-1", "model-1:", ":1.0.0", ""])
def test_what_is_no_id_has_no_parts(identity: str) -> None:
    with pytest.raises(FunctionError, match="<model_id>:<version_name>"):
        version_parts(identity)


def test_names_in_policies() -> None:
    assert model_arn("model-1") == "acs:paimodel:*:*:model/model-1"
    assert model_arn("model-1", "1.0.0") == "acs:paimodel:*:*:model/model-1/modelVersion/1.0.0"
    with pytest.raises(FunctionError):
        model_arn("")


def test_metrics_have_the_form_of_the_api() -> None:
    assert json.loads(metrics_json({"accuracy": 0.93, "steps": 7})) == {
        "Results": [{"Metrics": {"accuracy": 0.93, "steps": 7}}]
    }
    assert json.loads(metrics_json({"cer": 1}, "val"))["Results"][0]["Dataset"] == {"Name": "val"}


def test_the_protocol_tells_what_there_is_and_what_is_wrong() -> None:
    servicer = Servicer(AlicloudProvider())
    told = servicer.GetFunctions(pb.GetFunctions.Request(), None).functions
    assert set(told) == {"version_parts", "model_arn", "metrics_json"}
    assert set(servicer.GetProviderSchema(pb.GetProviderSchema.Request(), None).functions) == set(told)
    asked = pb.CallFunction.Request(name="model_arn", arguments=[to_dynamic_value(each) for each in ("m", "v")])
    assert read_dynamic_value(servicer.CallFunction(asked, None).result).endswith("model/m/modelVersion/v")
    many = pb.CallFunction.Request(name="model_arn", arguments=[to_dynamic_value(each) for each in ("m", "v", "w")])
    assert "at most" in servicer.CallFunction(many, None).error.text


@needs_terraform
def test_terraform_calls_them(bench: Workbench) -> None:
    bench.write(
        """
terraform {
  required_providers {
    alicloud = { source = "hashicorp/alicloud" }
  }
}
provider "alicloud" {}
resource "alicloud_pai_workspace_model" "it" {
  model_name = "functions"
}
resource "alicloud_pai_workspace_model_version" "it" {
  model_id     = alicloud_pai_workspace_model.it.id
  version_name = "1.0.0"
  uri          = "oss://b.c/d"
  metrics_json = provider::alicloud::metrics_json({ accuracy = 0.93, steps = 7 }, "val")
}
output "it" {
  value = {
    version = provider::alicloud::version_parts(alicloud_pai_workspace_model_version.it.id).version_name
    model   = provider::alicloud::model_arn("model-1")
    first   = provider::alicloud::model_arn("model-1", "1.0.0")
    metrics = jsondecode(alicloud_pai_workspace_model_version.it.metrics_json).Results[0].Metrics
  }
}
"""
    )
    done = bench.apply()
    assert done.code == 0, done.text
    assert bench.plan().code == 0
    found = json.loads((bench.folder / "terraform.tfstate").read_text())["outputs"]["it"]["value"]
    assert found == {
        "version": "1.0.0",
        "model": "acs:paimodel:*:*:model/model-1",
        "first": "acs:paimodel:*:*:model/model-1/modelVersion/1.0.0",
        "metrics": {"accuracy": 0.93, "steps": 7},
    }


@needs_terraform
def test_terraform_tells_what_is_wrong_with_an_argument(bench: Workbench) -> None:
    source = 'terraform {\n required_providers {\n alicloud = { source = "hashicorp/alicloud" }\n }\n}\n'
    bench.write(source + 'output "it" {\n value = provider::alicloud::version_parts("model-1")\n}\n')
    done = bench.plan()
    assert done.code == 1
    assert "<model_id>:<version_name>" in " ".join(done.text.split())
