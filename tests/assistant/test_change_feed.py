"""The change feed: nothing missed, nothing twice, nothing out of order, whoever writes meanwhile."""

import random
import threading
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.assistant.conftest import Library
from tests.support.waiting import wait_until

WRITERS = 8
TRANSACTIONS = 25
SINCE = "SELECT change_id, table_name, operation, row_id FROM assistant.changes_since(%s, %s)"
FEED = "SELECT change_id, table_name, operation, row_id FROM assistant.changes ORDER BY change_id"
LATEST = "SELECT assistant.latest_change_id()"


class Reader:
    """What the real-time layer keeps: a connection of the application role, and the last id it saw."""

    def __init__(self, library: Library) -> None:
        """Begin at the end of the feed."""
        self.library = library
        self.seen: list[tuple[Any, ...]] = []
        self.connection = self._connect()
        self.last = self.connection.execute(LATEST).fetchone()[0]

    def _connect(self) -> psycopg.Connection:
        connection = self.library.db.connect("test_app")
        connection.execute("SELECT set_config('app.user_id', %s, false)", [str(self.library.viewer)])
        connection.execute("LISTEN assistant_changes")
        return connection

    def read(self, limit: int = 7) -> int:
        """Read on from the last id seen; return how many changes that were."""
        rows = self.connection.execute(SINCE, [self.last, limit]).fetchall()
        if rows:
            self.seen += rows
            self.last = rows[-1][0]
        return len(rows)

    def catch_up(self) -> None:
        """Read until there is no more."""
        while self.read():
            pass

    def reconnect(self) -> None:
        """Go away, and come back knowing no more than the last id seen."""
        self.connection.close()
        self.connection = self._connect()

    def told(self, timeout: float = 0.0) -> list[str]:
        """Return the payloads of the notifications that have come."""
        return [note.payload for note in self.connection.notifies(timeout=timeout)]


def _write(library: Library, writer: int, gate: threading.Barrier, done: list[int]) -> None:
    """Change rows of all tables in transactions of many statements, some taken back."""
    dice = random.Random(writer)  # noqa: S311 (repeatable, not secret)
    connection = library.db.connect(autocommit=False, options="-c lock_timeout=10s")
    rule, practice = f"R-{writer}", f"P-{writer}"
    gate.wait()
    for number in range(TRANSACTIONS):
        for step in range(dice.randint(1, 4)):
            text = f"{writer}.{number}.{step}"
            connection.execute(
                "INSERT INTO assistant.rules (rule_id, category, title, description)"
                " VALUES (%s, 'x', %s, 'x') ON CONFLICT (rule_id) DO UPDATE SET title = excluded.title",
                [rule, text],
            )
            connection.execute(
                "INSERT INTO assistant.practices (practice_id, category, title, description)"
                " VALUES (%s, 'x', %s, 'x') ON CONFLICT (practice_id) DO UPDATE SET title = excluded.title",
                [practice, text],
            )
            if dice.random() < 0.3:
                connection.execute("DELETE FROM assistant.rules WHERE rule_id = %s", [rule])
            connection.execute("SELECT pg_sleep(%s)", [dice.random() / 200])  # a transaction takes time
        if dice.random() < 0.2:
            connection.rollback()
        else:
            connection.commit()
            done.append(number)


