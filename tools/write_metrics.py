"""Writes the exporters' queries, ops/prometheus/*_exporter.yml, from the views ops.metric_….

A column of text is a label, a number a gauge, a number called …_total a counter; its comment is the help.
"""

from __future__ import annotations

from dataclasses import dataclass

import click
import psycopg

from runner.files import find
from runner.settings import CHECKOUT, sql_root
from tools.proof.bench import running, scratch

FOLDER = CHECKOUT / "ops" / "prometheus"
_COLUMNS = """
SELECT c.relname, pg_catalog.obj_description(c.oid), a.attname, a.atttypid::regtype::text,
       pg_catalog.col_description(c.oid, a.attnum)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = pg_catalog.to_regnamespace('ops')
    AND c.relkind = 'v'
    AND pg_catalog.starts_with(c.relname, 'metric_')
ORDER BY c.relname, a.attnum"""
_HEAD = """\
# Generated from the views ops.metric_… by make generate; do not edit.
#
"""
_POSTGRES = """\
# For postgres_exporter; its own metrics are switched off, because they differ between versions:
#     prometheus-postgres-exporter --disable-default-metrics --disable-settings-metrics \\
#         --no-collector.database --no-collector.bgwriter --extend.query-path=postgres_exporter.yml
# with DATA_SOURCE_NAME in the environment: a login in monitoring, with a statement_timeout.
"""
_SQL = """\
# For sql_exporter (justwatchcom, Debian's prometheus-sql-exporter): prometheus-sql-exporter -config.file …
# Put your own connection in; this file then holds a password: chmod 600. It calls the metrics
# sql_footing_x{col="y"}; ops/prometheus/prometheus.yml renames them to footing_x_y, as above.
"""


@dataclass(frozen=True)
class Column:
    """One column of a view, as a metric or a label."""

    name: str
    kind: str
    help: str


def views(connection: psycopg.Connection) -> dict[tuple[str, str], list[Column]]:
    """Return the columns of every metric view, by its name and comment. Reads only."""
    found: dict[tuple[str, str], list[Column]] = {}
    for view, about, column, type_name, comment in connection.execute(_COLUMNS.encode()):
        if type_name in ("name", "text"):
            kind = "LABEL"
        else:
            kind = "COUNTER" if column.endswith("_total") else "GAUGE"
        found.setdefault((view, about), []).append(Column(column, kind, comment))
    return found


def postgres_exporter(found: dict[tuple[str, str], list[Column]]) -> str:
    """Return the queries in the dialect of postgres_exporter's --extend.query-path."""
    lines = [_HEAD + _POSTGRES]
    for (view, _), columns in found.items():
        lines.append(f"{_metric(view)}:\n  query: {_quoted(_query(view, columns))}\n  metrics:")
        for column in columns:
            told = f"{{usage: {column.kind}, description: {_quoted(column.help)}}}"
            lines.append(f"    - {column.name}: {told}")
        lines.append("")
    return "\n".join(lines)


def sql_exporter(found: dict[tuple[str, str], list[Column]]) -> str:
    """Return the queries in the dialect of sql_exporter."""
    lines = [_HEAD + _SQL, "jobs:\n  - name: footing\n    interval: 15s\n    connections:"]
    lines.append("      - postgres://exporter@db.example.org/footing?sslmode=verify-full\n    queries:")
    for (view, about), columns in found.items():
        labels = [column.name for column in columns if column.kind == "LABEL"]
        values = [column.name for column in columns if column.kind != "LABEL"]
        lines.append(f"      - name: {_metric(view)}\n        help: {_quoted(about)}")
        lines.append(f"        labels: [{', '.join(labels)}]\n        values: [{', '.join(values)}]")
        lines.append(f"        query: {_quoted(_query(view, columns))}")
    return "\n".join(lines) + "\n"


def files(connection: psycopg.Connection) -> dict[str, str]:
    """Return what each generated file should hold."""
    found = views(connection)
    return {"postgres_exporter.yml": postgres_exporter(found), "sql_exporter.yml": sql_exporter(found)}


def _metric(view: str) -> str:
    return "footing_" + view.removeprefix("metric_")


def _query(view: str, columns: list[Column]) -> str:
    names = (f'"{column.name}"' if column.name == "table" else column.name for column in columns)
    return f"SELECT {', '.join(names)} FROM ops.{view}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@click.command()
def main() -> None:
    """Write the exporters' queries.

    \b
    Example:
      python -m tools.write_metrics

    The migrations are applied on a server that is made for this and removed.
    """
    with running() as server, scratch(server) as bench:
        for file in find(sql_root(None)):
            bench.up(file)
        made = files(bench.admin)
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        click.echo(f"wrote ops/prometheus/{name}")


if __name__ == "__main__":
    main()
