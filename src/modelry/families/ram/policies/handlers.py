"""What each operation on policies does."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice

from msgspec import UNSET, UnsetType

from modelry.access.policy import PolicyError, parse, unrenderable
from modelry.errors import ApiError
from modelry.errors.ram import (
    DELETE_CONFLICT_POLICY_GROUP,
    DELETE_CONFLICT_POLICY_ROLE,
    DELETE_CONFLICT_POLICY_USER,
    DELETE_CONFLICT_POLICY_VERSION,
    DELETE_CONFLICT_POLICY_VERSION_DEFAULT,
    ENTITY_NOT_EXIST_POLICY_VERSION,
    LIMIT_EXCEEDED_POLICY_VERSION,
    MALFORMED_POLICY_DOCUMENT,
    POLICY_CANNOT_BE_LISTED,
)
from modelry.families.ram.dates import date
from modelry.families.ram.fields import check
from modelry.families.ram.paging import marked
from modelry.families.ram.policies import operations as ops
from modelry.families.ram.policies import store, system
from modelry.families.ram.policies import structs as s
from modelry.families.ram.policies.naming import policy_type, system_policy
from modelry.families.ram.structs import Done
from modelry.families.ram.tagging import Tags, carries, tagged
from modelry.handling import Call, handles
from modelry.storage.folding import folded

_CONFLICTS = {
    "User": DELETE_CONFLICT_POLICY_USER,
    "Group": DELETE_CONFLICT_POLICY_GROUP,
    "Role": DELETE_CONFLICT_POLICY_ROLE,
}


@handles(ops.CREATE_POLICY)
def create_policy(call: Call, request: s.CreatePolicy) -> s.PolicyAnswer:
    check(request, "policy_name", "policy_document", "description")
    _check_grammar(request.policy_document)
    position = call.transaction.tick()
    new = s.StoredPolicy(
        policy_name=request.policy_name,
        description=request.description or "",
        create_date=date(position),
        update_date=date(position),
        tags=tagged((), request.tag or ()),
    )
    store.add_policy(call.transaction, call.account_id, new, request.policy_document, position)
    return s.PolicyAnswer(policy=_made(new, 1, update_date=UNSET))


@handles(ops.GET_POLICY)
def get_policy(call: Call, request: s.TypedPolicyAddress) -> s.PolicyFound:
    check(request, "policy_name")
    if policy_type(request.policy_type) == "System":
        named = system_policy(request.policy_name)
        counts = store.attachment_counts(call.database, call.account_id)
        return s.PolicyFound(policy=_system_shown(named, counts), default_policy_version=_system_version(named))
    found = store.policy(call.database, call.account_id, request.policy_name)
    version = store.version(call.database, call.account_id, found, found.default_version)
    return s.PolicyFound(policy=_shown(found), default_policy_version=_version_shown(found, version))


@handles(ops.LIST_POLICIES)
def list_policies(call: Call, request: s.ListPolicies) -> s.Policies:
    only = policy_type(request.policy_type) if request.policy_type else None
    after, wanted = request.after, request.tag or ()
    custom = (
        (each.position, _listed(each))
        for each in (store.policies(call.database, call.account_id, after) if only != "System" else ())
        if carries(each.stored.tags, wanted)
    )
    ours = _system_listed(call, after) if only != "Custom" and not wanted else ()
    page = marked(request, list(islice(chain(custom, ours), request.wanted)), lambda entry: entry[0])
    policies = s.PolicyList(policy=[policy for _, policy in page.entries])
    return s.Policies(policies=policies, is_truncated=page.is_truncated, marker=page.marker)


@handles(ops.UPDATE_POLICY_DESCRIPTION)
def update_policy_description(call: Call, request: s.UpdatePolicyDescription) -> s.PolicyAnswer:
    check(request, "policy_name", "new_description")
    found = store.policy(call.database, call.account_id, request.policy_name)
    changes = {"Description": request.new_description}
    changed = store.change_policy(call.transaction, call.account_id, found, changes)
    after = changed.stored
    return s.PolicyAnswer(policy=_made(after, changed.default_version, update_date=after.update_date))


@handles(ops.DELETE_POLICY)
def delete_policy(call: Call, request: s.DeletePolicy) -> Done:
    check(request, "policy_name")
    found = store.policy(call.database, call.account_id, request.policy_name)
    name = found.stored.policy_name
    attached_to = store.attached_to(call.database, call.account_id, "Custom", name)
    for entity_type, conflict in _CONFLICTS.items():
        if entity_type in attached_to:
            raise ApiError(conflict, policy_name=name)
    if not request.cascading_delete and len(store.versions(call.database, call.account_id, found)) > 1:
        raise ApiError(DELETE_CONFLICT_POLICY_VERSION, policy_name=name)
    store.delete_policy(call.transaction, call.account_id, found)
    return Done()


@handles(ops.CREATE_POLICY_VERSION)
def create_policy_version(call: Call, request: s.CreatePolicyVersion) -> s.PolicyVersionAnswer:
    check(request, "policy_name", "policy_document")
    _check_grammar(request.policy_document)
    found = store.policy(call.database, call.account_id, request.policy_name)
    if request.set_as_default:
        _check_effect(found, request.policy_document)
    _make_room(call, found, rotates=request.rotate_strategy != "None")
    new = store.add_version(call.transaction, call.account_id, found, request.policy_document, call.transaction.tick())
    if request.set_as_default:
        found = store.set_default_version(call.transaction, call.account_id, found, new.version)
    return s.PolicyVersionAnswer(policy_version=_version_shown(found, new))


@handles(ops.GET_POLICY_VERSION)
def get_policy_version(call: Call, request: s.GetPolicyVersion) -> s.PolicyVersionAnswer:
    check(request, "policy_name", "version_id")
    number = _number(request.version_id)
    if policy_type(request.policy_type) == "System":
        named = system_policy(request.policy_name)
        if number != system.VERSION:
            raise ApiError(ENTITY_NOT_EXIST_POLICY_VERSION, policy_name=named.name, version_id=request.version_id)
        return s.PolicyVersionAnswer(policy_version=_system_version(named))
    found = store.policy(call.database, call.account_id, request.policy_name)
    version = store.version(call.database, call.account_id, found, number)
    return s.PolicyVersionAnswer(policy_version=_version_shown(found, version))


@handles(ops.LIST_POLICY_VERSIONS)
def list_policy_versions(call: Call, request: s.TypedPolicyAddress) -> s.PolicyVersions:
    check(request, "policy_name")
    if policy_type(request.policy_type) == "System":
        shown = [_system_version(system_policy(request.policy_name))]
    else:
        found = store.policy(call.database, call.account_id, request.policy_name)
        shown = [_version_shown(found, each) for each in store.versions(call.database, call.account_id, found)]
    return s.PolicyVersions(policy_versions=s.PolicyVersionList(policy_version=shown))


@handles(ops.SET_DEFAULT_POLICY_VERSION)
def set_default_policy_version(call: Call, request: s.VersionAddress) -> Done:
    found, version = _version(call, request)
    _check_effect(found, version.policy_document)
    store.set_default_version(call.transaction, call.account_id, found, version.version)
    return Done()


@handles(ops.DELETE_POLICY_VERSION)
def delete_policy_version(call: Call, request: s.VersionAddress) -> Done:
    found, version = _version(call, request)
    if version.version == found.default_version:
        raise ApiError(
            DELETE_CONFLICT_POLICY_VERSION_DEFAULT,
            policy_name=found.stored.policy_name,
            version_id=request.version_id,
        )
    store.delete_version(call.transaction, call.account_id, found, version)
    return Done()


def _check_grammar(policy_document: str) -> None:
    try:
        parse(policy_document)
    except PolicyError as error:
        raise ApiError(MALFORMED_POLICY_DOCUMENT, reason=str(error).rstrip(".")) from error


def _check_effect(found: store.FoundPolicy, policy_document: str) -> None:
    """See that a document may take effect, if its policy is attached to anything."""
    reason = unrenderable(parse(policy_document)) if found.attachment_count else None
    if reason is not None:
        raise ApiError(POLICY_CANNOT_BE_LISTED, policy_name=found.stored.policy_name, reason=reason)


def _make_room(call: Call, found: store.FoundPolicy, *, rotates: bool) -> None:
    versions = store.versions(call.database, call.account_id, found)
    if len(versions) < store.VERSIONS_MAX:
        return
    if not rotates:
        raise ApiError(LIMIT_EXCEEDED_POLICY_VERSION, limit=store.VERSIONS_MAX)
    oldest = next(each for each in versions if each.version != found.default_version)
    store.delete_version(call.transaction, call.account_id, found, oldest)


def _version(call: Call, request: s.VersionAddress) -> tuple[store.FoundPolicy, store.FoundVersion]:
    check(request, "policy_name", "version_id")
    found = store.policy(call.database, call.account_id, request.policy_name)
    return found, store.version(call.database, call.account_id, found, _number(request.version_id))


def _number(version_id: str) -> int:
    """2 of `v2`; 0, which no version is, of a number that no counter reaches."""
    number = int(version_id[1:])
    return number if number < 1 << 31 else 0


def _made(stored: s.StoredPolicy, default_version: int, *, update_date: str | UnsetType) -> s.Policy:
    return s.Policy(
        policy_name=stored.policy_name,
        policy_type="Custom",
        description=stored.description,
        default_version=store.version_id(default_version),
        create_date=stored.create_date,
        update_date=update_date,
    )


def _shown(found: store.FoundPolicy, tags: Tags | UnsetType = UNSET) -> s.Policy:
    return s.Policy(
        policy_name=found.stored.policy_name,
        policy_type="Custom",
        description=found.stored.description,
        default_version=store.version_id(found.default_version),
        create_date=found.stored.create_date,
        update_date=found.stored.update_date,
        attachment_count=found.attachment_count,
        tags=tags,
    )


def _listed(found: store.FoundPolicy) -> s.Policy:
    return _shown(found, Tags(tag=found.stored.tags))


def _version_shown(found: store.FoundPolicy, version: store.FoundVersion) -> s.PolicyVersion:
    return s.PolicyVersion(
        version_id=store.version_id(version.version),
        is_default_version=version.version == found.default_version,
        policy_document=version.policy_document,
        create_date=version.create_date,
    )


def _system_listed(call: Call, after: int) -> Iterator[tuple[int, s.Policy]]:
    counts = store.attachment_counts(call.database, call.account_id)
    policies: Iterable[system.SystemPolicy] = system.system_policies()
    return ((each.position, _system_shown(each, counts, Tags(tag=[]))) for each in policies if each.position > after)


def _system_shown(named: system.SystemPolicy, counts: Mapping[str, int], tags: Tags | UnsetType = UNSET) -> s.Policy:
    return s.Policy(
        policy_name=named.name,
        policy_type="System",
        description=named.description,
        default_version=store.version_id(system.VERSION),
        create_date=system.CREATE_DATE,
        update_date=system.CREATE_DATE,
        attachment_count=counts.get(folded(named.name), 0),
        tags=tags,
    )


def _system_version(named: system.SystemPolicy) -> s.PolicyVersion:
    return s.PolicyVersion(
        version_id=store.version_id(system.VERSION),
        is_default_version=True,
        policy_document=named.document,
        create_date=system.CREATE_DATE,
    )
