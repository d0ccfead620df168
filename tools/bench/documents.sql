-- The documents' own tables and index sets, filled with the rows of Footing's, for queries.py.
--
-- Types, keys and indexes are those of 000 §1.2 and §2, of 001 §3 to §9, and of what 002 to 004 ask
-- most, in schemas of their own.
-- Mended just enough to load: a result may be running or pending and have no end, browser and
-- execution_time may be missing, a label may have seven digits, and the index that contains
-- error_message takes its first 500 characters, since a long one can't be stored in it.

CREATE SCHEMA document_000;
SET LOCAL search_path = document_000;

CREATE TABLE users AS
SELECT
    id::integer, username, email, password_hash, role, mfa_secret,
    created_at::timestamp, updated_at::timestamp, last_login::timestamp
FROM core.users;
ALTER TABLE users ADD PRIMARY KEY (id), ADD UNIQUE (username), ADD UNIQUE (email);

CREATE TABLE projects AS
SELECT
    id::integer, name, description, owner_id::integer, status,
    created_at::timestamp, updated_at::timestamp
FROM core.projects;
ALTER TABLE projects ADD PRIMARY KEY (id);

CREATE TABLE test_cases AS
SELECT
    id::integer, test_id, project_id::integer, title, description, test_type, priority, status,
    code, expected_output, tags, estimated_duration, created_by::integer,
    created_at::timestamp, updated_at::timestamp,
    to_tsvector('english', title) || to_tsvector('english', description) AS tsv
FROM webtest.test_cases
ORDER BY id;
ALTER TABLE test_cases ADD PRIMARY KEY (id), ADD UNIQUE (test_id);
ALTER TABLE test_cases ADD FOREIGN KEY (project_id) REFERENCES projects (id);

CREATE TABLE test_executions AS
SELECT
    id, execution_id, test_id::integer, project_id::integer, user_id::integer, result,
    execution_time, started_at::timestamp, completed_at::timestamp, browser, error_message,
    screenshots, logs, created_at::timestamp
FROM webtest.test_executions
ORDER BY id;
ALTER TABLE test_executions ADD PRIMARY KEY (id), ADD UNIQUE (execution_id);
ALTER TABLE test_executions
    ADD FOREIGN KEY (test_id) REFERENCES test_cases (id),
    ADD FOREIGN KEY (project_id) REFERENCES projects (id),
    ADD FOREIGN KEY (user_id) REFERENCES users (id);
-- What it takes to write to it: ingest.py does.
CREATE SEQUENCE test_executions_id_seq OWNED BY test_executions.id;
SELECT setval('test_executions_id_seq', (SELECT max(id) FROM test_executions));
ALTER TABLE test_executions
    ALTER COLUMN id SET DEFAULT nextval('document_000.test_executions_id_seq'),
    ALTER COLUMN created_at SET DEFAULT now(),
    ALTER COLUMN execution_id SET NOT NULL,
    ALTER COLUMN test_id SET NOT NULL,
    ALTER COLUMN project_id SET NOT NULL,
    ALTER COLUMN result SET NOT NULL,
    ADD CHECK (result IN ('pending', 'running', 'pass', 'fail', 'skip', 'error')),
    ADD CHECK (execution_time >= 0),
    ADD CHECK (completed_at >= started_at),
    ADD CHECK (browser IN ('chrome', 'firefox', 'edge', 'safari', 'webkit'));

CREATE TABLE audit_logs AS
SELECT
    id, user_id::integer, username, action, resource, resource_id, ip_address, user_agent,
    request_method, request_path, response_status, changes, created_at::timestamp
FROM core.audit_logs
ORDER BY created_at;
ALTER TABLE audit_logs ADD PRIMARY KEY (id);

CREATE TABLE agent_decisions AS
SELECT
    id, agent_id, agent_type, decision_type, context, decision, confidence_score,
    execution_time_ms, created_at::timestamp
FROM webtest.agent_decisions
ORDER BY id;
ALTER TABLE agent_decisions ADD PRIMARY KEY (id);

CREATE TABLE agent_messages AS
SELECT
    id, sender_id, receiver_id, message_type, payload, status, created_at::timestamp,
    processed_at::timestamp
