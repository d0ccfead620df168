-- 0120_classify_assistant
--
-- What:     the class of each column of assistant, and what erasing a person does there.
-- Why:      see 0116 and 0022. Rules, practices and templates are read by everybody signed in.
-- Locks:    ops.column_classes ROW EXCLUSIVE, ops.erasure_policies ROW EXCLUSIVE
-- Data:     the reference rows of schema assistant
-- Rollback: loses the classes and policies of assistant.

INSERT INTO ops.column_classes (schema_name, table_name, class, columns)
VALUES
    ('assistant', 'rules', 'internal',
     '{rule_id, category, title, description, severity, enforcement, examples, anti_patterns,'
     ' violations_consequence, created_at, updated_at, active, priority, status, deactivated_at,'
     ' search_vector}'),
    ('assistant', 'rules', 'personal', '{created_by}'),
    ('assistant', 'rules_archive', 'internal',
     '{rule_id, category, title, description, severity, enforcement, examples, anti_patterns,'
     ' violations_consequence, created_at, updated_at, active, priority, status, deactivated_at,'
     ' search_vector, archived_at}'),
    ('assistant', 'rules_archive', 'personal', '{created_by}'),
    ('assistant', 'violations', 'internal',
     '{violation_id, rule_id, status, detected_at, resolved_at, created_at, updated_at}'),
    ('assistant', 'violations', 'confidential', '{location, details}'),
    ('assistant', 'violations_archive', 'internal',
     '{violation_id, rule_id, status, detected_at, resolved_at, created_at, updated_at, archived_at}'),
    ('assistant', 'violations_archive', 'confidential', '{location, details}'),
    ('assistant', 'practices', 'internal',
     '{practice_id, category, title, description, benefits, implementation_guide, anti_patterns,'
     ' reference_links, examples, effectiveness_score, adoption_rate, created_at, is_active,'
     ' is_required, updated_at, deactivated_at, search_vector}'),
    ('assistant', 'practices_archive', 'internal',
     '{practice_id, category, title, description, benefits, implementation_guide, anti_patterns,'
     ' reference_links, examples, effectiveness_score, adoption_rate, created_at, is_active,'
     ' is_required, updated_at, deactivated_at, search_vector, archived_at}'),
    ('assistant', 'templates', 'internal',
     '{template_id, name, description, category, variables, tags, usage_count, is_active,'
     ' created_at, updated_at, deactivated_at, search_vector}'),
    ('assistant', 'templates', 'confidential', '{template_content}'),
    ('assistant', 'templates', 'personal', '{created_by}'),
    ('assistant', 'templates_archive', 'internal',
     '{template_id, name, description, category, variables, tags, usage_count, is_active,'
     ' created_at, updated_at, deactivated_at, search_vector, archived_at}'),
    ('assistant', 'templates_archive', 'confidential', '{template_content}'),
    ('assistant', 'templates_archive', 'personal', '{created_by}'),
    ('assistant', 'template_variables', 'internal',
     '{template_id, name, position, type, description, default_value, is_required}'),
    ('assistant', 'changes', 'internal',
     '{change_id, table_name, operation, row_id, changed_at}'),
    ('assistant', 'change_feed', 'internal', '{one_row, pruned_through}');

-- A name as text: it is blanked where it is the person's username or e-mail.
INSERT INTO ops.erasure_policies (schema_name, table_name, column_name, action, blanked, reason)
VALUES
    ('assistant', 'rules', 'created_by', 'blank', '{created_by}', 'the rule is everybody''s'),
    ('assistant', 'rules_archive', 'created_by', 'blank', '{created_by}', 'the rule is everybody''s'),
    ('assistant', 'templates', 'created_by', 'blank', '{created_by}', 'the template is everybody''s'),
    ('assistant', 'templates_archive', 'created_by', 'blank', '{created_by}',
     'the template is everybody''s');
