-- long_transactions
--
-- Question: Which transactions have been open longest?
-- Read:     the oldest first, prepared ones among them. While one is open, VACUUM keeps every row
--           that died since (xids_held_back), tables bloat, and its locks stay.
-- Do:       advice appears from 15 minutes. Prevent it: a transaction_timeout or statement_timeout on
--           the login, shorter transactions in the application.
SELECT
    t.pid,
    t.role,
    t.database,
    t.application,
    t.state,
    date_trunc('second', now() - t.began) AS transaction_age,
    date_trunc('second', now() - t.statement_began) AS statement_age,
    age(t.xmin) AS xids_held_back,
    t.statement,
    CASE
        WHEN now() - t.began > interval '15 min' AND t.pid IS NULL
            THEN format('ROLLBACK PREPARED %L; -- or COMMIT PREPARED', t.statement)
        WHEN now() - t.began > interval '15 min' AND t.state = 'active'
            THEN format('SELECT pg_cancel_backend(%s);', t.pid)
        WHEN now() - t.began > interval '15 min'
            THEN format('SELECT pg_terminate_backend(%s);', t.pid)
    END AS advice
FROM (
    SELECT
        a.pid,
        a.usename::text AS role,
        a.datname::text AS database,
        a.application_name AS application,
        a.state,
        a.xact_start AS began,
        a.query_start AS statement_began,
        a.backend_xmin AS xmin,
        left(regexp_replace(a.query, '\s+', ' ', 'g'), 120) AS statement
    FROM pg_stat_activity AS a
    WHERE a.xact_start IS NOT NULL
        AND a.backend_type = 'client backend'
        AND a.pid <> pg_backend_pid()

    UNION ALL

    SELECT
        NULL,
        x.owner::text,
        x.database::text,
        '',
        'prepared',
        x.prepared,
        NULL,
        x.transaction,
        x.gid
    FROM pg_prepared_xacts AS x
) AS t
ORDER BY t.began
LIMIT 50;
