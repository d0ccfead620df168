-- Reverses 0214_create_maintenance_plan.
--
-- Loses:    nothing

DROP FUNCTION ops.maintenance_plan(integer, bigint, double precision);
