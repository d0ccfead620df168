-- Sample rows of BA Copilot, whose people are its own: user-scoped rows, no project.
--
-- What is special: person 1 has a ninth of everything and the last one nothing; a hundredth of the
-- conversations has a third of the messages, another hundredth none; documents with up to three
-- earlier versions.

-- step: copilot.people
-- table: core.users
-- rows: 2000, at least 10
INSERT INTO core.users (
    id, user_id, email, password_hash, full_name, organization, role, preferences, is_active,
    last_login, created_at, updated_at
)
OVERRIDING SYSTEM VALUE
SELECT
    own.base + n,
    footing_sample.uuid(n, 600),
    format('analyst.%s@sample.invalid', own.base + n),
    '!',
    CASE WHEN n % 30 = 7 THEN '田中 花子' ELSE 'Analyst ' || n END,
    footing_sample.pick(n, 601, '{Northwind,Contoso,"Ålesund Fisk AS",Globex,Initech}'),
    footing_sample.pick_zipf(n, 602, '{business_user,user,manager}'),
    '{}',
    n % 50 <> 49,
    CASE WHEN n % 3 > 0 THEN anchor.at - footing_sample.random(n, 603) * interval '9 days' END,
    anchor.at - interval '95 days' - footing_sample.random(n, 604) * interval '200 days',
    anchor.at - footing_sample.random(n, 605) * interval '90 days'
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('copilot.people') AS own
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- step: copilot.documents
-- rows: 20000, 2000 at a time, at least 40
-- key: none
-- remove: DELETE FROM copilot.documents WHERE document_id IN (
-- remove:     SELECT footing_sample.uuid(n, 610)
-- remove:     FROM generate_series(:copilot.documents.first, :copilot.documents.last) AS n
-- remove: )
INSERT INTO copilot.documents (
    document_id, user_id, project_name, content, metadata, status, version, file_path,
    created_at, updated_at
)
SELECT
    footing_sample.uuid(n, 610),
    footing_sample.uuid(footing_sample.zipf(n, 611, people.size - 1), 600),
    footing_sample.pick_zipf(n, 612, '{Payments,"Web shop",Portal,Überweisung,在线商店}') || ' ' || n % 700,
    CASE WHEN n % 200 = 0 THEN '' ELSE footing_sample.paragraphs(n, 613, 10) END,
    CASE WHEN n % 3 > 0 THEN
        jsonb_build_object('template', 'srs', 'pages', n % 40, 'tags', jsonb_build_array('v' || n % 5))
    ELSE '{}' END,
    footing_sample.pick_zipf(n, 614, '{generated,draft,in_review,approved,published,archived}'),
    1 + (n % 7 = 0)::integer + 2 * (n % 21 = 0)::integer,
    CASE WHEN n % 6 = 0 THEN format('/srs/%s.md', n) END,
    anchor.at - footing_sample.age(n, 615, own.size),
    anchor.at
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('copilot.documents') AS own
CROSS JOIN footing_sample.block('copilot.people') AS people
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- What the documents' later versions replaced.
-- step: copilot.document_versions
-- rows: 20000, 5000 at a time, at least 40
-- key: none
-- remove: DELETE FROM copilot.document_versions WHERE document_id IN (
-- remove:     SELECT footing_sample.uuid(n, 610)
-- remove:     FROM generate_series(:copilot.documents.first, :copilot.documents.last) AS n
-- remove: )
INSERT INTO copilot.document_versions (
    document_id, version, user_id, content, metadata, replaced_at
)
SELECT
    d.document_id,
    v.version,
    d.user_id,
    footing_sample.paragraphs(n * 5 + v.version, 616, 8),
    '{}',
    d.created_at + (d.updated_at - d.created_at) * (v.version / 5.0)
FROM footing_sample.rows() AS n
INNER JOIN copilot.documents AS d ON d.document_id = footing_sample.uuid(n, 610)
CROSS JOIN LATERAL generate_series(1, d.version - 1) AS v (version);