def test_a_reader_that_remembers_the_last_id_misses_nothing_of_eight_writers(library: Library) -> None:
    steady, absent = Reader(library), Reader(library)
    gate, done = threading.Barrier(WRITERS), list[int]()
    writers = [
        threading.Thread(target=_write, args=(library, writer, gate, done)) for writer in range(WRITERS)
    ]
    holding = library.db.connect(autocommit=False)  # began before all others, and ends after them
    holding.execute("INSERT INTO assistant.templates (template_id, name, category, template_content)"
                    " VALUES ('T', 'x', 'x', 'x')")  # fmt: skip

    for writer in writers:
        writer.start()
    away = 0
    while any(writer.is_alive() for writer in writers):
        steady.read()
        away += 1
        if away % 40 == 0:  # looks in now and then, each time by a new connection
            absent.reconnect()
            absent.read(limit=3)
    holding.commit()
    for reader in (steady, absent):
        reader.catch_up()

    feed = library.db.admin.execute(FEED).fetchall()
    assert len(done) > WRITERS * TRANSACTIONS / 2, "a writer failed"
    assert len(feed) > len(done)
    assert steady.seen == feed, "the steady reader missed, doubled or disordered a change"
    assert absent.seen == feed, "the reader that was away missed, doubled or disordered a change"
    assert feed[-1][1:] == ("templates", "insert", "T")  # by when it was committed, not written
    ids = [row[0] for row in feed]
    told = [int(payload) for payload in steady.told(timeout=1)]
    assert told == ids, "a notification was missed, doubled or disordered"


def test_the_feed_leads_a_copy_to_the_state_of_the_tables(library: Library) -> None:
    reader = Reader(library)
    gate, done = threading.Barrier(2), list[int]()
    writers = [threading.Thread(target=_write, args=(library, writer, gate, done)) for writer in range(2)]

    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    reader.catch_up()

    for table in ("rules", "practices"):
        last = {row: operation for _, name, operation, row in reader.seen if name == table}
        alive = {row for row, operation in last.items() if operation != "delete"}
        key = "rule_id" if table == "rules" else "practice_id"
        there = library.ids("authenticated_users", "viewer", f"SELECT {key} FROM assistant.{table}")
        assert alive == there, table


def test_a_long_transaction_holds_up_nobody_elses_commit(library: Library) -> None:
    library.fill()
    reader = Reader(library)
    holding = library.db.connect(autocommit=False)
    holding.execute("UPDATE assistant.rules SET title = 'long'")

    with library.db.session("authenticated_users", library.admin) as session:
        session.execute("SET LOCAL lock_timeout = '5s'")
        session.execute("UPDATE assistant.practices SET title = 'short'")
    reader.catch_up()
    short = list(reader.seen)
    holding.commit()
    reader.catch_up()

    assert [row[1:] for row in short] == [("practices", "update", "BP-001")]
    assert [row[1:] for row in reader.seen] == [
        ("practices", "update", "BP-001"),
        ("rules", "update", "SEC-001"),
    ]


def test_two_who_change_the_same_rows_the_other_way_round_meet_no_new_deadlock(library: Library) -> None:
    library.put("rules", rule_id="A")
    library.put("rules", rule_id="B")
    impatient = {"autocommit": False, "options": "-c lock_timeout=10s"}
    first, second = (library.db.connect(**impatient) for _ in range(2))
    first.execute("UPDATE assistant.rules SET title = '1' WHERE rule_id = 'A'")
    second.execute("UPDATE assistant.rules SET title = '2' WHERE rule_id = 'B'")
    waiting = threading.Thread(
        target=first.execute, args=("UPDATE assistant.rules SET title = '1' WHERE rule_id = 'B'",)
    )
    waiting.start()  # for second's row: were the lock taken with the row, second could not commit

    second.commit()
    waiting.join(20)
    first.commit()

    assert not waiting.is_alive()
    changed = [row[3] for row in library.db.admin.execute(FEED).fetchall()][2:]
    assert changed == ["B", "A", "B"]


def test_a_commit_waits_for_the_one_before_it_to_be_visible(library: Library) -> None:
    library.fill()
    reader = Reader(library)
    first = library.db.connect(autocommit=False)
    first.execute("UPDATE assistant.rules SET title = 'first'")
    first.execute("SET CONSTRAINTS ALL IMMEDIATE")  # its id is drawn, and not yet visible
    second = threading.Thread(
        target=library.run, args=("admin", "UPDATE assistant.practices SET title = 'second'")
    )
    second.start()

    waiting = "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    wait_until(lambda: library.value(waiting), 20, "the second did not wait for the first")
    reader.catch_up()
    meanwhile = list(reader.seen)
    first.commit()
    second.join()
    reader.catch_up()

    assert meanwhile == []
    assert [row[1] for row in reader.seen] == ["rules", "practices"]


