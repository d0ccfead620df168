-- Reverses 0086_index_project_stats_data.
--
-- Loses:    nothing

DROP INDEX apex.idx_project_stats_data_account_id_status;
