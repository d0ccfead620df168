-- 0040_create_test_runs
--
-- What:     atmosfera.test_runs, its row security and grants; an item's status follows its latest
--           run.
-- Why:      001 §4.5 and §8.3: after a run that passed, the item still says not-run (defect 43).
--           Run status and duration are checked (defect 25).
-- Locks:    atmosfera.test_cycle_items SHARE ROW EXCLUSIVE, core.users SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every row of atmosfera.test_runs.

CREATE TABLE atmosfera.test_runs (
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    cycle_item_id bigint NOT NULL,
    executed_by bigint DEFAULT core.current_user_id(),
    executed_at timestamptz NOT NULL DEFAULT now(),
    duration integer,
    status varchar(30) NOT NULL,
    notes text,
    evidence jsonb NOT NULL DEFAULT '[]',
    environment varchar(50),
    version varchar(50),
    step_results jsonb NOT NULL DEFAULT '[]',
    defects jsonb NOT NULL DEFAULT '[]',
    tags jsonb NOT NULL DEFAULT '[]',
    CONSTRAINT test_runs_pkey PRIMARY KEY (id),
    CONSTRAINT test_runs_cycle_item_id_fkey FOREIGN KEY (project_id, cycle_item_id)
        REFERENCES atmosfera.test_cycle_items (project_id, id) ON DELETE CASCADE,
    CONSTRAINT test_runs_executed_by_fkey FOREIGN KEY (executed_by)
        REFERENCES core.users (id) ON DELETE RESTRICT,
    CONSTRAINT test_runs_duration_is_not_negative_check CHECK (duration >= 0),
    CONSTRAINT test_runs_status_check CHECK (
        status IN ('in-progress', 'passed', 'failed', 'blocked')
    ),
    CONSTRAINT test_runs_evidence_is_an_array_check CHECK (jsonb_typeof(evidence) = 'array'),
    CONSTRAINT test_runs_step_results_is_an_array_check CHECK (
        jsonb_typeof(step_results) = 'array'
    ),
    CONSTRAINT test_runs_defects_is_an_array_check CHECK (jsonb_typeof(defects) = 'array'),
    CONSTRAINT test_runs_tags_is_an_array_check CHECK (jsonb_typeof(tags) = 'array')
);

COMMENT ON TABLE atmosfera.test_runs IS
    'One execution of a cycle item. The latest, by executed_at and then id, decides the item''s '
    'status.';
COMMENT ON COLUMN atmosfera.test_runs.id IS
    'Breaks ties between runs of one moment: the higher is the later.';
COMMENT ON COLUMN atmosfera.test_runs.project_id IS
    'The tenant; left out, that of the item.';
COMMENT ON COLUMN atmosfera.test_runs.cycle_item_id IS
    'The case in its cycle; its runs go with it.';
COMMENT ON COLUMN atmosfera.test_runs.executed_by IS
    'Who ran it; left out, the session''s person (NULL without one). Kept when they leave.';
COMMENT ON COLUMN atmosfera.test_runs.executed_at IS
    'When it was run; decides which run is the latest.';
COMMENT ON COLUMN atmosfera.test_runs.duration IS
    'Seconds, from 0; NULL where it was not measured.';
COMMENT ON COLUMN atmosfera.test_runs.status IS
    'in-progress, passed, failed or blocked.';
COMMENT ON COLUMN atmosfera.test_runs.notes IS
    'What the tester wrote.';
COMMENT ON COLUMN atmosfera.test_runs.evidence IS
    'Screenshots, logs …, an array.';
COMMENT ON COLUMN atmosfera.test_runs.environment IS
    'Where it ran, such as staging.';
COMMENT ON COLUMN atmosfera.test_runs.version IS
    'Which version of the product was tested.';
COMMENT ON COLUMN atmosfera.test_runs.step_results IS
    'What each step gave, an array.';
COMMENT ON COLUMN atmosfera.test_runs.defects IS
    'Defects found, an array.';
COMMENT ON COLUMN atmosfera.test_runs.tags IS
    'Labels, an array of strings.';

