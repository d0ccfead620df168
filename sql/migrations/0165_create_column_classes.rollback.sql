-- Reverses 0165_create_column_classes.
--
-- Loses:    table ops.column_classes

DROP TABLE ops.column_classes;
