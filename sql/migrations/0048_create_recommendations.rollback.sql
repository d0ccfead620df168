-- Reverses 0048_create_recommendations.
--
-- Loses:    table atmosfera.recommendations

DROP TABLE atmosfera.recommendations;
