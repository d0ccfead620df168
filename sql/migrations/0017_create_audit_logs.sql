-- 0017_create_audit_logs
--
-- What:     core.audit_logs, by month, append-only, with its first partitions, row security and
--           grants.
-- Why:      000 §1.2, column for column, which anybody may rewrite and which keeps a person's name
--           and address after they are gone (defect 37); and 001 §1.2's audit trail, which has no
--           table (defect 36).
-- Locks:    core.users SHARE ROW EXCLUSIVE
-- Data:     1 reference row in ops.partitioned_logs
-- Rollback: loses the audit trail.

CREATE TABLE core.audit_logs (
    id bigint GENERATED ALWAYS AS IDENTITY,
    user_id bigint DEFAULT core.current_user_id(),
    username varchar(255),
    action varchar(100) NOT NULL,
    resource varchar(255) NOT NULL,
    resource_id varchar(100),
    ip_address varchar(50),
    user_agent text,
    request_method varchar(10),
    request_path varchar(500),
    response_status integer,
    changes jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT audit_logs_pkey PRIMARY KEY (created_at, id),
    CONSTRAINT audit_logs_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES core.users (id) ON DELETE RESTRICT,
    CONSTRAINT audit_logs_response_status_is_http_check CHECK (response_status BETWEEN 100 AND 599)
) PARTITION BY RANGE (created_at);

COMMENT ON TABLE core.audit_logs IS
    'Who did what. Rows are written by audit triggers and by the products, never changed, and '
    'leave with their month''s partition; core.erase_user() blanks what names a person. The '
    'key begins with the time, so that it also answers "the latest entries" (000 §2.4).';
COMMENT ON COLUMN core.audit_logs.id IS
    'Tells entries of one instant apart; unique together with created_at.';
COMMENT ON COLUMN core.audit_logs.user_id IS
    'Who acted; NULL for a migration, or a failed log-in. Kept after erasure, as a pseudonym.';
COMMENT ON COLUMN core.audit_logs.username IS
    'Their username then, or the database login where nobody was logged in. Blanked by erasure.';
COMMENT ON COLUMN core.audit_logs.action IS
    'insert, update or delete from a trigger; from a product its own word, such as login_failed.';
COMMENT ON COLUMN core.audit_logs.resource IS
    'What it was done to: schema.table from a trigger.';
COMMENT ON COLUMN core.audit_logs.resource_id IS
    'Which one: its key, or its key''s columns with a slash between.';
COMMENT ON COLUMN core.audit_logs.ip_address IS
    'Where the request came from, as the application saw it (setting app.ip_address). Blanked by '
    'erasure.';
COMMENT ON COLUMN core.audit_logs.user_agent IS
    'What the request was made with (setting app.user_agent). Blanked by erasure.';
COMMENT ON COLUMN core.audit_logs.request_method IS
    'GET, POST … (setting app.request_method).';
COMMENT ON COLUMN core.audit_logs.request_path IS
    'The path without its query (setting app.request_path). Blanked by erasure: paths name people.';
COMMENT ON COLUMN core.audit_logs.response_status IS
    'The HTTP status; NULL from a trigger, which runs before there is one.';
COMMENT ON COLUMN core.audit_logs.changes IS
    'From a trigger {column: {old, new}} of the columns that changed, {redacted: true} in place of '
    'the values of a secret one. Blanked by erasure where it is about the person.';
COMMENT ON COLUMN core.audit_logs.created_at IS
    'When. The products can''t set it; the partition follows from it.';

-- The array names what core.erase_user() may blank.
CREATE TRIGGER tg__append_only
BEFORE UPDATE OR DELETE ON core.audit_logs
FOR EACH ROW
EXECUTE FUNCTION core.tg__append_only(
    '{username,ip_address,user_agent,request_path,changes}'
);

CREATE TRIGGER tg__append_only_truncate
BEFORE TRUNCATE ON core.audit_logs
FOR EACH STATEMENT
EXECUTE FUNCTION core.tg__append_only();

ALTER TABLE core.audit_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY audit_logs_self_select ON core.audit_logs
FOR SELECT TO authenticated_users, readonly_users
USING (
    user_id = (SELECT core.active_user_id())
    OR (SELECT core.is_admin())
);

CREATE POLICY audit_logs_self_insert ON core.audit_logs
FOR INSERT TO authenticated_users
WITH CHECK (user_id = (SELECT core.active_user_id()));

-- Log-ins, and those that failed.
CREATE POLICY audit_logs_authenticator_insert ON core.audit_logs
FOR INSERT TO authenticator
WITH CHECK (true);

GRANT SELECT ON core.audit_logs TO authenticated_users, readonly_users;
GRANT INSERT (
    user_id, username, action, resource, resource_id, ip_address, user_agent,
    request_method, request_path, response_status, changes
)
ON core.audit_logs TO authenticated_users, authenticator;
-- No UPDATE or DELETE for anybody, no INSERT of created_at, and nothing on a partition: a grant
-- there would go round these policies.

INSERT INTO ops.partitioned_logs (schema_name, table_name)
VALUES ('core', 'audit_logs');

SELECT ops.create_partitions_ahead();
