-- Reverses 0006_create_projects.
--
-- Loses:    table core.projects

DROP TABLE core.projects;
