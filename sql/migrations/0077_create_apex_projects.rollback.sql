-- Reverses 0077_create_apex_projects.
--
-- Loses:    table apex.projects

DROP TABLE apex.projects;

DROP FUNCTION apex.tg_projects__check_transition();
DROP FUNCTION apex.tg_projects__set_etag();
