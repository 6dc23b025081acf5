"""Checks of the data folder."""

import os
import shutil
import stat
import time

from modelry.server.checks.result import Result
from modelry.server.machine import MachineState
from modelry.settings import Settings
from modelry.storage.folder import UNFINISHED, holder
from modelry.storage.sqlite import FILE_NAME

FREE_LEAST_BYTES = 64 << 20
_FREE_ENOUGH_BYTES = 1 << 30


def folder_of_registry(settings: Settings) -> Result:
    """The folder that has the registry itself."""
    if not (settings.folder / FILE_NAME).is_file():
        advice = "name the folder with --data, or: modelry init"
        return Result("failed", f"there is no registry in {settings.folder}", advice)
    return folder(settings)


def folder(settings: Settings) -> Result:
    """The folder that a server needs in any case: for its keys and for what the machine remembers."""
    folder = settings.folder
    if not folder.is_dir():
        return Result("failed", f"there is no folder {folder}", "name the data folder with --data, or: modelry init")
    if (folder / UNFINISHED).exists():
        return Result("failed", f"a restore into {folder} was cut off", "run modelry restore with the backup again")
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        advice = "run this and the server as one user, and give that user the folder: chown -R"
        return Result("warning", f"{folder} belongs to user {owner}, this is user {os.geteuid()}", advice)
    if not os.access(folder, os.W_OK):
        return Result("failed", f"{folder} cannot be written", "chmod u+rwx, or mount it writable")
    return Result("ok", f"{folder}, user {owner}")


def modes(settings: Settings) -> Result:
    """Whose the files are."""
    paths = [settings.folder, *(path for path in settings.folder.rglob("*") if path.is_file())]
    open_to_others = [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_to_others:
        names = ", ".join(path.name for path in open_to_others)
        return Result("warning", f"others may use {names}", f"chmod -R go= {settings.folder}")
    return Result("ok", f"{len(paths)} files and folders are the owner's alone")


def lock(settings: Settings) -> Result:
    """Who holds the folder."""
    process = holder(settings.folder)
    return Result("ok", f"held by process {process}" if process else "no server uses the folder")


def disk(settings: Settings) -> Result:
    """How much room there is."""
    free_bytes = shutil.disk_usage(settings.folder).free
    size_bytes = sum(path.stat().st_size for path in settings.folder.glob(f"{FILE_NAME}*"))
    text = f"{free_bytes >> 20:,} MiB are free, the database has {size_bytes >> 20:,} MiB"
    if free_bytes < FREE_LEAST_BYTES:
        return Result("failed", text, "make room: writes are about to be refused")
    if free_bytes < max(_FREE_ENOUGH_BYTES, 2 * size_bytes):
        return Result("warning", text, "make room: a backup here takes twice the database for a while")
    return Result("ok", text)


def nonces(settings: Settings) -> Result:
    """The table of used nonces."""
    path = settings.folder / "machine.state"
    if not path.exists():
        return Result("ok", "there is no table of used nonces yet: the next start makes it")
    try:
        state = MachineState.attach(path)
    except (OSError, ValueError) as error:
        advice = "nothing: the next start makes a new one and refuses requests of before"
        return Result("warning", f"{path.name} cannot be used: {error}", advice)
    used, room = state.entries_estimate(int(time.time())), state.capacity_entries
    state.close(clean=False)
    text = f"about {used:,} of {room:,} nonces are in use"
    return Result("warning", text, "raise nonce_table_bytes") if used > room // 2 else Result("ok", text)
