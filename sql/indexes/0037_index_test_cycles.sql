-- 0037_index_test_cycles
--
-- What:     a project's cycles by date, and the person's foreign key.
-- Why:      001 §4.3 indexes (start_date, end_date) over all tenants, and status and testing_mode,
--           four and three values (defects 58, 59).
-- Locks:    atmosfera.test_cycles SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_test_cycles_project_id_start_date
ON atmosfera.test_cycles (project_id, start_date DESC);
COMMENT ON INDEX atmosfera.idx_test_cycles_project_id_start_date IS
    'The cycles of a project, latest first.';

CREATE INDEX idx_test_cycles_user_id ON atmosfera.test_cycles (user_id);
COMMENT ON INDEX atmosfera.idx_test_cycles_user_id IS
    'The cycles a person made; and the foreign key to core.users.';
