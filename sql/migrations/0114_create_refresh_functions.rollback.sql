-- Reverses 0114_create_refresh_functions.
--
-- Loses:    table ops.materialized_view_refreshes

DROP FUNCTION ops.refresh_materialized_view(regclass);
DROP TABLE ops.materialized_view_refreshes;
