"""Workspaces as they are answered: the stored document and what others say about it."""

from collections.abc import Iterable, Iterator

import msgspec

from modelry.families.workspaces.store import FoundWorkspace
from modelry.families.workspaces.structs import ListedWorkspace, Owner, StoredWorkspace
from modelry.families.workspaces.users import shown_user
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
    names = [shown_user(account_id, known).name for known in _lines(found.administrators)]
    yield b'"IsDefault":true' if found.is_default else b'"IsDefault":false'
    yield b'"AdminNames":' + msgspec.json.encode(names)


def _owner(account_id: int, found: FoundWorkspace) -> Iterator[bytes]:
    user_id = _stored.decode(found.document).creator
    name, display_name, _ = shown_user(account_id, found.owner or user_id)
    owner = Owner(user_kp=user_id, user_id=user_id, user_name=name, display_name=display_name)
    yield b'"Owner":' + msgspec.json.encode(owner)


def _lines(text: str | None) -> list[str]:
    return text.split("\n") if text else []
