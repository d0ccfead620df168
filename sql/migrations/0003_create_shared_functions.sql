-- 0003_create_shared_functions
--
-- What:     the trigger functions any table may use, the test for an encrypted value, and what a
--           search index holds besides words: core.search_keys(), core.search_steps().
-- Why:      no document keeps its updated_at (defect 36), 000's audit log can be rewritten
--           (defect 37), and secrets are stored in clear (defects 64, 79). A search that ranks
--           every match gets slower with every row (defect 54).
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

-- Use: BEFORE UPDATE … FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*), so that an update that
-- changes nothing does not count. The clock, not now(): a row changed in the transaction that
-- made it shows that it was changed.
CREATE FUNCTION core.tg__set_updated_at() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := pg_catalog.clock_timestamp();
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION core.tg__set_updated_at() IS
    'Keeps updated_at, whatever the statement says about it.';

REVOKE ALL ON FUNCTION core.tg__set_updated_at() FROM PUBLIC;

-- Use: BEFORE UPDATE OR DELETE … FOR EACH ROW, with the columns that hold personal data as one
-- array literal; and BEFORE TRUNCATE … FOR EACH STATEMENT, without arguments.
CREATE FUNCTION core.tg__append_only() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    blankable text[];
BEGIN
    -- core.erase_user() sets this while it blanks. That it can be set by hand
    -- opens nothing: no application role may update such a table in the first place.
    IF TG_OP = 'UPDATE'
        AND pg_catalog.current_setting('footing.erasing', true) = 'on'
    THEN
        blankable := TG_ARGV[0]::text[];

        IF pg_catalog.to_jsonb(NEW) - blankable = pg_catalog.to_jsonb(OLD) - blankable THEN
            RETURN NEW;
        END IF;
    END IF;

    RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING
            ERRCODE = 'restrict_violation',
            HINT = 'Old rows leave with their partition; personal data by core.erase_user().';
END
$$;

COMMENT ON FUNCTION core.tg__append_only() IS
    'Refuses every change to a row that was written, to the table''s owner too. core.erase_user() '
    'alone may blank the columns named in the trigger''s argument.';

REVOKE ALL ON FUNCTION core.tg__append_only() FROM PUBLIC;

-- The database never holds the key, so it can check the form of a secret and nothing more.
CREATE FUNCTION core.is_envelope(value text) RETURNS boolean
LANGUAGE sql
IMMUTABLE
STRICT
PARALLEL SAFE
RETURN value OPERATOR(pg_catalog.~) '^enc:v1:[A-Za-z0-9._-]{1,64}:[A-Za-z0-9+/]{38,}={0,2}$';

COMMENT ON FUNCTION core.is_envelope(text) IS
    'Is this enc:v1:<key id>:<base64>? The application encrypts (nonce, ciphertext and tag: at '
    'least 28 bytes); the key id names the key, so that keys can be rotated. For CHECKs.';

REVOKE ALL ON FUNCTION core.is_envelope(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core.is_envelope(text) TO
    authenticated_users,
    authenticator,
    bulk_loader;

-- A search ranks the newest matches, and has to find them without reading the others: walking back
-- through a table meets every row that does not match, and an index of words knows no age and no
-- tenant. So a search index holds a few numbers more for each row: the blocks of 2,048, of 16,384
-- and of 131,072 ids that it is in, and the two large ones once more together with its project. A
-- GIN index compares words and block inside itself, so a search reads what it ranks, and little else.
CREATE FUNCTION core.search_keys(project_id bigint, id bigint) RETURNS bigint[]
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
RETURN ARRAY[
    (id >> 11) * 3 + 1,
    (id >> 14) * 3 + 2,
    (id >> 17) * 3 + 3,
    hashint8extended(project_id, (id >> 14) * 3 + 2),
    hashint8extended(project_id, (id >> 17) * 3 + 3)
];

COMMENT ON FUNCTION core.search_keys(bigint, bigint) IS
    'The blocks of ids that a row is in, small to large, and the larger ones in its project: the '
    'second column of a search index, for core.search_steps() to ask for. Two may come to the same '
    'number, so whoever asks compares the project too.';

CREATE FUNCTION core.search_steps(p_newest_id bigint, p_projects bigint[]) RETURNS SETOF bigint[]
LANGUAGE plpgsql
IMMUTABLE
PARALLEL SAFE
ROWS 20
AS $$
DECLARE
    few      constant boolean := pg_catalog.cardinality(p_projects) <= 50;
    smallest constant integer := CASE WHEN few THEN 2 ELSE 1 END;
    newest            bigint := p_newest_id >> (8 + 3 * smallest);
    oldest            bigint;
BEGIN
    -- At each size eight to fifteen blocks, down to where a larger one begins.
    FOR size IN smallest..3 LOOP
        oldest := CASE WHEN size < 3 THEN greatest((newest >> 3) - 1, 0) << 3 ELSE 0 END;

        RETURN QUERY
        SELECT
            CASE
                WHEN few THEN ARRAY(
                    SELECT pg_catalog.hashint8extended(p.id, b.block * 3 + size)
                    FROM pg_catalog.unnest(p_projects) AS p (id)
                )
                ELSE ARRAY[b.block * 3 + size]
            END
        FROM pg_catalog.generate_series(newest, oldest, -1) AS b (block)
        ORDER BY b.block DESC;

        newest := (oldest >> 3) - 1;
    END LOOP;
END
$$;

COMMENT ON FUNCTION core.search_steps(bigint, bigint[]) IS
    'The keys that a search asks for, one block of ids after the other, the newest first and larger '
    'ones behind: it stops at the block in which it has found enough. Of up to 50 projects each '
    'step names the block in each of them; of more, the block in all.';

REVOKE ALL ON FUNCTION core.search_keys(bigint, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION core.search_steps(bigint, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core.search_keys(bigint, bigint) TO authenticated_users, bulk_loader;
-- core.search_steps() is for the search functions, which run with the owner's rights.
