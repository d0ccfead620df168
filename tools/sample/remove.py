"""Takes a step of the sample out again, and the months that were made for it."""

from __future__ import annotations

from tools.sample.database import Database, vacuum
from tools.sample.steps import Step


def remove_step(db: Database, step: Step, ids: dict[str, tuple[int, int]]) -> int:
    """Delete a step's rows in one transaction; what is derived from them goes too, so no trigger runs."""
    if db.value("SELECT removed FROM footing_sample.steps WHERE step = %s", step.name):
        return 0
    with db.lead.transaction():
        if not step.is_scratch:
            db.lead.execute(f"ALTER TABLE {step.table} DISABLE TRIGGER USER".encode())
        deleted = db.lead.execute(step.removing(ids).encode()).rowcount
        if not step.is_scratch:
            db.lead.execute(f"ALTER TABLE {step.table} ENABLE TRIGGER USER".encode())
        db.lead.execute("UPDATE footing_sample.steps SET removed = true WHERE step = %s", [step.name])
    if not step.is_scratch:
        vacuum(db, [step.table])  # or every key of a parent would meet its dead rows
    return max(deleted, 0)


def drop_partitions(db: Database) -> None:
    """Drop the months that were made for the sample and hold nothing else."""
    for (name,) in db.lead.execute("SELECT name FROM footing_sample.partitions").fetchall():
        if db.value("SELECT to_regclass(%s)", name) and not db.value(f"SELECT EXISTS (SELECT FROM {name})"):
            db.lead.execute(f"DROP TABLE {name}".encode())
