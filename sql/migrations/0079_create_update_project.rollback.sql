-- Reverses 0079_create_update_project.
--
-- Loses:    nothing

DROP FUNCTION apex.update_project(bigint, text, jsonb);
