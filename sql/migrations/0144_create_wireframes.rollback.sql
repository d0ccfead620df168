-- Reverses 0144_create_wireframes.
--
-- Loses:    table copilot.wireframes

DROP TABLE copilot.wireframes;
