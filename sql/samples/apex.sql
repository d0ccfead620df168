-- Sample rows of APEX.
--
-- What is special: account 1 has a tenth of all projects, the last one none; estimates in every
-- status, with and without a name, a confidence and a payload.

-- step: apex.accounts
-- rows: 100, at least 4
-- key: account_id
-- audited too: apex.account_members
INSERT INTO apex.accounts (account_id, name, owner_id, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + n,
    footing_sample.pick(n, 401, '{Northwind,Globex,Initech,"Ålesund Fisk"}') || ' Estimating ' || n,
    users.base + 4 + floor(footing_sample.random(n, 402) * (users.size - 5))::bigint,
    anchor.at - interval '120 days',
    anchor.at - interval '100 days'
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('apex.accounts') AS own
CROSS JOIN footing_sample.block('core.users') AS users
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- User 2 in every account, as in every project. A row that would repeat is left out.
-- step: apex.account_members
-- rows: 400, at least 16
-- key: none
-- remove: DELETE FROM apex.account_members
-- remove: WHERE user_id BETWEEN :core.users.first AND :core.users.last
-- remove:     AND account_id BETWEEN :apex.accounts.first AND :apex.accounts.last
INSERT INTO apex.account_members (user_id, account_id, access_level, created_at, updated_at)
SELECT
    users.base + CASE
        WHEN n <= accounts.size THEN 2
        ELSE 4 + floor(footing_sample.random(n, 411) * (users.size - 4))::bigint
    END,
    accounts.base + CASE
        WHEN n <= accounts.size THEN n
        ELSE footing_sample.zipf(n, 412, accounts.size)
    END,
    footing_sample.pick_zipf(n, 413, '{viewer,editor,manager}'),
    anchor.at - interval '90 days',
    anchor.at - interval '60 days'
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('core.users') AS users
CROSS JOIN footing_sample.block('apex.accounts') AS accounts
CROSS JOIN footing_sample.anchor() AS anchor (at)
ON CONFLICT (user_id, account_id) DO NOTHING;

-- step: apex.projects
-- rows: 10000, 5000 at a time, at least 40
-- key: project_id
INSERT INTO apex.projects (
    project_id, account_id, name, status, constants_version, content_sha256, confidence,
    created_at, updated_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + n,
    accounts.base + footing_sample.zipf(n, 421, accounts.size - 1),
    CASE WHEN n % 9 > 0 THEN 'Angebot ' || n || ' – ' || footing_sample.title(n, 422) END,
    footing_sample.pick_zipf(n, 425, '{accepted,draft,submitted,estimating,rejected}'),
    CASE WHEN n % 5 > 0 THEN '2026.' || n % 12 END,
    CASE WHEN n % 4 > 0 THEN encode(sha256(convert_to('estimate ' || n, 'UTF8')), 'hex') END,
    CASE WHEN n % 6 > 0 THEN round(footing_sample.random(n, 426)::numeric, 3) END,
    anchor.at - footing_sample.age(n, 427, own.size),
    anchor.at
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('apex.projects') AS own
CROSS JOIN footing_sample.block('apex.accounts') AS accounts
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- Three modules for each of the first third of the projects.
-- step: apex.project_payloads
-- rows: 10000, 5000 at a time, at least 40
-- key: payload_id
INSERT INTO apex.project_payloads (
    payload_id, account_id, project_id, module, payload, created_at, updated_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + p.n,
    accounts.base + footing_sample.zipf(p.project, 421, accounts.size - 1),
    projects.base + p.project,
    (ARRAY['geometry', 'pricing', 'schedule'])[1 + p.n % 3],
    CASE WHEN p.n % 50 = 0 THEN '[]'::jsonb ELSE
        jsonb_build_object(
            'material', footing_sample.pick_zipf(p.n, 431, '{steel,aluminium,timber,Beton}'),
            'quantity', p.n % 900,
            'unit_price', round((footing_sample.random(p.n, 432) * 500)::numeric, 2),
            'client', 'C-' || p.n % 2000,
            'notes', footing_sample.sentences(p.n, 433, 2)
        )
    END,
    anchor.at - footing_sample.age(p.n, 434, own.size),
    anchor.at
FROM (
    SELECT n, 1 + (n - 1) % greatest(1, projects.size / 3) AS project
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('apex.projects') AS projects
) AS p
CROSS JOIN footing_sample.block('apex.project_payloads') AS own
CROSS JOIN footing_sample.block('apex.projects') AS projects
CROSS JOIN footing_sample.block('apex.accounts') AS accounts
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- step: apex.project_events
-- rows: 30000, 10000 at a time, at least 60
-- key: event_id
INSERT INTO apex.project_events (
    event_id, account_id, project_id, user_id, event_type, data, "timestamp"
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + e.n,
    accounts.base + footing_sample.zipf(e.project, 421, accounts.size - 1),
    projects.base + e.project,
    users.base + 4 + floor(footing_sample.random(e.n, 442) * (users.size - 5))::bigint,
    footing_sample.pick_zipf(e.n, 443, '{viewed,edited,submitted,estimated,accepted}'),
    CASE WHEN e.n % 4 > 0 THEN jsonb_build_object('from', 'draft', 'step', e.n % 9) ELSE '{}' END,
    anchor.at - footing_sample.age(e.n, 444, own.size)
FROM (
    SELECT n, footing_sample.zipf(n, 441, projects.size) AS project
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('apex.projects') AS projects
) AS e
CROSS JOIN footing_sample.block('apex.project_events') AS own
CROSS JOIN footing_sample.block('apex.projects') AS projects
CROSS JOIN footing_sample.block('apex.accounts') AS accounts
CROSS JOIN footing_sample.block('core.users') AS users
CROSS JOIN footing_sample.anchor() AS anchor (at);
