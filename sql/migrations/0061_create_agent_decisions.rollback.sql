-- Reverses 0061_create_agent_decisions.
--
-- Loses:    table webtest.agent_decisions, reference rows of ops.partitioned_logs

DELETE FROM ops.partitioned_logs
WHERE schema_name = 'webtest'
    AND table_name = 'agent_decisions';

DROP TABLE webtest.agent_decisions;
DROP FUNCTION webtest.tg_agent_decisions__fill_from_agent();

DROP FUNCTION webtest.tg__goes_with_its_project();
