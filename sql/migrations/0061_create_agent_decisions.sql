-- 0061_create_agent_decisions
--
-- What:     webtest.agent_decisions, by month, append-only, with its first partitions, row security
--           and grants; and webtest.tg__goes_with_its_project().
-- Why:      000 §1.2, where no key ties a decision to its agent, nor to the user of §1.1's diagram
--           (defect 24), and retention could only delete row by row (defect 79).
-- Locks:    core.users SHARE ROW EXCLUSIVE, core.projects SHARE ROW EXCLUSIVE,
--           webtest.agents SHARE ROW EXCLUSIVE
-- Data:     1 reference row in ops.partitioned_logs
-- Rollback: loses every decision.

-- A foreign key's cascade deletes as the table's owner, when the project's row is gone already.
CREATE FUNCTION webtest.tg__goes_with_its_project() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (SELECT FROM core.projects AS p WHERE p.id = OLD.project_id) THEN
        RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
            USING
                ERRCODE = 'restrict_violation',
                HINT = 'Old rows leave with their partition, or all of them with their project.';
    END IF;

    RETURN OLD;
END
$$;

COMMENT ON FUNCTION webtest.tg__goes_with_its_project() IS
    'Refuses to delete a row of a log, to the table''s owner too, unless its project is being '
    'deleted.';

REVOKE ALL ON FUNCTION webtest.tg__goes_with_its_project() FROM PUBLIC;

CREATE TABLE webtest.agent_decisions (
    id bigint GENERATED ALWAYS AS IDENTITY,
    agent_id varchar(50) NOT NULL,
    project_id bigint NOT NULL,
    agent_type varchar(50) NOT NULL,
    user_id bigint DEFAULT core.current_user_id(),
    decision_type varchar(50) NOT NULL,
    context jsonb NOT NULL,
    decision jsonb NOT NULL,
    confidence_score double precision NOT NULL,
    execution_time_ms double precision NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT agent_decisions_pkey PRIMARY KEY (id, created_at),
    CONSTRAINT agent_decisions_project_id_fkey FOREIGN KEY (project_id)
        REFERENCES core.projects (id) ON DELETE CASCADE,
    -- Checked at the end of the statement, so that a project may go with agents and decisions.
    CONSTRAINT agent_decisions_agent_id_fkey FOREIGN KEY (agent_id, project_id, agent_type)
        REFERENCES webtest.agents (agent_id, project_id, agent_type) ON DELETE NO ACTION,
    CONSTRAINT agent_decisions_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES core.users (id) ON DELETE RESTRICT,
    CONSTRAINT agent_decisions_agent_type_check CHECK (
        agent_type IN (
            'requirements', 'generation', 'execution', 'observation', 'analysis', 'evolution'
        )
    ),
    CONSTRAINT agent_decisions_decision_type_is_not_blank_check CHECK (decision_type ~ '\S'),
    CONSTRAINT agent_decisions_context_is_an_object_check CHECK (jsonb_typeof(context) = 'object'),
    CONSTRAINT agent_decisions_confidence_score_check CHECK (confidence_score BETWEEN 0 AND 1),
    CONSTRAINT agent_decisions_execution_time_ms_is_a_duration_check CHECK (
        execution_time_ms >= 0
        AND execution_time_ms < 'Infinity'
    )
) PARTITION BY RANGE (created_at);

COMMENT ON TABLE webtest.agent_decisions IS
    'What agents decided, and why. Rows are never changed, and leave with their month''s '
    'partition, or with their project.';
COMMENT ON COLUMN webtest.agent_decisions.id IS
    'Number of the decision; the key holds created_at too, because a partitioned one must.';
COMMENT ON COLUMN webtest.agent_decisions.agent_id IS
    'Who decided: an agent of the same project.';
COMMENT ON COLUMN webtest.agent_decisions.project_id IS
    'The tenant. Left out, the project of the agent: webtest.project_of_agents().';
COMMENT ON COLUMN webtest.agent_decisions.agent_type IS
    'The agent''s type; left out it is filled from the agent, and no other is taken.';
COMMENT ON COLUMN webtest.agent_decisions.user_id IS
    'The person the agent acted for: the session''s, where the INSERT names none; NULL for work '
    'that nobody asked for. Kept after erasure, as a pseudonym.';
