-- 0005_index_users
--
-- What:     e-mail and username unique whatever their case.
-- Why:      'A@x' and 'a@X' are one person (defect 34), and log-in looks one of them up in one
--           probe. 000, 001 and 004 ask for indexes besides their own UNIQUE constraints, on role,
--           on is_active and on created_at: duplicates, or used by no query (defects 48, 58).
-- Locks:    core.users SHARE
-- Data:     none; the table is new in this release
-- Rollback: loses nothing

CREATE UNIQUE INDEX idx_users_email_lower ON core.users (lower(email));
COMMENT ON INDEX core.idx_users_email_lower IS
    'One e-mail, one person; core.credentials_for(login) when the login has an @ in it.';

CREATE UNIQUE INDEX idx_users_username_lower ON core.users (lower(username));
COMMENT ON INDEX core.idx_users_username_lower IS
    'One username, one person; core.credentials_for(login) when the login has no @.';
