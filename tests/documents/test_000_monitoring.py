"""000 §2.9 and §5: the document's own questions as monitoring; where its SQL fails, the report's answer."""

import pytest
from psycopg import errors

from tests.support.database import Database
from tests.support.reports import ask

# As written: the extension is found by the search_path that docs/monitoring.md gives a login.
AS_WRITTEN = {
    "slowest": """
        SELECT query, calls, total_exec_time, mean_exec_time, max_exec_time, stddev_exec_time
        FROM pg_stat_statements ORDER BY mean_exec_time DESC LIMIT 10""",
    "most frequent": """
        SELECT query, calls, total_exec_time, mean_exec_time
        FROM pg_stat_statements ORDER BY calls DESC LIMIT 10""",
    "high I/O": """
        SELECT query, calls, shared_blks_hit, shared_blks_read,
            shared_blks_read / NULLIF(shared_blks_hit + shared_blks_read, 0) AS cache_miss_ratio
        FROM pg_stat_statements WHERE shared_blks_read > 0 ORDER BY cache_miss_ratio DESC LIMIT 10""",
    "database size": """
        SELECT pg_database.datname, pg_size_pretty(pg_database_size(pg_database.datname)) AS size
        FROM pg_database WHERE datallowconn ORDER BY pg_database_size(pg_database.datname) DESC""",
}
# Defect 1: these name columns that the statistics views do not have. The report that answers each.
FAILING = {
    "unused_indexes": "SELECT tablename, indexname, idx_scan FROM pg_stat_user_indexes",
    "missing_indexes": "SELECT tablename, seq_scan FROM pg_stat_user_tables",
    "index_sizes": "SELECT indexname, pg_relation_size(indexrelid) FROM pg_stat_user_indexes",
}


def test_the_queries_that_are_right_run_as_they_are_written(migrated_db: Database) -> None:
    monitor = migrated_db.connect("test_monitor")
    monitor.execute("SET search_path = public, extensions")

    for name, query in AS_WRITTEN.items():
        assert monitor.execute(query).fetchall(), name


def test_the_queries_that_fail_are_answered_by_a_report(migrated_db: Database) -> None:
    monitor = migrated_db.connect("test_monitor")
    for report, query in FAILING.items():
        with pytest.raises(errors.UndefinedColumn):
            monitor.execute(query)
        ask(migrated_db, report)

    rows = ask(migrated_db, "index_sizes")
    assert {"schema", "table", "index", "size", "scans", "rows_read"} <= set(rows[0])


def test_a_miss_ratio_is_no_integer_and_a_tables_indexes_are_not_its_toast(migrated_db: Database) -> None:
    run = migrated_db.admin.execute
    # Defect 40: looked up as text, this table is not found.
    run('CREATE TABLE public."Mixed Case" (id int PRIMARY KEY, body text)')
    run('ALTER TABLE public."Mixed Case" ALTER body SET STORAGE EXTERNAL')
    run("INSERT INTO public.\"Mixed Case\" SELECT n, repeat('x', 9000) FROM generate_series(1, 600) AS n")
    run("CREATE TABLE public.cold AS SELECT repeat('x', 900) AS pad FROM generate_series(1, 2000)")
    run("VACUUM FULL public.cold")  # writes round the cache, and without an index nothing reads it
    run("SELECT extensions.pg_stat_statements_reset()")
    for _ in range(2):  # once from outside the cache, once from within
        run("SELECT sum(length(pad)) AS missed FROM public.cold")

    (table,) = ask(migrated_db, "table_sizes", table="Mixed Case")
    (index,) = ask(migrated_db, "index_sizes", table="Mixed Case")
    assert table["indexes"] == index["size"], "the document's indexes_size counts TOAST too"
    assert table["toast"].endswith("kB")
    assert table["toast"] > table["indexes"]
    statements = ask(migrated_db, "io_statements")
    ratios = [row["cache_miss_ratio"] for row in statements if "missed" in row["statement"]]
    assert any(0 < ratio < 1 for ratio in ratios), "defect 39: an integer division gives 0 or 1"
