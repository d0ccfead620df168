"""How an application connects through PgBouncer, with each driver; run by tests/ops/test_snippets.py."""
