-- 0: takes writes. 1: a standby. 2: a primary that refuses them.
SELECT
    CASE
        WHEN pg_catalog.pg_is_in_recovery() THEN 1
        WHEN pg_catalog.current_setting('default_transaction_read_only')::boolean THEN 2
        ELSE 0
    END,
    CASE
        WHEN pg_catalog.pg_is_in_recovery() THEN 'a standby'
        WHEN pg_catalog.current_setting('default_transaction_read_only')::boolean
            THEN 'a primary with default_transaction_read_only'
        ELSE 'a primary'
    END
