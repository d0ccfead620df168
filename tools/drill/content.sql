-- One row a table of ours: its name, and the query that gives each tenant's rows and their hash. What the
-- drill's own programs write is left out; the order of the rows does not matter.
SELECT
    c.oid::regclass::text,
    format(
        'SELECT coalesce(%s::text, ''''), count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text'
        ' FROM ONLY %s AS t%s GROUP BY 1',
        coalesce(
            (
                SELECT 't.' || quote_ident(a.attname)
                FROM pg_attribute AS a
                WHERE a.attrelid = c.oid
                    AND a.attname IN ('project_id', 'account_id', 'user_id')
                ORDER BY a.attname <> 'account_id', a.attname <> 'project_id'
                LIMIT 1
            ),
            ''''''
        ),
        c.oid::regclass,
        CASE WHEN c.relname LIKE 'project\_events%' THEN ' WHERE t.event_type <> ''drill''' ELSE '' END
    )
FROM pg_class AS c
WHERE c.relkind IN ('r', 'm')
    AND c.relnamespace::regnamespace::text = ANY (
        '{core,webtest,atmosfera,apex,assistant,copilot,ops,footing}'
    )
ORDER BY 1
