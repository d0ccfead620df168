-- A column fed by nextval(): serial leaves the sequence's rights and its ownership to chance.
SELECT c.oid::regclass::text || '.' || a.attname AS offender
FROM pg_attrdef AS d
JOIN pg_class AS c ON c.oid = d.adrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%'