FROM webtest.agent_messages
ORDER BY id;
ALTER TABLE agent_messages ADD PRIMARY KEY (id);
CREATE INDEX idx_agent_messages_sender_id ON agent_messages (sender_id);
CREATE INDEX idx_agent_messages_receiver_id ON agent_messages (receiver_id);
CREATE INDEX idx_agent_messages_unprocessed
ON agent_messages (id, sender_id, receiver_id, created_at) WHERE status IN ('sent', 'delivered');

CREATE TABLE predictions AS
SELECT
    id, model_id::integer, model_name, model_version, features, prediction, confidence,
    ground_truth, latency_ms, created_at::timestamp
FROM webtest.predictions
ORDER BY id;
ALTER TABLE predictions ADD PRIMARY KEY (id);

CREATE INDEX idx_agent_decisions_created_at ON agent_decisions (created_at DESC);
CREATE INDEX idx_agent_decision_agent_confidence
ON agent_decisions (agent_id, confidence_score DESC, created_at DESC);
CREATE INDEX idx_agent_decisions_context ON agent_decisions USING gin (context);
CREATE INDEX idx_predictions_model_id ON predictions (model_id);
CREATE INDEX idx_predictions_created_at ON predictions (created_at DESC);
CREATE INDEX idx_predictions_model_created
ON predictions (model_name, model_version, created_at DESC);
CREATE INDEX idx_predictions_no_ground_truth ON predictions (id, model_name, created_at DESC)
WHERE ground_truth IS NULL;
CREATE INDEX idx_predictions_features ON predictions USING gin (features);

-- §2.2 to §2.7
CREATE UNIQUE INDEX idx_users_username ON users (username);
CREATE UNIQUE INDEX idx_users_email ON users (email);
CREATE UNIQUE INDEX idx_test_cases_test_id ON test_cases (test_id);
CREATE UNIQUE INDEX idx_test_executions_execution_id ON test_executions (execution_id);
CREATE INDEX idx_test_cases_project_id ON test_cases (project_id);
CREATE INDEX idx_test_cases_created_by ON test_cases (created_by);
CREATE INDEX idx_test_executions_test_id ON test_executions (test_id);
CREATE INDEX idx_test_executions_project_id ON test_executions (project_id);
CREATE INDEX idx_test_executions_user_id ON test_executions (user_id);
CREATE INDEX idx_audit_logs_user_id ON audit_logs (user_id);
CREATE INDEX idx_test_executions_created_at ON test_executions (created_at DESC);
CREATE INDEX idx_audit_logs_created_at ON audit_logs (created_at DESC);
CREATE INDEX idx_test_exec_project_status_created
ON test_executions (project_id, result, created_at DESC);
CREATE INDEX idx_test_cases_project_status_created
ON test_cases (project_id, status, created_at DESC);
CREATE INDEX idx_test_exec_test_result_created
ON test_executions (test_id, result, created_at DESC);
CREATE INDEX idx_test_cases_active ON test_cases (id, created_at DESC) WHERE status = 'active';
CREATE INDEX idx_test_exec_running ON test_executions (id, started_at DESC, project_id)
WHERE result IN ('running', 'pending');
CREATE INDEX idx_test_exec_failed
ON test_executions (id, test_id, created_at DESC, left(error_message, 500))
WHERE result IN ('fail', 'error');
CREATE INDEX idx_test_cases_tsv ON test_cases USING gin (tsv);

-- §3.2; without its rows, which take a minute at scale 1 and the whole disk at scale 10.
CREATE MATERIALIZED VIEW mv_project_stats AS
SELECT
    p.id AS project_id,
    p.name AS project_name,
    count(DISTINCT tc.id) AS total_tests,
    count(DISTINCT CASE WHEN tc.status = 'active' THEN tc.id END) AS active_tests,
    count(te.id) AS total_executions_last_30_days,
    count(CASE WHEN te.result = 'pass' THEN 1 END) AS passed_executions,
    count(CASE WHEN te.result = 'fail' THEN 1 END) AS failed_executions,
    avg(te.execution_time) AS avg_execution_time
FROM projects AS p
LEFT JOIN test_cases AS tc ON tc.project_id = p.id
LEFT JOIN test_executions AS te
    ON te.project_id = p.id AND te.created_at >= now() - interval '30 days'
