-- 0004_create_users
--
-- What:     core.users, one row a person for all five products.
-- Why:      000 §1.2, 001 §2.1 and 004 §1 each describe users; this is the union of their columns
--           and roles, so that each document's own INSERT works as written.
-- Locks:    nothing that existed before
-- Data:     none
-- Rollback: loses every person.

CREATE TABLE core.users (
    id bigint GENERATED ALWAYS AS IDENTITY,
    user_id uuid NOT NULL DEFAULT gen_random_uuid(),
    username varchar(255) NOT NULL,
    email varchar(255) NOT NULL,
    password_hash varchar(255) NOT NULL,
    full_name varchar(255),
    organization varchar(255),
    role varchar(50) NOT NULL DEFAULT 'user',
    preferences jsonb NOT NULL DEFAULT '{}',
    mfa_secret text,
    is_active boolean NOT NULL DEFAULT true,
    last_login timestamptz,
    erased_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_user_id_key UNIQUE (user_id),
    CONSTRAINT users_role_check CHECK (
        role IN (
            'admin', 'qa_lead', 'qa_engineer', 'developer', 'business_user', 'manager', 'user'
        )
    ),
    CONSTRAINT users_email_is_an_address_check CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    CONSTRAINT users_username_is_trimmed_check CHECK (username ~ '^\S(.*\S)?$'),
    CONSTRAINT users_username_with_at_is_own_email_check CHECK (
        strpos(username, '@') = 0
        OR lower(username) = lower(email)
    ),
    CONSTRAINT users_password_hash_is_not_empty_check CHECK (password_hash <> ''),
    CONSTRAINT users_mfa_secret_is_encrypted_check CHECK (core.is_envelope(mfa_secret)),
    CONSTRAINT users_preferences_is_an_object_check CHECK (jsonb_typeof(preferences) = 'object'),
    CONSTRAINT users_erased_is_inactive_check CHECK (erased_at IS NULL OR NOT is_active),
    CONSTRAINT users_erased_address_is_reserved_check CHECK (
        (erased_at IS NOT NULL) = (lower(email) LIKE '%@erased.invalid')
    )
);

COMMENT ON TABLE core.users IS
    'A person. Never deleted once anything refers to them: deactivated (core.deactivate_user) or '
    'erased (core.erase_user), which keeps the row and its references and blanks who it was. '
    'The first administrator is inserted by footing_owner; everybody else by an administrator, '
    'or, with an ordinary role, by authenticator when they sign up.';
COMMENT ON COLUMN core.users.id IS
    'The key 000 and 001 refer to, and the value of app.user_id.';
COMMENT ON COLUMN core.users.user_id IS
    'The key 004 refers to; safe to show outside, since it cannot be counted.';
COMMENT ON COLUMN core.users.username IS
    'Unique whatever its case. Left out, it is the e-mail and follows it. With an @ in it, it must '
    'be the person''s own e-mail, so that a login name is looked up in one index, not two.';
COMMENT ON COLUMN core.users.email IS
    'Unique whatever its case, kept as written. …@erased.invalid is kept for erased people.';
COMMENT ON COLUMN core.users.password_hash IS
    'The application''s password hash (argon2, bcrypt …), never a password. Read by '
    'core.credentials_for() only; ! stands for nobody''s password.';
COMMENT ON COLUMN core.users.full_name IS
    'As the person writes it. NULL where the product does not ask (000), and after erasure.';
COMMENT ON COLUMN core.users.organization IS
    'Free text (004); tenancy comes from core.user_project_access, not from here.';
COMMENT ON COLUMN core.users.role IS
    'What the person does, over all products. The database itself gives meaning to admin alone; '
    'what one may do in a project is core.user_project_access.access_level.';
COMMENT ON COLUMN core.users.preferences IS
    'The products'' own settings for this person: one object, a key a product.';
COMMENT ON COLUMN core.users.mfa_secret IS
    'Encrypted by the application (core.is_envelope), NULL without a second factor. Read by '
    'core.credentials_for() only.';
COMMENT ON COLUMN core.users.is_active IS
    'False ends log-in and, in the same moment, what a session already open may see.';
COMMENT ON COLUMN core.users.last_login IS
    'Set by authenticator after a successful log-in; not audited, since it changes all day.';
COMMENT ON COLUMN core.users.erased_at IS
    'When core.erase_user() made this row a pseudonym; final.';
COMMENT ON COLUMN core.users.created_at IS
    'When the person was signed up.';
COMMENT ON COLUMN core.users.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON core.users
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

-- 004 has no username. A column default can't see another column, so a trigger fills it in.
CREATE FUNCTION core.tg_users__default_username() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.username IS NULL THEN
        NEW.username := NEW.email;
    ELSIF TG_OP = 'UPDATE'
        AND NEW.username = OLD.username
        AND OLD.username = OLD.email
    THEN
        NEW.username := NEW.email;
    END IF;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION core.tg_users__default_username() IS
    'A username left out is the e-mail, and stays so when the e-mail changes.';

REVOKE ALL ON FUNCTION core.tg_users__default_username() FROM PUBLIC;

CREATE TRIGGER tg_users__default_username
BEFORE INSERT OR UPDATE OF email, username ON core.users
FOR EACH ROW
EXECUTE FUNCTION core.tg_users__default_username();
