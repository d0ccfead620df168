"""What is in the tables: each tenant's rows and their hashes, and what refers to nothing."""

from __future__ import annotations

from pathlib import Path

import psycopg

from runner.settings import Target

HERE = Path(__file__).parent

Content = dict[tuple[str, str], tuple[int, str]]  # (table, tenant) → its rows, and a hash of them


class Wrong(Exception):
    """What a check found that must not be."""


def content(target: Target) -> Content:
    """Return how many rows of each table each tenant has, and a hash of them."""
    found: Content = {}
    with psycopg.connect(target.conninfo(options="-c TimeZone=UTC")) as admin:
        for table, query in admin.execute((HERE / "content.sql").read_bytes()).fetchall():
            for tenant, rows, digest in admin.execute(query.encode()):
                found[table, tenant] = rows, digest
    return found


def same_content(before: Content, after: Content) -> str:
    """Check that every tenant has in every table what it had."""
    if not before:
        raise Wrong("there was nothing to compare")
    differing = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    if differing:
        table, tenant = differing[0]
        counts = [found.get(differing[0], (0, ""))[0] for found in (before, after)]
        raise Wrong(
            f"{len(differing)} of {len(before)} differ; the first is {table} of tenant {tenant or '-'}:"
            f" {counts[0]} rows before, {counts[1]} now"
        )
    return f"{sum(rows for rows, _ in before.values()):,} rows, {len(before):,} hashes, all the same"


def references(target: Target) -> str:
    """Check each foreign key by looking for rows that refer to nothing."""
    with psycopg.connect(target.conninfo(options="-c search_path=pg_catalog")) as admin:
        keys = admin.execute((HERE / "foreign_keys.sql").read_bytes()).fetchall()
        broken = [
            f"{name}: {count}"
            for name, query in keys
            for (count,) in admin.execute(query.encode()).fetchall()
            if count
        ]
    if broken or not keys:
        raise Wrong(f"rows refer to nothing: {broken}" if keys else "there is no foreign key")
    return f"{len(keys)} looked through"
