-- Reverses 0029_create_maturity_dimensions.
--
-- Loses:    table atmosfera.maturity_dimensions

DROP TABLE atmosfera.maturity_dimensions;
