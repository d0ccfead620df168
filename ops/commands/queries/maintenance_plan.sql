-- What maintenance is due now, in order; `timeout` in milliseconds.
SELECT
    p.kind,
    p.target,
    p.statement,
    p.why,
    1000 * extract(epoch FROM p.lock_timeout::pg_catalog.interval)::pg_catalog.float8 AS timeout
FROM ops.maintenance_plan() AS p
ORDER BY p.step
