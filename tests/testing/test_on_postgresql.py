"""A test's registry may keep its data in PostgreSQL."""

from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_ram20150501 import models as ram

from modelry.testing import running
from tests.databases import shared


def test_what_a_test_has_changed_there_is_put_back() -> None:
    url = shared().url(shared().new_database())
    with running(database=url) as registry:
        sdk = registry.sdk()
        sdk.create_model(m.CreateModelRequest(model_name="stays", labels=[m.Label(key="a", value="b")]))
        there = registry.snapshot()
        model = sdk.create_model(m.CreateModelRequest(model_name="goes")).body.model_id
        sdk.create_model_version(model, m.CreateModelVersionRequest(uri="oss://b/x"))
        registry.ram_sdk().create_user(ram.CreateUserRequest(user_name="alice", display_name="Alice"))
        registry.reset(there)
        assert [each.model_name for each in sdk.list_models(m.ListModelsRequest()).body.models] == ["stays"]
        assert registry.snapshot() == there
        registry.reset()
        assert sdk.list_models(m.ListModelsRequest()).body.total_count == 0
        assert registry.environment["MODELRY_DATABASE"] == url
