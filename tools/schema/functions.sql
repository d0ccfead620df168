SELECT
    p.oid::bigint AS oid,
    n.nspname AS schema,
    p.proname AS name,
    replace(p.oid::regprocedure::text, ',', ', ') AS signature,
    CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END AS kind,
    CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) ELSE '' END AS definition,
    p.prosrc AS body,
    p.prorettype = 'trigger'::regtype AS is_trigger,
    p.prosecdef AS definer,
    pg_get_function_result(p.oid) AS result,
    obj_description(p.oid, 'pg_proc') AS comment
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^(pg_|(information_schema|extensions|footing|public)$)'
ORDER BY p.oid
