-- 0127_index_model_days
--
-- What:     the unique index of ops.model_days.
-- Why:      REFRESH MATERIALIZED VIEW CONCURRENTLY needs one (defect 2).
-- Locks:    ops.model_days SHARE
-- Data:     35 days of days a model.
-- Rollback: loses nothing

CREATE UNIQUE INDEX idx_model_days_model_day ON ops.model_days (model, day);
COMMENT ON INDEX ops.idx_model_days_model_day IS
    'footing refresh replaces the rows that changed by it, while exporters read.';
