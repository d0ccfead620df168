-- A table with updated_at and without the trigger that keeps it.
SELECT c.oid::regclass::text AS offender
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'updated_at' AND NOT a.attisdropped
WHERE n.nspname IN ('core', 'webtest', 'atmosfera', 'apex', 'assistant', 'copilot', 'ops')
    AND c.relkind IN ('r', 'p')
    AND NOT EXISTS (
        SELECT
        FROM pg_trigger AS t
        WHERE t.tgrelid = c.oid
            AND t.tgfoid = 'core.tg__set_updated_at'::regproc
            AND t.tgenabled IN ('O', 'A')
    )
