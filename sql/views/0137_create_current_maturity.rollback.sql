-- Reverses 0137_create_current_maturity.
--
-- Loses:    nothing

DROP VIEW atmosfera.current_maturity;
