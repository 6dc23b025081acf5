"""The table of used nonces: what it accepts, what it refuses, and when it believes the file that it finds."""

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from threading import Thread

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from modelry.errors import NONCE_USED, THROTTLED, TIMESTAMP_EXPIRED, UNAVAILABLE, ApiError, ErrorCode
from modelry.server.machine import BUCKET_BYTES, MIN_SIZE_BYTES, WINDOW_S, MachineState, _entry_of

NOW = 1_760_000_000
BOOT = "251db0c3-ef4a-4f9b-ac40-5daf69d087a6"
NEXT_BOOT = "0b1f4a52-7f0e-4c4e-8a53-6a0c1d2e3f40"
BUCKET_ENTRIES = 64


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "machine.state"


def opened(
    path: Path,
    *,
    now: float = NOW,
    size_bytes: int = MIN_SIZE_BYTES,
    boot_id: str = BOOT,
    shared: bool = False,
) -> MachineState:
    return MachineState.open(path, now=now, size_bytes=size_bytes, boot_id=boot_id, shared=shared)


def refusal(state: MachineState, nonce: str, *, key_id: str = "ak", date: int = NOW, now: int = NOW) -> ApiError | None:
    """What `check` raises; `None` when it accepts."""
    try:
        state.check(key_id, nonce, date, now)
    except ApiError as error:
        return error
    return None


def refused_as(
    state: MachineState, nonce: str, *, key_id: str = "ak", date: int = NOW, now: int = NOW
) -> ErrorCode | None:
    error = refusal(state, nonce, key_id=key_id, date=date, now=now)
    return None if error is None else error.error


