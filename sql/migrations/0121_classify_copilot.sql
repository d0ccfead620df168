-- 0121_classify_copilot
--
-- What:     the class of each column of copilot, and what erasing a person does there.
-- Why:      see 0116 and 0022. What somebody wrote here is theirs alone, so it is personal.
-- Locks:    ops.column_classes ROW EXCLUSIVE, ops.erasure_policies ROW EXCLUSIVE
-- Data:     the reference rows of schema copilot
-- Rollback: loses the classes and policies of copilot.

INSERT INTO ops.column_classes (schema_name, table_name, class, columns)
VALUES
    ('copilot', 'documents', 'internal',
     '{document_id, user_id, status, version, created_at, updated_at}'),
    ('copilot', 'documents', 'personal', '{project_name, content, metadata, file_path}'),
    ('copilot', 'document_versions', 'internal', '{document_id, version, user_id, replaced_at}'),
    ('copilot', 'document_versions', 'personal', '{content, metadata}'),
    ('copilot', 'wireframes', 'internal',
     '{wireframe_id, user_id, template_type, created_at, updated_at}'),
    ('copilot', 'wireframes', 'personal',
     '{title, html_content, css_styles, metadata, preview_url}'),
    ('copilot', 'conversations', 'internal',
     '{conversation_id, user_id, last_sequence_number, created_at, updated_at}'),
    ('copilot', 'conversations', 'personal', '{title, metadata}'),
    ('copilot', 'messages', 'internal',
     '{message_id, conversation_id, user_id, sequence_number, role, token_count, timestamp,'
     ' updated_at}'),
    ('copilot', 'messages', 'personal', '{content, metadata}'),
    ('copilot', 'diagrams', 'internal',
     '{diagram_id, user_id, diagram_type, created_at, updated_at}'),
    ('copilot', 'diagrams', 'personal', '{title, mermaid_code, preview_url, metadata}');

INSERT INTO ops.erasure_policies (schema_name, table_name, column_name, action, reason)
VALUES
    ('copilot', 'documents', 'user_id', 'delete', 'nobody else can read them; versions go with them'),
    ('copilot', 'wireframes', 'user_id', 'delete', 'nobody else can read them'),
    ('copilot', 'conversations', 'user_id', 'delete', 'nobody else can read them; messages go with them'),
    ('copilot', 'diagrams', 'user_id', 'delete', 'nobody else can read them');
