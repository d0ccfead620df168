-- Reverses 0010_create_session_rights.
--
-- Loses:    nothing

DROP VIEW core.session_access;
DROP FUNCTION core.managed_project_ids();
DROP FUNCTION core.is_admin();
DROP FUNCTION core.current_user_uuid();
DROP FUNCTION core.active_user_id();
