"""What a database has come to: its catalogue, its records, and how often each file took effect."""

from __future__ import annotations

from typing import Any

from runner import catalogue
from tests.support.database import Database

_RECORDS = {
    "checksums": "SELECT migration_id, state, checksum FROM footing.checksums ORDER BY seq",
    "marks": "SELECT migration_id, migration_hash FROM footing._yoyo_migration ORDER BY 1",
    # once more applied than rolled back, however often it was rolled back
    "log": (
        "SELECT migration_id, sum(CASE operation WHEN 'apply' THEN 1 WHEN 'rollback' THEN -1 END) "
        "FROM footing._yoyo_log GROUP BY 1 ORDER BY 1"
    ),
    "effects": "SELECT file, count(*) FROM s1.effects GROUP BY 1 ORDER BY 1",
    "invalid indexes": "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid",
}
_EFFECTS = """
SELECT (SELECT array_agg(file ORDER BY file) FROM s1.effects),
       (SELECT array_agg(left(migration_id, 4)::int ORDER BY migration_id) FROM footing.checksums
         WHERE state = 'applied' AND migration_id !~ '_index_'),
       (SELECT array_agg(left(migration_id, 4)::int ORDER BY migration_id) FROM footing._yoyo_migration
         WHERE migration_id !~ '_index_')
"""


def outcome(database: Database) -> dict[str, Any]:
    """Return everything in which two runs must agree."""
    with database.connect() as connection:
        found: dict[str, Any] = {
            name: connection.execute(query.encode()).fetchall() for name, query in _RECORDS.items()
        }
        return {**found, "catalogue": catalogue.live(connection)}


def effects_and_records(database: Database) -> tuple[Any, Any, Any]:
    """Return which transactional files took effect, which are recorded by us, and which by yoyo."""
    with database.connect() as connection:
        started = connection.execute("SELECT to_regclass('s1.effects')").fetchone()
        if started == (None,):
            return None, None, None
        row = connection.execute(_EFFECTS).fetchone()
        assert row
        return row[0], row[1], row[2]
