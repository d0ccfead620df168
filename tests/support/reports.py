"""Asks the reports of sql/reports as a DBA does: a login that is in monitoring alone."""

from typing import Any

from psycopg.rows import dict_row

from tests.support.database import Database
from tests.support.footing import ROOT

FOLDER = ROOT / "sql" / "reports"
NAMES = sorted(path.stem for path in FOLDER.glob("*.sql"))


def ask(db: Database, report: str, /, **like: Any) -> list[dict[str, Any]]:
    """Return a report's rows as test_monitor, those only whose columns have the values given."""
    with db.connect("test_monitor", row_factory=dict_row) as connection:
        rows = connection.execute((FOLDER / f"{report}.sql").read_bytes()).fetchall()
    return [row for row in rows if all(str(row[column]) == str(value) for column, value in like.items())]
