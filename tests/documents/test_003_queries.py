"""003: its tables take its own columns, and each access path it names is answered by its index."""

import pytest

from tests.assistant.conftest import Library
from tests.support.database import Database

# table → every column the document gives it, each once; references is reference_links
FULL = {
    "rules": {
        "rule_id": "'RULE-1'",
        "category": "'security'",
        "title": "'No secrets in code'",
        "description": "'Keep keys out of the repository'",
        "severity": "'CRITICAL'",
        "enforcement": "'mandatory'",
        "examples": '\'[{"do": "use a vault"}]\'',
        "anti_patterns": "'[\"api_key = 42\"]'",
        "violations_consequence": "'The key is revoked'",
        "created_by": "'system'",
        "created_at": "NOW()",
        "updated_at": "NOW()",
        "active": "TRUE",
        "priority": "10",
        "status": "'ACTIVE'",
    },
    "practices": {
        "practice_id": "'PRACTICE-1'",
        "category": "'security'",
        "title": "'Rotate keys'",
        "description": "'Every quarter'",
        "benefits": "'[\"less to lose\"]'",
        "implementation_guide": "'Ask the vault'",
        "anti_patterns": "'[]'",
        "reference_links": "'[\"https://example.com\"]'",
        "examples": "'[]'",
        "effectiveness_score": "0.85",
        "adoption_rate": "9.99",
        "created_at": "NOW()",
        "is_active": "TRUE",
        "is_required": "FALSE",
    },
    "templates": {
        "template_id": "'TEMPLATE-1'",
        "name": "'Key rotation'",
        "description": "'A ticket'",
        "category": "'security'",
        "template_content": "'Rotate {{key}}'",
        "variables": '\'[{"name": "key"}]\'',
        "tags": "'[\"ticket\"]'",
        "usage_count": "0",
        "is_active": "TRUE",
        "created_by": "'system'",
        "created_at": "NOW()",
    },
}
# what the document requires of each, and no more
LEAST = {
    "rules": ["rule_id", "category", "title", "description"],
    "practices": ["practice_id", "category", "title", "description"],
    "templates": ["template_id", "name", "category", "template_content"],
}
DEFAULTS = {
    "rules": {
        "examples": [],
        "anti_patterns": [],
        "created_by": "system",
        "active": True,
        "priority": 0,
        "status": "ACTIVE",
    },
    "practices": {
        "benefits": [],
        "anti_patterns": [],
        "reference_links": [],
        "examples": [],
        "is_active": True,
        "is_required": False,
    },
    "templates": {"variables": [], "tags": [], "usage_count": 0, "is_active": True, "created_by": "system"},
}


@pytest.fixture
def library(migrated_db: Database) -> Library:
    """An empty library before the cast."""
    return Library(migrated_db)


def test_an_insert_and_an_update_with_the_documents_columns_work(library: Library) -> None:
    for columns in (FULL, LEAST):
        with library.db.session("authenticated_users", library.admin, commit=False) as session:
            session.execute("SET LOCAL search_path = assistant, core")
            for table, names in columns.items():
                given = ", ".join(FULL[table][name] for name in names)
                insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({given})"
                row = session.execute(f"{insert} RETURNING to_jsonb({table})".encode()).fetchone()[0]
                if columns is LEAST:
                    assert DEFAULTS[table].items() <= row.items(), table
                key, *others = FULL[table]
                kept = [name for name in others if name not in ("created_by", "created_at")]
                values = ", ".join(f"{name} = {FULL[table][name]}" for name in kept)
                update = f"UPDATE {table} SET {values} WHERE {key} = {FULL[table][key]}"
                assert session.execute(update.encode()).rowcount == 1, table