def python(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Another process that runs `script`."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def at_once(processes: int, script: str, *arguments: object) -> list[str]:
    """What so many processes print that run `script` at the same time: each prints "ready" and waits for a line."""
    children = [python(script, *arguments) for _ in range(processes)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    answers = [child.communicate(timeout=60)[0] for child in children]
    assert [child.returncode for child in children] == [0] * processes
    return answers


# One nonce.


def test_a_nonce_is_used_once(path: Path) -> None:
    state = opened(path)
    assert refused_as(state, "n") is None
    assert refused_as(state, "n") is NONCE_USED


def test_two_keys_may_use_the_same_nonce(path: Path) -> None:
    state = opened(path)
    assert refused_as(state, "n", key_id="ak1") is None
    assert refused_as(state, "n", key_id="ak2") is None


def test_key_and_nonce_do_not_run_together(path: Path) -> None:
    state = opened(path)
    assert refused_as(state, "bc", key_id="a") is None
    assert refused_as(state, "c", key_id="ab") is None


@pytest.mark.parametrize("nonce", ["", "\0", "名前", "\ud800", "n" * 256])
def test_any_text_is_a_nonce(path: Path, nonce: str) -> None:
    state = opened(path)
    assert refused_as(state, nonce) is None
    assert refused_as(state, nonce) is NONCE_USED


def test_a_nonce_is_remembered_for_as_long_as_its_date_is_accepted(path: Path) -> None:
    """A date may lie 900 s ahead, so an entry may be needed for 1,800 s."""
    ahead = NOW + WINDOW_S
    state = opened(path)
    assert refused_as(state, "n", date=ahead, now=NOW) is None
    assert refused_as(state, "n", date=ahead, now=NOW + 2 * WINDOW_S) is NONCE_USED


def test_a_nonce_is_free_again_once_its_date_has_expired(path: Path) -> None:
    state = opened(path)
    later = NOW + WINDOW_S + 1
    assert refused_as(state, "n") is None
    assert refused_as(state, "n", date=later, now=later) is None
    assert refused_as(state, "n", date=later, now=later) is NONCE_USED


def test_bytes_that_run_across_two_entries_are_no_entry() -> None:
    digest = bytes(range(12))
    across = bytes(8) + digest
    assert _entry_of(across.ljust(BUCKET_BYTES, b"\0"), digest) is None
    assert _entry_of((across + bytes(12) + digest).ljust(BUCKET_BYTES, b"\0"), digest) is None
    assert _entry_of((across + bytes(16) + digest).ljust(BUCKET_BYTES, b"\0"), digest) == 32


# A full bucket.


def test_a_full_bucket_throttles_and_forgets_nothing(path: Path) -> None:
    state = opened(path, size_bytes=BUCKET_BYTES)
    nonces = [f"n{i}" for i in range(BUCKET_ENTRIES)]
    assert [refused_as(state, nonce) for nonce in nonces] == [None] * BUCKET_ENTRIES
    assert refused_as(state, "one more") is THROTTLED
    assert [refused_as(state, nonce) for nonce in nonces] == [NONCE_USED] * BUCKET_ENTRIES


@pytest.mark.parametrize(
    ("waited_s", "retry_after_ms"),
    [(0, 60_000), (WINDOW_S - 60, 60_000), (WINDOW_S - 30, 31_000), (WINDOW_S, 1_000)],
)
def test_throttling_says_when_the_oldest_entry_expires(path: Path, waited_s: int, retry_after_ms: int) -> None:
    """At most a minute, so that a client asks again in time."""
    state = opened(path, size_bytes=BUCKET_BYTES)
    state.check("ak", "oldest", NOW, NOW)
    for i in range(BUCKET_ENTRIES - 1):
        state.check("ak", f"n{i}", NOW + 500, NOW)
    now = NOW + waited_s
    error = refusal(state, "one more", date=now, now=now)
    assert error is not None
    assert (error.error, error.retry_after_ms) == (THROTTLED, retry_after_ms)
    assert refused_as(state, "one more", date=now, now=now + retry_after_ms // 1000) is (
        None if retry_after_ms < 60_000 else THROTTLED
    )


def test_a_table_takes_half_of_its_entries_without_throttling(path: Path) -> None:
    """The sizing rule of docs/replay.md."""
    state = opened(path)
    for i in range(state.capacity_entries // 2):
        state.check("ak", f"n{i}", NOW, NOW)


# The clock.


def test_a_clock_that_goes_back_does_not_make_forgotten_nonces_acceptable(path: Path) -> None:
    state = opened(path, size_bytes=BUCKET_BYTES)
    for i in range(BUCKET_ENTRIES):
        state.check("ak", f"n{i}", NOW, NOW)
    later = NOW + WINDOW_S + 1
    state.check("ak", "overwrites one of them", later, later)
    assert {refused_as(state, f"n{i}", now=NOW) for i in range(BUCKET_ENTRIES)} == {TIMESTAMP_EXPIRED}


def test_a_clock_that_comes_back_from_far_ahead_starts_the_table_anew(path: Path) -> None:
    state = opened(path, now=NOW + 10**8)
    assert refused_as(state, "n", date=NOW - 1) is TIMESTAMP_EXPIRED
    assert state.complete_since == NOW
    assert refused_as(state, "n") is None


def test_the_table_is_complete_for_the_window_only(path: Path) -> None:
    state = opened(path)
    state.check("ak", "n", NOW + 5000, NOW + 5000)
    assert state.complete_since == NOW + 5000 - WINDOW_S


# Restarts.


def test_reopening_under_the_same_boot_keeps_the_table(path: Path) -> None:
    state = opened(path, now=NOW - 10)
    state.check("ak", "n", NOW, NOW)
    state.close(clean=False)
    again = opened(path, now=NOW + 5)
    assert (again.made_new, again.complete_since) == (None, NOW - 10)
    assert refused_as(again, "n") is NONCE_USED


def test_a_killed_process_loses_nothing(path: Path) -> None:
    opened(path).close(clean=False)
    script = """
import sys
from pathlib import Path
from modelry.server.machine import MachineState
state = MachineState.attach(Path(sys.argv[1]), shared=False)
for i in range(1000):
    state.check("ak", f"n{i}", int(sys.argv[2]), int(sys.argv[2]))
print("done", flush=True)
sys.stdin.read()
"""
    with python(script, path, NOW) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "done\n"
        child.kill()
    assert child.returncode == -signal.SIGKILL
    state = opened(path, now=NOW + 1)
    assert {refused_as(state, f"n{i}", now=NOW + 1) for i in range(1000)} == {NONCE_USED}


def test_a_new_table_refuses_what_is_dated_before_it(path: Path) -> None:
    """Rounded down to the second, because dates are: a request signed just after the start is accepted."""
    state = opened(path, now=NOW + 0.9)
    error = refusal(state, "n", date=NOW - 1)
    assert error is not None
    assert error.error is TIMESTAMP_EXPIRED
    assert "before 2025-10-09T08:53:20Z, from when on this server knows" in error.message
    assert refused_as(state, "n", date=NOW) is None


def test_a_lost_file_means_a_new_table(path: Path) -> None:
    opened(path, now=NOW - 100).close(clean=True)
    path.unlink()
    state = opened(path)
    assert (state.made_new, state.complete_since) == ("there was none", NOW)


@pytest.mark.parametrize("offset", [0, 8, 16, 32, 64, 110])
def test_a_damaged_header_means_a_new_table(path: Path, offset: int) -> None:
    opened(path, now=NOW - 100).close(clean=True)
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1]))
    state = opened(path)
    assert (state.made_new, state.complete_since) == ("it was damaged, or written by another version", NOW)


