-- Reverses 0084_index_project_events.
--
-- Loses:    nothing

DROP INDEX apex.idx_project_events_user_id;
DROP INDEX apex.idx_project_events_project_id_timestamp;
