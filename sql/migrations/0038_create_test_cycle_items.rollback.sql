-- Reverses 0038_create_test_cycle_items.
--
-- Loses:    table atmosfera.test_cycle_items

DROP TABLE atmosfera.test_cycle_items;

DROP FUNCTION atmosfera.tg_test_cycle_items__fill_project_id();
