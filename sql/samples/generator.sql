-- What the sample files build their rows from: schema footing_sample, which tools/sample.py makes
-- when a load begins, and drops when its rows have been removed.
--
-- Rows are functions of their number: the same sample at any time, on any version, in any order of
-- loading. The hash functions used are those that hash partitions rest on, which never change.
-- Nothing here refers to a table of Footing, so that a rollback finds nothing in its way.

CREATE SCHEMA footing_sample;
COMMENT ON SCHEMA footing_sample IS
    'Sample rows: what was loaded, and what they are made from. make sample/remove takes it away.';

CREATE TABLE footing_sample.load (
    scale double precision NOT NULL,
    anchor timestamptz NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    removing boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE footing_sample.load IS
    'The one load of this database: its size, and the moment its ninety days end at.';

CREATE TABLE footing_sample.steps (
    step text PRIMARY KEY,
    size bigint NOT NULL,
    base bigint,
    removed boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE footing_sample.steps IS
    'A step begun: how many rows it has, and the id before its first. Its ids are base + 1 to '
    'base + size, taken from the sequence, so that nobody else is given them.';

CREATE TABLE footing_sample.chunks (
    step text REFERENCES footing_sample.steps (step),
    first_row bigint,
    inserted bigint NOT NULL,
    PRIMARY KEY (step, first_row)
);
COMMENT ON TABLE footing_sample.chunks IS
    'What is loaded, written in the transaction that loaded it: an interrupted load goes on here.';

CREATE TABLE footing_sample.partitions (
    name text PRIMARY KEY
);
COMMENT ON TABLE footing_sample.partitions IS
    'Partitions of past months, made for this load.';

-- The rows of the chunk that is being loaded.
CREATE FUNCTION footing_sample.rows() RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT generate_series(
        current_setting('footing_sample.first')::bigint,
        current_setting('footing_sample.last')::bigint
    )
$$;

-- A step's ids: base + 1 to base + size. In FROM, so that it is looked up once a statement.
CREATE FUNCTION footing_sample.block(step text) RETURNS TABLE (base bigint, size bigint)
LANGUAGE sql STABLE PARALLEL SAFE
ROWS 1
AS $$
    SELECT s.base, s.size FROM footing_sample.steps AS s WHERE s.step = $1
$$;

CREATE FUNCTION footing_sample.anchor() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (SELECT l.anchor FROM footing_sample.load AS l);

-- From 0 to below 1, for a row and a salt; a salt is a column's name for its randomness.
CREATE FUNCTION footing_sample.random(n bigint, salt integer) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(n, salt) & 9007199254740991)::double precision / 9007199254740992;

CREATE FUNCTION footing_sample.pick(n bigint, salt integer, choices text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN choices[1 + floor(footing_sample.random(n, salt) * cardinality(choices))::integer];

-- From 1 to size: 1 most often, k about 1/k as often (Zipf).
CREATE FUNCTION footing_sample.zipf(n bigint, salt integer, size bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN least(floor(power(size + 1, footing_sample.random(n, salt)))::bigint, size);

CREATE FUNCTION footing_sample.pick_zipf(n bigint, salt integer, choices text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN choices[footing_sample.zipf(n, salt, cardinality(choices))::integer];

-- One of the people of a project's team.
CREATE FUNCTION footing_sample.one_of(n bigint, salt integer, people bigint[]) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN people[1 + floor(footing_sample.random(n, salt) * cardinality(people))::integer];

-- How long before the anchor row n of size happened: evenly over ninety days, the last one latest.
CREATE FUNCTION footing_sample.age(n bigint, salt integer, size bigint) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (1 - (n - footing_sample.random(n, salt)) / size) * interval '90 days';

CREATE FUNCTION footing_sample.uuid(n bigint, salt integer) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN overlay(md5(salt || ':' || n) PLACING '4' FROM 13 FOR 1)::uuid;

-- What a test, a ticket or a document is about. The first of each list is the commonest.
CREATE FUNCTION footing_sample.title(n bigint, salt integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN footing_sample.pick_zipf(n, salt, ARRAY[
        'Login', 'Checkout', 'Password reset', 'Search', 'User profile', 'Payment', 'Shopping cart',
        'Invoice export', 'Two-factor authentication', 'Order history', 'Email notification',
        'File upload', 'Dashboard', 'Session timeout', 'Access control', 'Refund', 'Address form',
        'Product catalogue', 'Discount code', 'Report download', 'Account deletion', 'API token',
        'Audit trail', 'Currency conversion', 'Tax calculation', 'Webhook delivery', 'Newsletter',
        'Language selection', 'Calendar sync', 'Barcode scan', 'Warehouse stock', 'Loyalty points',
        'Gift card', 'Subscription renewal', 'Consent banner', 'Chat widget', 'Map view',
        'Delivery slot', 'Price alert', 'Credit limit', 'Contract signature', 'Batch import',
        'Data retention', 'Single sign-on', 'Rate limiting', 'Offline mode', 'Screen reader',
        'Print layout', 'Backup restore', 'Feature flag'
    ])
    || ' ' || footing_sample.pick_zipf(n, salt + 1, ARRAY[
        'succeeds', 'fails', 'shows an error', 'is refused', 'keeps the session', 'is logged',
        'survives a reload', 'can be repeated', 'is undone', 'times out', 'is rounded correctly',
        'sends one message', 'respects the locale', 'works by keyboard', 'recovers',
        'stays consistent', 'is announced', 'is paginated', 'is idempotent', 'is throttled'
    ])
    || ' ' || footing_sample.pick_zipf(n, salt + 2, ARRAY[
        'with valid credentials', 'with an expired token', 'without permission', 'on a slow network',
        'with an empty form', 'after midnight', 'for a new customer', 'with special characters',
        'in two browser tabs', 'on a small screen', 'with a very long name', 'after a failed attempt',
        'during maintenance', 'for an archived project', 'with third-party cookies blocked',
        'while another user edits', 'in the sandbox', 'behind a proxy', 'at the credit limit',
        'with a rotated key', 'on the last day of a month', 'with right-to-left text',
        'for a guest', 'under heavy load', 'with a stale cache', 'across time zones'
    ]);

CREATE TABLE footing_sample.words (n integer PRIMARY KEY, word text NOT NULL);
COMMENT ON TABLE footing_sample.words IS 'Words of the sentences, the commonest first.';

INSERT INTO footing_sample.words (n, word)
SELECT w.n - 1, w.word
FROM regexp_split_to_table($$
the user page test system should a is to of and with form order button when session login data
error customer message response account request value list field screen server payment token time
service password result then after before open click enter select check verify confirm expect wait
send receive store load save delete update create browser database network product price report
email address number name date file link menu image table filter search sort cart invoice
authentication authorisation permission role administrator manager developer tester guest visitor
timeout retry cache cookie header payload endpoint gateway proxy queue worker job schedule trigger
event webhook callback signature certificate encryption hash salt secret key rotation expiry
validation boundary minimum maximum empty null missing invalid malformed duplicate unknown expired
locked disabled archived pending active inactive partial complete broken flaky slow fast parallel
concurrent sequential random stable consistent idempotent atomic visible hidden readable accessible
keyboard mouse touch swipe scroll zoom resize drag drop hover focus blur tooltip dialog modal popup
banner footer sidebar tab panel card badge icon avatar thumbnail carousel gallery chart graph map
currency euro dollar tax discount coupon refund credit debit balance statement ledger transfer
shipment parcel carrier warehouse stock shelf barcode scanner printer label return exchange warranty
subscription renewal trial upgrade downgrade plan quota limit usage meter threshold alert incident
outage recovery backup restore snapshot replica failover migration rollback deployment release
version branch commit merge review build pipeline artefact environment staging production sandbox
fixture mock stub assertion coverage regression smoke acceptance exploratory performance load stress
security privacy consent retention erasure audit compliance regulation policy contract approval
language locale translation unicode emoji accent umlaut direction calendar timezone daylight leap
rounding precision overflow underflow decimal fraction percentage ratio average median total
histogram percentile outlier trend forecast anomaly baseline experiment variant cohort segment
recommendation prediction confidence feature label model training inference drift feedback prompt
conversation document diagram wireframe template requirement specification stakeholder workshop
$$, '\s+') WITH ORDINALITY AS w (word, n)
WHERE w.word <> '';

-- Twelve words drawn by Zipf's law make a sentence, six sentences a paragraph.
CREATE TABLE footing_sample.sentences (n integer PRIMARY KEY, text text NOT NULL);
COMMENT ON TABLE footing_sample.sentences IS '4,096 sentences, to be put together.';

INSERT INTO footing_sample.sentences (n, text)
SELECT s.n, upper(left(s.text, 1)) || substr(s.text, 2) || '.'
FROM (
    SELECT g.n, string_agg(w.word, ' ' ORDER BY i) AS text
    FROM generate_series(1, 4096) AS g (n)
    CROSS JOIN generate_series(1, 12) AS i
    INNER JOIN footing_sample.words AS w
        ON w.n = footing_sample.zipf(
            g.n * 100 + i, 1, (SELECT max(m.n) FROM footing_sample.words AS m)
        )
    GROUP BY g.n
) AS s;

CREATE TABLE footing_sample.paragraphs (n integer PRIMARY KEY, text text NOT NULL);
COMMENT ON TABLE footing_sample.paragraphs IS '512 paragraphs of about 500 characters.';

INSERT INTO footing_sample.paragraphs (n, text)
SELECT g.n, string_agg(s.text, ' ' ORDER BY i)
FROM generate_series(1, 512) AS g (n)
CROSS JOIN generate_series(1, 6) AS i
INNER JOIN footing_sample.sentences AS s
    ON s.n = 1 + floor(footing_sample.random(g.n * 100 + i, 2) * 4096)::integer
GROUP BY g.n;

ANALYZE footing_sample.words, footing_sample.sentences, footing_sample.paragraphs;

CREATE FUNCTION footing_sample.sentences(seed bigint, salt integer, how_many integer) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT string_agg(
        (
            SELECT s.text
            FROM footing_sample.sentences AS s
            WHERE s.n = 1 + floor(footing_sample.random(seed * 16 + i, salt) * 4096)::integer
        ),
        ' ' ORDER BY i
    )
    FROM generate_series(1, how_many) AS i
$$;

CREATE FUNCTION footing_sample.paragraphs(seed bigint, salt integer, how_many integer) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT string_agg(
        (
            SELECT p.text
            FROM footing_sample.paragraphs AS p
            WHERE p.n = 1 + floor(footing_sample.random(seed * 16 + i, salt) * 512)::integer
        ),
        E'\n\n' ORDER BY i
    )
    FROM generate_series(1, how_many) AS i
$$;