WHERE p.status = 'active'
GROUP BY p.id, p.name
WITH NO DATA;

CREATE SCHEMA document_001;
SET LOCAL search_path = document_001;

CREATE TABLE projects AS SELECT id::integer, name, status FROM core.projects;
ALTER TABLE projects ADD PRIMARY KEY (id);

CREATE TABLE maturity_dimensions AS
SELECT id::integer, name, description, weight FROM atmosfera.maturity_dimensions;
ALTER TABLE maturity_dimensions ADD PRIMARY KEY (id);

CREATE TABLE assessments AS
SELECT
    id::integer, project_id::integer, user_id::integer, dimension_id::integer, current_level,
    target_level, evidence, notes, assessment_date::timestamp, created_at::timestamp
FROM atmosfera.assessments;
ALTER TABLE assessments ADD PRIMARY KEY (id);
CREATE INDEX idx_assessments_project ON assessments (project_id);
CREATE INDEX idx_assessments_dimension ON assessments (dimension_id);
CREATE INDEX idx_assessments_date ON assessments (assessment_date);
CREATE INDEX idx_assessments_project_dimension ON assessments (project_id, dimension_id);

CREATE TABLE test_cases AS
SELECT
    id::integer, title, description, preconditions, steps, expected_results, actual_results,
    priority, severity, status, suite_id::integer, user_id::integer, ai_generated, automatable,
    automation_status, test_data, created_at::timestamp, updated_at::timestamp, project_id::integer
FROM atmosfera.test_cases
ORDER BY id;
ALTER TABLE test_cases ADD PRIMARY KEY (id);
CREATE INDEX idx_test_cases_project ON test_cases (project_id);
CREATE INDEX idx_test_cases_suite ON test_cases (suite_id);
CREATE INDEX idx_test_cases_status ON test_cases (status);
CREATE INDEX idx_test_cases_priority ON test_cases (priority);
CREATE INDEX idx_test_cases_ai_generated ON test_cases (ai_generated);
CREATE INDEX idx_test_cases_project_status ON test_cases (project_id, status);
CREATE INDEX idx_test_cases_ready ON test_cases (id) WHERE status = 'ready';
CREATE INDEX idx_test_cases_steps_gin ON test_cases USING gin (steps);

CREATE TABLE test_cycles AS
SELECT id::integer, name, status, start_date::timestamp, end_date::timestamp, project_id::integer
FROM atmosfera.test_cycles;
ALTER TABLE test_cycles ADD PRIMARY KEY (id);
CREATE INDEX idx_test_cycles_project ON test_cycles (project_id);
CREATE INDEX idx_test_cycles_dates ON test_cycles (start_date, end_date);

CREATE TABLE test_cycle_items AS
SELECT
    id::integer, cycle_id::integer, test_case_id::integer, suite_id::integer,
    assigned_user_id::integer, status, created_at::timestamp, updated_at::timestamp
FROM atmosfera.test_cycle_items
ORDER BY id;
ALTER TABLE test_cycle_items ADD PRIMARY KEY (id);
CREATE INDEX idx_test_cycle_items_cycle ON test_cycle_items (cycle_id);
CREATE INDEX idx_test_cycle_items_test_case ON test_cycle_items (test_case_id);
CREATE INDEX idx_test_cycle_items_status ON test_cycle_items (status);
CREATE UNIQUE INDEX idx_test_cycle_items_unique ON test_cycle_items (cycle_id, test_case_id);
CREATE INDEX idx_test_cycle_items_cycle_status ON test_cycle_items (cycle_id, status);

CREATE TABLE test_runs AS
SELECT
    id::integer, cycle_item_id::integer, executed_by::integer, executed_at::timestamp, duration,
    status, notes, evidence, environment, version, step_results, defects, tags
FROM atmosfera.test_runs
ORDER BY id;
ALTER TABLE test_runs ADD PRIMARY KEY (id);
CREATE INDEX idx_test_runs_cycle_item ON test_runs (cycle_item_id);
CREATE INDEX idx_test_runs_executed_by ON test_runs (executed_by);
CREATE INDEX idx_test_runs_status ON test_runs (status);
CREATE INDEX idx_test_runs_executed_at ON test_runs (executed_at);

