-- A column of a type that the conventions have another for: json (jsonb), char(n), varchar without a
-- length and name outside ops (text), money and time with time zone (nothing).
SELECT c.oid::regclass::text || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) AS offender
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition
    AND a.attnum > 0
    AND NOT a.attisdropped
    AND (
        a.atttypid IN ('json'::regtype, 'bpchar'::regtype, 'money'::regtype, 'timetz'::regtype)
        OR (a.atttypid = 'varchar'::regtype AND a.atttypmod = -1)
        OR (a.atttypid = 'name'::regtype AND n.nspname <> 'ops')
    )
