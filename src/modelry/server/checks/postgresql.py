"""Checks of a PostgreSQL database and of the server that it is on."""

from modelry.server.checks.result import Result
from modelry.settings import Settings
from modelry.storage.database import Connection

_LEAST_VERSION = 130000
"""From 13 on a server can say what became of a commit whose answer was lost. Decided here: older ones are not tried."""
_ROOM_LEAST = 10
"""Connections that should be free: what one server of one worker takes."""

_SERVER = """
SELECT current_setting('server_version_num'), split_part(current_setting('server_version'), ' ', 1),
  current_user, current_database(), coalesce(host(inet_server_addr()) || ':' || inet_server_port(), 'its socket'),
  pg_database_size(current_database())"""
_ROLE = "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')"
_STANDBYS = """
SELECT count(*), count(sync_state), count(CASE WHEN sync_state IN ('sync', 'quorum') THEN 1 END),
  CAST(coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)), 0) AS BIGINT)
FROM pg_stat_replication"""
_NAMED = "SELECT current_setting('synchronous_standby_names')"
_SAFETY = "SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')"
_LIMITS = """
SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),
  current_setting('idle_in_transaction_session_timeout')"""
_ROOM = """
SELECT CAST(current_setting('max_connections') AS BIGINT)
    - CAST(current_setting('superuser_reserved_connections') AS BIGINT),
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
  (SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = current_setting('application_name'))"""


def server(_settings: Settings, database: Connection) -> Result:
    """Which server it is, and how large the database is."""
    number, version, role, name, address, size_bytes = database.all(_SERVER)[0]
    text = f"PostgreSQL {version} at {address}, database {name} of {int(size_bytes) >> 20:,} MiB, as {role}"
    if int(number) < _LEAST_VERSION:
        return Result("warning", text, f"use PostgreSQL {_LEAST_VERSION // 10000} or newer")
    return Result("ok", text)


def encoding(_settings: Settings, database: Connection) -> Result:
    """Whether every text can be kept."""
    (found,) = database.all("SELECT current_setting('server_encoding')")[0]
    if found != "UTF8":
        return Result("failed", f"the encoding is {found}", "make a database with ENCODING 'UTF8' and move there")
    return Result("ok", "UTF8")


def primary(_settings: Settings, database: Connection) -> Result:
    """Whether it can be written to."""
    recovering, read_only = database.all(_ROLE)[0]
    if recovering:
        return Result("failed", "it is a standby", "name the primary in the URL, or all hosts; or promote this one")
    if read_only == "on":
        return Result(
            "failed", "transactions are read-only", "ALTER DATABASE ... SET default_transaction_read_only = off"
        )
    return Result("ok", "it is the primary")


def replication(_settings: Settings, database: Connection) -> Result:
    """Whether a standby has what is acknowledged."""
    standbys, seen, synchronous, behind = map(int, database.all(_STANDBYS)[0])
    (wanted,) = database.all(_NAMED)[0]
    if standbys > seen:
        return Result("ok", f"{standbys} standbys follow; only a role with pg_monitor sees how far they are")
    if wanted and not synchronous:
        return Result("failed", "no synchronous standby follows: every write waits", "bring the standby back")
    if not standbys:
        return Result("ok", "no standby follows: a backup is the only copy")
    text = f"{standbys} standbys follow, {synchronous} of them synchronous, at most {behind >> 10:,} KiB behind"
    return Result("ok", text)


def durability(_settings: Settings, database: Connection) -> Result:
    """Whether what is acknowledged survives a power cut."""
    names = ("fsync", "full_page_writes", "synchronous_commit")
    off = [name for name, value in zip(names, database.all(_SAFETY)[0], strict=True) if value == "off"]
    if off:
        return Result("warning", f"{', '.join(off)} is off: a crash loses acknowledged writes", "turn it on")
    return Result("ok", "what is acknowledged is on disk")


def timeouts(settings: Settings, database: Connection) -> Result:
    """Whether the limits of this program are in effect: a pooler may take them away."""
    found = database.all(_LIMITS)[0]
    text = "statement {}, lock {}, idle in transaction {}".format(*found)
    if settings.database_prepared and "0" in found:
        advice = "set database_prepared to off: a pooler hands the session to others"
        return Result("warning", f"{text}: a limit that was set is gone", advice)
    if not settings.database_prepared:
        return Result("ok", "set anew in every transaction, as statements are not prepared")
    return Result("ok", text)


def connections(settings: Settings, database: Connection) -> Result:
    """Whether servers find room."""
    most, used, ours = map(int, database.all(_ROOM)[0])
    text = f"{used} of {most} are in use, {ours} by this program"
    if most - used < _ROOM_LEAST * settings.workers:
        return Result("warning", text, "raise max_connections, or put a pooler before it")
    return Result("ok", text)


def pooler(settings: Settings, database: Connection) -> Result:
    """Whether sessions are one's own, as prepared statements need it."""
    first, second = (database.all("SELECT pg_backend_pid()")[0][0] for _ in range(2))
    told = _backend_pid(settings)
    between = first != second or told is not None
    if between and settings.database_prepared:
        advice = "set database_prepared to off, unless the pooler hands out sessions for as long as they last"
        return Result("warning", "a connection pooler stands between", advice)
    return Result("ok", "a connection pooler stands between" if between else "sessions are its own")


def _backend_pid(settings: Settings) -> int | None:
    """The process that answers a connection, if it is another one than the connection was told at first."""
    from modelry.storage.postgresql.bulk import answering  # noqa: PLC0415  an extra
    from modelry.storage.postgresql.store import PostgresqlStore  # noqa: PLC0415
    from modelry.storage.stores import store_of  # noqa: PLC0415

    store = store_of(settings)
    return answering(store) if isinstance(store, PostgresqlStore) else None