@pytest.mark.parametrize("size_bytes", [0, 100, 4096, MIN_SIZE_BYTES])
def test_a_file_cut_short_means_a_new_table(path: Path, size_bytes: int) -> None:
    opened(path, now=NOW - 100).close(clean=True)
    os.truncate(path, size_bytes)
    state = opened(path)
    assert state.complete_since == NOW
    assert path.stat().st_size == 4096 + MIN_SIZE_BYTES


def test_another_size_means_a_new_table(path: Path) -> None:
    opened(path, now=NOW - 100).close(clean=True)
    state = opened(path, size_bytes=2 * MIN_SIZE_BYTES)
    assert (state.made_new, state.complete_since) == ("the setting of its size has changed", NOW)


def test_a_copy_of_the_file_means_a_new_table(path: Path) -> None:
    opened(path, now=NOW - 100).close(clean=True)
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.replace(path)
    assert opened(path).complete_since == NOW


def test_a_file_from_a_clock_far_ahead_means_a_new_table(path: Path) -> None:
    opened(path, now=NOW + 1000).close(clean=True)
    assert opened(path).complete_since == NOW


def test_another_boot_after_a_crash_means_a_new_table(path: Path) -> None:
    opened(path, now=NOW - 100).close(clean=False)
    state = opened(path, boot_id=NEXT_BOOT)
    assert (state.made_new, state.complete_since) == ("the machine stopped while it was open", NOW)


def test_another_boot_after_a_clean_close_keeps_the_table(path: Path) -> None:
    state = opened(path, now=NOW - 100)
    state.check("ak", "n", NOW, NOW)
    state.close(clean=True)
    again = opened(path, boot_id=NEXT_BOOT)
    assert (again.made_new, again.complete_since) == (None, NOW - 100)
    assert refused_as(again, "n") is NONCE_USED


def test_a_clean_close_counts_once(path: Path) -> None:
    opened(path, now=NOW - 100).close(clean=True)
    opened(path, now=NOW - 50, boot_id=NEXT_BOOT).close(clean=False)
    assert opened(path, boot_id=BOOT).complete_since == NOW


def test_without_a_boot_id_only_a_clean_close_counts(path: Path) -> None:
    opened(path, now=NOW - 100, boot_id="").close(clean=True)
    assert opened(path, now=NOW - 50, boot_id="").complete_since == NOW - 100
    assert opened(path, boot_id="").complete_since == NOW


# The file.


