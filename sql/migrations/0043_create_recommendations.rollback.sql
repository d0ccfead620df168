-- Reverses 0043_create_recommendations.
--
-- Loses:    table atmosfera.recommendations

DROP TABLE atmosfera.recommendations;
