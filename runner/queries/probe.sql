-- What is at the other end: the first query of every connection. One row, in the order of
-- runner.connection.Server. The pid betrays a pooler: it is not the one that answered at connecting.
SELECT
    pg_catalog.pg_backend_pid() AS pid,
    pg_catalog.pg_is_in_recovery() AS standby,
    pg_catalog.current_setting('default_transaction_read_only')::boolean AS read_only,
    pg_catalog.current_setting('server_version_num')::integer AS version,
    login.rolsuper AS superuser,
    owner.oid IS NOT NULL AS bootstrapped,
    coalesce(pg_catalog.pg_has_role(owner.oid, 'MEMBER'), false) AS member,
    coalesce(
        pg_catalog.has_database_privilege(owner.oid, pg_catalog.current_database(), 'CREATE'),
        false
    ) AS may_create,
    pg_catalog.to_regclass('footing.checksums') IS NOT NULL AS recorded,
    pg_catalog.current_database() AS database,
    session_user AS login
FROM pg_catalog.pg_roles AS login
LEFT JOIN pg_catalog.pg_roles AS owner ON owner.rolname = 'footing_owner'
WHERE login.rolname = current_user
