-- Reverses 0105_create_wireframes.
--
-- Loses:    table copilot.wireframes

DROP TABLE copilot.wireframes;
