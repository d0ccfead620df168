-- 0039_index_test_cycle_items
--
-- What:     the item's foreign keys.
-- Why:      Three have none in 001 (defect 59). §4.4's on cycle and on status, and §9.2's
--           (cycle_id, status), are the unique key's prefix or covered by it (defects 49, 58).
-- Locks:    atmosfera.test_cycle_items SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_test_cycle_items_test_case_id_project_id
ON atmosfera.test_cycle_items (test_case_id, project_id);
COMMENT ON INDEX atmosfera.idx_test_cycle_items_test_case_id_project_id IS
    'In which cycles is this case; and the foreign key to test_cases.';

CREATE INDEX idx_test_cycle_items_suite_id_project_id
ON atmosfera.test_cycle_items (suite_id, project_id);
COMMENT ON INDEX atmosfera.idx_test_cycle_items_suite_id_project_id IS
    'The foreign key to test_suites: which items lose their suite?';

CREATE INDEX idx_test_cycle_items_assigned_user_id
ON atmosfera.test_cycle_items (assigned_user_id, status);
COMMENT ON INDEX atmosfera.idx_test_cycle_items_assigned_user_id IS
    'What a person still has to run; and the foreign key to core.users.';
