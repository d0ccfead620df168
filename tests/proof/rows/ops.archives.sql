INSERT INTO ops.archives (
    schema_name, table_name, month, content_hash, row_count, place, name, sha256, bytes
)
SELECT
    'core', 'audit_logs', date '2000-01-01' + g.n * interval '1 month', repeat('a', 64), g.n, '/srv',
    'n' || g.n, repeat('b', 64), 1
FROM generate_series(%(first)s, %(last)s) AS g (n)
