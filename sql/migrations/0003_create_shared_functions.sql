-- 0003_create_shared_functions
--
-- What:     the trigger functions any table may use, and the test for an encrypted value.
-- Why:      no document keeps its updated_at (defect 36), 000's audit log can be rewritten
--           (defect 37), and secrets are stored in clear (defects 64, 79).
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
