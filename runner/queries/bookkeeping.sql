-- The runner's own tables, in a schema of their own. Created by the first `footing migrate`.
-- The _yoyo_ tables have the shape that yoyo-migrations 9 gives them, so that plain yoyo can read
-- the history: yoyo list --database 'postgresql+psycopg://…?schema=footing' sql/migrations …
CREATE SCHEMA footing;
COMMENT ON SCHEMA footing IS
    'The migration runner''s records: what was applied here, when, and from which content.';

CREATE TABLE footing._yoyo_migration (
    migration_hash varchar(64),
    migration_id   varchar(255),
    applied_at_utc timestamp,
    PRIMARY KEY (migration_hash)
);
COMMENT ON TABLE footing._yoyo_migration IS
    'yoyo''s table: one row for each migration that is applied now.';

CREATE TABLE footing._yoyo_log (
    id             varchar(36),
    migration_hash varchar(64),
    migration_id   varchar(255),
    operation      varchar(10),
    username       varchar(255),
    hostname       varchar(255),
    comment        varchar(255),
    created_at_utc timestamp,
    PRIMARY KEY (id)
);
COMMENT ON TABLE footing._yoyo_log IS
    'yoyo''s table: every apply, rollback and mark that was ever done here, and by whom.';

CREATE TABLE footing._yoyo_version (
    version          integer NOT NULL PRIMARY KEY,
    installed_at_utc timestamp
);
COMMENT ON TABLE footing._yoyo_version IS 'yoyo''s table: the version of these tables'' shape.';
INSERT INTO footing._yoyo_version
VALUES (2, pg_catalog.timezone('UTC', pg_catalog.now()));

CREATE TABLE footing.checksums (
    migration_id varchar(255) PRIMARY KEY,
    seq          bigint GENERATED ALWAYS AS IDENTITY,
    state        text NOT NULL DEFAULT 'applied',
    checksum     text NOT NULL,
    noted_at     timestamptz NOT NULL DEFAULT pg_catalog.now(),
    CONSTRAINT checksums_seq_key
        UNIQUE (seq),
    CONSTRAINT checksums_state_is_known_check
        CHECK (state IN ('applied', 'started', 'reverting')),
    CONSTRAINT checksums_checksum_is_sha256_check
        CHECK (checksum ~ '^[0-9a-f]{64}$')
);
COMMENT ON TABLE footing.checksums IS
    'What each applied file contained, so that an edit of history is noticed; seq is the order of applying.';
COMMENT ON COLUMN footing.checksums.state IS
    'started or reverting: a file without a transaction was begun, and only the catalogue can tell how it ended.';
COMMENT ON COLUMN footing.checksums.checksum IS
    'SHA-256 of the file with line feeds only, so that a checkout on another system is no change.';

GRANT USAGE ON SCHEMA footing TO monitoring, readonly_users;
GRANT SELECT ON ALL TABLES IN SCHEMA footing TO monitoring, readonly_users;
