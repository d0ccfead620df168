-- Makes footing_owner the owner of what another role made here, for `footing adopt`. Needs a superuser,
-- or a member of both roles. Extensions, their members and the records of plain yoyo stay as they are;
-- indexes, identity sequences and row types follow their tables.
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        WITH ours AS (
            SELECT n.oid, n.nspname, n.nspowner
            FROM pg_catalog.pg_namespace AS n
            WHERE n.nspname !~ '^(pg_|information_schema$|public$)'
                AND NOT EXISTS (
                    SELECT
                    FROM pg_catalog.pg_extension AS e
                    WHERE e.extnamespace = n.oid
                )
        ),
        owned (kind, name, owner) AS (
            SELECT 'SCHEMA', pg_catalog.quote_ident(o.nspname), o.nspowner
            FROM ours AS o
            UNION ALL
            SELECT
                CASE c.relkind
                    WHEN 'v' THEN 'VIEW'
                    WHEN 'm' THEN 'MATERIALIZED VIEW'
                    WHEN 'S' THEN 'SEQUENCE'
                    ELSE 'TABLE'
                END,
                c.oid::regclass::text,
                c.relowner
            FROM pg_catalog.pg_class AS c
            JOIN ours AS o ON o.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
                AND NOT EXISTS (
                    SELECT
                    FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_class'::regclass
                        AND d.objid = c.oid
                        AND c.relkind = 'S'
                        AND d.deptype IN ('a', 'i')
                )
            UNION ALL
            SELECT 'ROUTINE', p.oid::regprocedure::text, p.proowner
            FROM pg_catalog.pg_proc AS p
            JOIN ours AS o ON o.oid = p.pronamespace
            UNION ALL
            SELECT 'TYPE', t.oid::regtype::text, t.typowner
            FROM pg_catalog.pg_type AS t
            JOIN ours AS o ON o.oid = t.typnamespace
            WHERE t.typtype IN ('e', 'd', 'r')
        )
        SELECT pg_catalog.format('ALTER %s %s OWNER TO footing_owner', w.kind, w.name)
        FROM owned AS w
        WHERE w.owner <> 'footing_owner'::regrole
        ORDER BY w.kind <> 'SCHEMA', w.name
    LOOP
        EXECUTE statement;
    END LOOP;
END
$$;
