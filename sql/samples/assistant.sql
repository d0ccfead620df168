-- Sample rows of the AI Development Assistant: ids begin with SAMPLE-.
--
-- What is special: rules of every severity and status, violations open and resolved, templates
-- without variables. The change feed is not told of them: a running assistant loads anew.

-- step: assistant.rules
-- rows: 5000, 2500 at a time, at least 20
-- key: none
-- remove: DELETE FROM assistant.rules WHERE rule_id LIKE 'SAMPLE-R-%'
INSERT INTO assistant.rules (
    rule_id, category, title, description, severity, enforcement, examples, anti_patterns,
    violations_consequence, created_by, created_at, updated_at, active, priority, status,
    deactivated_at
)
SELECT
    'SAMPLE-R-' || r.n,
    footing_sample.pick_zipf(r.n, 501, '{security,testing,naming,performance,Überwachung,api}'),
    left(footing_sample.title(r.n, 502), 200) || ' ' || r.n,
    footing_sample.sentences(r.n, 505, 4),
    footing_sample.pick_zipf(r.n, 506, '{WARNING,INFO,ERROR,CRITICAL}'),
    footing_sample.pick_zipf(r.n, 507, '{recommended,mandatory,optional}'),
    CASE WHEN r.n % 3 > 0 THEN '["SELECT id FROM t WHERE id = $1"]'::jsonb ELSE '[]' END,
    CASE WHEN r.n % 4 = 0 THEN jsonb_build_array('SELECT *', 'n = ' || r.n % 100) ELSE '[]' END,
    CASE WHEN r.n % 5 = 0 THEN footing_sample.sentences(r.n, 508, 1) END,
    'system',
    anchor.at - footing_sample.age(r.n, 509, own.size),
    anchor.at,
    r.status = 'ACTIVE',
    (r.n % 10)::integer,
    r.status,
    CASE WHEN r.status <> 'ACTIVE' THEN anchor.at - interval '1 hour' END
FROM (
    SELECT
        n,
        CASE n % 20 WHEN 7 THEN 'INACTIVE' WHEN 13 THEN 'DEPRECATED' WHEN 19 THEN 'DRAFT'
        ELSE 'ACTIVE' END AS status
    FROM footing_sample.rows() AS n
) AS r
CROSS JOIN footing_sample.block('assistant.rules') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- step: assistant.violations
-- rows: 10000, at least 20
-- key: violation_id
INSERT INTO assistant.violations (
    violation_id, rule_id, location, details, status, detected_at, resolved_at, created_at,
    updated_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + v.n,
    'SAMPLE-R-' || footing_sample.zipf(v.n, 511, rules.size),
    format('src/module_%s.py:%s', v.n % 40, v.n % 900),
    CASE WHEN v.n % 3 > 0 THEN footing_sample.sentences(v.n, 512, 1) END,
    v.status,
    v.detected_at,
    CASE WHEN v.status <> 'OPEN' THEN v.detected_at + interval '1 hour' END,
    v.detected_at,
    v.detected_at + interval '1 hour'
FROM (
    SELECT
        n,
        footing_sample.pick_zipf(n, 513, '{RESOLVED,OPEN,DISMISSED}') AS status,
        anchor.at - interval '2 hours' - footing_sample.age(n, 514, own.size) AS detected_at
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('assistant.violations') AS own
    CROSS JOIN footing_sample.anchor() AS anchor (at)
) AS v
CROSS JOIN footing_sample.block('assistant.violations') AS own
CROSS JOIN footing_sample.block('assistant.rules') AS rules;

-- step: assistant.practices
-- rows: 5000, 2500 at a time, at least 20
-- key: none
-- remove: DELETE FROM assistant.practices WHERE practice_id LIKE 'SAMPLE-P-%'
INSERT INTO assistant.practices (
    practice_id, category, title, description, benefits, implementation_guide, anti_patterns,
    reference_links, examples, effectiveness_score, adoption_rate, created_at, is_active,
    is_required, updated_at, deactivated_at
)
SELECT
    'SAMPLE-P-' || n,
    footing_sample.pick_zipf(n, 521, '{review,testing,deployment,documentation,observability}'),
    left(footing_sample.title(n, 522), 200) || ' ' || n,
    footing_sample.sentences(n, 525, 4),
    jsonb_build_array(footing_sample.pick_zipf(n, 526, '{speed,quality,safety,"weniger Fehler"}')),
    CASE WHEN n % 3 > 0 THEN footing_sample.paragraphs(n, 527, 1) END,
    CASE WHEN n % 4 = 0 THEN '["big bang"]'::jsonb ELSE '[]' END,
    CASE WHEN n % 5 = 0 THEN jsonb_build_array('https://example.com/p/' || n) ELSE '[]' END,
    '[]',
    CASE WHEN n % 6 > 0 THEN round((footing_sample.random(n, 528) * 100)::numeric, 2) END,
    CASE WHEN n % 7 > 0 THEN round((footing_sample.random(n, 529) * 100)::numeric, 2) END,
    anchor.at - footing_sample.age(n, 530, own.size),
    n % 12 > 0,
    n % 5 = 0,
    anchor.at,
    CASE WHEN n % 12 = 0 THEN anchor.at - interval '1 hour' END
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('assistant.practices') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- Their variables follow by trigger, and go with them.
-- step: assistant.templates
-- rows: 2000, at least 20
-- key: none
-- remove: DELETE FROM assistant.templates WHERE template_id LIKE 'SAMPLE-T-%'
INSERT INTO assistant.templates (
    template_id, name, description, category, template_content, variables, tags, usage_count,
    is_active, created_by, created_at, updated_at, deactivated_at
)
SELECT
    'SAMPLE-T-' || n,
    left(footing_sample.title(n, 541), 200) || ' ' || n,
    CASE WHEN n % 8 > 0 THEN footing_sample.sentences(n, 544, 2) END,
    footing_sample.pick_zipf(n, 545, '{code,test,document,review}'),
    E'def {{name}}():\n    """{{summary}}"""\n',
    CASE WHEN n % 10 = 0 THEN '[]'::jsonb ELSE
        '[{"name": "name", "type": "string", "required": true},
          {"name": "summary", "type": "string", "description": "eine Zeile", "default": ""}]'::jsonb
    END,
    jsonb_build_array(footing_sample.pick_zipf(n, 546, '{python,sql,bash,typescript}')),
    footing_sample.zipf(n, 547, 1000)::integer,
    n % 15 > 0,
    'system',
    anchor.at - footing_sample.age(n, 548, own.size),
    anchor.at,
    CASE WHEN n % 15 = 0 THEN anchor.at - interval '1 hour' END
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('assistant.templates') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);
