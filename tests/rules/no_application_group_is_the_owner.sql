-- An application group that can become the owner, whom no policy binds; and, the other way, an
-- owner that can become one of them. Row security is enabled, not forced, because of this rule.
SELECT g.rolname AS offender
FROM pg_roles AS g
WHERE g.rolname IN (
    'authenticated_users', 'readonly_users', 'authenticator', 'monitoring', 'bulk_loader'
)
    AND (
        pg_has_role(g.oid, 'footing_owner', 'MEMBER')
        OR pg_has_role('footing_owner', g.oid, 'MEMBER')
        OR g.rolsuper
        OR g.rolcanlogin
        OR g.rolcreaterole
        OR g.rolbypassrls <> (g.rolname = 'bulk_loader')
    )