-- step: copilot.conversations
-- rows: 10000, 5000 at a time, at least 100
-- key: none
-- remove: DELETE FROM copilot.conversations WHERE conversation_id IN (
-- remove:     SELECT footing_sample.uuid(n, 620)
-- remove:     FROM generate_series(:copilot.conversations.first, :copilot.conversations.last) AS n
-- remove: )
INSERT INTO copilot.conversations (
    conversation_id, user_id, title, metadata, created_at, updated_at
)
SELECT
    footing_sample.uuid(n, 620),
    footing_sample.uuid(footing_sample.zipf(n, 621, people.size - 1), 600),
    CASE WHEN n % 40 = 3 THEN 'Anforderungen klären ✓ ' || n ELSE footing_sample.title(n, 622) END,
    CASE WHEN n % 4 = 0 THEN '{"model": "gpt-4o"}'::jsonb ELSE '{}' END,
    anchor.at - footing_sample.age(n, 625, own.size),
    anchor.at
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('copilot.conversations') AS own
CROSS JOIN footing_sample.block('copilot.people') AS people
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- A conversation's messages stand together, so that two chunks at once don't wait for each other.
-- step: copilot.messages
-- rows: 300000, 15000 at a time, at least 3000
-- key: none
-- remove: DELETE FROM copilot.messages WHERE conversation_id IN (
-- remove:     SELECT footing_sample.uuid(n, 620)
-- remove:     FROM generate_series(:copilot.conversations.first, :copilot.conversations.last) AS n
-- remove: )
INSERT INTO copilot.messages (
    message_id, conversation_id, user_id, sequence_number, role, content, metadata,
    token_count, "timestamp", updated_at
)
WITH drawn AS MATERIALIZED (
    SELECT
        n,
        CASE
            WHEN n <= own.size / 3 THEN 1 + (n - 1) / long.length
            ELSE 1 + c.size / 100 + (n - own.size / 3 - 1) / short.length
        END AS conversation,
        CASE
            WHEN n <= own.size / 3 THEN 1 + (n - 1) % long.length
            ELSE 1 + (n - own.size / 3 - 1) % short.length
        END AS place
    FROM footing_sample.rows() AS n
    CROSS JOIN footing_sample.block('copilot.messages') AS own
    CROSS JOIN footing_sample.block('copilot.conversations') AS c
    CROSS JOIN LATERAL (
        SELECT 1 + own.size / 3 / (c.size / 100) AS length
    ) AS long
    CROSS JOIN LATERAL (
        SELECT 1 + (own.size - own.size / 3) / (c.size - 2 * (c.size / 100)) AS length
    ) AS short
)
SELECT
    footing_sample.uuid(d.n, 630),
    footing_sample.uuid(d.conversation, 620),
    footing_sample.uuid(footing_sample.zipf(d.conversation, 621, people.size - 1), 600),
    d.place,
    CASE
        WHEN d.place = 1 THEN 'system'
        WHEN d.place % 2 = 0 THEN 'user'
        ELSE 'assistant'
    END,
    CASE d.n % 25
        WHEN 11 THEN 'Können wir den Ablauf «Rückerstattung» noch einmal ansehen? 🙂'
        ELSE footing_sample.title(d.n, 631) || '. ' || s.text
    END,
    CASE WHEN d.n % 6 = 0 THEN '{"finish": "stop"}'::jsonb ELSE '{}' END,
    CASE WHEN d.place % 2 = 1 THEN (20 + d.n % 400)::integer END,
    anchor.at - footing_sample.age(d.conversation, 625, c.size) + d.place * interval '9 seconds',
    anchor.at - footing_sample.age(d.conversation, 625, c.size) + d.place * interval '9 seconds'
FROM drawn AS d
INNER JOIN footing_sample.sentences AS s
    ON s.n = 1 + floor(footing_sample.random(d.n, 634) * 4096)::integer
CROSS JOIN footing_sample.block('copilot.conversations') AS c
CROSS JOIN footing_sample.block('copilot.people') AS people
CROSS JOIN footing_sample.anchor() AS anchor (at)
ORDER BY d.n;

-- step: copilot.diagrams
-- rows: 10000, 5000 at a time, at least 20
-- key: none
-- remove: DELETE FROM copilot.diagrams WHERE diagram_id IN (
-- remove:     SELECT footing_sample.uuid(n, 640)
-- remove:     FROM generate_series(:copilot.diagrams.first, :copilot.diagrams.last) AS n
-- remove: )
INSERT INTO copilot.diagrams (
    diagram_id, user_id, title, diagram_type, mermaid_code, preview_url, metadata, created_at,
    updated_at
)
SELECT
    footing_sample.uuid(n, 640),
    footing_sample.uuid(footing_sample.zipf(n, 641, people.size - 1), 600),
    footing_sample.title(n, 642),
    footing_sample.pick_zipf(n, 645, '{sequence,flowchart,architecture,usecase}'),
    format(E'sequenceDiagram\n    Kunde->>Shop: %s\n    Shop-->>Kunde: ok', footing_sample.title(n, 646)),
    CASE WHEN n % 3 = 0 THEN format('https://cdn.example.com/d/%s.svg', n) END,
    '{}',
    anchor.at - footing_sample.age(n, 649, own.size),
    anchor.at
FROM footing_sample.rows() AS n
CROSS JOIN footing_sample.block('copilot.diagrams') AS own
CROSS JOIN footing_sample.block('copilot.people') AS people
CROSS JOIN footing_sample.anchor() AS anchor (at);

-- step: copilot.wireframes
-- rows: 10000, 5000 at a time, at least 20
-- key: none
-- remove: DELETE FROM copilot.wireframes WHERE wireframe_id IN (
-- remove:     SELECT footing_sample.uuid(n, 650)
-- remove:     FROM generate_series(:copilot.wireframes.first, :copilot.wireframes.last) AS n
-- remove: )
INSERT INTO copilot.wireframes (
    wireframe_id, user_id, title, html_content, css_styles, metadata, template_type,
    preview_url, created_at, updated_at
)
SELECT
    footing_sample.uuid(w.n, 650),
    footing_sample.uuid(footing_sample.zipf(w.n, 651, people.size - 1), 600),
    footing_sample.title(w.n, 652),
    CASE WHEN w.n % 10 > 0 THEN format('<main><h1>%s</h1><p>%s</p></main>', w.n, s.text) END,
    CASE WHEN w.n % 4 = 0 THEN 'main { display: grid; }' END,
    '{}',
    footing_sample.pick_zipf(w.n, 655, '{landing,form,dashboard,checkout}'),
    CASE WHEN w.n % 3 = 0 THEN format('https://cdn.example.com/w/%s.png', w.n) END,
    anchor.at - footing_sample.age(w.n, 656, own.size),
    anchor.at
FROM footing_sample.rows() AS w (n)
INNER JOIN footing_sample.sentences AS s
    ON s.n = 1 + floor(footing_sample.random(w.n, 657) * 4096)::integer
CROSS JOIN footing_sample.block('copilot.wireframes') AS own
CROSS JOIN footing_sample.block('copilot.people') AS people
CROSS JOIN footing_sample.anchor() AS anchor (at);
