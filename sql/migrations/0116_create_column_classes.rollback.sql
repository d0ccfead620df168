-- Reverses 0116_create_column_classes.
--
-- Loses:    table ops.column_classes

DROP TABLE ops.column_classes;
