-- 0119_classify_apex
--
-- What:     the class of each column of apex, and what erasing a person does there.
-- Why:      see 0116 and 0022.
-- Locks:    ops.column_classes ROW EXCLUSIVE, ops.erasure_policies ROW EXCLUSIVE
-- Data:     the reference rows of schema apex
-- Rollback: loses the classes and policies of apex.

INSERT INTO ops.column_classes (schema_name, table_name, class, columns)
VALUES
    ('apex', 'accounts', 'internal', '{account_id, owner_id, created_at, updated_at}'),
    ('apex', 'accounts', 'confidential', '{name}'),
    ('apex', 'account_members', 'internal',
     '{account_id, user_id, access_level, created_at, updated_at}'),
    ('apex', 'projects', 'internal',
     '{project_id, account_id, status, constants_version, version, etag, created_at, updated_at}'),
    ('apex', 'projects', 'confidential', '{name, content_sha256, confidence}'),
    ('apex', 'project_payloads', 'internal',
     '{payload_id, account_id, project_id, module, created_at, updated_at}'),
    ('apex', 'project_payloads', 'confidential', '{payload}'),
    ('apex', 'project_events', 'internal',
     '{event_id, account_id, project_id, user_id, event_type, timestamp}'),
    ('apex', 'project_events', 'confidential', '{data}');

INSERT INTO ops.erasure_policies (schema_name, table_name, column_name, action, reason)
VALUES
    ('apex', 'accounts', 'owner_id', 'keep',
     'the account belongs to its members; apex.transfer_account() gives it a new owner'),
    ('apex', 'account_members', 'user_id', 'delete', 'somebody who is nobody has no rights'),
    ('apex', 'project_events', 'user_id', 'keep', 'what happened to an estimate is evidence');
