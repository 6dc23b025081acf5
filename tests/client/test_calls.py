"""The client against a real server: models, RAM, STS with temporary keys, the three kinds of pages, TLS, errors."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import trustme

from modelry.client import CallError, Client, Credentials, Unreachable
from modelry.families.model_versions import operations as versions
from modelry.families.model_versions.structs import VersionAddress
from modelry.families.models import operations as models
from modelry.families.models import structs as m
from modelry.families.ram.attachments import operations as attachments
from modelry.families.ram.attachments.structs import UserAttachment
from modelry.families.ram.keys import operations as keys
from modelry.families.ram.keys.structs import KeyOwner
from modelry.families.ram.policies.structs import TypedPolicyAddress
from modelry.families.ram.roles import operations as roles
from modelry.families.ram.roles.structs import CreateRole
from modelry.families.ram.tagging import NewTag
from modelry.families.ram.tags import operations as tags
from modelry.families.ram.tags.structs import ListTagResources, TagResources
from modelry.families.ram.users import operations as users
from modelry.families.ram.users.structs import CreateUser, ListUsers, UserAddress
from modelry.families.resource_groups import operations as groups
from modelry.families.resource_groups.structs import CreateResourceGroup, ListResourceGroups
from modelry.families.sts import operations as sts
from modelry.families.sts import structs as st
from tests.registry import Registry, running


@pytest.fixture
def client(registry: Registry) -> Iterator[Client]:
    with Client(registry.address, Credentials(registry.key_id, registry.secret)) as found:
        yield found


def fresh(kind: str) -> str:
    return f"{kind}-{uuid4().hex[:12]}"


def new_role(client: Client, name: str, principal: dict[str, list[str]]) -> str:
    """The ARN of a role that `principal` may assume."""
    statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": principal}
    trust = json.dumps({"Version": "1", "Statement": [statement]})
    made = client.call(roles.CREATE_ROLE, CreateRole(role_name=name, assume_role_policy_document=trust))
    return made.role.arn


def test_a_model_is_made_read_changed_and_deleted(client: Client) -> None:
    name = f"情感 分析+*~'/{uuid4().hex}"
    made = client.call(models.CREATE_MODEL, m.CreateModel(model_name=name, domain="nlp"))
    address = m.ModelAddress(model_id=made.model_id)
    client.call(models.UPDATE_MODEL, m.UpdateModel(model_id=made.model_id, task="text-classification"))
    found = client.call(models.GET_MODEL, address)
    assert (found.model_name, found.domain, found.task) == (name, "nlp", "text-classification")
    client.call(models.DELETE_MODEL, address)
    with pytest.raises(CallError) as caught:
        client.call(models.GET_MODEL, address)
    assert (caught.value.code, caught.value.status) == ("201900002", 404)
    assert caught.value.request_id in str(caught.value)


@pytest.mark.parametrize("text", ["a b+c", "~*'()", "&=%2F?#", "情感", "a,b:c;d", '"quoted"'])
def test_every_character_arrives_in_a_query(client: Client, text: str) -> None:
    assert client.call(models.LIST_MODELS, m.ListModels(model_name=text)).total_count == 0


@pytest.mark.parametrize("name", ["a b", "a/b", "a%2Fb", "~*+", "版本", "1.0;x=1"])
def test_every_character_arrives_in_a_path(client: Client, name: str) -> None:
    with pytest.raises(CallError) as caught:
        client.call(versions.GET_MODEL_VERSION, VersionAddress(model_id=name, version_name=name))
    assert caught.value.code == "201900002"
    assert name in caught.value.message


def test_the_answer_comes_as_it_was_sent(client: Client) -> None:
    body = client.answer(sts.GET_CALLER_IDENTITY, st.GetCallerIdentity())
    assert json.loads(body)["IdentityType"] == "Account"


def test_temporary_keys_sign_with_their_token(registry: Registry, client: Client) -> None:
    role = new_role(client, fresh("role"), {"RAM": [f"acs:ram::{registry.account_id}:root"]})
    who = fresh("user")
    client.call(users.CREATE_USER, CreateUser(user_name=who))
    may = UserAttachment(policy_type="System", policy_name="AliyunSTSAssumeRoleAccess", user_name=who)
    client.call(attachments.ATTACH_POLICY_TO_USER, may)
    key = client.call(keys.CREATE_ACCESS_KEY, KeyOwner(user_name=who)).access_key
    with Client(registry.address, Credentials(key.access_key_id, key.access_key_secret)) as its:
        request = st.AssumeRole(role_arn=role, role_session_name="session")
        assumed = its.call(sts.ASSUME_ROLE, request).credentials
    temporary = Credentials(assumed.access_key_id, assumed.access_key_secret, assumed.security_token)
    with Client(registry.address, temporary) as session:
        identity = session.call(sts.GET_CALLER_IDENTITY, st.GetCallerIdentity())
        assert identity.identity_type == "AssumedRoleUser"
        with pytest.raises(CallError) as caught:
            session.call(models.CREATE_MODEL, m.CreateModel(model_name="x"))
    assert caught.value.code == "NoPermission"
    assert caught.value.detail is not None
    assert caught.value.detail["AuthAction"] == "paimodel:CreateModel"


@pytest.mark.parametrize("limit", [None, 0, 1, 2, 5])
def test_numbered_pages_are_all_read(client: Client, limit: int | None) -> None:
    domain = fresh("domain")
    names = [f"{domain}-{i}" for i in range(3)]
    for name in names:
        client.call(models.CREATE_MODEL, m.CreateModel(model_name=name, domain=domain))
    for size in (1, 2, 3, 10):
        request = m.ListModels(domain=domain, page_size=size)
        assert [x.model_name for x in client.items(models.LIST_MODELS, request, limit)] == names[:limit]
    from_the_second = m.ListModels(domain=domain, page_size=1, page_number=2)
    assert [x.model_name for x in client.items(models.LIST_MODELS, from_the_second)] == names[1:]


def test_numbered_pages_of_the_rpc_style_are_all_read(client: Client) -> None:
    part = fresh("g")
    for i in range(3):
        client.call(groups.CREATE_RESOURCE_GROUP, CreateResourceGroup(name=f"{part}-{i}", display_name="d"))
    found = client.items(groups.LIST_RESOURCE_GROUPS, ListResourceGroups(name=part, page_size=1))
    assert [group.name for group in found] == [f"{part}-{i}" for i in range(3)]


def test_pages_with_a_marker_are_all_read(client: Client) -> None:
    names = [fresh("user") for _ in range(3)]
    for name in names:
        client.call(users.CREATE_USER, CreateUser(user_name=name))
    found = [user.user_name for user in client.items(users.LIST_USERS, ListUsers(max_items=1))]
    assert [name for name in found if name in names] == names
    assert len(found) == len(set(found))
    assert [u.user_name for u in client.items(users.LIST_USERS, ListUsers(max_items=1), 2)] == found[:2]


def test_pages_with_a_token_are_all_read(client: Client) -> None:
    name = fresh("role")
    new_role(client, name, {"Service": ["ecs.aliyuncs.com"]})
    new = [NewTag(key=f"k{i}", value="v") for i in range(3)]
    client.call(tags.TAG_RESOURCES, TagResources(resource_type="role", resource_names=[name], tag=new))
    request = ListTagResources(resource_type="role", resource_names=[name], page_size=1)
    assert [tag.tag_key for tag in client.items(tags.LIST_TAG_RESOURCES, request)] == ["k0", "k1", "k2"]


def test_an_answer_without_one_list_has_no_entries(client: Client) -> None:
    request = TypedPolicyAddress(policy_type="System", policy_name="AdministratorAccess")
    with pytest.raises(TypeError, match="Ram:ListEntitiesForPolicy answers several lists"):
        next(client.items(attachments.LIST_ENTITIES_FOR_POLICY, request))
    with pytest.raises(TypeError, match="Ram:GetUser answers no list"):
        next(client.items(users.GET_USER, UserAddress(user_name="x")))


def test_a_dry_run_is_a_request_that_the_server_accepts_once(registry: Registry, client: Client) -> None:
    shown = client.signed(models.LIST_MODELS, m.ListModels(query="a b+nothing has this"))
    request = urllib.request.Request(shown.url, headers=shown.headers, method=shown.method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["TotalCount"] == 0
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)
    assert json.load(caught.value)["Code"] == "SignatureNonceUsed"


def test_a_wrong_secret_is_refused_without_being_shown(registry: Registry) -> None:
    with (
        Client(registry.address, Credentials(registry.key_id, "not-the-secret")) as wrong,
        pytest.raises(CallError) as caught,
    ):
        wrong.call(models.LIST_MODELS, m.ListModels())
    assert caught.value.code == "SignatureDoesNotMatch"
    assert "not-the-secret" not in str(caught.value)


def test_a_body_that_is_too_large_is_refused_and_the_next_call_works(client: Client) -> None:
    with pytest.raises(CallError) as caught:
        client.call(models.CREATE_MODEL, m.CreateModel(model_name="m", model_description="x" * 40 * 2**20))
    assert caught.value.code == "RequestBodyTooLarge"
    assert client.call(models.LIST_MODELS, m.ListModels(page_size=1)).total_count >= 0


def test_keys_that_change_are_asked_for_before_each_attempt(registry: Registry) -> None:
    keys = iter([Credentials("LTAI5tgone", "x"), Credentials(registry.key_id, registry.secret)])
    with Client(registry.address, lambda: next(keys)) as client:
        with pytest.raises(CallError, match=r"^InvalidAccessKeyId\.NotFound: "):
            client.call(models.LIST_MODELS, m.ListModels())
        client.call(models.LIST_MODELS, m.ListModels())


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def secure(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder = tmp_path_factory.mktemp("secure")
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    files = ["--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem")]
    with running(folder / "data", *files) as server:
        yield server


def authority_file(secure: Registry) -> str:
    return str(secure.folder.parent / "authority.pem")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_tls_works_with_the_authority_s_file(secure: Registry, host: str) -> None:
    key = Credentials(secure.key_id, secure.secret)
    url = f"https://{host}:{secure.port}"
    with Client(url, key, ca_file=authority_file(secure)) as client:
        for _ in range(2):
            assert client.call(models.LIST_MODELS, m.ListModels()).total_count == 0


@pytest.mark.parametrize(
    ("endpoint", "protocol", "reason"),
    [
        ("127.0.0.1:{port}", "https", "the certificate of 127.0.0.1:{port} is not accepted: "),
        ("127.0.0.1:{port}", "http", "http://127.0.0.1:{port} does not answer in HTTP"),
    ],
)
def test_a_server_that_is_not_trusted_is_told_apart(
    secure: Registry, endpoint: str, protocol: str, reason: str
) -> None:
    key = Credentials(secure.key_id, secure.secret)
    client = Client(endpoint.format(port=secure.port), key, protocol=protocol, attempts=1)
    with client, pytest.raises(Unreachable) as caught:
        client.call(models.LIST_MODELS, m.ListModels())
    assert reason.format(port=secure.port) in str(caught.value)


def test_tls_towards_plain_http_says_what_to_write(registry: Registry) -> None:
    client = Client(registry.address, Credentials("LTAI5tx", "x"), protocol="https")
    with client, pytest.raises(Unreachable, match=f"for plain HTTP write http://{registry.address}$"):
        client.call(models.LIST_MODELS, m.ListModels())


def test_a_missing_certificate_file_is_named(registry: Registry, tmp_path: Path) -> None:
    client = Client(registry.address, Credentials("LTAI5tx", "x"), protocol="https", ca_file=str(tmp_path / "no.pem"))
    with client, pytest.raises(Unreachable, match=r"no\.pem cannot be read"):
        client.call(models.LIST_MODELS, m.ListModels())
