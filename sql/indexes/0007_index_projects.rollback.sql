-- Reverses 0007_index_projects.
--
-- Loses:    nothing

DROP INDEX core.idx_projects_owner_id;
