-- Sample rows of AI-Web-Test.
--
-- What is special: the last test cases were never run, those before them seldom, and the first ones
-- thousands of times. Titles in other scripts, failures whose message has 100 kB (some of it does
-- not compress), tests without a browser, runs that are pending, running, and running for weeks.

-- step: webtest.test_cases
-- rows: 20000, 2500 at a time, at least 40
INSERT INTO webtest.test_cases (
    id, test_id, project_id, title, description, test_type, priority, status, code,
    expected_output, tags, estimated_duration, created_by, created_at, updated_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + c.n,
    -- The label the trigger would make; given here, so that it need not look.
    'TEST-' || lpad((own.base + c.n)::text, greatest(6, length((own.base + c.n)::text)), '0'),
    c.project_id,
    CASE c.n % 50
        WHEN 11 THEN 'Überweisung prüfen: Betrag größer als 1.000 € – Fall ' || c.n
        WHEN 31 THEN '用户登录后可以查看订单 ' || c.n
        ELSE footing_sample.title(c.n, 110)
    END,
    CASE c.n % 500
        WHEN 39 THEN ''
        ELSE footing_sample.sentences(c.n, 113, 1 + (c.n % 4)::integer)
            || ' See SHOP-' || 1 + floor(footing_sample.random(c.n, 114) * 50000)::integer || '.'
    END,
    footing_sample.pick_zipf(c.n, 115, '{e2e,unit,integration,performance}'),
    footing_sample.pick_zipf(c.n, 116, '{medium,high,low}'),
    CASE
        WHEN footing_sample.random(c.n, 117) < 0.80 THEN 'active'
        WHEN footing_sample.random(c.n, 117) < 0.93 THEN 'inactive'
        ELSE 'deprecated'
    END,
    CASE WHEN c.n % 3 = 0 THEN
        format(E'def test_case_%s(page):\n    page.goto("/")\n    assert page.title()\n', c.n)
    END,
    CASE WHEN c.n % 4 = 0 THEN footing_sample.sentences(c.n, 118, 1) END,
    CASE WHEN c.n % 5 > 0 THEN
        ARRAY[
            footing_sample.pick_zipf(c.n, 119, '{smoke,regression,nightly,mobile,beta,längst}'),
            'team-' || c.n % 9
        ]
    END,
    CASE WHEN c.n % 6 > 0 THEN (footing_sample.random(c.n, 120) * 600)::integer END,
    CASE WHEN c.n % 100 > 0 THEN footing_sample.one_of(c.n, 121, t.people) END,
    anchor.at - interval '90 days' + footing_sample.random(c.n, 122) * interval '60 days',
    anchor.at - footing_sample.random(c.n, 123) * interval '30 days'
FROM (
    SELECT
        n,
        projects.base + footing_sample.zipf(n, 100, projects.size) AS project_id
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('core.projects') AS projects
) AS c
INNER JOIN footing_sample.teams AS t ON t.project_id = c.project_id
CROSS JOIN footing_sample.block('webtest.test_cases') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- The case of a run is drawn first; its project and its kind follow by the same functions as above.
-- Materialized, so that each number is drawn once.
-- step: webtest.test_executions
-- rows: 1000000, 20000 at a time, at least 200
INSERT INTO webtest.test_executions (
    id, execution_id, test_id, project_id, user_id, result, execution_time, started_at,
    completed_at, browser, error_message, screenshots, logs, created_at
)
OVERRIDING SYSTEM VALUE
WITH drawn AS MATERIALIZED (
    SELECT
        n,
        -- Of 1,000 runs 999 are of the first nine tenths of the cases, most of the first ones.
        CASE
            WHEN n % 1000 > 0 THEN
                1 + floor(cases.size * 0.90 * footing_sample.random(n, 141) ^ 2)::bigint
            ELSE 1 + floor(cases.size * (0.90 + 0.08 * footing_sample.random(n, 141)))::bigint
        END AS test_case,
        footing_sample.random(n, 142) AS luck,
        footing_sample.random(n, 143) AS length
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('webtest.test_cases') AS cases
),
runs AS MATERIALIZED (
    SELECT
        d.n,
        own.base + d.n AS id,
        cases.base + d.test_case AS test_id,
        projects.base + footing_sample.zipf(d.test_case, 100, projects.size) AS project_id,
        footing_sample.pick_zipf(d.test_case, 115, '{e2e,unit,integration,performance}') AS kind,
        d.length,
        CASE
            WHEN d.n > own.size - greatest(20, own.size * 0.0007) AND d.luck < 0.2 THEN 'pending'
            WHEN d.n > own.size - greatest(20, own.size * 0.0007) AND d.luck < 0.7 THEN 'running'
            WHEN d.n % 20011 = 600 THEN 'running'  -- forgotten weeks ago
            WHEN d.n % 20011 = 500 OR d.n % 10007 = 700 THEN 'error'  -- the longest messages
            WHEN d.luck < CASE WHEN d.test_case % 17 = 0 THEN 0.30 ELSE 0.06 END THEN 'fail'
            WHEN d.luck > 0.98 THEN 'error'
            WHEN d.luck > 0.95 THEN 'skip'
            ELSE 'pass'
        END AS result,
        -- In project 6, one of the large ones, nothing ran for a month.
        anchor.at - footing_sample.age(d.n, 144, own.size)
            * CASE footing_sample.zipf(d.test_case, 100, projects.size) WHEN 6 THEN 0.66 ELSE 1 END
            - CASE footing_sample.zipf(d.test_case, 100, projects.size)
                WHEN 6 THEN interval '30 days' ELSE interval '0' END
        AS created_at
    FROM drawn AS d
    CROSS JOIN footing_sample.block('webtest.test_executions') AS own
    CROSS JOIN footing_sample.block('webtest.test_cases') AS cases
    CROSS JOIN footing_sample.block('core.projects') AS projects
    CROSS JOIN footing_sample.anchor() AS anchor (at)
),
timed AS MATERIALIZED (
    SELECT
        r.*,
        CASE r.kind
            WHEN 'unit' THEN 0.004 + r.length ^ 2
            WHEN 'integration' THEN 0.2 + 20 * r.length
            WHEN 'e2e' THEN 3 + 200 * r.length ^ 2
            ELSE 60 + 4000 * r.length ^ 3
        END AS seconds
    FROM runs AS r
)
SELECT
    e.id,
    'EX-' || to_hex(e.id) || '-' || to_hex(hashint8(e.n)),
    e.test_id,
    e.project_id,
    CASE WHEN e.n % 1000 > 0 THEN footing_sample.one_of(e.n, 131, t.people) END,
    e.result,
    CASE
        WHEN e.result IN ('pass', 'fail', 'error') AND e.n % 400 > 0 THEN e.seconds
        WHEN e.result = 'skip' THEN 0
    END,
    CASE WHEN e.result <> 'pending' OR e.n % 3 = 0 THEN e.created_at + interval '1 second' END,
    CASE
        WHEN e.result = 'skip' THEN e.created_at + interval '1 second'
        WHEN e.result NOT IN ('pending', 'running') THEN
            e.created_at + (1 + e.seconds) * interval '1 second'
    END,
    CASE WHEN e.kind = 'e2e' OR e.n % 41 = 0 THEN
        footing_sample.pick_zipf(e.n, 132, '{chrome,firefox,edge,safari,webkit}')
    END,
    CASE WHEN e.result IN ('fail', 'error') THEN
        CASE
            WHEN e.n % 20011 = 500 THEN (  -- 100 kB that do not compress
                SELECT string_agg(md5(e.n || ':' || i), '') FROM generate_series(1, 3200) AS i
            )
            WHEN e.n % 10007 = 700 THEN 'Trace: ' || repeat('  at step (page.ts:' || e.n || E')\n', 4000)
            ELSE format(
                E'%s: expected "%s" – got "%s"\n    at checkout.spec.ts:%s:%s\n    at runner.ts:118:9',
                footing_sample.pick_zipf(
                    e.n, 133, '{AssertionError,TimeoutError,ElementNotFound,NetworkError,TypeError}'
                ),
                footing_sample.pick(e.n, 134, '{Welcome,200,true,€ 12.50,Zürich}'),
                footing_sample.pick(e.n, 135, '{undefined,500,false,"","<div>…</div>"}'),
                e.n % 400, e.n % 80
            )
        END
    END,
    CASE WHEN e.result IN ('fail', 'error') AND e.kind = 'e2e' THEN
        ARRAY['s3://shots/' || e.id || '/1.png', 's3://shots/' || e.id || '/2.png']
    END,
    CASE WHEN e.n % 2 = 0 AND e.result <> 'pending' THEN
        format(E'[setup] %s ms\n[run] %s s\n[teardown] ok\n', e.n % 900, round(e.seconds::numeric, 2))
    END,
    e.created_at
FROM timed AS e
INNER JOIN footing_sample.teams AS t ON t.project_id = e.project_id;

-- Six agents a project, one of each type: agent n is of project 1 + (n - 1) % projects.
-- step: webtest.agents
-- rows: 600, at least 24
-- key: none
-- remove: DELETE FROM webtest.agents
-- remove: WHERE project_id BETWEEN :core.projects.first AND :core.projects.last
INSERT INTO webtest.agents (
    agent_id, project_id, agent_type, description, status, created_at, updated_at
)
SELECT
    format('%s_agent_%s', a.type, lpad(a.project::text, 3, '0')),
    projects.base + a.project,
    a.type,
    CASE WHEN a.n % 3 > 0 THEN 'Übernimmt ' || a.type END,
    CASE WHEN a.n % 11 = 0 THEN 'inactive' ELSE 'active' END,
    anchor.at - interval '90 days',
    anchor.at - interval '80 days'
FROM (
    SELECT
        n,
        1 + (n - 1) % projects.size AS project,
        (ARRAY['generation', 'analysis', 'execution', 'requirements', 'observation', 'evolution'])
            [1 + (n - 1) / projects.size] AS type
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('core.projects') AS projects
) AS a
CROSS JOIN footing_sample.block('core.projects') AS projects
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- step: webtest.agent_decisions
-- rows: 200000, 20000 at a time, at least 200
INSERT INTO webtest.agent_decisions (
    id, agent_id, project_id, agent_type, user_id, decision_type, context, decision,
    confidence_score, execution_time_ms, created_at
)
OVERRIDING SYSTEM VALUE
WITH drawn AS MATERIALIZED (
    SELECT n, footing_sample.zipf(n, 161, agents.size) AS agent
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('webtest.agents') AS agents
),
decided AS MATERIALIZED (
    SELECT
        d.n,
        1 + (d.agent - 1) % projects.size AS project,
        (ARRAY['generation', 'analysis', 'execution', 'requirements', 'observation', 'evolution'])
            [1 + (d.agent - 1) / projects.size] AS type
    FROM drawn AS d
    CROSS JOIN footing_sample.block('core.projects') AS projects
)
SELECT
    own.base + d.n,
    format('%s_agent_%s', d.type, lpad(d.project::text, 3, '0')),
    projects.base + d.project,
    d.type,
    CASE WHEN d.n % 3 = 0 THEN footing_sample.one_of(d.n, 162, t.people) END,
    footing_sample.pick_zipf(d.n, 163, '{generate_test,retry,skip,prioritise,escalate}'),
    jsonb_build_object(
        'test_id', 'TEST-' || lpad(footing_sample.zipf(d.n, 164, cases.size)::text, 6, '0'),
        'attempt', d.n % 4,
        'note', footing_sample.pick_zipf(d.n, 165, '{stable,flaky,new,"größer als zuvor"}')
    ),
    jsonb_build_object('action', footing_sample.pick(d.n, 166, '{run,wait,rewrite,drop}')),
    round((1 - footing_sample.random(d.n, 167) ^ 2)::numeric, 4),
    round((2 + 900 * footing_sample.random(d.n, 168) ^ 3)::numeric, 2),
    anchor.at - footing_sample.age(d.n, 169, own.size)
FROM decided AS d
CROSS JOIN footing_sample.block('webtest.agent_decisions') AS own
CROSS JOIN footing_sample.block('webtest.test_cases') AS cases
CROSS JOIN footing_sample.block('core.projects') AS projects
INNER JOIN footing_sample.teams AS t ON t.project_id = projects.base + d.project
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- Between agents of one project. The latest wait, some are at work, and of the old ones some failed.
-- step: webtest.agent_messages
-- rows: 20000, at least 40
INSERT INTO webtest.agent_messages (
    id, project_id, sender_id, receiver_id, message_type, payload, status, attempts,
    leased_until, last_error, created_at, processed_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + m.n,
    projects.base + m.project,
    'generation_agent_' || lpad(m.project::text, 3, '0'),
    'analysis_agent_' || lpad(m.project::text, 3, '0'),
    footing_sample.pick_zipf(m.n, 172, '{result,request,heartbeat,question}'),
    jsonb_build_object('n', m.n, 'text', footing_sample.title(m.n, 173)),
    m.status,
    CASE m.status WHEN 'sent' THEN 0 WHEN 'failed' THEN 5 ELSE 1 END,
    CASE WHEN m.status = 'delivered' THEN anchor.at + interval '5 minutes' END,
    CASE WHEN m.status = 'failed' THEN 'no answer – Zeitüberschreitung' END,
    m.created_at,
    CASE WHEN m.status = 'processed' THEN m.created_at + interval '2 seconds' END
FROM (
    SELECT
        n,
        footing_sample.zipf(n, 171, projects.size) AS project,
        CASE
            WHEN n > own.size - greatest(10, own.size * 0.01) THEN
                CASE WHEN n % 4 = 0 THEN 'delivered' ELSE 'sent' END
            WHEN n % 200 = 0 THEN 'failed'
            ELSE 'processed'
        END AS status,
        anchor.at - footing_sample.age(n, 176, own.size) AS created_at
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('core.projects') AS projects
    CROSS JOIN footing_sample.block('webtest.agent_messages') AS own
    CROSS JOIN footing_sample.anchor() AS anchor (at)
) AS m
CROSS JOIN footing_sample.block('webtest.agent_messages') AS own
CROSS JOIN footing_sample.block('core.projects') AS projects
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- step: webtest.ml_models
-- rows: 50, at least 4
INSERT INTO webtest.ml_models (
    id, model_id, project_id, name, version, model_type, framework, metrics, artifact_path,
    status, created_by, created_at, updated_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + m.n,
    'MODEL-' || lpad((own.base + m.n)::text, greatest(6, length((own.base + m.n)::text)), '0'),
    m.project_id,
    footing_sample.pick(m.n, 182, '{flake-predictor,step-generator,risk-ranker}'),
    '1.' || m.n || '.0',
    footing_sample.pick_zipf(m.n, 183, '{generation,analysis,evolution}'),
    footing_sample.pick(m.n, 184, '{scikit-learn,pytorch,xgboost}'),
    jsonb_build_object('f1', round(footing_sample.random(m.n, 185)::numeric, 3), 'rows', m.n * 1000),
    's3://models/' || m.n || '/model.bin',
    footing_sample.pick_zipf(m.n, 186, '{active,archived,deprecated}'),
    footing_sample.one_of(m.n, 187, t.people),
    anchor.at - interval '90 days',
    anchor.at - interval '10 days'
FROM (
    SELECT n, projects.base + footing_sample.zipf(n, 181, projects.size) AS project_id
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('core.projects') AS projects
) AS m
INNER JOIN footing_sample.teams AS t ON t.project_id = m.project_id
CROSS JOIN footing_sample.block('webtest.ml_models') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- The first model makes most of them; the last one none.
-- step: webtest.predictions
-- rows: 200000, 20000 at a time, at least 200
INSERT INTO webtest.predictions (
    id, model_id, project_id, model_name, model_version, features, prediction, confidence,
    ground_truth, latency_ms, created_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + p.n,
    m.id,
    m.project_id,
    m.name,
    m.version,
    jsonb_build_object('runs', p.n % 300, 'age_days', p.n % 90, 'flaky', p.n % 17 = 0),
    (p.n % 3)::integer,
    round(footing_sample.random(p.n, 192)::numeric, 4),
    CASE WHEN footing_sample.random(p.n, 193) < 0.4 THEN (p.n % 3)::integer END,
    round((1 + 80 * footing_sample.random(p.n, 194) ^ 2)::numeric, 2),
    anchor.at - footing_sample.age(p.n, 195, own.size)
FROM (
    SELECT n, models.base + footing_sample.zipf(n, 191, models.size - 1) AS model_id
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('webtest.ml_models') AS models
) AS p
INNER JOIN webtest.ml_models AS m ON m.id = p.model_id
CROSS JOIN footing_sample.block('webtest.predictions') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);