def test_a_soft_delete_is_one_flag(library: Library) -> None:
    with library.db.session("authenticated_users", library.admin) as session:
        session.execute("SET LOCAL search_path = assistant, core")
        for table, names in LEAST.items():
            given = ", ".join(FULL[table][name] for name in names)
            session.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({given})".encode())
        session.execute("UPDATE rules SET active = FALSE")
        session.execute("UPDATE practices SET is_active = FALSE")
        session.execute("UPDATE templates SET is_active = FALSE")

        assert session.execute("SELECT rule_id FROM rules WHERE active = TRUE").fetchall() == []
        assert session.execute("SELECT rule_id FROM rules WHERE status = 'ACTIVE'").fetchall() == []
    assert library.value("SELECT count(*) FROM assistant.rules") == 1


FILL = """
    SET session_replication_role = replica;
    INSERT INTO assistant.rules (rule_id, category, title, description, severity, examples,
        anti_patterns, created_at, active, status, deactivated_at, search_vector)
    SELECT 'R-' || n, 'category ' || n % 50, 'title', repeat('words ', 40),
        CASE WHEN n % 20 = 0 THEN 'CRITICAL' WHEN n % 3 = 0 THEN 'ERROR' ELSE 'INFO' END,
        jsonb_build_array(jsonb_build_object('lang', 'lang' || n % 500)),
        jsonb_build_array('bad' || n % 500), now() - n * interval '1 min',
        n % 10 > 0, CASE WHEN n % 10 > 0 THEN 'ACTIVE' ELSE 'INACTIVE' END,
        CASE WHEN n % 10 > 0 THEN NULL ELSE now() END, to_tsvector('english', 'common word' || n % 500)
    FROM generate_series(1, 5000) AS n;
    INSERT INTO assistant.practices (practice_id, category, title, description, benefits, anti_patterns,
        search_vector)
    SELECT 'P-' || n, 'category ' || n % 50, 'title', repeat('words ', 40),
        jsonb_build_array('good' || n % 500), jsonb_build_array('bad' || n % 500),
        to_tsvector('english', 'common word' || n % 500)
    FROM generate_series(1, 5000) AS n;
    INSERT INTO assistant.templates (template_id, name, category, template_content, tags, search_vector)
    SELECT 'T-' || n, 'name', 'category ' || n % 50, repeat('words ', 40),
        jsonb_build_array('tag' || n % 500), to_tsvector('english', 'common word' || n % 500)
    FROM generate_series(1, 5000) AS n;
    INSERT INTO assistant.template_variables (template_id, name, position, is_required)
    SELECT 'T-' || n, 'v' || v, v, false FROM generate_series(1, 2000) AS n, generate_series(1, 3) AS v;
    INSERT INTO assistant.violations (rule_id, location)
    SELECT 'R-' || (1 + n % 500), 'x' FROM generate_series(1, 5000) AS n;
    SET session_replication_role = origin;
"""
# what the document calls its access patterns → the index that answers it
PATHS = {
    "SELECT * FROM rules WHERE category = 'category 7' AND active = TRUE": "idx_rules_category",
    "SELECT * FROM rules WHERE category = 'category 7'": "idx_rules_category",
    "SELECT * FROM practices WHERE category = 'category 7' AND is_active = TRUE": "idx_practices_category",
    "SELECT * FROM templates WHERE category = 'category 7' AND is_active = TRUE": "idx_templates_category",
    "SELECT * FROM rules WHERE severity = 'CRITICAL' AND active = TRUE ORDER BY created_at DESC LIMIT 20": (
        "idx_rules_severity_created_at"
    ),
    # two rules in three are INFO: the newest of all are read, and the others passed over
    "SELECT * FROM rules WHERE severity = 'INFO' ORDER BY created_at DESC LIMIT 20": "idx_rules_created_at",
    "SELECT * FROM rules WHERE rule_id = 'R-7'": "rules_pkey",
    "SELECT * FROM violations WHERE rule_id = 'R-7' ORDER BY detected_at DESC LIMIT 20": (
        "idx_violations_rule_id_detected_at"
    ),
    "SELECT * FROM template_variables WHERE template_id = 'T-7'": "template_variables_pkey",
    "SELECT * FROM changes WHERE change_id > 4990 ORDER BY change_id LIMIT 100": "changes_pkey",
}
# what goes through a function, because its operator can't use an index under a policy
CALLS = {
    "SELECT * FROM search_rules('word7')": "idx_rules_search_vector",
    "SELECT * FROM search_practices('word7')": "idx_practices_search_vector",
    "SELECT * FROM search_templates('word7')": "idx_templates_search_vector",
    "SELECT * FROM search_rules('common')": "idx_rules_created_at",
    "SELECT * FROM search_practices('common')": "idx_practices_created_at",
    "SELECT * FROM search_templates('common')": "idx_templates_created_at",
    'SELECT * FROM find_rules(\'[{"lang": "lang7"}]\')': "idx_rules_examples",
    "SELECT * FROM find_rules(p_anti_patterns => '[\"bad7\"]')": "idx_rules_anti_patterns",
    "SELECT * FROM find_practices('[\"good7\"]')": "idx_practices_benefits",
    "SELECT * FROM find_practices(p_anti_patterns => '[\"bad7\"]')": "idx_practices_anti_patterns",
    "SELECT * FROM find_templates('[\"tag7\"]')": "idx_templates_tags",
}