COMMENT ON COLUMN webtest.agent_decisions.decision_type IS
    'What kind of decision; the agents'' own words.';
COMMENT ON COLUMN webtest.agent_decisions.context IS
    'What the agent knew, an object such as {"test_id": "TEST-000001"}. Search it by '
    'webtest.search_decisions(): under row security @> alone can''t use the index.';
COMMENT ON COLUMN webtest.agent_decisions.decision IS
    'What it decided: any JSON.';
COMMENT ON COLUMN webtest.agent_decisions.confidence_score IS
    'How sure it was, from 0 to 1.';
COMMENT ON COLUMN webtest.agent_decisions.execution_time_ms IS
    'How long it took to decide, in milliseconds.';
COMMENT ON COLUMN webtest.agent_decisions.created_at IS
    'When. The products can''t set it; the partition follows from it.';

-- Invoker rights, those of webtest.project_of_agents(). A wrong type or project that was given is
-- left for the foreign key to refuse.
CREATE FUNCTION webtest.tg_agent_decisions__fill_from_agent() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.project_id := coalesce(NEW.project_id, webtest.project_of_agents(NEW.agent_id));

    IF NEW.agent_type IS NULL THEN
        SELECT a.agent_type
        INTO NEW.agent_type
        FROM webtest.agents AS a
        WHERE a.agent_id = NEW.agent_id
            AND a.project_id = NEW.project_id;

        IF NOT FOUND THEN
            RAISE EXCEPTION 'project % has no agent %', NEW.project_id, NEW.agent_id
                USING
                    ERRCODE = 'foreign_key_violation',
                    HINT = 'Register it first: INSERT INTO webtest.agents (agent_id, project_id, '
                        'agent_type) VALUES (…). app.user_id must be able to see it.';
        END IF;
    END IF;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION webtest.tg_agent_decisions__fill_from_agent() IS
    'Takes project and type from the agent when an INSERT does not name them.';

REVOKE ALL ON FUNCTION webtest.tg_agent_decisions__fill_from_agent() FROM PUBLIC;

CREATE TRIGGER tg_agent_decisions__fill_from_agent
BEFORE INSERT ON webtest.agent_decisions
FOR EACH ROW
WHEN (NEW.project_id IS NULL OR NEW.agent_type IS NULL)
EXECUTE FUNCTION webtest.tg_agent_decisions__fill_from_agent();

-- No column for core.erase_user() to blank: the row keeps a pseudonym.
CREATE TRIGGER tg__append_only
BEFORE UPDATE ON webtest.agent_decisions
FOR EACH ROW
EXECUTE FUNCTION core.tg__append_only('{}');

CREATE TRIGGER tg__goes_with_its_project
BEFORE DELETE ON webtest.agent_decisions
FOR EACH ROW
EXECUTE FUNCTION webtest.tg__goes_with_its_project();

CREATE TRIGGER tg__append_only_truncate
BEFORE TRUNCATE ON webtest.agent_decisions
FOR EACH STATEMENT
EXECUTE FUNCTION core.tg__append_only();

ALTER TABLE webtest.agent_decisions ENABLE ROW LEVEL SECURITY;

CREATE POLICY agent_decisions_viewers_select ON webtest.agent_decisions
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

-- In one's own name, or in nobody's.
CREATE POLICY agent_decisions_editors_insert ON webtest.agent_decisions
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
    AND (user_id IS NULL OR user_id = (SELECT core.current_user_id()))
);

GRANT
    SELECT,
    INSERT (
        agent_id, project_id, agent_type, user_id, decision_type, context, decision,
        confidence_score, execution_time_ms
    )
ON webtest.agent_decisions TO authenticated_users;
GRANT SELECT ON webtest.agent_decisions TO readonly_users;
GRANT SELECT, INSERT ON webtest.agent_decisions TO bulk_loader;
-- No UPDATE or DELETE for anybody, no INSERT of created_at, and nothing on a partition: a grant
-- there would go round these policies.

INSERT INTO ops.partitioned_logs (schema_name, table_name)
VALUES ('webtest', 'agent_decisions');

SELECT ops.create_partitions_ahead();
