-- 0042_create_jira_tickets
--
-- What:     atmosfera.jira_tickets, its row security and grants.
-- Why:      001 §5.1, whose unique index over a nullable project_id takes a ticket twice (defect
--           26).
-- Locks:    core.projects SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every row of atmosfera.jira_tickets.

CREATE TABLE atmosfera.jira_tickets (
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    jira_key varchar(50) NOT NULL,
    issue_type varchar(50),
    summary text NOT NULL,
    description text,
    priority varchar(50),
    status varchar(50) NOT NULL,
    assignee varchar(100),
    reporter varchar(100),
    labels jsonb NOT NULL DEFAULT '[]',
    components jsonb NOT NULL DEFAULT '[]',
    created_date timestamptz,
    updated_date timestamptz,
    content_hash varchar(64),
    last_synced timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT jira_tickets_pkey PRIMARY KEY (id),
    CONSTRAINT jira_tickets_project_id_id_key UNIQUE (project_id, id),
    CONSTRAINT jira_tickets_project_id_jira_key_key UNIQUE (project_id, jira_key),
    CONSTRAINT jira_tickets_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT jira_tickets_jira_key_is_not_blank_check CHECK (jira_key ~ '\S'),
    CONSTRAINT jira_tickets_labels_is_an_array_check CHECK (jsonb_typeof(labels) = 'array'),
    CONSTRAINT jira_tickets_components_is_an_array_check CHECK (
        jsonb_typeof(components) = 'array'
    )
);

COMMENT ON TABLE atmosfera.jira_tickets IS
    'The mirror of a Jira issue, written by the synchronisation. Types, priorities and statuses '
    'are Jira''s own and each site''s, so they are not checked.';
COMMENT ON COLUMN atmosfera.jira_tickets.id IS
    'What links refer to, together with project_id.';
COMMENT ON COLUMN atmosfera.jira_tickets.project_id IS
    'The tenant. A row never moves to another.';
COMMENT ON COLUMN atmosfera.jira_tickets.jira_key IS
    'Jira''s key, such as SHOP-12; once in a project.';
COMMENT ON COLUMN atmosfera.jira_tickets.issue_type IS
    'Story, Bug …, as Jira says.';
COMMENT ON COLUMN atmosfera.jira_tickets.summary IS
    'Jira''s one line.';
COMMENT ON COLUMN atmosfera.jira_tickets.description IS
    'Jira''s text.';
COMMENT ON COLUMN atmosfera.jira_tickets.priority IS
    'As Jira says.';
COMMENT ON COLUMN atmosfera.jira_tickets.status IS
    'As Jira says.';
COMMENT ON COLUMN atmosfera.jira_tickets.assignee IS
    'A name in Jira, not a person of core.users.';
COMMENT ON COLUMN atmosfera.jira_tickets.reporter IS
    'Likewise.';
COMMENT ON COLUMN atmosfera.jira_tickets.labels IS
    'Jira''s labels, an array of strings.';
COMMENT ON COLUMN atmosfera.jira_tickets.components IS
    'Jira''s components, an array.';
COMMENT ON COLUMN atmosfera.jira_tickets.created_date IS
    'When it was made in Jira.';
COMMENT ON COLUMN atmosfera.jira_tickets.updated_date IS
    'When it last changed in Jira.';
COMMENT ON COLUMN atmosfera.jira_tickets.content_hash IS
    'Of what was copied, so that a synchronisation sees what did not change.';
COMMENT ON COLUMN atmosfera.jira_tickets.last_synced IS
    'When it was last compared with Jira.';
COMMENT ON COLUMN atmosfera.jira_tickets.created_at IS
    'When it was first copied.';
COMMENT ON COLUMN atmosfera.jira_tickets.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON atmosfera.jira_tickets
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

ALTER TABLE atmosfera.jira_tickets ENABLE ROW LEVEL SECURITY;

CREATE POLICY jira_tickets_members_select ON atmosfera.jira_tickets
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY jira_tickets_editors_insert ON atmosfera.jira_tickets
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY jira_tickets_editors_update ON atmosfera.jira_tickets
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY jira_tickets_managers_delete ON atmosfera.jira_tickets
FOR DELETE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level = 'manager'
    )
);

GRANT
    SELECT,
    INSERT (
        project_id, jira_key, issue_type, summary, description, priority, status, assignee,
        reporter, labels, components, created_date, updated_date, content_hash, last_synced
    ),
    UPDATE (
        jira_key, issue_type, summary, description, priority, status, assignee, reporter,
        labels, components, created_date, updated_date, content_hash, last_synced
    ),
    DELETE
ON atmosfera.jira_tickets TO authenticated_users;
GRANT SELECT ON atmosfera.jira_tickets TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.jira_tickets TO bulk_loader;
-- No UPDATE of project_id: a row doesn't move to another tenant.
