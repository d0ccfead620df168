-- Reverses 0001_create_schemas.
--
-- Loses:    nothing

DROP SCHEMA ops;
DROP SCHEMA copilot;
DROP SCHEMA assistant;
DROP SCHEMA apex;
DROP SCHEMA atmosfera;
DROP SCHEMA webtest;
DROP SCHEMA core;

ALTER DEFAULT PRIVILEGES FOR ROLE footing_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
