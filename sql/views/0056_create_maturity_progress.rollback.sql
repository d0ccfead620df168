-- Reverses 0056_create_maturity_progress.
--
-- Loses:    nothing

DROP VIEW atmosfera.maturity_progress;
