"""The clusters of these tests: real ones, which go with the tests that began them."""

import subprocess
import sys
from pathlib import Path

import psycopg

from tests.broken_wire import proxy
from tests.databases import eventually, shared

_KILLED = """
import os, signal
from tests.databases import shared
print(shared().home, shared().port, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_cluster_ends_with_the_process_that_began_it_also_when_that_is_killed() -> None:
    shared()  # skips here, with the reason, where there is no PostgreSQL
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED], capture_output=True, text=True, check=False, cwd=Path.cwd()
    )
    home, port = killed.stdout.split()
    assert killed.returncode == -9
    eventually(lambda: not Path(home).exists(), "the folder goes")
    eventually(lambda: not _answers(int(port)), "the server ends")


def test_the_two_kinds_of_database_sort_differently() -> None:
    sorted_texts = {}
    for icu in (False, True):
        with shared().admin(shared().new_database(icu=icu)) as admin:
            found = admin.execute("SELECT t FROM (VALUES ('a'), ('B'), ('ä')) AS texts (t) ORDER BY t").fetchall()
            sorted_texts[icu] = [text for (text,) in found]
    assert sorted_texts == {False: ["B", "a", "ä"], True: ["a", "ä", "B"]}


def test_a_commit_can_be_cut_off_before_it_is_carried_out_and_after() -> None:
    name = shared().new_database()
    with shared().admin(name) as admin:
        admin.execute("CREATE TABLE things (a INTEGER); GRANT ALL ON things TO public")
        for number, delivered in enumerate((False, True)):
            with proxy(shared().port) as broken:
                broken.cut_at(b"COMMIT", delivered=delivered)
                url = f"postgresql://modelry@127.0.0.1:{broken.port}/{name}"
                assert _commit_fails(url, number)
                assert broken.struck.is_set()
        assert admin.execute("SELECT a FROM things").fetchall() == [(1,)]


def _commit_fails(url: str, number: int) -> bool:
    raw = psycopg.connect(url)
    raw.execute("INSERT INTO things VALUES (%s)", (number,))
    try:
        raw.commit()
    except psycopg.OperationalError:
        return True
    finally:
        raw.close()
    return False


def _answers(port: int) -> bool:
    try:
        psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
