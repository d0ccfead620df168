-- 0115_create_materialized_views
--
-- What:     ops.materialized_views, every materialized view with its place in the order of refresh,
--           and how old its figures are.
-- Why:      a view that reads another must be refreshed after it; and a refresh that has stopped
--           running shows nowhere else.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing

CREATE VIEW ops.materialized_views WITH (security_invoker = true) AS
WITH RECURSIVE reads AS (
    SELECT DISTINCT
        w.ev_class AS reader,
        d.refobjid AS source
    FROM pg_catalog.pg_rewrite AS w
    INNER JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_rewrite'::regclass
        AND d.objid = w.oid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass
        AND d.refobjid <> w.ev_class
),

paths AS (
    SELECT
        c.oid AS view,
        c.oid AS reached,
        1 AS step
    FROM pg_catalog.pg_class AS c
    WHERE c.relkind = 'm'

    UNION

    SELECT
        p.view,
        r.source,
        p.step + (c.relkind = 'm')::integer
    FROM paths AS p
    INNER JOIN reads AS r ON r.reader = p.reached
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = r.source AND c.relkind IN ('v', 'm')
)

SELECT
    n.nspname AS schema_name,
    c.relname AS view_name,
    max(p.step) AS step,
    c.relispopulated AS is_filled,
    pg_relation_size(c.oid) AS bytes,
    h.refreshed_at,
    now() - h.refreshed_at AS age,
    h.duration,
    h.error
FROM paths AS p
INNER JOIN pg_catalog.pg_class AS c ON c.oid = p.view
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN ops.materialized_view_refreshes AS h
    ON h.schema_name = n.nspname AND h.view_name = c.relname
WHERE pg_get_userbyid(c.relowner) = 'footing_owner'
GROUP BY n.nspname, c.oid, c.relname, c.relispopulated, h.refreshed_at, h.duration, h.error;

COMMENT ON VIEW ops.materialized_views IS
    'One row a materialized view. Refresh them ORDER BY step: what a view reads comes before it.';
COMMENT ON COLUMN ops.materialized_views.schema_name IS
    'Schema of the view.';
COMMENT ON COLUMN ops.materialized_views.view_name IS
    'The materialized view; products read the filtering view over it.';
COMMENT ON COLUMN ops.materialized_views.step IS
    '1 reads no other materialized view, also not through plain views; 2 reads some of step 1; …';
COMMENT ON COLUMN ops.materialized_views.is_filled IS
    'False until the first refresh of a view made WITH NO DATA: reading it is an error.';
COMMENT ON COLUMN ops.materialized_views.bytes IS
    'Size of its rows, without indexes.';
COMMENT ON COLUMN ops.materialized_views.refreshed_at IS
    'The moment its figures are of; NULL where no refresh was recorded.';
COMMENT ON COLUMN ops.materialized_views.age IS
    'How old its figures are.';
COMMENT ON COLUMN ops.materialized_views.duration IS
    'How long the last refresh that succeeded took.';
COMMENT ON COLUMN ops.materialized_views.error IS
    'What the last refresh failed with; NULL after a success.';

GRANT SELECT ON ops.materialized_views TO monitoring;
