-- wraparound
--
-- Question: How near is the point where PostgreSQL refuses to write?
-- Read:     each database, then the 20 oldest tables of this one. used is the share of the 2 billion
--           transaction (or multixact) numbers; autovacuum begins at
--           autovacuum_freeze_max_age, about 0.10, so 0.5 means that it does not get through.
-- Do:       above 0.5 find what holds it back (long_transactions, replication_slots), then run
--           advice. At 1.0 the server takes no writes until a VACUUM in single-user mode.
SELECT
    o.kind,
    o.name,
    o.xid_age,
    o.multixact_age,
    round(greatest(o.xid_age, o.multixact_age)::numeric / 2147483647, 4) AS used,
    CASE
        WHEN greatest(o.xid_age, o.multixact_age)::numeric / 2147483647 > 0.5 AND o.kind = 'table'
            THEN format('VACUUM (FREEZE, VERBOSE) %s;', o.name)
        WHEN greatest(o.xid_age, o.multixact_age)::numeric / 2147483647 > 0.5
            THEN 'vacuumdb --freeze ' || o.name
    END AS advice
FROM (
    SELECT
        'database' AS kind,
        d.datname::text AS name,
        age(d.datfrozenxid) AS xid_age,
        mxid_age(d.datminmxid) AS multixact_age
    FROM pg_database AS d

    UNION ALL

    (
        SELECT
            'table',
            c.oid::regclass::text,
            greatest(age(c.relfrozenxid), age(t.relfrozenxid)),
            greatest(mxid_age(c.relminmxid), mxid_age(t.relminmxid))
        FROM pg_class AS c
        LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid
        WHERE c.relkind IN ('r', 'm')
        ORDER BY greatest(age(c.relfrozenxid), age(t.relfrozenxid)) DESC, c.oid
        LIMIT 20
    )
) AS o
ORDER BY o.kind, greatest(o.xid_age, o.multixact_age) DESC;
