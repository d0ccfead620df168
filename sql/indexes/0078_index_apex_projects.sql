-- 0078_index_apex_projects
--
-- What:     one index for each list of projects, and the cache's.
-- Why:      002 §2, whose (account_id, status, created_at) can't order an account's projects of any
--           status, and whose index on non-drafts, led by status, is never used (defect 60).
--           None on etag: the unique constraint's would be repeated (defect 48).
-- Locks:    apex.projects SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_projects_account_id_created_at ON apex.projects (account_id, created_at DESC);
COMMENT ON INDEX apex.idx_projects_account_id_created_at IS
    'An account''s projects of any status, or of all but one, latest first; and the foreign key '
    'to apex.accounts.';

CREATE INDEX idx_projects_account_id_status_created_at
ON apex.projects (account_id, status, created_at DESC);
COMMENT ON INDEX apex.idx_projects_account_id_status_created_at IS
    'An account''s projects of one status, latest first.';

CREATE INDEX idx_projects_status_created_at ON apex.projects (status, created_at DESC);
COMMENT ON INDEX apex.idx_projects_status_created_at IS
    'The latest projects of one status in all accounts one may see. Passes over the others'' rows: '
    'where there are many accounts, name yours.';

CREATE INDEX idx_projects_created_at_not_draft
ON apex.projects (created_at DESC)
WHERE status <> 'draft';
COMMENT ON INDEX apex.idx_projects_created_at_not_draft IS
    'The latest projects that are no drafts in all accounts one may see; write the condition as it '
    'stands here. Passes over the others'' rows: where there are many accounts, name yours.';

CREATE INDEX idx_projects_content_sha256_account_id
ON apex.projects (content_sha256, account_id)
INCLUDE (project_id, constants_version, confidence)
WHERE content_sha256 IS NOT NULL;
COMMENT ON INDEX apex.idx_projects_content_sha256_account_id IS
    'Was this content estimated before, and with which constants? From the index alone, the '
    'policy''s account_id included: select none but these columns.';
