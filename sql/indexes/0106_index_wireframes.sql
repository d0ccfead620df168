-- 0106_index_wireframes
--
-- What:     a person's wireframes by recency.
-- Why:      004 has single-column indexes on user, title, type and time, from which no list can be
--           read in order (defects 58, 62).
-- Locks:    copilot.wireframes SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE INDEX idx_wireframes_user_id_updated_at_wireframe_id
ON copilot.wireframes (user_id, updated_at DESC, wireframe_id DESC);
COMMENT ON INDEX copilot.idx_wireframes_user_id_updated_at_wireframe_id IS
    'copilot.wireframes_page(): a person''s wireframes, the latest first, from any point on; and '
    'the foreign key to core.users.';