CREATE TABLE jira_tickets AS
SELECT
    id::integer, project_id::integer, jira_key, issue_type, summary, description, priority,
    status, labels, last_synced::timestamp
FROM atmosfera.jira_tickets
ORDER BY id;
ALTER TABLE jira_tickets ADD PRIMARY KEY (id);
CREATE INDEX idx_jira_tickets_project ON jira_tickets (project_id);
CREATE INDEX idx_jira_tickets_key ON jira_tickets (jira_key);
CREATE INDEX idx_jira_tickets_status ON jira_tickets (status);
CREATE INDEX idx_jira_tickets_sync ON jira_tickets (last_synced);
CREATE UNIQUE INDEX idx_jira_tickets_unique ON jira_tickets (project_id, jira_key);
CREATE INDEX idx_jira_tickets_project_status ON jira_tickets (project_id, status);
CREATE INDEX idx_jira_tickets_labels_gin ON jira_tickets USING gin (labels);

CREATE TABLE test_case_jira_links AS
SELECT id::integer, test_case_id::integer, jira_ticket_id::integer, link_type
FROM atmosfera.test_case_jira_links
ORDER BY id;
ALTER TABLE test_case_jira_links ADD PRIMARY KEY (id);
CREATE INDEX idx_jira_links_test_case ON test_case_jira_links (test_case_id);
CREATE INDEX idx_jira_links_jira_ticket ON test_case_jira_links (jira_ticket_id);
CREATE UNIQUE INDEX idx_jira_links_unique
ON test_case_jira_links (test_case_id, jira_ticket_id);

CREATE TABLE recommendations AS
SELECT
    id::integer, title, description, category, priority, project_id::integer,
    dimension_id::integer, status, ai_confidence, created_at::timestamp
FROM atmosfera.recommendations;
ALTER TABLE recommendations ADD PRIMARY KEY (id);
CREATE INDEX idx_recommendations_project ON recommendations (project_id);
CREATE INDEX idx_recommendations_status ON recommendations (status);
CREATE INDEX idx_recommendations_priority ON recommendations (priority);
CREATE INDEX idx_recommendations_active ON recommendations (id) WHERE status = 'active';

-- §8.1 to §8.3, as the document has them.
CREATE VIEW test_coverage_summary AS
SELECT
    p.id AS project_id,
    p.name AS project_name,
    count(DISTINCT jt.id) AS total_jira_tickets,
    count(DISTINCT tcjl.jira_ticket_id) AS covered_tickets,
    count(DISTINCT tc.id) AS total_test_cases,
    round(
        count(DISTINCT tcjl.jira_ticket_id)::decimal / nullif(count(DISTINCT jt.id), 0) * 100, 2
    ) AS coverage_percentage
FROM projects AS p
LEFT JOIN jira_tickets AS jt ON p.id = jt.project_id
LEFT JOIN test_case_jira_links AS tcjl ON jt.id = tcjl.jira_ticket_id
LEFT JOIN test_cases AS tc ON p.id = tc.project_id
GROUP BY p.id, p.name;

CREATE VIEW maturity_progress AS
SELECT
    p.id AS project_id,
    p.name AS project_name,
    md.name AS dimension_name,
    a.current_level,
    a.target_level,
    a.assessment_date,
    row_number() OVER (PARTITION BY p.id, md.id ORDER BY a.assessment_date DESC) AS latest_rank
FROM projects AS p
CROSS JOIN maturity_dimensions AS md
LEFT JOIN assessments AS a ON p.id = a.project_id AND md.id = a.dimension_id
ORDER BY p.id, md.id, a.assessment_date DESC;

CREATE VIEW test_execution_summary AS
SELECT
    tc.id AS cycle_id,
    tc.name AS cycle_name,
    tc.project_id,
    count(tci.id) AS total_tests,
    count(CASE WHEN tci.status = 'passed' THEN 1 END) AS passed_tests,
    count(CASE WHEN tci.status = 'failed' THEN 1 END) AS failed_tests
FROM test_cycles AS tc
LEFT JOIN test_cycle_items AS tci ON tc.id = tci.cycle_id
GROUP BY tc.id, tc.name, tc.project_id;

