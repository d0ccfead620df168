"""yoyo, made safe: its records, without its connections, locks and splitting of files.

Imported only where something is applied or rolled back: reading commands and a no-op never pay for it.
What yoyo 9.0 does by itself, and why each override is here, is in docs/conventions.md.
"""

from __future__ import annotations

import getpass
import re
import socket
from functools import cache

from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.migrations import get_migration_hash

_NOW = "pg_catalog.timezone('UTC', pg_catalog.clock_timestamp())"
_PARAMETER = re.compile(r":(\w+)")


class Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]  # yoyo has no type information
    """yoyo's PostgreSQL backend as a writer of bookkeeping statements; it holds no connection.

    Statements are yoyo's own, with values written in, so that they travel in one message with COMMIT
    and `plan --sql` can print exactly what will be executed.
    """

    schema = "footing"

    def __init__(self) -> None:
        self.migration_table = "_yoyo_migration"

    def quote_identifier(self, s: str) -> str:
        """Qualify yoyo's tables with the bookkeeping schema; its column names need no quotes."""
        tables = (self.migration_table, self.log_table, self.version_table, self.lock_table)
        return f"{self.schema}.{s}" if s in tables else s

    def applied(self, migration_id: str) -> str:
        """Return the statements that record a migration as applied."""
        return self._log(migration_id, "apply") + self._bind(self.mark_migration_sql, migration_id)

    def reverted(self, migration_id: str) -> str:
        """Return the statements that record a migration as rolled back."""
        return self._log(migration_id, "rollback") + self._bind(self.unmark_migration_sql, migration_id)

    def marked(self, migration_id: str, applied_at_utc: str) -> str:
        """Return the statements that record a migration as adopted, keeping the time it was applied."""
        when = literal(applied_at_utc) + "::timestamp" if applied_at_utc else _NOW
        marked = self._bind(self.mark_migration_sql, migration_id, when=when)
        return self._log(migration_id, "mark") + marked

    def _log(self, migration_id: str, operation: str) -> str:
        user, host = _who()
        return self._bind(
            self.log_migration_sql,
            migration_id,
            id="pg_catalog.gen_random_uuid()::text",
            operation=literal(operation),
            username=literal(user),
            hostname=literal(host),
            created_at_utc=_NOW,
        )

    def _bind(self, sql: str, migration_id: str, **values: str) -> str:
        values.setdefault("when", _NOW)
        values["migration_id"] = literal(migration_id)
        values["migration_hash"] = literal(get_migration_hash(migration_id))
        return _PARAMETER.sub(lambda match: values[match[1]], self.format_sql(sql)) + ";\n"


def literal(text: str) -> str:
    """Quote a string for SQL (standard_conforming_strings is on in every session of ours)."""
    return "'" + text.replace("'", "''") + "'"


@cache
def _who() -> tuple[str, str]:
    """Return the operating system's user and host, looked up once (yoyo asks DNS for every file)."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a passwd entry
        user = "unknown"
    return user[:255], socket.gethostname()[:255]
