-- Reverses 0122_create_statistics_functions.
--
-- Loses:    nothing

DROP FUNCTION ops.sequence_positions();
DROP FUNCTION ops.column_widths();
DROP FUNCTION ops.checkpoints();
DROP FUNCTION ops.statements();
