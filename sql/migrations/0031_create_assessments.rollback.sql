-- Reverses 0031_create_assessments.
--
-- Loses:    table atmosfera.assessments

DROP TABLE atmosfera.assessments;
