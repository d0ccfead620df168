-- Reverses 0111_index_diagrams.
--
-- Loses:    nothing

DROP INDEX copilot.idx_diagrams_user_id_updated_at_diagram_id;
