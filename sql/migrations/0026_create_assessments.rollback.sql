-- Reverses 0026_create_assessments.
--
-- Loses:    table atmosfera.assessments

DROP TABLE atmosfera.assessments;
