-- 0035_index_test_cases
--
-- What:     the ways to a project's test cases.
-- Why:      001 §9.2. idx_test_cases_ready leads with the key and can't filter by tenant (defect
--           50): the composite answers it. A GIN index on steps was never used, and misleads the
--           planner (defect 57). §4.2's on priority and ai_generated answer no query (defect 58).
-- Locks:    atmosfera.test_cases SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_test_cases_project_id_status ON atmosfera.test_cases (project_id, status);
COMMENT ON INDEX atmosfera.idx_test_cases_project_id_status IS
    'A project''s cases of one status, ready ones above all (001 §9.2).';

CREATE INDEX idx_test_cases_suite_id_project_id ON atmosfera.test_cases (suite_id, project_id);
COMMENT ON INDEX atmosfera.idx_test_cases_suite_id_project_id IS
    'The cases of a suite; and the foreign key to test_suites.';

CREATE INDEX idx_test_cases_user_id ON atmosfera.test_cases (user_id);
COMMENT ON INDEX atmosfera.idx_test_cases_user_id IS
    'The cases a person wrote; and the foreign key to core.users.';

CREATE INDEX idx_test_cases_search_vector
ON atmosfera.test_cases USING gin (search_vector, core.search_keys(project_id, id));
COMMENT ON INDEX atmosfera.idx_test_cases_search_vector IS
    'atmosfera.search_test_cases(): the newest cases with these words, in these projects.';
