-- Reverses 0127_index_model_days.
--
-- Loses:    nothing

DROP INDEX ops.idx_model_days_model_day;
