-- 0009_index_user_project_access
--
-- What:     both access tables by their other key.
-- Why:      each primary key serves one foreign key; the other has none (defect 59).
-- Locks:    core.user_project_access SHARE, core.project_members SHARE
-- Data:     none; the tables are new in this release
-- Rollback: loses nothing

CREATE INDEX idx_user_project_access_project_id ON core.user_project_access (project_id);
COMMENT ON INDEX core.idx_user_project_access_project_id IS
    'The people of a project, for whoever manages it; and the foreign key to core.projects.';

CREATE INDEX idx_project_members_user_id_project_id ON core.project_members (user_id, project_id);
COMMENT ON INDEX core.idx_project_members_user_id_project_id IS
    'Is this person of one of my projects? The policy of core.users asks it for each name shown, '
    'from the index alone; and the foreign key to core.users.';
