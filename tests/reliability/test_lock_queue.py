"""What others notice of a run: readers behind a waiting ALTER TABLE, and a second runner."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from tests.reliability.stage import Stage

READERS = 8
ROUNDS = 20
LOCK_TIMEOUT = 0.5
NOISE = 2.0  # a loaded machine may be late by so much; without lock_timeout readers wait for ever here


@dataclass
class Readers:
    """Clients that read one table without a pause, and what they met with."""

    url: str
    waits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def _read(self) -> None:
        try:
            with psycopg.connect(self.url, autocommit=True, application_name="a reader") as connection:
                while not self._over.is_set():
                    began = time.monotonic()
                    connection.execute("SELECT count(x) FROM s1.w")
                    self.waits.append(time.monotonic() - began)
        except psycopg.Error as error:
            self.errors.append(str(error))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let all of them read; return when the last has read once more and gone."""
        threads = [threading.Thread(target=self._read) for _ in range(READERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()


def test_readers_behind_a_waiting_alter_wait_no_longer_than_its_lock_timeout(
    make_stage: Callable[..., Stage], record_property: Callable[[str, object], None]
) -> None:
    stage = make_stage(files={"migrations/0002_alter_w.sql": "ALTER TABLE s1.w ADD COLUMN y int;\n"})
    readers = Readers(stage.db.url())
    stage.hold("LOCK TABLE s1.w IN ACCESS SHARE MODE")  # the long reader

    with readers.reading():
        try:
            stage.start("migrate", "--lock-timeout", f"{LOCK_TIMEOUT * 1000:.0f}ms")
            stage.wait(lambda: "try 3 of 10 in" in stage.said, "two tries have failed")
        finally:
            stage.release()  # or the readers would never come back
        exit_code = stage.end()

    assert exit_code == 0, stage.said
    assert stage.ask("SELECT FROM pg_attribute WHERE attrelid = 's1.w'::regclass AND attname = 'y'")
    assert readers.errors == []
    longest = max(readers.waits)
    assert longest > LOCK_TIMEOUT / 2, "nobody stood in the queue: this run proves nothing"
    assert longest < LOCK_TIMEOUT + NOISE
    record_property("readers", READERS)
    record_property("reads", len(readers.waits))
    record_property("longest_wait_ms", round(longest * 1000))
    record_property("lock_timeout_ms", round(LOCK_TIMEOUT * 1000))


def _index(number: int) -> str:
    return f"-- transactional: false\n\nCREATE INDEX CONCURRENTLY idx_{number} ON s1.t (x);\n"


def test_of_two_runners_one_builds_the_index_and_the_other_finds_it_done(
    make_stage: Callable[..., Stage],
) -> None:
    numbers = range(2, 2 + ROUNDS)
    one = make_stage(
        files={f"indexes/{number:04}_index_{number}.sql": _index(number) for number in numbers}
    )
    two = make_stage(beside=one)

    for number in numbers:
        held = number % 2 == 0  # every other time both surely meet; the other times they race as they may
        snapshot = one.hold("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT FROM pg_class")
        if not held:
            snapshot.close()
        for stage in (one, two):
            stage.start("migrate", "--to", str(number))
        if held:
            _wait_until_one_builds_and_one_waits(one, two)
            snapshot.close()

        assert (one.end(), two.end()) == (0, 0), one.said + two.said
        outputs = sorted(("applied 1 migration" in stage.printed, stage.printed) for stage in (one, two))
        assert "nothing to do" in outputs[0][1]
        assert [applied for applied, _ in outputs] == [False, True]
        assert one.ask(
            f"SELECT indisvalid FROM pg_index WHERE indexrelid = 's1.idx_{number}'::regclass"
        ) == [(True,)]


def _wait_until_one_builds_and_one_waits(one: Stage, two: Stage) -> None:
    one.until("SELECT FROM pg_stat_progress_create_index WHERE phase = 'waiting for old snapshots'")
    one.wait(lambda: "waiting for another runner" in one.said + two.said, "one waits for the other")
