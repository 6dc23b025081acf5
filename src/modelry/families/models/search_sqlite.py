"""The search index of SQLite: the trigrams of every model's `folded_text`, in a full text table without texts.

A gram is a word of three characters, which we cut ourselves: the trigram tokenizer of SQLite finds no shorter pattern.
Every text ends with two more characters, so that each character, and each pair, begins some gram, and a short pattern
is the beginning of a word.

The index costs several times less in batches, and each savepoint would end one. So a write only notes the model as
pending, and every so often one of them takes all that is pending into the index. The index may therefore know of texts
that are no more; whoever searches compares with the text itself, and looks at what is pending too.
"""

from collections import Counter
from collections.abc import Iterable

from modelry.storage.database import Connection, Gathering, Transaction
from modelry.storage.predicates import Sql

_BATCH = 256
"""Models that may be pending before a write takes them into the index; a search looks at each of them."""

_MOST_AT_ONCE = 2048
"""Models that one write takes into the index; only an upgrade leaves more of them."""

_ASKED = 4
"""Grams of a pattern that are looked up."""

_SAMPLE = 100
"""Texts from each end that tell which grams are rare."""

_GRAMS = "model_grams"

_LENGTH = 3
_WORDS = {code: chr(0xE000 + code) for code in range(128) if not chr(code).isalnum()}
"""To the tokenizer, all that is not ASCII belongs to a word."""

_END = chr(0xE000 + 0x1F) * (_LENGTH - 1)

_PENDING = Gathering("model_grams_pending", ("position", "indexed_text"), ending="ON CONFLICT (position) DO NOTHING")


def added(transaction: Transaction, position: int, text: str) -> None:  # noqa: ARG001  as on other databases
    """Have a new model found."""
    transaction.gather(_PENDING, position, None)
    _take_in_if_many(transaction)


def changing(transaction: Transaction, position: int, text: str) -> None:
    """Have a model found by a text that it is about to get."""
    transaction.later(
        "INSERT INTO model_grams_pending (position, indexed_text)"
        " SELECT position, folded_text FROM models WHERE position = ? AND folded_text <> ?"
        " ON CONFLICT (position) DO NOTHING",
        *(position, text),
    )
    _take_in_if_many(transaction)


def removing(transaction: Transaction, position: int) -> None:
    """Have a model found no longer that is about to be removed."""
    transaction.later(
        "INSERT INTO model_grams_pending (position, indexed_text)"
        " SELECT position, folded_text FROM models WHERE position = ? ON CONFLICT (position) DO NOTHING",
        position,
    )
    transaction.later("DELETE FROM model_grams_pending WHERE position = ? AND indexed_text IS NULL", position)


def anew(transaction: Transaction) -> None:
    """Have all models found, and nothing else: the table of models was filled by other means."""
    transaction.run("INSERT INTO model_grams (model_grams) VALUES ('delete-all')")
    transaction.run("DELETE FROM model_grams_pending")
    transaction.run("INSERT INTO model_grams_pending (position, indexed_text) SELECT position, NULL FROM models")
    while take_in(transaction, _MOST_AT_ONCE):
        pass


def few(database: Connection, needles: Iterable[str], most: int) -> Sql | None:
    """The positions of all models whose text may contain all of the needles; `None` if they are more than `most`."""
    wanted = _match(database, needles)
    row = database.one(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM model_grams WHERE model_grams MATCH ? LIMIT ?) AS found)"
        " + (SELECT count(*) FROM (SELECT 1 FROM model_grams_pending LIMIT ?) AS pending)",
        *(wanted, most + 1, most + 1),
    )
    if row is None or row[0] > most:
        return None
    sql = (
        "SELECT rowid AS position FROM model_grams WHERE model_grams MATCH ?"
        " UNION SELECT position FROM model_grams_pending"
    )
    return sql, (wanted,)


def by(index: str | None) -> str:
    """What says, behind a table, which of its indexes to read it by; `None` for the table itself."""
    return "NOT INDEXED" if index is None else f"INDEXED BY {index}"


def take_in(transaction: Transaction, most: int) -> int:
    """Take pending models into the index, at most so many; how many it took."""
    rows = transaction.all(
        "SELECT p.position, p.indexed_text, m.folded_text"
        " FROM model_grams_pending p LEFT JOIN models m ON m.position = p.position ORDER BY p.position LIMIT ?",
        most,
    )
    for position, before, after in rows:
        known, wanted = _grams(before), _grams(after)
        if before is not None:
            sql = "INSERT INTO model_grams (model_grams, rowid, grams) VALUES ('delete', ?, ?)"
            transaction.run(sql, position, _as_words(known - wanted))
        if after is not None:
            sql = "INSERT INTO model_grams (rowid, grams) VALUES (?, ?)"
            transaction.run(sql, position, _as_words(wanted - known))
    if rows:
        transaction.run("DELETE FROM model_grams_pending WHERE position <= ?", rows[-1][0])
    return len(rows)


def _take_in_if_many(transaction: Transaction) -> None:
    """Once a group they are counted; from then on each write is taken for one more."""
    pending = transaction.known.get(_PENDING.table)
    if pending is None:
        pending = transaction.count("FROM (SELECT 1 FROM model_grams_pending LIMIT ?) AS pending", _BATCH)
    else:
        pending += 1
    if pending >= _BATCH:
        pending -= take_in(transaction, _MOST_AT_ONCE)
    transaction.known[_PENDING.table] = pending


def _grams(text: str | None) -> set[str]:
    """Each gram of a text once."""
    if text is None:
        return set()
    return _cut(text.translate(_WORDS) + _END)


def _cut(words: str) -> set[str]:
    return {words[start : start + _LENGTH] for start in range(len(words) - _LENGTH + 1)}


def _as_words(grams: set[str]) -> str:
    return " ".join(sorted(grams))


def _match(database: Connection, needles: Iterable[str]) -> str:
    """What finds the texts that may contain the needles, in the language of the full text search."""
    grams: set[str] = set()
    short: set[str] = set()
    for needle in needles:
        whole = needle.translate(_WORDS)
        if len(whole) < _LENGTH:
            short.add(whole)
        grams |= _cut(whole)
    if grams:
        return " ".join(f'"{gram}"' for gram in _rarest(database, grams))
    return " ".join(f'"{beginning}" *' for beginning in sorted(short))


def _rarest(database: Connection, grams: set[str]) -> list[str]:
    """The grams that say most, by a sample of the texts that is remembered for a while.

    Every gram that is asked for has all of its entries read, and nearly as much is known without the common ones.
    """
    if len(grams) <= _ASKED:
        return sorted(grams)
    memory = database.memory
    carried = memory.samples.get(_GRAMS) if memory else None
    if carried is None:
        carried = _sampled(database)
        if memory:
            memory.samples.put(_GRAMS, carried)
    return sorted(grams, key=lambda gram: (carried[gram], gram))[:_ASKED]


def _sampled(database: Connection) -> Counter[str]:
    """How many of the oldest and of the newest texts have each gram."""
    found: Counter[str] = Counter()
    for order in ("ASC", "DESC"):
        for (text,) in database.all(f"SELECT folded_text FROM models ORDER BY position {order} LIMIT ?", _SAMPLE):  # noqa: S608  one of two words
            found.update(_grams(text))
    return found
