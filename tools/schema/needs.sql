-- Which of our units (a table with its parts, a view, a function, a policy, a type) needs which.
WITH part (classid, objid, unit) AS (
    SELECT 'pg_class'::regclass, c.oid, coalesce(i.indrelid, c.oid)
    FROM pg_class AS c
    LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
    UNION ALL
    SELECT 'pg_attrdef'::regclass, d.oid, d.adrelid FROM pg_attrdef AS d
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid, k.conrelid FROM pg_constraint AS k WHERE k.contype <> 'f'
    UNION ALL
    SELECT 'pg_trigger'::regclass, t.oid, t.tgrelid FROM pg_trigger AS t WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'pg_rewrite'::regclass, w.oid, w.ev_class FROM pg_rewrite AS w
    UNION ALL
    SELECT 'pg_policy'::regclass, p.oid, p.oid FROM pg_policy AS p
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, p.oid FROM pg_proc AS p
    UNION ALL
    SELECT 'pg_statistic_ext'::regclass, x.oid, x.oid FROM pg_statistic_ext AS x
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, coalesce(nullif(e.typrelid, 0), nullif(t.typrelid, 0), e.oid, t.oid)
    FROM pg_type AS t
    LEFT JOIN pg_type AS e ON e.oid = t.typelem AND t.typcategory = 'A'
)
SELECT DISTINCT one.unit::bigint, other.unit::bigint
FROM pg_depend AS d
JOIN part AS one ON one.classid = d.classid AND one.objid = d.objid
JOIN part AS other ON other.classid = d.refclassid AND other.objid = d.refobjid
WHERE one.unit <> other.unit
    AND one.unit >= 16384
    AND other.unit >= 16384
ORDER BY 1, 2
