-- 0116_create_column_classes
--
-- What:     ops.column_classes, how far the content of each column may travel, and the classes of
--           core and ops.
-- Why:      000 and 003 speak of personal data without saying which it is (defects 37, 79). Erasure,
--           copies for staging and whoever grants a column need one list.
-- Locks:    nothing that existed before
-- Data:     the reference rows of schemas core and ops
-- Rollback: loses the classes.

CREATE TABLE ops.column_classes (
    schema_name name NOT NULL,
    table_name name NOT NULL,
    class text NOT NULL,
    columns name[] NOT NULL,
    CONSTRAINT column_classes_pkey PRIMARY KEY (schema_name, table_name, class),
    CONSTRAINT column_classes_class_check CHECK (
        class IN ('public', 'internal', 'confidential', 'personal', 'secret')
    ),
    CONSTRAINT column_classes_names_columns_check CHECK (cardinality(columns) > 0)
);

COMMENT ON TABLE ops.column_classes IS
    'The class of every column of every table, a row for each class of a table. A migration that '
    'adds a column adds it here; a rule in tests/rules/ insists. sql/maintenance/scrub.sql replaces '
    'what is personal or secret in a copy.';
COMMENT ON COLUMN ops.column_classes.schema_name IS
    'Schema of the table.';
COMMENT ON COLUMN ops.column_classes.table_name IS
    'The table; a partition has the classes of its parent.';
COMMENT ON COLUMN ops.column_classes.class IS
    'public: reference data. internal: keys, states, moments, figures. confidential: what a project '
    'wrote. personal: says who somebody is, or is theirs alone. secret: read by no product.';
COMMENT ON COLUMN ops.column_classes.columns IS
    'The columns of that table which are of this class.';

GRANT SELECT ON ops.column_classes TO monitoring;

INSERT INTO ops.column_classes (schema_name, table_name, class, columns)
VALUES
    ('core', 'users', 'internal',
     '{id, user_id, role, is_active, last_login, erased_at, created_at, updated_at}'),
    ('core', 'users', 'personal', '{username, email, full_name, organization, preferences}'),
    ('core', 'users', 'secret', '{password_hash, mfa_secret}'),
    ('core', 'projects', 'internal', '{id, owner_id, status, project_type, created_at, updated_at}'),
    ('core', 'projects', 'confidential',
     '{name, description, industry_area, regulations, additional_context, quality_focus, test_strategy}'),
    ('core', 'user_project_access', 'internal',
     '{user_id, project_id, access_level, created_at, updated_at}'),
    ('core', 'project_members', 'internal', '{project_id, user_id, joined_at}'),
    ('core', 'global_settings', 'internal',
     '{id, key, description, category, is_secret, created_at, updated_at}'),
    ('core', 'global_settings', 'confidential', '{value}'),
    ('core', 'audit_logs', 'internal',
     '{id, user_id, action, resource, resource_id, request_method, response_status, created_at}'),
    ('core', 'audit_logs', 'personal', '{username, ip_address, user_agent, request_path, changes}'),
    ('ops', 'partitioned_logs', 'public', '{schema_name, table_name}'),
    ('ops', 'erasure_policies', 'public',
     '{schema_name, table_name, column_name, action, blanked, reason}'),
    ('ops', 'column_classes', 'public', '{schema_name, table_name, class, columns}'),
    ('ops', 'materialized_view_refreshes', 'internal',
     '{schema_name, view_name, refreshed_at, duration, attempted_at, error}');
