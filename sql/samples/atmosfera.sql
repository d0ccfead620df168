-- Sample rows of ATMosFera.
--
-- What is special: cycles without items, tickets nobody covers, covering links of deprecated cases,
-- items run twice, a project never assessed, a suite without cases, folders within folders.

-- step: atmosfera.assessments
-- rows: 6000, at least 12
INSERT INTO atmosfera.assessments (
    id, project_id, user_id, dimension_id, current_level, target_level, evidence, notes,
    assessment_date, created_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + a.n,
    a.project_id,
    footing_sample.one_of(a.n, 202, t.people),
    d.ids[1 + (a.n % cardinality(d.ids))::integer],
    a.level,
    CASE WHEN a.n % 4 > 0 THEN least(5, a.level + 1 + (a.n % 2)::integer) END,
    CASE WHEN a.n % 3 > 0 THEN footing_sample.sentences(a.n, 204, 2) END,
    CASE WHEN a.n % 5 = 0 THEN 'Gespräch mit dem Team, siehe Protokoll' END,
    a.assessed_at,
    a.assessed_at + interval '1 hour'
FROM (
    SELECT
        n,
        -- the last project is never assessed
        projects.base + footing_sample.zipf(n, 201, projects.size - 1) AS project_id,
        1 + floor(footing_sample.random(n, 203) * 4.5)::integer AS level,
        anchor.at - interval '2 hours' - footing_sample.age(n, 205, own.size) AS assessed_at
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('atmosfera.assessments') AS own
    CROSS JOIN footing_sample.block('core.projects') AS projects
    CROSS JOIN footing_sample.anchor() AS anchor (at)
) AS a
INNER JOIN footing_sample.teams AS t ON t.project_id = a.project_id
CROSS JOIN (
    SELECT array_agg(m.id ORDER BY m.name) AS ids FROM atmosfera.maturity_dimensions AS m
) AS d
CROSS JOIN footing_sample.block('atmosfera.assessments') AS own;

-- Twenty a project: suite n belongs to project 1 + (n - 1) % projects.
-- step: atmosfera.test_suites
-- rows: 2000, at least 8
INSERT INTO atmosfera.test_suites (
    id, project_id, name, description, project_area, priority, status, coverage_requirements,
    ai_generated, tags, created_at, updated_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + n,
    projects.base + 1 + (n - 1) % projects.size,
    left(footing_sample.title(n, 210), 80) || ' #' || n,
    CASE WHEN n % 4 > 0 THEN footing_sample.sentences(n, 213, 1) END,
    footing_sample.pick_zipf(n, 214, '{frontend,backend,API,mobile,Büro}'),
    footing_sample.pick_zipf(n, 215, '{medium,high,low,critical}'),
    CASE WHEN n % 9 = 0 THEN 'archived' ELSE 'active' END,
    CASE WHEN n % 3 = 0 THEN '["all browsers", "WCAG 2.2 AA"]'::jsonb ELSE '[]' END,
    n % 4 = 0,
    CASE WHEN n % 2 = 0 THEN jsonb_build_array('team-' || n % 9) ELSE '[]' END,
    anchor.at - interval '90 days',
    anchor.at - footing_sample.random(n, 216) * interval '90 days'
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('core.projects') AS projects
CROSS JOIN footing_sample.block('atmosfera.test_suites') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- The first suite of each project stays without cases.
-- step: atmosfera.test_cases
-- rows: 20000, 2500 at a time, at least 40
INSERT INTO atmosfera.test_cases (
    id, project_id, suite_id, user_id, title, description, preconditions, steps,
    expected_results, actual_results, priority, severity, status, ai_generated, automatable,
    automation_status, test_data, created_at, updated_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + c.n,
    projects.base + c.project,
    CASE WHEN c.n % 10 > 0 AND c.suites > 1 THEN
        suites.base + c.project + projects.size
            * (1 + floor(footing_sample.random(c.n, 221) * (c.suites - 1))::bigint)
    END,
    footing_sample.one_of(c.n, 222, t.people),
    CASE c.n % 60
        WHEN 17 THEN 'Anmeldung schlägt fehl – Fall ' || c.n
        WHEN 37 THEN '購物車結帳 ' || c.n
        ELSE footing_sample.title(c.n, 223)
    END,
    CASE WHEN c.n % 20 > 0 THEN footing_sample.sentences(c.n, 226, 1 + (c.n % 3)::integer) END,
    CASE WHEN c.n % 3 = 0 THEN 'The user is signed in.' END,
    jsonb_build_array(
        jsonb_build_object('action', 'open', 'expected', 'the page is shown'),
        jsonb_build_object('action', footing_sample.pick(c.n, 227, '{click,enter,select,drag}'),
            'expected', footing_sample.pick(c.n, 228, '{saved,rejected,"✓ done"}'))
    ),
    footing_sample.sentences(c.n, 229, 1),
    CASE WHEN c.status = 'failed' THEN footing_sample.sentences(c.n, 230, 1) END,
    footing_sample.pick_zipf(c.n, 231, '{medium,high,low,critical}'),
    footing_sample.pick_zipf(c.n, 232, '{normal,major,minor,critical,trivial}'),
    c.status,
    c.n % 5 = 0,
    CASE c.n % 3 WHEN 0 THEN true WHEN 1 THEN false END,
    CASE WHEN c.n % 3 = 0 THEN footing_sample.pick(c.n, 233, '{planned,in-progress,automated}') END,
    CASE WHEN c.n % 7 = 0 THEN '{"locale": "de-CH", "amount": 12.5}'::jsonb ELSE '{}' END,
    anchor.at - interval '90 days' + footing_sample.random(c.n, 234) * interval '60 days',
    anchor.at - footing_sample.random(c.n, 235) * interval '30 days'
FROM (
    SELECT
        d.n,
        d.project,
        1 + (suites.size - d.project) / projects.size AS suites,  -- how many this project has
        footing_sample.pick_zipf(
            d.n, 236, '{ready,passed,draft,failed,in-progress,deprecated,blocked}'
        ) AS status
    FROM (
        SELECT n, footing_sample.zipf(n, 220, projects.size) AS project
        FROM footing_sample.rows() AS n
        CROSS JOIN footing_sample.block('core.projects') AS projects
    ) AS d
    CROSS JOIN footing_sample.block('atmosfera.test_suites') AS suites
    CROSS JOIN footing_sample.block('core.projects') AS projects
) AS c
CROSS JOIN footing_sample.block('core.projects') AS projects
CROSS JOIN footing_sample.block('atmosfera.test_suites') AS suites
INNER JOIN footing_sample.teams AS t ON t.project_id = projects.base + c.project
CROSS JOIN footing_sample.block('atmosfera.test_cases') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- step: atmosfera.test_cycles
-- rows: 500, at least 5
INSERT INTO atmosfera.test_cycles (
    id, project_id, user_id, name, description, status, start_date, end_date, testing_mode,
    test_deployment_url, test_data, created_at, updated_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + c.n,
    c.project_id,
    footing_sample.one_of(c.n, 242, t.people),
    'Sprint ' || c.n,
    CASE WHEN c.n % 3 > 0 THEN footing_sample.sentences(c.n, 243, 1) END,
    c.status,
    CASE WHEN c.status <> 'created' OR c.n % 2 = 0 THEN c.begins_at END,
    CASE WHEN c.status IN ('completed', 'archived') THEN c.begins_at + interval '6 days' END,
    footing_sample.pick_zipf(c.n, 245, '{manual,automated,ai-assisted-manual}'),
    CASE WHEN c.n % 4 > 0 THEN format('https://staging-%s.example.com/', c.n) END,
    CASE WHEN c.n % 3 = 0 THEN
        '{"username": {"value": "test@example.com", "description": "log-in"}}'::jsonb
    ELSE '{}' END,
    c.begins_at - interval '2 days',
    c.begins_at - interval '1 day'
FROM (
    SELECT
        n,
        projects.base + footing_sample.zipf(n, 241, projects.size) AS project_id,
        footing_sample.pick_zipf(n, 244, '{completed,in-progress,archived,created}') AS status,
        anchor.at - interval '7 days' - footing_sample.age(n, 246, own.size) AS begins_at
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('atmosfera.test_cycles') AS own
    CROSS JOIN footing_sample.block('core.projects') AS projects
    CROSS JOIN footing_sample.anchor() AS anchor (at)
) AS c
INNER JOIN footing_sample.teams AS t ON t.project_id = c.project_id
CROSS JOIN footing_sample.block('atmosfera.test_cycles') AS own;

-- A cycle takes 200 cases of its project in a row, all of them where there are fewer; one in thirty
-- takes none. Nothing is run before its cycle begins, everything once it is over.
-- step: atmosfera.test_cycle_items
-- rows: 100000, 10000 at a time, at least 1000
INSERT INTO atmosfera.test_cycle_items (
    id, project_id, cycle_id, test_case_id, suite_id, assigned_user_id, status, created_at,
    updated_at
)
OVERRIDING SYSTEM VALUE
WITH cases AS MATERIALIZED (
    SELECT
        c.project_id,
        array_agg(c.id ORDER BY c.id) AS ids,
        array_agg(c.suite_id ORDER BY c.id) AS suite_ids
    FROM atmosfera.test_cases AS c
    CROSS JOIN footing_sample.block('atmosfera.test_cases') AS b
    WHERE c.id > b.base
        AND c.id <= b.base + b.size
    GROUP BY c.project_id
)
SELECT
    own.base + i.n,
    cy.project_id,
    cy.id,
    cs.ids[p.place],
    cs.suite_ids[p.place],
    CASE WHEN i.n % 3 > 0 THEN footing_sample.one_of(i.n, 251, t.people) END,
    CASE cy.status
        WHEN 'created' THEN 'not-run'
        WHEN 'in-progress' THEN
            footing_sample.pick_zipf(i.n, 252, '{not-run,passed,in-progress,failed,blocked}')
        ELSE footing_sample.pick_zipf(i.n, 252, '{passed,failed,blocked}')
    END,
    cy.created_at,
    cy.created_at + interval '1 day'
FROM (
    SELECT n, 1 + (n - 1) / 200 AS cycle, ((n - 1) % 200)::integer AS nth
    FROM footing_sample.rows() AS n
) AS i
CROSS JOIN footing_sample.block('atmosfera.test_cycles') AS cycles
INNER JOIN atmosfera.test_cycles AS cy ON cy.id = cycles.base + i.cycle
INNER JOIN cases AS cs ON cs.project_id = cy.project_id
INNER JOIN footing_sample.teams AS t ON t.project_id = cy.project_id
CROSS JOIN LATERAL (
    SELECT 1 + (i.nth + i.cycle * 37)::integer % cardinality(cs.ids) AS place
) AS p
CROSS JOIN footing_sample.block('atmosfera.test_cycle_items') AS own
WHERE i.nth < cardinality(cs.ids)
    AND i.cycle % 30 <> 5;

-- The latest run of each item first, then an earlier one of the first items: an item has the status
-- of its latest run, so the trigger finds nothing to change.
-- step: atmosfera.test_runs
-- rows: 140000, 10000 at a time, at least 1400
INSERT INTO atmosfera.test_runs (
    id, project_id, cycle_item_id, executed_by, executed_at, duration, status, notes, evidence,
    environment, version, step_results, defects, tags
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + r.n,
    i.project_id,
    i.id,
    footing_sample.one_of(r.n, 261, t.people),
    i.created_at + interval '3 days' - r.earlier * interval '1 day'
        + footing_sample.random(r.n, 262) * interval '12 hours',
    CASE WHEN r.n % 6 > 0 THEN (footing_sample.random(r.n, 263) * 900)::integer END,
    CASE WHEN r.earlier = 0 THEN i.status ELSE footing_sample.pick(r.n, 264, '{failed,blocked}') END,
    CASE WHEN r.n % 5 = 0 THEN footing_sample.sentences(r.n, 265, 1) END,
    CASE WHEN i.status = 'failed' THEN jsonb_build_array('s3://evidence/' || r.n || '.png')
    ELSE '[]' END,
    footing_sample.pick_zipf(r.n, 266, '{staging,production,"Prüfstand"}'),
    format('%s.%s.%s', 1 + r.n % 3, r.n % 20, r.n % 7),
    '[{"step": 1, "status": "passed"}]',
    CASE WHEN i.status = 'failed' THEN jsonb_build_array('SHOP-' || r.n % 5000) ELSE '[]' END,
    '[]'
FROM (
    SELECT
        n,
        items.base AS items,
        1 + (n - 1) % items.size AS item,
        ((n - 1) / items.size)::integer AS earlier
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('atmosfera.test_cycle_items') AS items
) AS r
INNER JOIN atmosfera.test_cycle_items AS i ON i.id = r.items + r.item
INNER JOIN footing_sample.teams AS t ON t.project_id = i.project_id
CROSS JOIN footing_sample.block('atmosfera.test_runs') AS own
WHERE i.status <> 'not-run';

-- step: atmosfera.jira_tickets
-- rows: 20000, 5000 at a time, at least 40
INSERT INTO atmosfera.jira_tickets (
    id, project_id, jira_key, issue_type, summary, description, priority, status, assignee,
    reporter, labels, components, created_date, updated_date, content_hash, last_synced,
    created_at, updated_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + n,
    projects.base + footing_sample.zipf(n, 270, projects.size),
    footing_sample.pick(n, 271, '{SHOP,PAY,OPS}') || '-' || n,
    footing_sample.pick_zipf(n, 272, '{Story,Bug,Task,Epic,Sub-task}'),
    footing_sample.title(n, 273),
    CASE WHEN n % 8 > 0 THEN footing_sample.sentences(n, 276, 3) END,
    footing_sample.pick_zipf(n, 277, '{Medium,High,Low,Highest,Lowest}'),
    footing_sample.pick_zipf(n, 278, '{Done,"To Do","In Progress","In Review","Won''t Do"}'),
    CASE WHEN n % 5 > 0 THEN footing_sample.pick(n, 279, '{"Ana Núñez","Bo Li","Cem Öz"}') END,
    footing_sample.pick(n, 280, '{"Ana Núñez","Bo Li","Cem Öz"}'),
    CASE WHEN n % 3 = 0 THEN jsonb_build_array('release-' || n % 12) ELSE '[]' END,
    CASE WHEN n % 4 = 0 THEN '["checkout"]'::jsonb ELSE '[]' END,
    anchor.at - interval '91 days',
    anchor.at - footing_sample.random(n, 281) * interval '90 days',
    encode(sha256(convert_to('ticket ' || n, 'UTF8')), 'hex'),
    anchor.at - footing_sample.random(n, 282) * interval '3 days',
    anchor.at - interval '90 days',
    anchor.at - footing_sample.random(n, 282) * interval '3 days'
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('core.projects') AS projects
CROSS JOIN footing_sample.block('atmosfera.jira_tickets') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- Three links each for the first two thirds of the tickets; the others stay uncovered.
-- step: atmosfera.test_case_jira_links
-- rows: 40000, 10000 at a time, at least 40
INSERT INTO atmosfera.test_case_jira_links (
    id, project_id, test_case_id, jira_ticket_id, link_type, created_at
)
OVERRIDING SYSTEM VALUE
WITH cases AS MATERIALIZED (
    SELECT c.project_id, array_agg(c.id ORDER BY c.id) AS ids
    FROM atmosfera.test_cases AS c
    CROSS JOIN footing_sample.block('atmosfera.test_cases') AS b
    WHERE c.id > b.base
        AND c.id <= b.base + b.size
    GROUP BY c.project_id
)
SELECT
    own.base + l.n,
    l.project_id,
    footing_sample.one_of(l.n, 291, c.ids),
    tickets.base + l.ticket,
    footing_sample.pick_zipf(l.n, 292, '{covers,blocks,relates-to}'),
    anchor.at - footing_sample.random(l.n, 293) * interval '80 days'
FROM (
    SELECT
        d.n,
        d.ticket,
        projects.base + footing_sample.zipf(d.ticket, 270, projects.size) AS project_id
    FROM (
        SELECT n, 1 + (n - 1) % greatest(1, t.size * 2 / 3) AS ticket
        FROM footing_sample.rows() AS n
        CROSS JOIN footing_sample.block('atmosfera.jira_tickets') AS t
    ) AS d
    CROSS JOIN footing_sample.block('core.projects') AS projects
) AS l
INNER JOIN cases AS c ON c.project_id = l.project_id
CROSS JOIN footing_sample.block('atmosfera.jira_tickets') AS tickets
CROSS JOIN footing_sample.block('atmosfera.test_case_jira_links') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at)
ON CONFLICT (test_case_id, project_id, jira_ticket_id) DO NOTHING;

-- step: atmosfera.jira_sync_logs
-- rows: 2000, at least 4
INSERT INTO atmosfera.jira_sync_logs (
    id, project_id, sync_type, status, tickets_processed, tickets_created, tickets_updated,
    error_message, started_at, completed_at, created_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + s.n,
    projects.base + footing_sample.zipf(s.n, 301, projects.size),
    footing_sample.pick_zipf(s.n, 302, '{incremental,full,manual}'),
    s.status,
    CASE WHEN s.status = 'pending' THEN 0 ELSE (s.n % 500)::integer END,
    CASE WHEN s.status = 'completed' THEN (s.n % 40)::integer ELSE 0 END,
    CASE WHEN s.status = 'completed' THEN (s.n % 300)::integer ELSE 0 END,
    CASE WHEN s.status = 'failed' THEN '429 Too Many Requests – später erneut versuchen' END,
    s.started_at,
    CASE WHEN s.status IN ('completed', 'failed') THEN s.started_at + interval '40 seconds' END,
    s.started_at
FROM (
    SELECT
        n,
        CASE
            WHEN n % 97 = 0 THEN 'pending'
            WHEN n % 89 = 0 THEN 'in_progress'
            WHEN n % 11 = 0 THEN 'failed'
            ELSE 'completed'
        END AS status,
        anchor.at - footing_sample.age(n, 303, own.size) AS started_at
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('atmosfera.jira_sync_logs') AS own
    CROSS JOIN footing_sample.anchor() AS anchor (at)
) AS s
CROSS JOIN footing_sample.block('core.projects') AS projects
CROSS JOIN footing_sample.block('atmosfera.jira_sync_logs') AS own;

-- step: atmosfera.recommendations
-- rows: 5000, at least 10
INSERT INTO atmosfera.recommendations (
    id, project_id, dimension_id, title, description, category, priority, status,
    ai_confidence, implementation_effort, expected_impact, created_at, updated_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + n,
    projects.base + footing_sample.zipf(n, 311, projects.size),
    CASE WHEN n % 6 > 0 THEN d.ids[1 + (n % cardinality(d.ids))::integer] END,
    'Automate: ' || footing_sample.title(n, 312),
    footing_sample.sentences(n, 315, 2),
    footing_sample.pick_zipf(n, 316, '{automation,process,people,tools}'),
    footing_sample.pick_zipf(n, 317, '{medium,high,low,critical}'),
    footing_sample.pick_zipf(n, 318, '{active,implemented,dismissed}'),
    CASE WHEN n % 7 > 0 THEN round(footing_sample.random(n, 319)::numeric, 2) END,
    footing_sample.pick(n, 320, '{low,medium,high}'),
    footing_sample.pick(n, 321, '{low,medium,high}'),
    anchor.at - footing_sample.age(n, 322, own.size),
    anchor.at
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('core.projects') AS projects
CROSS JOIN (
    SELECT array_agg(m.id ORDER BY m.name) AS ids FROM atmosfera.maturity_dimensions AS m
) AS d
CROSS JOIN footing_sample.block('atmosfera.recommendations') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- step: atmosfera.metrics
-- rows: 50000, 25000 at a time, at least 100
INSERT INTO atmosfera.metrics (
    id, project_id, dimension_id, name, value, unit, category, recorded_at, created_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + m.n,
    projects.base + footing_sample.zipf(m.n, 331, projects.size),
    CASE WHEN m.n % 4 = 0 THEN d.ids[1 + (m.n % cardinality(d.ids))::integer] END,
    footing_sample.pick_zipf(
        m.n, 332, '{pass_rate,defect_density,automation_share,lead_time,revenue_at_risk}'
    ),
    CASE WHEN m.n % 997 = 0 THEN 123456789.0123456 ELSE round((m.luck * 100)::numeric, 4) END,
    footing_sample.pick(m.n, 334, '{%,defects/kloc,h,€}'),
    footing_sample.pick_zipf(m.n, 335, '{quality,speed,cost}'),
    anchor.at - m.age,
    anchor.at - m.age
FROM (
    SELECT
        n,
        footing_sample.random(n, 333) AS luck,
        footing_sample.age(n, 336, own.size) AS age
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('atmosfera.metrics') AS own
) AS m
CROSS JOIN footing_sample.block('core.projects') AS projects
CROSS JOIN (
    SELECT array_agg(m.id ORDER BY m.name) AS ids FROM atmosfera.maturity_dimensions AS m
) AS d
CROSS JOIN footing_sample.block('atmosfera.metrics') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- Folder n belongs to project 1 + (n - 1) % projects; the first of each lies at the top.
-- step: atmosfera.document_folders
-- rows: 500, at least 8
INSERT INTO atmosfera.document_folders (id, project_id, parent_id, name, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + n,
    projects.base + 1 + (n - 1) % projects.size,
    CASE WHEN n > projects.size AND n % 3 > 0 THEN own.base + n - projects.size END,
    footing_sample.pick(n, 341, '{Plans,Reports,Berichte,Minutes}') || ' ' || n,
    anchor.at - interval '90 days',
    anchor.at - interval '80 days'
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('core.projects') AS projects
CROSS JOIN footing_sample.block('atmosfera.document_folders') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- step: atmosfera.documents
-- rows: 5000, 500 at a time, at least 10
INSERT INTO atmosfera.documents (
    id, project_id, folder_id, title, type, content, tags, ai_generated, version, status,
    created_by, created_at, updated_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + c.n,
    projects.base + c.project,
    CASE WHEN c.n % 5 > 0 AND c.project <= folders.size THEN folders.base + c.project END,
    left(footing_sample.title(c.n, 352), 180),
    footing_sample.pick_zipf(c.n, 355, '{test plan,report,strategy,minutes,übersicht}'),
    CASE WHEN c.n % 100 = 0 THEN '' ELSE footing_sample.paragraphs(c.n, 356, 4) END,
    CASE WHEN c.n % 2 = 0 THEN '["draft", "ki-erzeugt"]'::jsonb ELSE '[]' END,
    c.n % 3 = 0,
    1 + (c.n % 4)::integer,
    footing_sample.pick_zipf(c.n, 357, '{draft,published,archived}'),
    footing_sample.one_of(c.n, 358, t.people),
    anchor.at - footing_sample.age(c.n, 359, own.size),
    anchor.at
FROM (
    SELECT
        n,
        footing_sample.zipf(n, 351, projects.size) AS project
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('core.projects') AS projects
) AS c
CROSS JOIN footing_sample.block('core.projects') AS projects
CROSS JOIN footing_sample.block('atmosfera.document_folders') AS folders
INNER JOIN footing_sample.teams AS t ON t.project_id = projects.base + c.project
CROSS JOIN footing_sample.block('atmosfera.documents') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);
