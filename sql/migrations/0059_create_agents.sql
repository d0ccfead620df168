-- 0059_create_agents
--
-- What:     webtest.agents with row security and grants; webtest.project_of_agents(), by which the
--           rows that name agents find their project; webtest.tg__require_project().
-- Why:      000 §1.1 draws agents (1)–(n) agent_decisions, and §2.3 speaks of foreign keys to them:
--           the document has no such table (defect 24).
-- Locks:    core.projects SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every agent.

-- Use: BEFORE INSERT … FOR EACH ROW WHEN (NEW.project_id IS NULL), where the column's default is
-- webtest.default_project_id(). Without it the policy would speak first, of rights.
CREATE FUNCTION webtest.tg__require_project() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '%.% needs a project_id, and there is not exactly one project to take',
        TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING
            ERRCODE = 'not_null_violation',
            HINT = 'Say which: give project_id, or SELECT set_config(''app.project_id'', $1, true). '
                'It is left out only by who may write to one project.';
END
$$;

COMMENT ON FUNCTION webtest.tg__require_project() IS
    'Refuses a row whose project webtest.default_project_id() could not tell, and says what to do.';

REVOKE ALL ON FUNCTION webtest.tg__require_project() FROM PUBLIC;

CREATE TABLE webtest.agents (
    agent_id varchar(50) NOT NULL,
    project_id bigint NOT NULL DEFAULT webtest.default_project_id(),
    agent_type varchar(50) NOT NULL,
    description text,
    status varchar(50) NOT NULL DEFAULT 'active',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT agents_pkey PRIMARY KEY (agent_id, project_id),
    -- What agent_decisions refers to: a decision is of its agent's type.
    CONSTRAINT agents_agent_id_project_id_agent_type_key UNIQUE (agent_id, project_id, agent_type),
    CONSTRAINT agents_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    CONSTRAINT agents_agent_id_is_not_blank_check CHECK (agent_id ~ '\S'),
    CONSTRAINT agents_agent_type_check CHECK (
        agent_type IN (
            'requirements', 'generation', 'execution', 'observation', 'analysis', 'evolution'
        )
    ),
    CONSTRAINT agents_status_check CHECK (status IN ('active', 'inactive', 'deprecated'))
);

COMMENT ON TABLE webtest.agents IS
    'The programs that decide and write to each other, registered a project at a time: two '
    'projects may each have a generation_agent_001, and neither sees the other''s. One that has '
    'decided or written can''t be deleted; its status says that it is retired.';
COMMENT ON COLUMN webtest.agents.agent_id IS
    'The name the agent goes by, such as generation_agent_001; unique in its project.';
COMMENT ON COLUMN webtest.agents.project_id IS
    'The tenant. Left out: webtest.default_project_id().';
COMMENT ON COLUMN webtest.agents.agent_type IS
    'requirements, generation, execution, observation, analysis or evolution. Fixed: what works '
    'otherwise is another agent.';
COMMENT ON COLUMN webtest.agents.description IS
    'What it is for, in its project''s words.';
COMMENT ON COLUMN webtest.agents.status IS
    'active, inactive (for now) or deprecated (for good). For people and schedulers: what an agent '
    'of another status still sends is kept.';
COMMENT ON COLUMN webtest.agents.created_at IS
    'When it was registered.';
COMMENT ON COLUMN webtest.agents.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__require_project
BEFORE INSERT ON webtest.agents
FOR EACH ROW
WHEN (NEW.project_id IS NULL)
EXECUTE FUNCTION webtest.tg__require_project();

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON webtest.agents
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- Texts of a project are named when they change, never copied: administrators read the audit
-- trail, and no project's content.
CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON webtest.agents
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit('{agent_id,project_id}', '{description}', '{updated_at}');

ALTER TABLE webtest.agents ENABLE ROW LEVEL SECURITY;

CREATE POLICY agents_viewers_select ON webtest.agents
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY agents_editors_insert ON webtest.agents
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY agents_editors_update ON webtest.agents
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY agents_managers_delete ON webtest.agents
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
    INSERT (agent_id, project_id, agent_type, description, status),
    UPDATE (description, status),
    DELETE
ON webtest.agents TO authenticated_users;
GRANT SELECT ON webtest.agents TO readonly_users;
GRANT SELECT, INSERT ON webtest.agents TO bulk_loader;
-- No UPDATE of agent_id, project_id or agent_type: decisions and messages hold on to them.

-- Invoker rights: an agent that the session can't see gives no project, nor does one of a project
-- it may only read. Whoever row security does not bind (a load, the owner) may write everywhere.
CREATE FUNCTION webtest.project_of_agents(VARIADIC p_agent_ids text[]) RETURNS bigint
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
AS $$
DECLARE
    named        constant bigint :=
        nullif(pg_catalog.current_setting('app.project_id', true), '')::bigint;
    projects     bigint[];
BEGIN
    SELECT array(
        SELECT a.project_id
        FROM webtest.agents AS a
        WHERE a.agent_id = ANY (p_agent_ids)
            AND a.project_id = coalesce(named, a.project_id)
            AND (
                NOT pg_catalog.row_security_active('webtest.agents')
                OR a.project_id IN (
                    SELECT u.project_id
                    FROM core.user_project_access AS u
                    WHERE u.user_id = (SELECT core.current_user_id())
                        AND u.access_level IN ('editor', 'manager')
                )
            )
        GROUP BY a.project_id
        HAVING count(*) = (SELECT count(DISTINCT i.label) FROM unnest(p_agent_ids) AS i (label))
        LIMIT 2
    )
    INTO projects;

    CASE pg_catalog.cardinality(projects)
        WHEN 0 THEN
            RAISE EXCEPTION 'no project you may write to has the agent %',
                pg_catalog.array_to_string(p_agent_ids, ' and the agent ')
                USING
                    ERRCODE = 'foreign_key_violation',
                    HINT = 'Register it first: INSERT INTO webtest.agents (agent_id, project_id, '
                        'agent_type) VALUES (…). app.user_id must be an editor of the project.';
        WHEN 1 THEN
            RETURN projects[1];
        ELSE
            RAISE EXCEPTION 'more than one project you may write to has the agent %',
                pg_catalog.array_to_string(p_agent_ids, ' and the agent ')
                USING
                    ERRCODE = 'cardinality_violation',
                    HINT = 'Say which: give project_id, or '
                        'SELECT set_config(''app.project_id'', $1, true).';
    END CASE;
END
$$;

COMMENT ON FUNCTION webtest.project_of_agents(text[]) IS
    'The one project the session may write to that has all these agents, app.project_id deciding '
    'where several do; an error with a hint where there is none, or more than one. For the '
    'triggers of rows whose INSERT names agents and no project.';

REVOKE ALL ON FUNCTION webtest.project_of_agents(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webtest.project_of_agents(text[]) TO authenticated_users, bulk_loader;
