-- Reverses 0021_create_user_administration.
--
-- Loses:    nothing

DROP FUNCTION core.reactivate_user(bigint);
DROP FUNCTION core.deactivate_user(bigint);
DROP FUNCTION core.set_user_role(bigint, text);
DROP FUNCTION core.require_admin();
