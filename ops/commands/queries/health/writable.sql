-- 0: takes writes. 1: a standby. 2: a primary that refuses them: by its configuration, or of everybody in
-- this database. That this login alone is read-only, as a monitoring one should be, is no trouble.
SELECT
    CASE
        WHEN pg_catalog.pg_is_in_recovery() THEN 1
        WHEN everybody.is_read_only THEN 2
        ELSE 0
    END,
    CASE
        WHEN pg_catalog.pg_is_in_recovery() THEN 'a standby'
        WHEN everybody.is_read_only THEN 'a primary with default_transaction_read_only'
        ELSE 'a primary'
    END
FROM (
    SELECT
        EXISTS (
            SELECT
            FROM pg_catalog.pg_db_role_setting AS d
            CROSS JOIN LATERAL pg_catalog.unnest(d.setconfig) AS c (setting)
            WHERE d.setrole = 0
                AND d.setdatabase = (
                    SELECT b.oid
                    FROM pg_catalog.pg_database AS b
                    WHERE b.datname = pg_catalog.current_database()
                )
                AND c.setting ~ '^default_transaction_read_only=(on|true|yes|1)$'
        )
        OR EXISTS (
            SELECT
            FROM pg_catalog.pg_settings AS s
            WHERE s.name = 'default_transaction_read_only'
                AND s.setting = 'on'
                AND s.source NOT IN ('database', 'user', 'database user', 'client', 'session')
        ) AS is_read_only
) AS everybody
