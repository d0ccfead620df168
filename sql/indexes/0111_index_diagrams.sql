-- 0111_index_diagrams
--
-- What:     a person's diagrams by recency.
-- Why:      004 has single-column indexes on user, type, title and time, from which no list can be
--           read in order (defects 58, 62).
-- Locks:    copilot.diagrams SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_diagrams_user_id_updated_at_diagram_id
ON copilot.diagrams (user_id, updated_at DESC, diagram_id DESC);
COMMENT ON INDEX copilot.idx_diagrams_user_id_updated_at_diagram_id IS
    'copilot.diagrams_page(): a person''s diagrams, the latest first, from any point on; and the '
    'foreign key to core.users.';
