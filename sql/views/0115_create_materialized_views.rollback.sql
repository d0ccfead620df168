-- Reverses 0115_create_materialized_views.
--
-- Loses:    nothing

DROP VIEW ops.materialized_views;
