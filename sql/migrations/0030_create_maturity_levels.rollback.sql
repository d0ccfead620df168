-- Reverses 0030_create_maturity_levels.
--
-- Loses:    table atmosfera.maturity_levels

DROP TABLE atmosfera.maturity_levels;
