-- Reverses 0139_create_project_dashboard.
--
-- Loses:    nothing

DROP FUNCTION webtest.project_dashboard(bigint, interval, integer);
