-- 0015_create_global_settings
--
-- What:     core.global_settings with its reference rows, row security and grants.
-- Why:      001 §7.1, which keeps the providers' keys in clear and shows them to every user
--           (defect 64). Keys come empty: an administrator fills them in, encrypted.
-- Locks:    nothing that existed before
-- Data:     7 reference rows
-- Rollback: loses the settings, keys included.

CREATE TABLE core.global_settings (
    id bigint GENERATED ALWAYS AS IDENTITY,
    key varchar(100) NOT NULL,
    value text,
    description text,
    category varchar(50),
    is_secret boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT global_settings_pkey PRIMARY KEY (id),
    CONSTRAINT global_settings_key_key UNIQUE (key),
    CONSTRAINT global_settings_key_is_snake_case_check CHECK (key ~ '^[a-z][a-z0-9_]*$'),
    CONSTRAINT global_settings_secret_is_encrypted_check CHECK (
        NOT is_secret
        OR value = ''
        OR core.is_envelope(value)
    )
);

COMMENT ON TABLE core.global_settings IS
    'Settings of the whole installation, changed by administrators. A secret is empty or encrypted '
    'by the application; the database never has the key.';
COMMENT ON COLUMN core.global_settings.id IS
    'A number for 001''s callers; the name to use is key.';
COMMENT ON COLUMN core.global_settings.key IS
    'What is set, in snake_case. A name ending in _key, _secret, _token or _password is a secret.';
COMMENT ON COLUMN core.global_settings.value IS
    'Always text; the application knows its type. Of a secret: '''' (not set), or an envelope '
    '(core.is_envelope).';
COMMENT ON COLUMN core.global_settings.description IS
    'What the setting does, for whoever changes it.';
COMMENT ON COLUMN core.global_settings.category IS
    'Groups the settings on the administrators'' page: AI, Security …';
COMMENT ON COLUMN core.global_settings.is_secret IS
    'True: shown to administrators and authenticator only, and never copied to the audit trail. '
    'Set by trigger where the key''s name says so.';
COMMENT ON COLUMN core.global_settings.created_at IS
    'When the setting was added.';
COMMENT ON COLUMN core.global_settings.updated_at IS
    'Last change, kept by trigger; who made it is in core.audit_logs.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON core.global_settings
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- 001's INSERT does not know is_secret; a key by name must not depend on its being given.
CREATE FUNCTION core.tg_global_settings__mark_secret() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.is_secret := NEW.is_secret OR NEW.key ~ '_(key|secret|token|password)$';
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION core.tg_global_settings__mark_secret() IS
    'Marks a setting secret by the end of its name, and keeps it so.';

REVOKE ALL ON FUNCTION core.tg_global_settings__mark_secret() FROM PUBLIC;

CREATE TRIGGER tg_global_settings__mark_secret
BEFORE INSERT OR UPDATE OF key, is_secret ON core.global_settings
FOR EACH ROW
EXECUTE FUNCTION core.tg_global_settings__mark_secret();

INSERT INTO core.global_settings (key, value, description, category)
VALUES
    ('openai_api_key', '', 'OpenAI API key for AI features', 'AI'),
    ('openai_model', 'gpt-4o', 'OpenAI model for general AI features', 'AI'),
    ('anthropic_api_key', '', 'Anthropic API key for document generation', 'AI'),
    ('anthropic_model', 'claude-3-7-sonnet-20250219', 'Anthropic model for documents', 'AI'),
    ('max_ai_requests_per_hour', '1000', 'Rate limit for AI API calls', 'AI'),
    ('session_timeout_hours', '24', 'User session timeout in hours', 'Security'),
    ('password_min_length', '8', 'Minimum password length requirement', 'Security');

ALTER TABLE core.global_settings ENABLE ROW LEVEL SECURITY;

-- What is no secret is everybody's, also before log-in: password_min_length is asked at sign-up.
CREATE POLICY global_settings_everybody_select ON core.global_settings
FOR SELECT TO authenticated_users, readonly_users
USING (
    NOT is_secret
    OR (SELECT core.is_admin())
);

-- The service that logs people in also hands out the providers' keys, sealed as they are.
CREATE POLICY global_settings_authenticator_select ON core.global_settings
FOR SELECT TO authenticator
USING (true);

CREATE POLICY global_settings_admins_insert ON core.global_settings
FOR INSERT TO authenticated_users
WITH CHECK ((SELECT core.is_admin()));

CREATE POLICY global_settings_admins_update ON core.global_settings
FOR UPDATE TO authenticated_users
USING ((SELECT core.is_admin()));

CREATE POLICY global_settings_admins_delete ON core.global_settings
FOR DELETE TO authenticated_users
USING ((SELECT core.is_admin()));

GRANT
    SELECT,
    INSERT (key, value, description, category, is_secret),
    UPDATE (value, description, category, is_secret),
    DELETE
ON core.global_settings TO authenticated_users;
GRANT SELECT ON core.global_settings TO readonly_users, authenticator;
-- No UPDATE of key: renaming a setting would break whoever reads it.
