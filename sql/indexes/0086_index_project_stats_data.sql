-- 0086_index_project_stats_data
--
-- What:     the unique index of apex.project_stats_data.
-- Why:      REFRESH … CONCURRENTLY refuses to run without one (defect 3).
-- Locks:    apex.project_stats_data SHARE
-- Data:     none; the view is new in this release
-- Rollback: loses nothing; the view can then be refreshed only by shutting its readers out.

CREATE UNIQUE INDEX idx_project_stats_data_account_id_status
ON apex.project_stats_data (account_id, status);
COMMENT ON INDEX apex.idx_project_stats_data_account_id_status IS
    'What REFRESH … CONCURRENTLY tells rows apart by; and an account''s figures.';