-- 001's INSERT has no project_id. Invoker's rights: another tenant's test cycle item is as
-- absent as one that does not exist. A project_id that is given is checked by the composite key.
CREATE FUNCTION atmosfera.tg_test_runs__fill_project_id() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    SELECT parent.project_id
    INTO NEW.project_id
    FROM atmosfera.test_cycle_items AS parent
    WHERE parent.id = NEW.cycle_item_id;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no test cycle item %', NEW.cycle_item_id
            USING
                ERRCODE = 'foreign_key_violation',
                HINT = 'It does not exist, or this session may not see it.';
    END IF;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION atmosfera.tg_test_runs__fill_project_id() IS
    'Takes the tenant from the test cycle item when an INSERT does not name it.';

REVOKE ALL ON FUNCTION atmosfera.tg_test_runs__fill_project_id() FROM PUBLIC;

CREATE TRIGGER tg_test_runs__fill_project_id
BEFORE INSERT ON atmosfera.test_runs
FOR EACH ROW
WHEN (NEW.project_id IS NULL)
EXECUTE FUNCTION atmosfera.tg_test_runs__fill_project_id();

-- Definer rights: the status is derived, whoever wrote the run. The item's row is locked first, so
-- that of two runs written at once the second sees both.
CREATE FUNCTION atmosfera.tg_test_runs__set_item_status() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    item         constant bigint := coalesce(NEW.cycle_item_id, OLD.cycle_item_id);
    latest       text;
BEGIN
    PERFORM
    FROM atmosfera.test_cycle_items AS i
    WHERE i.id = item
    FOR NO KEY UPDATE;

    SELECT r.status
    INTO latest
    FROM atmosfera.test_runs AS r
    WHERE r.project_id = coalesce(NEW.project_id, OLD.project_id)
        AND r.cycle_item_id = item
    ORDER BY r.executed_at DESC, r.id DESC
    LIMIT 1;

    UPDATE atmosfera.test_cycle_items AS i
    SET status = coalesce(latest, 'not-run')
    WHERE i.id = item
        AND i.status <> coalesce(latest, 'not-run');

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION atmosfera.tg_test_runs__set_item_status() IS
    'Gives the item the status of its latest run; not-run when the last one is deleted.';

REVOKE ALL ON FUNCTION atmosfera.tg_test_runs__set_item_status() FROM PUBLIC;

CREATE TRIGGER tg_test_runs__set_item_status
AFTER INSERT OR UPDATE OF status, executed_at OR DELETE ON atmosfera.test_runs
FOR EACH ROW
EXECUTE FUNCTION atmosfera.tg_test_runs__set_item_status();

-- The other side: a status set by hand gives way to the run's. Invoker's rights: whoever may change
-- an item may read its runs.
CREATE FUNCTION atmosfera.tg_test_cycle_items__follow_latest_run() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.status := coalesce(
        (
            SELECT r.status
            FROM atmosfera.test_runs AS r
            WHERE r.project_id = NEW.project_id
                AND r.cycle_item_id = NEW.id
            ORDER BY r.executed_at DESC, r.id DESC
            LIMIT 1
        ),
        NEW.status
    );

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION atmosfera.tg_test_cycle_items__follow_latest_run() IS
    'An item that has been run keeps the status of its latest run, whatever the statement says.';

REVOKE ALL ON FUNCTION atmosfera.tg_test_cycle_items__follow_latest_run() FROM PUBLIC;

CREATE TRIGGER tg_test_cycle_items__follow_latest_run
BEFORE UPDATE OF status ON atmosfera.test_cycle_items
FOR EACH ROW
WHEN (OLD.status IS DISTINCT FROM NEW.status)
EXECUTE FUNCTION atmosfera.tg_test_cycle_items__follow_latest_run();

ALTER TABLE atmosfera.test_runs ENABLE ROW LEVEL SECURITY;

CREATE POLICY test_runs_members_select ON atmosfera.test_runs
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY test_runs_editors_insert ON atmosfera.test_runs
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY test_runs_editors_update ON atmosfera.test_runs
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY test_runs_managers_delete ON atmosfera.test_runs
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
        project_id, cycle_item_id, executed_by, executed_at, duration, status, notes, evidence,
        environment, version, step_results, defects, tags
    ),
    UPDATE (
        executed_at, duration, status, notes, evidence, environment, version, step_results,
        defects, tags
    ),
    DELETE
ON atmosfera.test_runs TO authenticated_users;
GRANT SELECT ON atmosfera.test_runs TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.test_runs TO bulk_loader;
-- No UPDATE of cycle_item_id or executed_by: a run is not handed to another item or person.