CREATE SCHEMA document_002;
SET LOCAL search_path = document_002;

CREATE TABLE projects AS
SELECT project_id, account_id, name, status, content_sha256, confidence, etag, created_at
FROM apex.projects
ORDER BY project_id;
ALTER TABLE projects ADD PRIMARY KEY (project_id);
CREATE INDEX ix_projects_account_status_created ON projects (account_id, status, created_at);
CREATE INDEX ix_projects_status_created ON projects (status, created_at);
CREATE INDEX ix_projects_active_status ON projects (status) WHERE status <> 'draft';
CREATE INDEX ix_projects_content_sha ON projects (content_sha256);
CREATE INDEX ix_projects_etag ON projects (etag);

CREATE TABLE project_payloads AS
SELECT payload_id, project_id, module, payload, created_at
FROM apex.project_payloads
ORDER BY payload_id;
ALTER TABLE project_payloads ADD PRIMARY KEY (payload_id);
CREATE INDEX ix_payloads_project_module ON project_payloads (project_id, module);

CREATE TABLE project_events AS
SELECT event_id, project_id, user_id, event_type, data, "timestamp"
FROM apex.project_events
ORDER BY event_id;
ALTER TABLE project_events ADD PRIMARY KEY (event_id);
CREATE INDEX ix_events_project_timestamp ON project_events (project_id, "timestamp");

CREATE SCHEMA document_003;
SET LOCAL search_path = document_003;

CREATE TABLE rules AS
SELECT
    rule_id, category, title, description, severity, enforcement, examples, anti_patterns,
    violations_consequence, created_by, created_at::timestamp, updated_at::timestamp, active,
    priority, status
FROM assistant.rules
ORDER BY rule_id;
ALTER TABLE rules ADD PRIMARY KEY (rule_id);
CREATE INDEX idx_rules_category ON rules (category) WHERE active = true;
CREATE INDEX idx_rules_severity ON rules (severity, created_at DESC) WHERE active = true;
CREATE INDEX idx_rules_search
ON rules USING gin (to_tsvector('english', title || ' ' || description));
CREATE INDEX idx_rules_examples ON rules USING gin (examples);

CREATE SCHEMA document_004;
SET LOCAL search_path = document_004;

CREATE TABLE documents AS
SELECT
    document_id, user_id, project_name, content, metadata, status, version, file_path, created_at,
    updated_at
FROM copilot.documents;
ALTER TABLE documents ADD PRIMARY KEY (document_id);
CREATE INDEX idx_documents_user_id ON documents (user_id);
CREATE INDEX idx_documents_created_at ON documents (created_at);
CREATE INDEX idx_documents_status ON documents (status);
CREATE INDEX idx_documents_project_name ON documents (project_name);
CREATE INDEX idx_documents_metadata ON documents USING gin (metadata);

CREATE TABLE messages AS
SELECT
    message_id, conversation_id, user_id, sequence_number, role, content, metadata, token_count,
    "timestamp"
FROM copilot.messages
ORDER BY "timestamp";
ALTER TABLE messages ADD PRIMARY KEY (message_id);
CREATE INDEX idx_messages_conversation_id ON messages (conversation_id);
CREATE INDEX idx_messages_timestamp ON messages ("timestamp");

CREATE TABLE conversations AS
SELECT conversation_id, user_id, title, metadata, created_at, updated_at
FROM copilot.conversations;
ALTER TABLE conversations ADD PRIMARY KEY (conversation_id);
CREATE INDEX idx_conversations_user_id ON conversations (user_id);
CREATE INDEX idx_conversations_title ON conversations (title);
CREATE INDEX idx_conversations_created_at ON conversations (created_at);

CREATE TABLE diagrams AS
SELECT
    diagram_id, user_id, title, diagram_type, mermaid_code, preview_url, metadata, created_at,
    updated_at
FROM copilot.diagrams;
ALTER TABLE diagrams ADD PRIMARY KEY (diagram_id);
CREATE INDEX idx_diagrams_user_id ON diagrams (user_id);
CREATE INDEX idx_diagrams_type ON diagrams (diagram_type);
CREATE INDEX idx_diagrams_title ON diagrams (title);
CREATE INDEX idx_diagrams_created_at ON diagrams (created_at);
