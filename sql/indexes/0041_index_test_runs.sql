-- 0041_index_test_runs
--
-- What:     the runs of an item, of a project and of a person.
-- Why:      001 §4.5; its index on status answers no query (defect 58), the others sort nothing.
-- Locks:    atmosfera.test_runs SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_test_runs_cycle_item_id_project_id_executed_at
ON atmosfera.test_runs (cycle_item_id, project_id, executed_at DESC, id DESC);
COMMENT ON INDEX atmosfera.idx_test_runs_cycle_item_id_project_id_executed_at IS
    'The runs of an item, latest first, of which the first is its status; and the foreign key '
    'to test_cycle_items.';

CREATE INDEX idx_test_runs_project_id_executed_at
ON atmosfera.test_runs (project_id, executed_at DESC);
COMMENT ON INDEX atmosfera.idx_test_runs_project_id_executed_at IS
    'The latest runs of a project.';

CREATE INDEX idx_test_runs_executed_by ON atmosfera.test_runs (executed_by, executed_at DESC);
COMMENT ON INDEX atmosfera.idx_test_runs_executed_by IS
    'The latest runs of a person; and the foreign key to core.users.';
