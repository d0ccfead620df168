-- The SQLite schema of the fallback copy (003: "fallback database"). It is a dialect of its own: no
-- statement of the PostgreSQL schema runs here (defect 15). Columns have the names they have there;
-- JSON is text, booleans are 0 and 1, moments are ISO 8601 in UTC, so that they sort as text.
-- Plain tables, not STRICT: read by SQLite 3.9 (JSON, FTS5) and newer.

CREATE TABLE snapshot (
    one_row INTEGER PRIMARY KEY CHECK (one_row = 1),
    taken_at TEXT NOT NULL,            -- the moment the copy shows, by the server's clock
    schema_version INTEGER NOT NULL,   -- number of the last migration applied there
    change_id INTEGER NOT NULL,        -- assistant.latest_change_id(): catch up from here
    rules INTEGER NOT NULL,            -- rows copied of each
    practices INTEGER NOT NULL,
    templates INTEGER NOT NULL
);

CREATE TABLE rules (
    rule_id TEXT PRIMARY KEY NOT NULL,
    category TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    severity TEXT NOT NULL,
    enforcement TEXT NOT NULL,
    examples TEXT NOT NULL CHECK (json_type(examples) = 'array'),
    anti_patterns TEXT NOT NULL CHECK (json_type(anti_patterns) = 'array'),
    violations_consequence TEXT,
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    active INTEGER NOT NULL CHECK (active = 1),
    priority INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status = 'ACTIVE')
);

CREATE TABLE practices (
    practice_id TEXT PRIMARY KEY NOT NULL,
    category TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    benefits TEXT NOT NULL CHECK (json_type(benefits) = 'array'),
    implementation_guide TEXT,
    anti_patterns TEXT NOT NULL CHECK (json_type(anti_patterns) = 'array'),
    reference_links TEXT NOT NULL CHECK (json_type(reference_links) = 'array'),
    examples TEXT NOT NULL CHECK (json_type(examples) = 'array'),
    effectiveness_score REAL,
    adoption_rate REAL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    is_active INTEGER NOT NULL CHECK (is_active = 1),
    is_required INTEGER NOT NULL CHECK (is_required IN (0, 1))
);

CREATE TABLE templates (
    template_id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    category TEXT NOT NULL,
    template_content TEXT NOT NULL,
    variables TEXT NOT NULL CHECK (json_type(variables) = 'array'),
    tags TEXT NOT NULL CHECK (json_type(tags) = 'array'),
    usage_count INTEGER NOT NULL,
    is_active INTEGER NOT NULL CHECK (is_active = 1),
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

CREATE INDEX idx_rules_category ON rules (category);
CREATE INDEX idx_rules_severity_created_at ON rules (severity, created_at DESC);
CREATE INDEX idx_practices_category ON practices (category);
CREATE INDEX idx_templates_category ON templates (category);

-- Search, by the stems of English words. The best come first with the title's weight of the database:
--     SELECT r.* FROM rules_search AS s JOIN rules AS r ON r.rowid = s.rowid
--     WHERE rules_search MATCH 'password' ORDER BY bm25(rules_search, 1.0, 0.4), r.rule_id;
CREATE VIRTUAL TABLE rules_search
USING fts5 (title, description, content = rules, tokenize = 'porter unicode61');

CREATE VIRTUAL TABLE practices_search
USING fts5 (title, description, content = practices, tokenize = 'porter unicode61');

CREATE VIRTUAL TABLE templates_search
USING fts5 (name, description, content = templates, tokenize = 'porter unicode61');
