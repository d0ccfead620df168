-- Reverses 0009_index_user_project_access.
--
-- Loses:    nothing

DROP INDEX core.idx_project_members_user_id_project_id;
DROP INDEX core.idx_user_project_access_project_id;
