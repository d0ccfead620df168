-- 0001_create_schemas
--
-- What:     the seven schemas, who may look into each, and no EXECUTE for PUBLIC on what follows.
-- Why:      one database beneath five products: one kernel, one schema a product, one for
--           operations (000, 001, 002, 003, 004). public stays empty.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses nothing; refused while a schema still holds anything.

-- PostgreSQL lets PUBLIC execute every new function. Ours are executable by whom a GRANT names.
ALTER DEFAULT PRIVILEGES FOR ROLE footing_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE SCHEMA core;
COMMENT ON SCHEMA core IS
    'The shared kernel: people, projects, who may see which project, settings, the audit trail. '
    'Every product may refer to it; it refers to no product.';

CREATE SCHEMA webtest;
COMMENT ON SCHEMA webtest IS
    'AI-Web-Test (000): test cases, their executions, agents and the models behind them.';

CREATE SCHEMA atmosfera;
COMMENT ON SCHEMA atmosfera IS
    'ATMosFera (001): maturity assessments, test management and its Jira mirror.';

CREATE SCHEMA apex;
COMMENT ON SCHEMA apex IS
    'APEX (002): estimates. Its accounts and projects are not those of core.';

CREATE SCHEMA assistant;
COMMENT ON SCHEMA assistant IS
    'AI Development Assistant (003): rules, practices and templates.';

CREATE SCHEMA copilot;
COMMENT ON SCHEMA copilot IS
    'BA Copilot (004): documents, wireframes, diagrams and conversations, each its author''s own.';

CREATE SCHEMA ops;
COMMENT ON SCHEMA ops IS
    'Maintenance functions and monitoring views. No product''s data, and no product''s login.';

-- USAGE only: a table is readable by whom its own migration names. ops is for operators.
GRANT USAGE ON SCHEMA core TO
    authenticated_users,
    readonly_users,
    authenticator,
    bulk_loader;

GRANT USAGE ON SCHEMA webtest, atmosfera, apex, assistant, copilot TO
    authenticated_users,
    readonly_users,
    bulk_loader;

GRANT USAGE ON SCHEMA ops TO monitoring;
