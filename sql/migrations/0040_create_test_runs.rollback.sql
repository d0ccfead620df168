-- Reverses 0040_create_test_runs.
--
-- Loses:    table atmosfera.test_runs

DROP TRIGGER tg_test_cycle_items__follow_latest_run ON atmosfera.test_cycle_items;
DROP FUNCTION atmosfera.tg_test_cycle_items__follow_latest_run();

DROP TABLE atmosfera.test_runs;

DROP FUNCTION atmosfera.tg_test_runs__set_item_status();
DROP FUNCTION atmosfera.tg_test_runs__fill_project_id();
