"""Programs that write without a pause, and remember what the server acknowledged."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg

from runner.settings import Target
from tests.support.logins import MEMBERS
from tools.drill.world import World

WRITERS = 4
PAUSE = 0.005  # seconds between transactions
KIND = "drill"  # the event_type of what they write
_WHO = """
    SELECT m.user_id, p.project_id
    FROM apex.account_members AS m
    INNER JOIN core.users AS u ON u.id = m.user_id AND u.is_active AND u.erased_at IS NULL
    INNER JOIN LATERAL (
        SELECT project_id FROM apex.projects WHERE account_id = m.account_id ORDER BY project_id LIMIT 1
    ) AS p ON true
    WHERE m.access_level IN ('editor', 'manager')
    ORDER BY hashint8(m.user_id), p.project_id
    LIMIT 50
"""
_INSERT = """
    INSERT INTO apex.project_events (project_id, event_type, data)
    VALUES (%s, %s, jsonb_build_object('name', %s::text, 'payload', %s::text))
"""


@dataclass(frozen=True)
class Acknowledged:
    """A row whose COMMIT was answered."""

    name: str
    digest: str  # of its payload
    began: float  # time.monotonic()
    answered: float


@dataclass
class Ledger:
    """Every acknowledged row of all writers."""

    rows: list[Acknowledged] = field(default_factory=list)

    def until(self, moment: float) -> list[Acknowledged]:
        """Return those whose transaction began before that moment."""
        return [row for row in self.rows if row.began <= moment]

    def first_since(self, moment: float) -> Acknowledged | None:
        """Return the first that was begun after that moment."""
        return min((row for row in self.rows if row.began > moment), key=_answered, default=None)


def _answered(row: Acknowledged) -> float:
    return row.answered


def digest(payload: str) -> str:
    """Return what a payload is compared by; md5 as the server computes it, not against anybody."""
    return hashlib.md5(payload.encode(), usedforsecurity=False).hexdigest()


@contextmanager
def writing(world: World) -> Iterator[Ledger]:
    """Write as the application's role until the end, connecting again whenever the server is gone."""
    with psycopg.connect(world.target.conninfo()) as admin:
        who = admin.execute(_WHO).fetchall()
    ledger, over = Ledger(), threading.Event()
    url = world.login(MEMBERS["authenticated_users"])
    threads = [
        threading.Thread(target=_write, args=(url, number, who, ledger, over), daemon=True)
        for number in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield ledger
    finally:
        over.set()
        for thread in threads:
            thread.join(60)


def _write(
    url: str, number: int, who: list[tuple[int, int]], ledger: Ledger, over: threading.Event
) -> None:
    """Be one program. After an error it connects again and writes another row; that one does not count."""
    chance, count = random.Random(number), 0  # noqa: S311 (the same rows each time)
    while not over.is_set():
        with suppress(psycopg.Error), psycopg.connect(url, connect_timeout=2) as connection:
            while not over.wait(PAUSE):
                count += 1
                person, project = chance.choice(who)
                name, payload = f"{number}-{count}", chance.randbytes(400).hex()
                began = time.monotonic()
                connection.execute("SELECT set_config('app.user_id', %s, true)", [str(person)])
                connection.execute(_INSERT, [project, KIND, name, payload])
                connection.commit()
                ledger.rows.append(Acknowledged(name, digest(payload), began, time.monotonic()))
        over.wait(0.02)


def present(target: Target) -> dict[str, str]:
    """Return the rows that are there: each one's name with its payload's digest."""
    query = "SELECT data ->> 'name', md5(data ->> 'payload') FROM apex.project_events WHERE event_type = %s"
    with psycopg.connect(target.conninfo()) as admin:
        return dict(admin.execute(query, [KIND]).fetchall())
