-- 0077_create_apex_projects
--
-- What:     apex.projects with its envelope columns, etag and status, row security and grants.
-- Why:      002 §1 and §6, where confidence takes 42 and NaN (defect 30), and where nothing advances
--           the etag, which two accounts can't share (defects 4, 31).
-- Locks:    apex.accounts SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every project of APEX.

CREATE TABLE apex.projects (
    project_id bigint GENERATED ALWAYS AS IDENTITY,
    account_id bigint NOT NULL,
    name varchar(255),
    status varchar(20) NOT NULL DEFAULT 'draft',
    constants_version varchar(500),
    content_sha256 varchar(64),
    confidence double precision,
    version integer NOT NULL DEFAULT 1,
    etag varchar(100) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT projects_pkey PRIMARY KEY (project_id),
    CONSTRAINT projects_account_id_project_id_key UNIQUE (account_id, project_id),
    -- The etag first, so that it is also found by itself.
    CONSTRAINT projects_etag_account_id_key UNIQUE (etag, account_id),
    CONSTRAINT projects_account_id_fkey FOREIGN KEY (account_id)
        REFERENCES apex.accounts (account_id) ON DELETE RESTRICT,
    CONSTRAINT projects_name_is_not_blank_check CHECK (name ~ '\S'),
    CONSTRAINT projects_status_check CHECK (
        status IN ('draft', 'estimating', 'submitted', 'accepted', 'rejected')
    ),
    CONSTRAINT projects_constants_version_is_not_blank_check CHECK (constants_version ~ '\S'),
    CONSTRAINT projects_content_sha256_is_64_lower_case_hex_digits_check CHECK (
        content_sha256 ~ '^[0-9a-f]{64}$'
    ),
    -- NaN is greater than 1.
    CONSTRAINT projects_confidence_is_from_0_to_1_check CHECK (confidence BETWEEN 0 AND 1),
    CONSTRAINT projects_version_is_positive_check CHECK (version >= 1),
    CONSTRAINT projects_etag_is_not_blank_check CHECK (etag ~ '\S'),
    -- Or a project could be given the etag that another's next change needs.
    CONSTRAINT projects_etag_is_not_that_of_another_check CHECK (
        etag !~ '^"[0-9]+-[0-9]+"$'
        OR etag = '"' || project_id || '-' || version || '"'
    )
);

COMMENT ON TABLE apex.projects IS
    'An estimate, and the envelope its result travels in. To change one only if nobody else did: '
    'UPDATE … WHERE project_id = $1 AND etag = $2 RETURNING etag, which changes no row when the '
    'etag is old; or apex.update_project(), which says so.';
COMMENT ON COLUMN apex.projects.project_id IS
    'The key payloads and events refer to.';
COMMENT ON COLUMN apex.projects.account_id IS
    'The tenant. A project never moves to another.';
COMMENT ON COLUMN apex.projects.name IS
    'For people; NULL where the product gives none, since 002 has no such column.';
COMMENT ON COLUMN apex.projects.status IS
    'draft, estimating, submitted, then accepted or rejected. A project may be made in any, and '
    'then moves by tg_projects__check_transition.';
COMMENT ON COLUMN apex.projects.constants_version IS
    'The versions of the packs of constants the estimate was made with.';
COMMENT ON COLUMN apex.projects.content_sha256 IS
    'SHA-256 of what was estimated, in lower case, so that it has one spelling: the key under '
    'which an estimate made before is found again. Not unique: projects may share their content.';
COMMENT ON COLUMN apex.projects.confidence IS
    'How sure the last estimate is, from 0 to 1; NULL before there is one.';
COMMENT ON COLUMN apex.projects.version IS
    'Advances by one with every change of the row, by trigger.';
COMMENT ON COLUMN apex.projects.etag IS
    'Names the row as it is now, quoted as HTTP''s strong ETag: project and version. One given by '
    'INSERT is kept until the first change. Unique in its account; another may have the same.';
COMMENT ON COLUMN apex.projects.created_at IS
    'When the row was written; the order of every list.';
COMMENT ON COLUMN apex.projects.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON apex.projects
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

