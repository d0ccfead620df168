-- Sample people, projects, access and audit trail.
--
-- What is special: user 1 is the administrator, 2 may see every project, 3 none; the second to last
-- is deactivated, the last erased. Project 1 is the largest and every further one smaller; the
-- last is deleted, the one before archived. E-mails end in @sample.invalid, which nobody can have.

-- step: core.users
-- rows: 200, at least 8
INSERT INTO core.users (
    id, user_id, email, password_hash, full_name, organization, role, preferences, mfa_secret,
    is_active, last_login, erased_at, created_at, updated_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + u.n,
    footing_sample.uuid(u.n, 10),
    CASE
        WHEN u.erased THEN format('erased-%s@erased.invalid', own.base + u.n)
        ELSE lower(format('%s.%s.%s@sample.invalid', u.first_name, u.last_name, own.base + u.n))
    END,
    '!',
    CASE WHEN NOT u.erased AND u.n % 7 > 0 THEN
        CASE u.n % 25
            WHEN 8 THEN '李明'
            WHEN 16 THEN 'Zoë Ångström-Müller'
            ELSE u.first_name || ' ' || u.last_name
        END
    END,
    CASE WHEN NOT u.erased AND u.n % 3 = 0 THEN
        footing_sample.pick(u.n, 14, '{Northwind,Contoso,"Ålesund Fisk AS",Globex,Initech}')
    END,
    CASE
        WHEN u.n = 1 THEN 'admin'
        ELSE footing_sample.pick_zipf(
            u.n, 15, '{qa_engineer,developer,user,manager,business_user,qa_lead}'
        )
    END,
    CASE WHEN u.n % 4 = 0 AND NOT u.erased THEN
        jsonb_build_object('copilot', jsonb_build_object('theme', 'dark', 'font_size', 11 + u.n % 5))
    ELSE '{}' END,
    CASE WHEN u.n % 10 = 1 THEN
        'enc:v1:sample:' || encode(sha256(convert_to('mfa ' || u.n, 'UTF8')), 'base64')
    END,
    u.n < u.size - 1,
    CASE WHEN u.n % 9 > 0 AND NOT u.erased THEN
        anchor.at - footing_sample.random(u.n, 16) * interval '20 days'
    END,
    CASE WHEN u.erased THEN anchor.at - interval '3 days' END,
    anchor.at - interval '100 days' - footing_sample.random(u.n, 17) * interval '300 days',
    anchor.at - footing_sample.random(u.n, 18) * interval '100 days'
FROM (
    SELECT
        n,
        s.size,
        n = s.size AS erased,
        footing_sample.pick(n, 11, ARRAY[
            'Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Radia', 'Ken', 'Frances',
            'Dennis', 'Hedy', 'Linus', 'Margaret', 'Tim', 'Shafi', 'Leslie', 'Joan', 'Niklaus'
        ]) AS first_name,
        footing_sample.pick(n, 12, ARRAY[
            'Okafor', 'Nguyen', 'Garcia', 'Schmidt', 'Kowalski', 'Rossi', 'Silva', 'Tanaka', 'Ivanova',
            'Haddad', 'Larsen', 'Dubois', 'Mbeki', 'Patel', 'Novak', 'Walker', 'Yilmaz', 'Costa'
        ]) AS last_name
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('core.users') AS s
) AS u
CROSS JOIN footing_sample.block('core.users') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- Owners are from user 4 on; the trigger makes each the manager of their project.
-- step: core.projects
-- rows: 100, at least 4
-- audited too: core.user_project_access
INSERT INTO core.projects (
    id, name, description, owner_id, status, project_type, industry_area, regulations,
    additional_context, quality_focus, test_strategy, created_at, updated_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + n,
    CASE n % 20
        WHEN 7 THEN 'Überweisungen — Zürich ' || n
        WHEN 13 THEN '決済プラットフォーム ' || n
        WHEN 19 THEN 'تجارة إلكترونية ' || n
        ELSE footing_sample.pick(n, 21, ARRAY[
            'Payments', 'Web shop', 'Patient portal', 'Fleet control', 'Tax filing', 'Mobile bank',
            'Ticketing', 'Learning hub', 'Claims', 'Loyalty programme', 'Smart meter', 'Recruiting'
        ]) || ' ' || n
    END,
    CASE WHEN n % 5 > 0 THEN footing_sample.sentences(n, 22, 2) END,
    users.base + 4 + floor(footing_sample.random(n, 23) * (users.size - 5))::bigint,
    CASE n
        WHEN projects.size THEN 'deleted'
        WHEN projects.size - 1 THEN 'archived'
        ELSE CASE WHEN footing_sample.random(n, 24) < 0.95 THEN 'active' ELSE 'archived' END
    END,
    CASE WHEN n % 3 > 0 THEN
        footing_sample.pick_zipf(n, 25, '{Greenfield,Legacy,Migration,Integration}')
    END,
    footing_sample.pick_zipf(n, 26, '{Finance,Retail,Health,Public sector,Energy,Logistics}'),
    CASE WHEN n % 4 = 0 THEN 'GDPR, ' || footing_sample.pick(n, 27, '{HIPAA,SOX,PCI DSS}') END,
    CASE WHEN n % 6 = 0 THEN footing_sample.sentences(n, 28, 3) END,
    CASE WHEN n % 2 = 0 THEN 'Reliability and accessibility first.' END,
    CASE WHEN n % 2 = 1 THEN footing_sample.sentences(n, 29, 4) END,
    anchor.at - interval '95 days' - footing_sample.random(n, 30) * interval '200 days',
    anchor.at - footing_sample.random(n, 31) * interval '90 days'
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('core.projects') AS own
CROSS JOIN footing_sample.block('core.users') AS users
CROSS JOIN footing_sample.block('core.projects') AS projects
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- User 2 in every project; from user 4 on everybody in a few, the first ones most. A row that would
-- repeat is left out.
-- step: core.user_project_access
-- rows: 1200, at least 24
-- key: none
-- remove: DELETE FROM core.user_project_access AS a
-- remove: WHERE a.user_id BETWEEN :core.users.first AND :core.users.last
-- remove:     AND a.project_id BETWEEN :core.projects.first AND :core.projects.last
INSERT INTO core.user_project_access (user_id, project_id, access_level, created_at, updated_at)
SELECT
    users.base + CASE
        WHEN n <= projects.size THEN 2
        ELSE 4 + floor(footing_sample.random(n, 41) * (users.size - 4))::bigint
    END,
    projects.base + CASE
        WHEN n <= projects.size THEN n
        ELSE footing_sample.zipf(n, 42, projects.size)
    END,
    CASE
        WHEN n <= projects.size THEN 'editor'
        ELSE footing_sample.pick_zipf(n, 43, '{viewer,editor,manager}')
    END,
    anchor.at - interval '90 days' + footing_sample.random(n, 44) * interval '60 days',
    anchor.at - footing_sample.random(n, 45) * interval '30 days'
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('core.users') AS users
CROSS JOIN footing_sample.block('core.projects') AS projects
CROSS JOIN footing_sample.anchor() AS anchor (at)
ON CONFLICT (user_id, project_id) DO NOTHING;

-- People who left: members without access, whose names their project's history still shows.
-- step: core.project_members
-- rows: 200, at least 4
-- key: none
-- remove: DELETE FROM core.project_members AS m
-- remove: WHERE m.user_id BETWEEN :core.users.first AND :core.users.last
-- remove:     AND m.project_id BETWEEN :core.projects.first AND :core.projects.last
INSERT INTO core.project_members (project_id, user_id, joined_at)
SELECT
    projects.base + footing_sample.zipf(n, 51, projects.size),
    users.base + 4 + floor(footing_sample.random(n, 52) * (users.size - 3))::bigint,
    anchor.at - interval '89 days'
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('core.users') AS users
CROSS JOIN footing_sample.block('core.projects') AS projects
CROSS JOIN footing_sample.anchor() AS anchor (at)
ON CONFLICT (project_id, user_id) DO NOTHING;

-- Who may have done something in a project, looked up by every later file.
-- step: footing_sample.teams
-- rows: 1, at least 1
-- key: none
-- remove: DROP TABLE footing_sample.teams
CREATE TABLE footing_sample.teams (
    project_id bigint PRIMARY KEY,
    people bigint[] NOT NULL
);
INSERT INTO footing_sample.teams (project_id, people)
SELECT m.project_id, array_agg(m.user_id ORDER BY m.user_id)
FROM core.project_members AS m
CROSS JOIN footing_sample.block('core.projects') AS projects
CROSS JOIN footing_sample.block('core.users') AS users
WHERE m.project_id > projects.base
    AND m.project_id <= projects.base + projects.size
    AND m.user_id > users.base
    AND m.user_id <= users.base + users.size
GROUP BY m.project_id;
ANALYZE footing_sample.teams;

-- step: core.audit_logs
-- rows: 100000, 20000 at a time
-- remove: DELETE FROM core.audit_logs AS l
-- remove: WHERE l.user_id BETWEEN :core.users.first AND :core.users.last
-- remove:     OR (l.user_id IS NULL AND l.username LIKE '%@sample.invalid')
INSERT INTO core.audit_logs (
    id, user_id, username, action, resource, resource_id, ip_address, user_agent,
    request_method, request_path, response_status, changes, created_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + e.n,
    CASE WHEN e.action <> 'login_failed' THEN users.base + e.who END,
    CASE
        WHEN e.action = 'login_failed' THEN format('typo.%s@sample.invalid', e.n)
        WHEN e.who < users.size THEN format('user.%s@sample.invalid', users.base + e.who)
    END,
    e.action,
    CASE
        WHEN e.action IN ('login', 'login_failed', 'logout') THEN 'session'
        ELSE footing_sample.pick_zipf(
            e.n, 63, '{core.user_project_access,core.projects,atmosfera.test_cases,core.users}'
        )
    END,
    CASE WHEN e.action IN ('insert', 'update', 'delete') THEN e.about::text END,
    CASE WHEN e.who < users.size THEN format('10.%s.%s.%s', e.n % 7, e.n % 113, e.n % 251) END,
    CASE WHEN e.who < users.size AND e.n % 3 > 0 THEN
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0'
    END,
    footing_sample.pick(e.n, 65, '{GET,POST,PUT,DELETE}'),
    CASE WHEN e.who < users.size THEN format('/api/v1/projects/%s', e.about) END,
    CASE e.action WHEN 'login_failed' THEN 401 ELSE 200 END,
    CASE WHEN e.action = 'update' THEN
        jsonb_build_object('status', jsonb_build_object('old', 'active', 'new', 'archived'))
    END,
    anchor.at - footing_sample.age(e.n, 66, own.size)
FROM (
    SELECT
        n,
        footing_sample.pick_zipf(n, 61, '{login,update,insert,logout,login_failed,delete}') AS action,
        footing_sample.zipf(n, 62, users.size) AS who,
        1 + floor(footing_sample.random(n, 64) * 1000)::bigint AS about
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('core.users') AS users
) AS e
CROSS JOIN footing_sample.block('core.audit_logs') AS own
CROSS JOIN footing_sample.block('core.users') AS users
CROSS JOIN footing_sample.anchor() AS anchor (at);