def test_each_change_is_told_once_and_by_its_number_alone(library: Library) -> None:
    reader = Reader(library)

    library.fill()
    library.run(
        "admin", "UPDATE assistant.rules SET title = title"
    )  # changes nothing, and is told to nobody
    library.run("admin", "DELETE FROM assistant.violations")
    with library.db.session("authenticated_users", library.admin, commit=False) as session:
        session.execute("DELETE FROM assistant.practices")
    library.db.admin.execute("TRUNCATE assistant.templates, assistant.template_variables")
    told = reader.told(timeout=1)
    reader.catch_up()

    violation = reader.seen[3][3]
    assert [row[1:] for row in reader.seen] == [
        ("rules", "insert", "SEC-001"),
        ("practices", "insert", "BP-001"),
        ("templates", "insert", "T-001"),
        ("violations", "insert", violation),
        ("violations", "delete", violation),
        ("templates", "truncate", None),
    ]
    assert told == [str(row[0]) for row in reader.seen]


def test_every_table_of_the_feed_tells_that_it_was_emptied(library: Library) -> None:
    library.fill()
    reader = Reader(library)
    emptied = ["violations", "rules", "practices", "templates"]

    for table in emptied:
        library.db.admin.execute(f"TRUNCATE assistant.{table} CASCADE".encode())
    reader.catch_up()

    told = [(table, operation) for _, table, operation, _ in reader.seen]
    assert {table: told.count((table, "truncate")) for table in emptied} == {
        "violations": 2,  # its rules' TRUNCATE empties it as well
        "rules": 1,
        "practices": 1,
        "templates": 1,
    }


def test_the_feed_loses_its_beginning_and_says_so_to_whoever_needs_it(library: Library) -> None:
    library.fill()
    ids = [row[0] for row in library.db.admin.execute(FEED).fetchall()]
    library.db.admin.execute(
        "UPDATE assistant.changes SET changed_at = now() - interval '40 days' WHERE change_id <= %s",
        [ids[1]],
    )

    pruned = library.value("SELECT assistant.prune_changes()")
    left = [row[0] for row in library.db.admin.execute(SINCE, [ids[1], 100]).fetchall()]
    with pytest.raises(errors.ObjectNotInPrerequisiteState) as refusal:
        library.db.admin.execute(SINCE, [ids[0], 100])
    rest = library.value("SELECT assistant.prune_changes('0')")

    assert (pruned, left, rest) == (2, ids[2:], 2)
    assert "Begin anew" in refusal.value.diag.message_hint
    assert library.value(LATEST) == ids[3]
    assert library.db.admin.execute(SINCE, [ids[3], 100]).fetchall() == []
    assert library.value("SELECT assistant.prune_changes('0')") == 0
    library.run("admin", "UPDATE assistant.rules SET title = 'later'")
    assert len(library.db.admin.execute(SINCE, [ids[3], 100]).fetchall()) == 1


def test_an_id_the_feed_never_had_is_refused_and_a_page_is_bounded(library: Library) -> None:
    library.db.admin.execute(
        "INSERT INTO assistant.changes (table_name, operation, row_id)"
        " SELECT 'rules', 'update', n::text FROM generate_series(1, 10005) AS n"
    )
    latest = library.value(LATEST)

    for unknown in (None, -1, latest + 1):
        with pytest.raises(errors.ObjectNotInPrerequisiteState, match="can't be continued after change"):
            library.db.admin.execute(SINCE, [unknown, 10])

    counts = {limit: len(library.db.admin.execute(SINCE, [0, limit]).fetchall()) for limit in (3, 10**6, 0)}
    counts |= {None: len(library.db.admin.execute(SINCE, [0, None]).fetchall())}
    assert counts == {3: 3, 10**6: 10000, 0: 1, None: 1000}
