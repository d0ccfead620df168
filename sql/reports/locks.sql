-- locks
--
-- Question: Who waits for whom?
-- Read:     a tree: each waiting session stands below the one that it waits for. The root of a tree
--           waits for nobody, and everything below it goes on when its transaction ends.
-- Do:       ask the root's owner to commit; else pg_cancel_backend(pid), and where it is idle in
--           transaction pg_terminate_backend(pid). Never terminate the ones that wait: more follow.
WITH RECURSIVE waits AS (
    SELECT a.pid, b.blocker
    FROM pg_stat_activity AS a
    CROSS JOIN LATERAL unnest(pg_blocking_pids(a.pid)) AS b (blocker)
    WHERE a.wait_event_type = 'Lock'
),

tree AS (
    SELECT DISTINCT
        w.blocker AS pid,
        NULL::integer AS waits_for,
        ARRAY[w.blocker] AS path
    FROM waits AS w
    WHERE NOT EXISTS (SELECT FROM waits AS also WHERE also.pid = w.blocker)

    UNION ALL

    SELECT
        w.pid,
        w.blocker,
        t.path || w.pid
    FROM tree AS t
    INNER JOIN waits AS w ON w.blocker = t.pid
    WHERE NOT w.pid = ANY (t.path)
)

SELECT
    repeat('    ', cardinality(t.path) - 1) || t.pid AS session,
    t.pid,
    t.waits_for,
    coalesce(a.usename::text, '(prepared transaction)') AS role,
    a.application_name AS application,
    a.state,
    date_trunc('second', now() - a.xact_start) AS transaction_age,
    date_trunc('second', now() - l.waitstart) AS waiting,
    l.mode AS wants,
    coalesce(l.relation::regclass::text, l.locktype) AS lock_on,
    left(regexp_replace(a.query, '\s+', ' ', 'g'), 120) AS statement,
    CASE
        WHEN t.waits_for IS NULL AND t.pid = 0 THEN 'see pg_prepared_xacts: COMMIT or ROLLBACK PREPARED'
        WHEN t.waits_for IS NULL AND a.state LIKE 'idle in transaction%'
            THEN format('SELECT pg_terminate_backend(%s);', t.pid)
        WHEN t.waits_for IS NULL THEN format('SELECT pg_cancel_backend(%s);', t.pid)
    END AS advice
FROM tree AS t
LEFT JOIN pg_stat_activity AS a ON a.pid = t.pid
LEFT JOIN LATERAL (
    SELECT k.waitstart, k.mode, k.relation, k.locktype
    FROM pg_locks AS k
    WHERE k.pid = t.pid
        AND NOT k.granted
    LIMIT 1
) AS l ON true
ORDER BY t.path;
