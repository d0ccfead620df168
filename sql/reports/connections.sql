-- connections
--
-- Question: Who uses the connections, and how many are left?
-- Read:     the first row is the server: used of what ordinary logins may have. Then each role,
--           database and application. Many idle ones: applications connect without the pooler.
-- Do:       from 75 % connect through PgBouncer (ops/pgbouncer) rather than raise max_connections:
--           each connection costs memory, and hundreds of active ones cost everybody time.
WITH here AS (
    SELECT
        a.usename,
        a.datname,
        a.application_name,
        a.state
    FROM pg_stat_activity AS a
    WHERE a.backend_type = 'client backend'
),

room AS (
    SELECT
        current_setting('max_connections')::integer
        - current_setting('superuser_reserved_connections')::integer
        - coalesce(current_setting('reserved_connections', true)::integer, 0) AS slots
)

SELECT
    '(server)' AS role,
    '' AS database,
    '' AS application,
    count(*) AS connections,
    count(*) FILTER (WHERE h.state = 'active') AS active,
    count(*) FILTER (WHERE h.state = 'idle') AS idle,
    count(*) FILTER (WHERE h.state LIKE 'idle in transaction%') AS idle_in_transaction,
    round(count(*)::numeric / min(r.slots), 3) AS used,
    CASE
        WHEN count(*) > 0.9 * min(r.slots) THEN 'almost full: end idle sessions, use the pooler'
        WHEN count(*) > 0.75 * min(r.slots) THEN 'use the pooler'
    END AS advice
FROM room AS r
CROSS JOIN here AS h

UNION ALL

SELECT
    h.usename,
    h.datname,
    h.application_name,
    count(*),
    count(*) FILTER (WHERE h.state = 'active'),
    count(*) FILTER (WHERE h.state = 'idle'),
    count(*) FILTER (WHERE h.state LIKE 'idle in transaction%'),
    round(count(*)::numeric / min(r.slots), 3),
    NULL
FROM here AS h
CROSS JOIN room AS r
GROUP BY h.usename, h.datname, h.application_name
ORDER BY connections DESC, role;
