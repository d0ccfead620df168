-- Reverses 0008_create_user_project_access.
--
-- Loses:    table core.user_project_access, table core.project_members

DROP TRIGGER tg_user_project_access__remember_member ON core.user_project_access;
DROP FUNCTION core.tg_user_project_access__remember_member();

DROP TABLE core.project_members;

DROP TABLE core.user_project_access;