def test_each_access_path_is_answered_by_its_index(library: Library) -> None:
    library.db.admin.execute(FILL.encode())
    library.db.admin.execute(
        "INSERT INTO assistant.changes (table_name, operation, row_id)"
        " SELECT 'rules', 'update', n::text FROM generate_series(1, 5000) AS n"
    )
    library.db.admin.execute("ANALYZE")
    wrong = {}

    with library.db.session("authenticated_users", library.viewer) as session:
        session.execute("SET LOCAL search_path = assistant, core")
        for query, index in PATHS.items():
            plan = "\n".join(row[0] for row in session.execute(f"EXPLAIN {query}".encode()))
            if f"{index} " not in plan.replace("\n", " ") + " ":
                wrong[query] = plan
        for call, index in CALLS.items():
            scans = f"SELECT pg_stat_get_xact_numscans('assistant.{index}'::regclass)"
            before = session.execute(scans.encode()).fetchone()[0]
            found = session.execute(call.encode()).fetchall()
            after = session.execute(scans.encode()).fetchone()[0]
            if not found or after == before:
                wrong[call] = f"{len(found)} rows, {after - before} scans of {index}"

    assert wrong == {}
    used = {*PATHS.values(), *CALLS.values()}
    made = library.db.admin.execute(
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'assistant' AND indexname LIKE 'idx_%'"
        " AND tablename NOT LIKE '%_archive'"
    )
    assert {row[0] for row in made} <= used, "an index that no query uses"


SEARCH = """
    SELECT rule_id FROM rules
    WHERE to_tsvector('english', title || ' ' || description) @@ plainto_tsquery('english', 'vault key')
"""


def test_plain_search_and_containment_find_the_same_without_their_index(library: Library) -> None:
    library.put("rules", rule_id="A", title="Keys", description="in the vault", examples='[{"lang": "go"}]')
    library.put("practices", benefits='["calm"]')
    library.put("rules", rule_id="B", title="Vaults", description="without a lock")

    with library.db.session("authenticated_users", library.viewer) as session:
        session.execute("SET LOCAL search_path = assistant, core")
        plain = session.execute(SEARCH).fetchall()
        ours = session.execute("SELECT rule_id FROM search_rules('vault key')").fetchall()

        for query in (
            'SELECT count(*) FROM rules WHERE examples @> \'[{"lang": "go"}]\'',
            "SELECT count(*) FROM practices WHERE benefits @> '[\"calm\"]'",
        ):
            assert session.execute(query.encode()).fetchone() == (1,), query
    assert plain == ours == [("A",)]
