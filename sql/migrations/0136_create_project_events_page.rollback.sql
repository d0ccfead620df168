-- Reverses 0136_create_project_events_page.
--
-- Loses:    nothing

DROP FUNCTION apex.project_events_page(bigint, timestamptz, bigint, integer);
