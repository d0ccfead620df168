-- 0025_index_webtest_test_cases
--
-- What:     listing, search and foreign key of webtest.test_cases.
-- Why:      000 §2.3–2.7 and §3.1. Its partial index leads with the primary key and reads the whole
--           table for "active cases, latest 50" (defect 50); its UNIQUE index and its project_id
--           index are duplicates (defects 48, 49).
-- Locks:    webtest.test_cases SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_test_cases_project_id_status_created_at
ON webtest.test_cases (project_id, status, created_at DESC) INCLUDE (id);
COMMENT ON INDEX webtest.idx_test_cases_project_id_status_created_at IS
    'A project''s cases of one status, latest first; webtest.latest_test_cases() reads it alone.';

CREATE INDEX idx_test_cases_created_at ON webtest.test_cases (created_at DESC)
WHERE status = 'active';
COMMENT ON INDEX webtest.idx_test_cases_created_at IS
    'The latest active cases of all projects one may see.';

CREATE INDEX idx_test_cases_created_by ON webtest.test_cases (created_by);
COMMENT ON INDEX webtest.idx_test_cases_created_by IS
    'What a person wrote; the foreign key to core.users.';

CREATE INDEX idx_test_cases_tsv
ON webtest.test_cases USING gin (tsv, core.search_keys(project_id, id));
COMMENT ON INDEX webtest.idx_test_cases_tsv IS
    'webtest.search_test_cases(): the newest cases with these words, in these projects.';
