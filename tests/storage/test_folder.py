"""The data folder: one holder at a time, files whole or not at all, places to work that are tidied."""

import multiprocessing
import os
from pathlib import Path

import pytest

from modelry.storage.folder import FolderError, InUseError, held, holder, locked, made, workplace, write_private


def test_one_holds_it_and_others_are_told_who(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    fd = locked(tmp_path)
    assert holder(tmp_path) == str(os.getpid())
    with pytest.raises(InUseError, match=f"process {os.getpid()}"):
        locked(tmp_path)
    with pytest.raises(FolderError, match="stop it first"), held(tmp_path):
        pass
    os.close(fd)
    assert holder(tmp_path) is None
    with held(tmp_path):
        assert holder(tmp_path) == str(os.getpid())


def test_asking_for_the_holder_changes_nothing(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_half_a_restore_is_refused(tmp_path: Path) -> None:
    (tmp_path / "restore.unfinished").touch()
    with pytest.raises(FolderError, match="cut off"):
        made(tmp_path)


def test_a_private_file_takes_the_place_of_an_open_one(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_goes_with_the_work_and_what_others_have_left_goes_before(tmp_path: Path) -> None:
    left = tmp_path / ".modelry-work-left"
    left.mkdir()
    (left / "half").write_text("")
    with workplace(tmp_path) as place:
        assert list(tmp_path.iterdir()) == [place]
        assert place.stat().st_mode & 0o777 == 0o700
        with workplace(tmp_path) as another:
            assert {place, another} == set(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []


def test_a_link_that_looks_like_a_place_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/file").write_text("kept")
    (tmp_path / ".modelry-work-link").symlink_to(tmp_path / "precious")
    with workplace(tmp_path):
        pass
    assert (tmp_path / "precious/file").read_text() == "kept"


def work(folder: Path, times: int) -> None:
    for number in range(times):
        with workplace(folder) as place:
            (place / "file").write_text(str(number))
            assert (place / "file").read_text() == str(number)


def test_many_who_work_and_tidy_at_once_do_not_take_each_other_s_places(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=work, args=(tmp_path, 300)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    assert list(tmp_path.iterdir()) == []
