"""Workspaces as they are answered: the stored document and what others say about it."""

from collections.abc import Iterable, Iterator

import msgspec

from modelry.families.workspaces.store import FoundWorkspace
from modelry.families.workspaces.structs import ListedWorkspace, Owner, StoredWorkspace
from modelry.families.workspaces.users import user_name, user_names
from modelry.storage.documents import paged, spliced

_stored = msgspec.json.Decoder(StoredWorkspace)


def id_of(found: FoundWorkspace) -> str:
    """The id of a workspace."""
    return _stored.decode(found.document).workspace_id


def workspace_answer(account_id: int, found: FoundWorkspace, *, verbose: bool) -> bytes:
    """A workspace as GetWorkspace answers it."""
    return spliced(found.document, *_standing(account_id, found), *(_owner(account_id, found) if verbose else ()))


def workspaces_answer(account_id: int, found: Iterable[FoundWorkspace], total_count: int) -> bytes:
    """A page of ListWorkspaces."""
    return paged(b"Workspaces", (_listed(account_id, each) for each in found), total_count)


def ids_answer(found: Iterable[FoundWorkspace], total_count: int) -> bytes:
    """A page of ListWorkspaces with nothing but the ids."""
    ids = (ListedWorkspace(workspace_id=_stored.decode(each.document).workspace_id) for each in found)
    return paged(b"Workspaces", map(msgspec.json.encode, ids), total_count)


def _listed(account_id: int, found: FoundWorkspace) -> bytes:
    resource_group_id = _stored.decode(found.document).resource_group_id
    return spliced(
        found.document, *_standing(account_id, found), b'"resourceGroupId":' + msgspec.json.encode(resource_group_id)
    )


def _standing(account_id: int, found: FoundWorkspace) -> Iterator[bytes]:
    admin_ids = found.admin_ids.split(",") if found.admin_ids else []
    yield b'"IsDefault":true' if found.is_default else b'"IsDefault":false'
    yield b'"AdminNames":' + msgspec.json.encode(user_names(account_id, admin_ids))


def _owner(account_id: int, found: FoundWorkspace) -> Iterator[bytes]:
    user_id = _stored.decode(found.document).creator
    name = user_name(account_id, user_id)
    yield b'"Owner":' + msgspec.json.encode(Owner(user_kp=user_id, user_id=user_id, user_name=name, display_name=name))
