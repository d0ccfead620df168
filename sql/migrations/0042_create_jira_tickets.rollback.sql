-- Reverses 0042_create_jira_tickets.
--
-- Loses:    table atmosfera.jira_tickets

DROP TABLE atmosfera.jira_tickets;
