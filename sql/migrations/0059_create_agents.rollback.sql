-- Reverses 0059_create_agents.
--
-- Loses:    table webtest.agents

DROP FUNCTION webtest.project_of_agents(text[]);

DROP TABLE webtest.agents;

DROP FUNCTION webtest.tg__require_project();
