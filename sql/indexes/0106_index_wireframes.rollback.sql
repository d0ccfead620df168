-- Reverses 0106_index_wireframes.
--
-- Loses:    nothing

DROP INDEX copilot.idx_wireframes_user_id_updated_at_wireframe_id;
