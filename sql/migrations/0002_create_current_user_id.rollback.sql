-- Reverses 0002_create_current_user_id.
--
-- Loses:    nothing

DROP FUNCTION core.current_user_id();
