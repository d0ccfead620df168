-- Reverses 0131_create_delete_expired.
--
-- Loses:    nothing

DROP FUNCTION ops.delete_expired(regclass, integer);
DROP FUNCTION ops.has_expired(regclass);
