"""The scratch migrations that are struck at, and the gates at which a test can hold the runner.

A gate is an advisory lock: the test holds it, the runner waits for it at one known place, and pg_locks
shows that it has arrived. Nobody waits where nobody holds. The gates within a file are in its SQL; those
around its records are triggers on the runner's own tables.
"""

from __future__ import annotations

from enum import IntEnum

GATES = 4711  # the first half of every gate's lock; the second is the file's number and the place


class Place(IntEnum):
    """Where around a file a gate stands."""

    IN_THE_FILE = 1
    BEFORE_THE_RECORD = 2  # its statements are done, none of its records is written
    AT_COMMIT = 3  # its records are written too
    AT_NOTE = 4  # `started` or `reverting` is written, and not yet committed


def gate(number: int, place: Place) -> int:
    """Return the second half of a gate's lock."""
    return number * 10 + place


def _at(number: int) -> str:
    return f"SELECT pg_catalog.pg_advisory_xact_lock_shared({GATES}, {gate(number, Place.IN_THE_FILE)});\n"


def _table(number: int, name: str) -> dict[str, str]:
    stem = f"migrations/{number:04}_create_{name}"
    return {
        f"{stem}.sql": (
            f"-- lock_timeout: 5min\n\nCREATE TABLE s1.{name} (x int);\n"
            f"INSERT INTO s1.effects VALUES ({number});\n{_at(number)}"
        ),
        f"{stem}.rollback.sql": (
            f"-- Loses: table s1.{name}\n\n"
            f"DELETE FROM s1.effects WHERE file = {number};\nDROP TABLE s1.{name};\n"
        ),
    }


# Each file with a transaction inserts its number into s1.effects, where nothing keeps a number from
# coming in twice. BASE is applied before a cell begins, so that there are records to hang the gates on.
BASE = {
    "migrations/0001_create_base.sql": (
        "CREATE SCHEMA s1;\nCREATE TABLE s1.effects (file int);\nCREATE TABLE s1.t (x int);\n"
        "CREATE TABLE s1.w (x int);\nINSERT INTO s1.t SELECT pg_catalog.generate_series(1, 100);\n"
        "INSERT INTO s1.effects VALUES (1);\n"
    )
}
FILES = {
    **BASE,
    **_table(2, "u"),
    **_table(3, "v"),
    "indexes/0004_index_t_x.sql": (
        "-- transactional: false\n\nCREATE INDEX CONCURRENTLY idx_t_x ON s1.t (x);\n"
    ),
    "indexes/0004_index_t_x.rollback.sql": (
        "-- Loses: nothing\n-- transactional: false\n\nDROP INDEX CONCURRENTLY s1.idx_t_x;\n"
    ),
    "migrations/0005_alter_w.sql": (
        "-- lock_timeout: 100ms\n\nALTER TABLE s1.w ADD COLUMN y int;\nINSERT INTO s1.effects VALUES (5);\n"
    ),
    "migrations/0005_alter_w.rollback.sql": (
        "-- Loses: column s1.w.y\n-- lock_timeout: 5min\n\n"
        f"DELETE FROM s1.effects WHERE file = 5;\nALTER TABLE s1.w DROP COLUMN y;\n{_at(5)}"
    ),
}

RECORD_GATES = f"""
CREATE FUNCTION footing.pass_gate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    struck record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM pg_catalog.pg_advisory_xact_lock_shared(
        {GATES}, pg_catalog.left(struck.migration_id, 4)::int * 10 + TG_ARGV[0]::int);
    RETURN struck;
END
$$;
CREATE TRIGGER before_the_record BEFORE INSERT ON footing._yoyo_log
    FOR EACH ROW EXECUTE FUNCTION footing.pass_gate('{Place.BEFORE_THE_RECORD}');
CREATE CONSTRAINT TRIGGER at_note AFTER INSERT OR UPDATE ON footing.checksums
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state <> 'applied')
    EXECUTE FUNCTION footing.pass_gate('{Place.AT_NOTE}');
CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT OR UPDATE ON footing.checksums
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'applied')
    EXECUTE FUNCTION footing.pass_gate('{Place.AT_COMMIT}');
CREATE CONSTRAINT TRIGGER at_commit_of_rollback AFTER DELETE ON footing.checksums
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION footing.pass_gate('{Place.AT_COMMIT}');
"""
