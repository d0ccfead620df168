-- idle_transactions
--
-- Question: Which sessions hold a transaction open and do nothing?
-- Read:     idle_for is the time since their last statement ended, which is shown. They keep their
--           locks, and keep VACUUM from removing what died since.
-- Do:       advice appears from 5 minutes. Set idle_in_transaction_session_timeout on the login; in
--           the application, look for a transaction around a call to another service.
SELECT
    a.pid,
    a.usename AS role,
    a.datname AS database,
    a.application_name AS application,
    a.client_addr AS client,
    a.state,
    date_trunc('second', now() - a.state_change) AS idle_for,
    date_trunc('second', now() - a.xact_start) AS transaction_age,
    (
        SELECT count(*)
        FROM pg_locks AS l
        WHERE l.pid = a.pid
            AND l.locktype = 'relation'
            AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
    ) AS tables_locked,
    left(regexp_replace(a.query, '\s+', ' ', 'g'), 120) AS last_statement,
    CASE
        WHEN now() - a.state_change > interval '5 min'
            THEN format('SELECT pg_terminate_backend(%s);', a.pid)
    END AS advice
FROM pg_stat_activity AS a
WHERE a.state LIKE 'idle in transaction%'
    AND a.pid <> pg_backend_pid()
ORDER BY a.state_change;
