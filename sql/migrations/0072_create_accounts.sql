-- 0072_create_accounts
--
-- What:     apex.accounts, the tenant of APEX.
-- Why:      002 §2 and §3 divide everything by account_id and never say what an account is.
-- Locks:    core.users SHARE ROW EXCLUSIVE
-- Data:     none
-- Rollback: loses every account.

CREATE TABLE apex.accounts (
    account_id bigint GENERATED ALWAYS AS IDENTITY,
    name varchar(255) NOT NULL,
    owner_id bigint NOT NULL DEFAULT core.current_user_id(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT accounts_pkey PRIMARY KEY (account_id),
    CONSTRAINT accounts_owner_id_fkey FOREIGN KEY (owner_id)
        REFERENCES core.users (id) ON DELETE RESTRICT,
    CONSTRAINT accounts_name_is_not_blank_check CHECK (name ~ '\S')
);

COMMENT ON TABLE apex.accounts IS
    'A customer of the estimators, and the tenant: rows of one account are never seen from '
    'another. Has nothing to do with core.projects.';
COMMENT ON COLUMN apex.accounts.account_id IS
    'The account_id every table of APEX carries.';
COMMENT ON COLUMN apex.accounts.name IS
    'For people; two accounts may share it.';
COMMENT ON COLUMN apex.accounts.owner_id IS
    'Who answers for the account and always manages it: whoever made it, until '
    'apex.transfer_account(). A person who owns an account can''t be deleted.';
COMMENT ON COLUMN apex.accounts.created_at IS
    'When the account was made.';
COMMENT ON COLUMN apex.accounts.updated_at IS
    'Last change to the row, kept by trigger.';

CREATE TRIGGER tg__set_updated_at
BEFORE UPDATE ON apex.accounts
FOR EACH ROW
WHEN (OLD.* IS DISTINCT FROM NEW.*)
EXECUTE FUNCTION core.tg__set_updated_at();

CREATE TRIGGER tg__audit
AFTER INSERT OR UPDATE OR DELETE ON apex.accounts
FOR EACH ROW
EXECUTE FUNCTION core.tg__audit('{account_id}', '{}', '{updated_at}');
