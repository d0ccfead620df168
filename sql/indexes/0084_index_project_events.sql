-- 0084_index_project_events
--
-- What:     a project's events in order, and a person's.
-- Why:      002 §2's audit queries; the foreign key to core.users.
-- Locks:    apex.project_events SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

-- Ascending, and read backwards: what comes in the order of time fills its pages that way (0027).

CREATE INDEX idx_project_events_project_id_timestamp
ON apex.project_events (project_id, timestamp);
COMMENT ON INDEX apex.idx_project_events_project_id_timestamp IS
    'A project''s events, latest first; and the foreign key to apex.projects.';

CREATE INDEX idx_project_events_user_id ON apex.project_events (user_id);
COMMENT ON INDEX apex.idx_project_events_user_id IS
    'What a person did; the foreign key to core.users.';
