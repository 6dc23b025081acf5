"""Races between processes: whoever comes first, what is left is what one of the orders would have left."""

from collections import Counter
from uuid import uuid4

from tests.fleet import Fleet
from tests.races.conftest import CLIENTS, AtOnce

_MODELS = "/api/v1/models"


def test_versions_are_numbered_without_a_gap_and_none_twice(fleet: Fleet, at_once: AtOnce) -> None:
    model_id = fleet.wire().new_model()

    def add_versions(number: int) -> list[str]:
        answers = [
            fleet.wire(number + turn).ask("POST", f"{_MODELS}/{model_id}/versions", {"Uri": "oss://b.e/"})
            for turn in range(10)
        ]
        return [answer.json["VersionName"] for answer in answers]

    named = [name for names in at_once(add_versions) for name in names]
    assert sorted(named, key=_minor) == [f"0.{number}.0" for number in range(1, CLIENTS * 10 + 1)]
    latest = fleet.wire().ask("GET", f"{_MODELS}/{model_id}").json["LatestVersion"]["VersionName"]
    assert latest == f"0.{CLIENTS * 10}.0"


def test_versions_that_are_created_and_deleted_never_share_a_name(fleet: Fleet, at_once: AtOnce) -> None:
    model_id = fleet.wire().new_model()
    versions = f"{_MODELS}/{model_id}/versions"

    def come_and_go(number: int) -> list[str]:
        names = []
        for turn in range(5):
            names.append(fleet.wire(number + turn).ask("POST", versions, {"Uri": "oss://b.e/"}).json["VersionName"])
            deleted = fleet.wire(number + turn + 1).ask("DELETE", f"{versions}/{names[-1]}")
            assert deleted.status == 200
        return names

    named = [name for names in at_once(come_and_go) for name in names]
    assert len(set(named)) == len(named) == CLIENTS * 5
    assert fleet.wire().ask("GET", versions).json["TotalCount"] == 0


def test_labels_that_are_set_beside_others_are_all_there(fleet: Fleet, at_once: AtOnce) -> None:
    model_id = fleet.wire().new_model()

    def set_labels(number: int) -> None:
        for turn in range(10):
            label = {"Key": f"k{number}", "Value": str(turn)}
            done = fleet.wire(number + turn).ask("POST", f"{_MODELS}/{model_id}/labels", {"Labels": [label]})
            assert done.status == 200

    at_once(set_labels)
    labels = fleet.wire().ask("GET", f"{_MODELS}/{model_id}").json["Labels"]
    assert {label["Key"]: label["Value"] for label in labels} == {f"k{number}": "9" for number in range(CLIENTS)}
    for number in range(CLIENTS):
        found = fleet.wire(number).ask("GET", f"{_MODELS}?Label=k{number}").json["Models"]
        assert model_id in {model["ModelId"] for model in found}


def test_changes_of_different_fields_do_not_undo_each_other(fleet: Fleet, at_once: AtOnce) -> None:
    model_id = fleet.wire().new_model()
    fields = ("ModelDescription", "ModelDoc", "Domain", "Task", "Origin", "ParameterSize")

    def change(number: int) -> None:
        field = fields[number % len(fields)]
        for turn in range(10):
            value: object = 1000 + turn if field == "ParameterSize" else f"{number}-{turn}"
            done = fleet.wire(number + turn).ask("PUT", f"{_MODELS}/{model_id}", {field: value})
            assert done.status == 200, done.body

    at_once(change)
    model = fleet.wire().ask("GET", f"{_MODELS}/{model_id}").json
    for field in fields[:-1]:
        assert model[field].endswith("-9"), (field, model[field])
    assert model["ParameterSize"] == 1009


def test_one_of_many_gets_a_name(fleet: Fleet, at_once: AtOnce) -> None:
    names = [uuid4().hex for _ in range(10)]

    def create(number: int) -> list[tuple[int, str]]:
        answers = [fleet.wire(number).ask("POST", _MODELS, {"ModelName": name}) for name in names]
        return [(answer.status, "" if answer.status == 200 else answer.code) for answer in answers]

    outcomes = at_once(create)
    for index, name in enumerate(names):
        assert Counter(each[index] for each in outcomes) == {
            (200, ""): 1,
            (409, "ModelNameAlreadyExists"): CLIENTS - 1,
        }
        assert fleet.wire().ask("GET", f"{_MODELS}?ModelName={name}").json["TotalCount"] == 1


