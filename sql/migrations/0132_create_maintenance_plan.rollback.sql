-- Reverses 0132_create_maintenance_plan.
--
-- Loses:    nothing

DROP FUNCTION ops.maintenance_plan(integer, bigint, double precision);
