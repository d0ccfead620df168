-- Scrub: take the people out of a copy of the database, so that it may serve for staging.
--
-- What:     every column that ops.column_classes calls personal is replaced, and what it calls secret
--           is emptied; the same word becomes the same pseudonym everywhere, so that joins and
--           counts still hold. Rows, keys, moments and figures stay.
-- Refuses:  a database that is not marked as a copy. A dump does not carry the mark, so a restored
--           copy must be marked, and production never is by accident:
--               ALTER DATABASE staging SET footing.copy_of = 'production';
-- Run as:   a member of footing_owner, in a new session:  psql -d staging -f sql/maintenance/scrub.sql
-- Locks:    every table with such a column SHARE ROW EXCLUSIVE, until it is done. One transaction:
--           killed at any moment, nothing of it is kept.
-- After:    VACUUM FULL, or the old rows stay on the disk; and keep no WAL or backup of before.
DO $scrub$
DECLARE
    target       record;
    changed      bigint;
BEGIN
    IF NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_db_role_setting AS s
        INNER JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
        CROSS JOIN LATERAL unnest(s.setconfig) AS setting
        WHERE d.datname = current_database()
            AND s.setrole = 0
            AND setting ~ '^footing\.copy_of=.'
    ) THEN
        RAISE EXCEPTION 'database % is not marked as a copy, and is left as it is', current_database()
            USING
                ERRCODE = 'object_not_in_prerequisite_state',
                HINT = format(
                    'If nobody needs what is in it: ALTER DATABASE %I SET footing.copy_of = ''…'';',
                    current_database()
                );
    END IF;

    SET LOCAL ROLE footing_owner;
    SET LOCAL search_path = pg_catalog, pg_temp;
    SET LOCAL statement_timeout = 0;
    SET LOCAL row_security = off;
    SET CONSTRAINTS ALL IMMEDIATE;

    -- What a word becomes: its like in kind and length, the same each time. The salt goes with the
    -- transaction, so that nobody can try names until one fits.
    CREATE TEMPORARY TABLE scrub_salt ON COMMIT DROP AS SELECT gen_random_uuid()::text AS salt;

    CREATE FUNCTION pg_temp.pseudonym(word text, longest integer) RETURNS text
    LANGUAGE sql
    AS $$
        SELECT CASE
            WHEN word = '' OR word LIKE 'erased-%@erased.invalid' THEN word
            WHEN word ~ '\s' AND length(word) > 40 THEN
                left(repeat('scrubbed text ', length(word) / 14 + 1), length(word))
            WHEN word LIKE '%@%' THEN
                'p' || left(md5(s.salt || lower(word)), 16) || '@scrubbed.invalid'
            ELSE left('p' || left(md5(s.salt || lower(word)), 16), longest)
        END
        FROM pg_temp.scrub_salt AS s
    $$;

    -- Triggers would write the old words into the audit trail and into version histories. Those that
    -- keep search vectors stay awake.
    CREATE TEMPORARY TABLE scrub_triggers ON COMMIT DROP AS
    SELECT DISTINCT
        t.tgrelid::regclass AS table_name,
        t.tgname AS trigger_name
    FROM pg_trigger AS t
    INNER JOIN pg_class AS c ON c.oid = t.tgrelid AND NOT c.relispartition
    INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
    INNER JOIN ops.column_classes AS k ON k.schema_name = n.nspname AND k.table_name = c.relname
    WHERE (k.class IN ('personal', 'secret') OR c.oid = 'core.global_settings'::regclass)
        AND NOT t.tgisinternal
        AND t.tgenabled = 'O'
        AND t.tgname !~ '__set_(tsv|search_vector)$';

    FOR target IN SELECT * FROM pg_temp.scrub_triggers LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', target.table_name, target.trigger_name);
    END LOOP;

    FOR target IN
        SELECT
            c.oid::regclass AS table_name,
            string_agg(
                format(
                    '%1$I = %2$s',
                    a.attname,
                    CASE
                        WHEN k.class = 'secret' AND NOT a.attnotnull THEN 'NULL'
                        WHEN k.class = 'secret' THEN quote_literal('!')
                        WHEN a.atttypid = 'jsonb'::regtype THEN format(
                            $json$CASE jsonb_typeof(%1$I) WHEN 'array' THEN '[]' ELSE '{}' END::jsonb$json$,
                            a.attname
                        )
                        WHEN a.atttypid = 'text[]'::regtype THEN format(
                            'ARRAY(SELECT pg_temp.pseudonym(w, 60) FROM unnest(%I) AS w)', a.attname
                        )
                        ELSE format(
                            'pg_temp.pseudonym(%I, %s)',
                            a.attname,
                            CASE WHEN a.atttypmod > 4 THEN a.atttypmod - 4 ELSE 60 END
                        )
                    END
                ),
                ', '
                ORDER BY a.attnum
            ) AS assignments
        FROM ops.column_classes AS k
        INNER JOIN pg_namespace AS n ON n.nspname = k.schema_name
        INNER JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = k.table_name
        INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = ANY (k.columns)
        WHERE k.class IN ('personal', 'secret')
            AND a.atttypid <> 'tsvector'::regtype  -- kept by its trigger
            AND a.attgenerated = ''
        GROUP BY c.oid
        ORDER BY c.oid::regclass::text
    LOOP
        EXECUTE format('UPDATE %s SET %s', target.table_name, target.assignments);
        GET DIAGNOSTICS changed = ROW_COUNT;
        RAISE NOTICE 'scrubbed % rows of %', changed, target.table_name;
    END LOOP;

    -- A setting is personal to nobody; a secret one is a key, sealed or not.
    UPDATE core.global_settings AS s
    SET value = ''
    WHERE s.is_secret;

    FOR target IN SELECT * FROM pg_temp.scrub_triggers LOOP
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER %I', target.table_name, target.trigger_name);
    END LOOP;

    DROP FUNCTION pg_temp.pseudonym(text, integer);
END
$scrub$;