CREATE FUNCTION apex.tg_projects__set_etag() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.version := OLD.version + 1;
    END IF;

    NEW.etag := pg_catalog.format('"%s-%s"', NEW.project_id, NEW.version);
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION apex.tg_projects__set_etag() IS
    'One version more for each change, and the etag that follows from it, whatever the statement '
    'says about either.';

REVOKE ALL ON FUNCTION apex.tg_projects__set_etag() FROM PUBLIC;

CREATE TRIGGER tg_projects__set_etag
BEFORE INSERT ON apex.projects
FOR EACH ROW
WHEN (NEW.etag IS NULL)
EXECUTE FUNCTION apex.tg_projects__set_etag();

CREATE TRIGGER tg_projects__set_etag_again
BEFORE UPDATE ON apex.projects
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION apex.tg_projects__set_etag();

CREATE FUNCTION apex.tg_projects__check_transition() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    allowed      constant text[] := CASE OLD.status
        WHEN 'draft' THEN '{estimating}'
        WHEN 'estimating' THEN '{draft,submitted}'
        WHEN 'submitted' THEN '{estimating,accepted,rejected}'
        WHEN 'rejected' THEN '{estimating}'
        ELSE '{}'
    END;
BEGIN
    IF NEW.status <> ALL (allowed) THEN
        RAISE EXCEPTION 'a project can''t go from % to %', OLD.status, NEW.status
            USING
                ERRCODE = 'check_violation',
                SCHEMA = TG_TABLE_SCHEMA,
                TABLE = TG_TABLE_NAME,
                COLUMN = 'status',
                CONSTRAINT = TG_NAME,
                HINT = CASE
                    WHEN pg_catalog.cardinality(allowed) = 0
                        THEN 'It stays ' || OLD.status || ': estimate it anew as another project.'
                    ELSE 'It may go to ' || pg_catalog.array_to_string(allowed, ' or ') || '.'
                END;
    END IF;

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION apex.tg_projects__check_transition() IS
    'Forward one step at a time; back from estimating to draft, and from submitted or rejected to '
    'estimating, to be estimated again. What is accepted stays so.';

REVOKE ALL ON FUNCTION apex.tg_projects__check_transition() FROM PUBLIC;

-- After the row's own CHECKs, so that an unknown word is refused as one.
CREATE TRIGGER tg_projects__check_transition
AFTER UPDATE OF status ON apex.projects
FOR EACH ROW
WHEN (OLD.status IS DISTINCT FROM NEW.status)
EXECUTE FUNCTION apex.tg_projects__check_transition();

-- A project's name is said to have changed, never copied: administrators read the audit trail, and
-- no account's content.
CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON apex.projects
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit('{project_id}', '{name}', '{updated_at,version,etag}');

ALTER TABLE apex.projects ENABLE ROW LEVEL SECURITY;

CREATE POLICY projects_viewers_select ON apex.projects
FOR SELECT TO authenticated_users, readonly_users
USING (
    nullif(account_id IN (SELECT m.account_id FROM apex.session_access AS m), false) IS NOT NULL
);

CREATE POLICY projects_editors_insert ON apex.projects
FOR INSERT TO authenticated_users
WITH CHECK (
    account_id IN (
        SELECT m.account_id
        FROM apex.session_access AS m
        WHERE m.access_level IN ('editor', 'manager')
    )
);

CREATE POLICY projects_editors_update ON apex.projects
FOR UPDATE TO authenticated_users
USING (
    account_id IN (
        SELECT m.account_id
        FROM apex.session_access AS m
        WHERE m.access_level IN ('editor', 'manager')
    )
);

-- With its payloads and events, so not for editors.
CREATE POLICY projects_managers_delete ON apex.projects
FOR DELETE TO authenticated_users
USING (
    account_id IN (
        SELECT m.account_id
        FROM apex.session_access AS m
        WHERE m.access_level = 'manager'
    )
);

GRANT SELECT, DELETE ON apex.projects TO authenticated_users;
GRANT
    INSERT (
        account_id, name, status, constants_version, content_sha256, confidence, etag
    ),
    UPDATE (
        name, status, constants_version, content_sha256, confidence
    )
ON apex.projects TO authenticated_users;
GRANT SELECT ON apex.projects TO readonly_users;
GRANT SELECT, INSERT ON apex.projects TO bulk_loader;
-- No UPDATE of account_id: a row doesn't move to another tenant. version and etag are the trigger's.