def test_only_the_owner_may_read_the_file(path: Path) -> None:
    opened(path).close(clean=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    opened(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_unused_table_takes_next_to_no_disk(path: Path) -> None:
    state = MachineState.open(path, now=NOW, boot_id=BOOT)
    assert path.stat().st_size == 4096 + (64 << 20)
    assert path.stat().st_blocks * 512 < 1 << 20
    assert state.capacity_entries == 4 << 20


def test_the_file_may_be_a_link_into_another_file_system(path: Path) -> None:
    target = path.with_name("elsewhere")
    path.symlink_to(target)
    opened(path)
    assert path.is_symlink()
    assert target.stat().st_size == 4096 + MIN_SIZE_BYTES


def test_a_file_that_may_not_be_opened_is_an_error_and_stays(path: Path) -> None:
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        opened(path)


@pytest.mark.parametrize("size_bytes", [0, -1024, 1000])
def test_a_table_is_made_of_whole_buckets(path: Path, size_bytes: int) -> None:
    with pytest.raises(ValueError, match="multiple of 1024 bytes"):
        opened(path, size_bytes=size_bytes)


def test_attaching_needs_a_file_that_was_opened(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        MachineState.attach(path)
    path.write_bytes(bytes(5000))
    with pytest.raises(ValueError, match="not a machine state file"):
        MachineState.attach(path)


def test_a_nonce_that_cannot_be_written_down_is_refused(path: Path) -> None:
    """A full disk answers 503; a store through the memory map would have killed the process."""
    opened(path).close(clean=False)
    script = """
import resource, sys
from pathlib import Path
from modelry.errors import ApiError
from modelry.server.machine import MachineState
state = MachineState.attach(Path(sys.argv[1]), shared=False)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    state.check("ak", "n", int(sys.argv[2]), int(sys.argv[2]))
except ApiError as error:
    print(error)
"""
    with python(script, path, NOW) as child:
        answer, _ = child.communicate(timeout=30)
    assert answer == f"{UNAVAILABLE.code}: The table of used nonces cannot be written: {os.strerror(errno.EFBIG)}.\n"


# Several processes and threads.


def test_four_processes_accept_each_nonce_exactly_once(path: Path) -> None:
    opened(path, shared=True).close(clean=False)
    script = """
import sys
from pathlib import Path
from modelry.errors import ApiError
from modelry.server.machine import MachineState
path, now = Path(sys.argv[1]), int(sys.argv[2])
state = MachineState.attach(path)
print("ready", flush=True)
sys.stdin.readline()
for i in range(2000):
    try:
        state.check("ak", f"n{i}", now, now)
        print(i)
    except ApiError:
        pass
"""
    accepted = [int(line) for answer in at_once(4, script, path, NOW) for line in answer.split()]
    assert sorted(accepted) == list(range(2000))


def test_threads_of_one_process_accept_each_nonce_exactly_once(path: Path) -> None:
    state = opened(path, shared=True)
    accepted: list[int] = []

    def use_all() -> None:
        accepted.extend(i for i in range(2000) if refused_as(state, f"n{i}") is None)

    threads = [Thread(target=use_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(accepted) == list(range(2000))


def test_another_process_sees_that_access_has_changed(path: Path) -> None:
    state = opened(path)
    before = state.generation()
    script = """
import sys
from pathlib import Path
from modelry.server.machine import MachineState
print(MachineState.attach(Path(sys.argv[1])).bump_generation())
"""
    with python(script, path) as child:
        answer, _ = child.communicate(timeout=30)
    assert int(answer) == state.generation() == before + 1


def test_no_change_of_access_is_lost_among_processes(path: Path) -> None:
    state = opened(path)
    before = state.generation()
    script = """
import sys
from pathlib import Path
from modelry.server.machine import MachineState
state = MachineState.attach(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(5000):
    state.bump_generation()
"""
    at_once(3, script, path)
    assert state.generation() == before + 15_000


def test_a_restart_keeps_the_generation(path: Path) -> None:
    state = opened(path)
    generation = state.bump_generation()
    state.close(clean=True)
    assert opened(path, boot_id=NEXT_BOOT).generation() == generation


# Metrics.


def test_the_estimate_of_entries_is_near_the_truth(path: Path) -> None:
    state = opened(path)
    for i in range(20_000):
        state.check("ak", f"n{i}", NOW, NOW)
    assert state.entries_estimate(NOW) == pytest.approx(20_000, rel=0.15)


def test_expired_entries_are_not_counted(path: Path) -> None:
    state = opened(path, size_bytes=BUCKET_BYTES)
    state.check("ak", "old", NOW, NOW)
    state.check("ak", "new", NOW + 10, NOW + 10)
    assert state.entries_estimate(NOW + 10) == 2
    assert state.entries_estimate(NOW + WINDOW_S + 1) == 1


# Against a dictionary.


class TwoBuckets(RuleBasedStateMachine):
    """Two buckets under a moving clock and restarts, against a plain dictionary of everything ever accepted.

    There are about as many nonces as entries, so the buckets fill, expire and are overwritten. The clock may go back.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp())
        self.now = self.since = NOW
        self.accepted: dict[str, list[int]] = {}
        """Nonce -> the dates that it was accepted with, since the file was made."""
        self.promised: dict[str, list[int]] = {}
        """The same, since the clock last came back from far ahead."""
        self.state = self.opened()

    def opened(self) -> MachineState:
        return opened(self.folder / "machine.state", now=self.now, size_bytes=2 * BUCKET_BYTES)

    @rule(nonces=st.lists(st.integers(0, 159), max_size=80), offset_s=st.integers(-WINDOW_S, WINDOW_S))
    def requests(self, nonces: list[int], offset_s: int) -> None:
        for nonce in nonces:
            self.request(f"n{nonce}", self.now + offset_s)

    @rule(random=st.randoms(use_true_random=False))
    def replays(self, random: Random) -> None:
        self.request("the first to show the table what time it is", self.now)
        for nonce in random.sample(sorted(self.promised), min(20, len(self.promised))):
            assert self.request(nonce, random.choice(self.promised[nonce])) in (NONCE_USED, TIMESTAMP_EXPIRED)

    @rule(seconds=st.one_of(st.integers(0, 60), st.integers(-WINDOW_S, 2 * WINDOW_S)))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @rule(clean=st.booleans())
    def restart(self, *, clean: bool) -> None:
        self.state.close(clean=clean)
        self.state = self.opened()
        assert (self.state.made_new is not None) == (self.since > self.now + WINDOW_S)
        if self.state.made_new is not None:
            self.since = self.now
            self.accepted.clear()
            self.promised.clear()

    def request(self, nonce: str, date: int) -> ErrorCode | None:
        self.follow_clock()
        refused = refused_as(self.state, nonce, date=date, now=self.now)
        assert (refused is TIMESTAMP_EXPIRED) == (date < self.since)
        if refused is None:
            assert all(earlier < self.since for earlier in self.promised.get(nonce, [])), "accepted twice"
            self.accepted.setdefault(nonce, []).append(date)
            self.promised.setdefault(nonce, []).append(date)
        if refused is NONCE_USED:
            assert max(self.accepted.get(nonce, [0])) >= self.now - WINDOW_S, "a fresh nonce refused as used"
        if refused is THROTTLED:
            needed = [dates for dates in self.accepted.values() if max(dates) >= self.now - WINDOW_S]
            assert len(needed) >= BUCKET_ENTRIES, "throttled with room left"
        return refused

    def follow_clock(self) -> None:
        if self.now < self.since - WINDOW_S:
            self.since = self.now
            self.promised.clear()
        self.since = max(self.since, self.now - WINDOW_S)

    def teardown(self) -> None:
        self.state.close(clean=False)
        shutil.rmtree(self.folder)


TestTwoBuckets = TwoBuckets.TestCase
TestTwoBuckets.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
