-- Reverses 0020_create_audit_trigger.
--
-- Loses:    nothing

DROP TRIGGER tg__audit ON core.global_settings;
DROP TRIGGER tg__audit ON core.user_project_access;
DROP TRIGGER tg__audit ON core.projects;
DROP TRIGGER tg__audit ON core.users;

DROP FUNCTION core.tg__audit();
