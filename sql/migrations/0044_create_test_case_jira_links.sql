-- 0044_create_test_case_jira_links
--
-- What:     atmosfera.test_case_jira_links, its row security and grants.
-- Why:      001 §5.2, where a case is linked to another tenant's ticket, and a pair with a NULL
--           twice (defects 26, 27).
-- Locks:    atmosfera.test_cases SHARE ROW EXCLUSIVE, atmosfera.jira_tickets SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every row of atmosfera.test_case_jira_links.

CREATE TABLE atmosfera.test_case_jira_links (
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    test_case_id bigint NOT NULL,
    jira_ticket_id bigint NOT NULL,
    link_type varchar(30) NOT NULL DEFAULT 'covers',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT test_case_jira_links_pkey PRIMARY KEY (id),
    CONSTRAINT test_case_jira_links_test_case_id_project_id_jira_ticket_id_key
        UNIQUE (test_case_id, project_id, jira_ticket_id),
    CONSTRAINT test_case_jira_links_test_case_id_fkey FOREIGN KEY (project_id, test_case_id)
        REFERENCES atmosfera.test_cases (project_id, id) ON DELETE CASCADE,
    CONSTRAINT test_case_jira_links_jira_ticket_id_fkey FOREIGN KEY (project_id, jira_ticket_id)
        REFERENCES atmosfera.jira_tickets (project_id, id) ON DELETE CASCADE,
    CONSTRAINT test_case_jira_links_link_type_is_a_word_check CHECK (
        link_type ~ '^[a-z]+([_-][a-z]+)*$'
    )
);

COMMENT ON TABLE atmosfera.test_case_jira_links IS
    'Which test case has to do with which Jira ticket, once a pair. The tenant''s existence '
    'follows from the case''s key.';
COMMENT ON COLUMN atmosfera.test_case_jira_links.id IS
    'Tells links apart.';
COMMENT ON COLUMN atmosfera.test_case_jira_links.project_id IS
    'The tenant; left out, that of the case.';
COMMENT ON COLUMN atmosfera.test_case_jira_links.test_case_id IS
    'The case; its links go with it.';
COMMENT ON COLUMN atmosfera.test_case_jira_links.jira_ticket_id IS
    'The ticket, of the same project; its links go with it.';
COMMENT ON COLUMN atmosfera.test_case_jira_links.link_type IS
    'covers counts in test_coverage_summary. 001 lists no other, so any lower-case word is '
    'taken, and does not count.';
COMMENT ON COLUMN atmosfera.test_case_jira_links.created_at IS
    'When the row was written.';

-- 001's INSERT has no project_id. Invoker's rights: another tenant's test case is as
-- absent as one that does not exist. A project_id that is given is checked by the composite key.
CREATE FUNCTION atmosfera.tg_test_case_jira_links__fill_project_id() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    SELECT parent.project_id
    INTO NEW.project_id
    FROM atmosfera.test_cases AS parent
    WHERE parent.id = NEW.test_case_id;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no test case %', NEW.test_case_id
            USING
                ERRCODE = 'foreign_key_violation',
                HINT = 'It does not exist, or this session may not see it.';
    END IF;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION atmosfera.tg_test_case_jira_links__fill_project_id() IS
    'Takes the tenant from the test case when an INSERT does not name it.';

REVOKE ALL ON FUNCTION atmosfera.tg_test_case_jira_links__fill_project_id() FROM PUBLIC;

CREATE TRIGGER tg_test_case_jira_links__fill_project_id
BEFORE INSERT ON atmosfera.test_case_jira_links
FOR EACH ROW
WHEN (NEW.project_id IS NULL)
EXECUTE FUNCTION atmosfera.tg_test_case_jira_links__fill_project_id();

ALTER TABLE atmosfera.test_case_jira_links ENABLE ROW LEVEL SECURITY;

CREATE POLICY test_case_jira_links_members_select ON atmosfera.test_case_jira_links
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(project_id IN (SELECT a.project_id FROM core.session_access AS a), false) IS NOT NULL
);

CREATE POLICY test_case_jira_links_editors_insert ON atmosfera.test_case_jira_links
FOR INSERT TO authenticated_users
WITH CHECK (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY test_case_jira_links_editors_update ON atmosfera.test_case_jira_links
FOR UPDATE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY test_case_jira_links_editors_delete ON atmosfera.test_case_jira_links
FOR DELETE TO authenticated_users
USING (
    project_id IN (
        SELECT a.project_id
        FROM core.session_access AS a
        WHERE a.access_level IN ('editor', 'manager')
    )
);

GRANT
    SELECT,
    INSERT (
        project_id, test_case_id, jira_ticket_id, link_type
    ),
    UPDATE (
        link_type
    ),
    DELETE
ON atmosfera.test_case_jira_links TO authenticated_users;
GRANT SELECT ON atmosfera.test_case_jira_links TO readonly_users;
GRANT SELECT, INSERT ON atmosfera.test_case_jira_links TO bulk_loader;
-- No UPDATE of either end: a link is made or removed, by editors too.
