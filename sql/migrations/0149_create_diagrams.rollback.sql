-- Reverses 0149_create_diagrams.
--
-- Loses:    table copilot.diagrams

DROP TABLE copilot.diagrams;
