-- Reverses 0110_create_diagrams.
--
-- Loses:    table copilot.diagrams

DROP TABLE copilot.diagrams;
