-- 0007_index_projects
--
-- What:     the owner's index of core.projects.
-- Why:      000's owner_id has none (defect 59). 001's indexes on status, type and industry answer
--           no query of the document (defect 58); idx_projects_active leads with the key (50).
-- Locks:    core.projects SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_projects_owner_id ON core.projects (owner_id);
COMMENT ON INDEX core.idx_projects_owner_id IS
    'The projects a person owns: core.managed_project_ids(), and the check that refuses to delete '
    'an owner.';