def test_one_of_many_gets_a_user_s_name_in_any_case(fleet: Fleet, at_once: AtOnce) -> None:
    name = f"u{uuid4().hex[:12]}"

    def create(number: int) -> int:
        return fleet.wire(number).call("Ram:CreateUser", UserName=name.upper() if number % 2 else name).status

    assert Counter(at_once(create)) == {200: 1, 409: CLIENTS - 1}


def test_one_of_many_gets_a_workspace_s_name(fleet: Fleet, at_once: AtOnce) -> None:
    body = {"WorkspaceName": f"w{uuid4().hex[:12]}", "Description": "d", "EnvTypes": ["prod"]}

    def create(number: int) -> int:
        return fleet.wire(number).ask("POST", "/api/v1/workspaces", body).status

    assert Counter(at_once(create)) == {200: 1, 409: CLIENTS - 1}


def test_a_version_is_approved_or_rejected_and_never_both(fleet: Fleet, at_once: AtOnce) -> None:
    model_id = fleet.wire().new_model()
    versions = f"{_MODELS}/{model_id}/versions"
    for _ in range(5):
        name = fleet.wire().ask("POST", versions, {"Uri": "oss://b.e/"}).json["VersionName"]

        def decide(number: int, name: str = name) -> tuple[str, int]:
            status = "Approved" if number % 2 else "Rejected"
            return status, fleet.wire(number).ask("PUT", f"{versions}/{name}", {"ApprovalStatus": status}).status

        carried_out = {status for status, code in at_once(decide) if code == 200}
        found = fleet.wire(1).ask("GET", f"{versions}/{name}").json["ApprovalStatus"]
        assert carried_out == {found}


def test_a_request_that_writes_is_carried_out_once_wherever_it_is_sent(fleet: Fleet, at_once: AtOnce) -> None:
    model_id = fleet.wire().new_model()
    for _ in range(5):
        request = fleet.wire().signed("POST", f"{_MODELS}/{model_id}/versions", {"Uri": "oss://b.e/"})

        def send(number: int, request=request) -> tuple[int, str]:  # type: ignore[no-untyped-def]  # noqa: ANN001
            answer = fleet.send(number, request)
            return answer.status, "" if answer.status == 200 else answer.code

        assert Counter(at_once(send)) == {(200, ""): 1, (400, "SignatureNonceUsed"): CLIENTS - 1}
    assert fleet.wire().ask("GET", f"{_MODELS}/{model_id}/versions").json["TotalCount"] == 5


def test_no_two_models_have_one_time_and_a_walk_from_the_oldest_on_misses_none(fleet: Fleet, at_once: AtOnce) -> None:
    """The walk goes on while models are added; what it shows in the end is everything that is there."""
    workspace = {"WorkspaceName": f"w{uuid4().hex[:12]}", "Description": "d", "EnvTypes": ["prod"]}
    workspace_id = fleet.wire().ask("POST", "/api/v1/workspaces", workspace).json["WorkspaceId"]
    page = f"{_MODELS}?WorkspaceId={workspace_id}&SortBy=GmtCreateTime&Order=ASC&PageSize=5"

    def create_or_walk(number: int) -> list[str]:
        if number:
            return [fleet.wire(number + turn).new_model(WorkspaceId=workspace_id) for turn in range(10)]
        seen: list[str] = []
        expected = 10 * (CLIENTS - 1)
        for _ in range(2000):
            found = fleet.wire(len(seen)).ask("GET", f"{page}&PageNumber={len(seen) // 5 + 1}").json["Models"]
            seen += [model["ModelId"] for model in found[len(seen) % 5 :]]
            if len(seen) >= expected:
                break
        return seen

    walked, *created = at_once(create_or_walk)
    assert len(walked) == len(set(walked)) == 10 * (CLIENTS - 1)
    assert set(walked) == {model_id for ids in created for model_id in ids}


def _minor(name: str) -> int:
    return int(name.split(".")[1])
