"""What the tables refuse, what they keep in step by themselves, and that nothing else is asked."""

from typing import Any

import pytest
from psycopg import errors

from tests.assistant.conftest import Library

ARRAY = (["[]", '[{"a": 1}]', '["x"]'], ["{}", '"not an array"', "1", "null"])
TEXT = (["x"], ["", " "])
SCORE = ([0, 0.85, 9.99, 85, 100, 12.345678, None], [-0.01, -9.99, 100.01, 10**9, "NaN", "Infinity"])
EARLIER, LATER = "2025-01-01T00:00Z", "2035-01-01T00:00Z"

# constraint, column, what it takes, what it refuses
EDGES: list[tuple[str, str, list[Any], list[Any]]] = [
    ("rules_rule_id_is_not_blank_check", "rule_id", *TEXT),
    ("rules_category_is_not_blank_check", "category", *TEXT),
    ("rules_title_is_not_blank_check", "title", *TEXT),
    ("rules_severity_check", "severity", ["CRITICAL", "ERROR", "WARNING", "INFO"], ["FATAL", "error"]),
    (
        "rules_enforcement_check",
        "enforcement",
        ["mandatory", "recommended", "optional"],
        ["forbidden", "MANDATORY"],
    ),
    ("rules_examples_is_an_array_check", "examples", *ARRAY),
    ("rules_anti_patterns_is_an_array_check", "anti_patterns", *ARRAY),
    ("rules_status_check", "status", ["ACTIVE", "INACTIVE", "DEPRECATED", "DRAFT"], ["whatever", "active"]),
    ("violations_location_is_not_blank_check", "location", *TEXT),
    ("practices_practice_id_is_not_blank_check", "practice_id", *TEXT),
    ("practices_category_is_not_blank_check", "category", *TEXT),
    ("practices_title_is_not_blank_check", "title", *TEXT),
    ("practices_benefits_is_an_array_check", "benefits", *ARRAY),
    ("practices_anti_patterns_is_an_array_check", "anti_patterns", *ARRAY),
    ("practices_reference_links_is_an_array_check", "reference_links", *ARRAY),
    ("practices_examples_is_an_array_check", "examples", *ARRAY),
    ("practices_effectiveness_score_check", "effectiveness_score", *SCORE),
    ("practices_adoption_rate_check", "adoption_rate", *SCORE),
    ("templates_template_id_is_not_blank_check", "template_id", *TEXT),
    ("templates_name_is_not_blank_check", "name", *TEXT),
    ("templates_category_is_not_blank_check", "category", *TEXT),
    ("templates_variables_is_an_array_check", "variables", ["[]", '["x"]'], ["{}", '"x"', "null"]),
    ("templates_tags_is_an_array_check", "tags", *ARRAY),
    ("templates_usage_count_is_not_negative_check", "usage_count", [0, 2**31 - 1], [-1]),
]
TESTED_BELOW = {
    "violations_status_check",
    "rules_status_agrees_with_active_check",
    "rules_inactive_has_a_moment_check",
    "practices_inactive_has_a_moment_check",
    "templates_inactive_has_a_moment_check",
    "violations_open_is_not_resolved_check",
    "violations_end_is_not_before_start_check",
    "template_variables_name_is_not_blank_check",
    "template_variables_position_is_positive_check",
    "changes_operation_check",
    "changes_only_truncate_names_no_row_check",
    "change_feed_has_one_row_check",
}


def test_every_check_takes_its_edge_and_refuses_what_lies_beyond(library: Library) -> None:
    library.fill()
    for child in ("violations", "template_variables"):  # so that an id can be tried
        library.db.admin.execute(f"TRUNCATE assistant.{child}".encode())
    library.violation(location="x")
    library.db.admin.execute("ALTER TABLE assistant.violations DROP CONSTRAINT violations_rule_id_fkey")

    for constraint, column, taken, refused in EDGES:
        table = constraint.split("_", 1)[0]
        update = f"UPDATE assistant.{table} SET {column} = %s".encode()
        for value in taken:
            with library.db.admin.transaction(force_rollback=True):
                assert library.db.admin.execute(update, [value]).rowcount == 1, (constraint, value)
        for value in refused:
            with pytest.raises(errors.CheckViolation) as caught:
                library.db.admin.execute(update, [value])
            assert caught.value.diag.constraint_name == constraint, value

    checks = library.db.admin.execute(
        "SELECT conname FROM pg_constraint WHERE connamespace = 'assistant'::regnamespace AND contype = 'c'"
    )
    assert {row[0] for row in checks} == {edge[0] for edge in EDGES} | TESTED_BELOW, "one is not tested"


REFUSED = {
    "violations_status_check": ["UPDATE assistant.violations SET status = 'LATE', resolved_at = now()"],
    "violations_open_is_not_resolved_check": [
        "UPDATE assistant.violations SET status = 'RESOLVED'",
        "UPDATE assistant.violations SET resolved_at = now()",
    ],
    "violations_end_is_not_before_start_check": [
        "UPDATE assistant.violations SET status = 'DISMISSED', resolved_at = detected_at - interval '1 s'"
    ],
    "template_variables_name_is_not_blank_check": ["UPDATE assistant.templates SET variables = '[\" \"]'"],
    "template_variables_position_is_positive_check": [
        "UPDATE assistant.template_variables SET position = 0"
    ],
    "template_variables_pkey": ['UPDATE assistant.templates SET variables = \'["a", {"name": "a"}]\''],
    "changes_operation_check": [
        "INSERT INTO assistant.changes (table_name, operation, row_id) VALUES ('x', 'look', '1')"
    ],
    "changes_only_truncate_names_no_row_check": [
        "INSERT INTO assistant.changes (table_name, operation) VALUES ('x', 'insert')",
        "INSERT INTO assistant.changes (table_name, operation, row_id) VALUES ('x', 'truncate', '1')",
    ],
    "change_feed_has_one_row_check": ["INSERT INTO assistant.change_feed (one_row) VALUES (false)"],
    "change_feed_pkey": ["INSERT INTO assistant.change_feed DEFAULT VALUES"],
    "violations_rule_id_fkey": [
        "DELETE FROM assistant.rules",
        "INSERT INTO assistant.violations (rule_id, location) VALUES ('NONE', 'x')",
    ],
    "rules_status_agrees_with_active_check": [
        "UPDATE assistant.rules SET active = false, status = 'DEPRECATED';"
        " UPDATE assistant.rules SET active = true, status = 'INACTIVE'"
    ],
}


def test_what_contradicts_itself_is_refused_by_name(library: Library) -> None:
    library.fill()

    for constraint, statements in REFUSED.items():
        for statement in statements:
            with pytest.raises(errors.IntegrityError) as caught, library.db.admin.transaction():
                library.db.admin.execute(statement.encode())
            assert caught.value.diag.constraint_name == constraint, statement


def test_what_the_document_lets_be_null_is_not(library: Library) -> None:
    library.fill()
    optional = {
        "rules": {"violations_consequence", "deactivated_at"},
        "practices": {"implementation_guide", "effectiveness_score", "adoption_rate", "deactivated_at"},
        "templates": {"description", "deactivated_at"},
        "violations": {"details", "resolved_at"},
        "template_variables": {"type", "description", "default_value"},
    }

    nullable = library.db.admin.execute(
        "SELECT c.relname, array_agg(a.attname::text) FROM pg_class AS c"
        " JOIN pg_attribute AS a ON a.attrelid = c.oid AND attnum > 0 AND NOT attnotnull"
        " WHERE c.relnamespace = 'assistant'::regnamespace AND c.relkind = 'r' AND c.relname = ANY (%s)"
        " GROUP BY 1",
        [[*optional]],
    )

    assert {table: set(columns) for table, columns in nullable} == optional


STATE = "SELECT active, status, deactivated_at IS NOT NULL FROM assistant.rules"
IN_FORCE, NOT_IN_FORCE = (True, "ACTIVE", False), (False, "INACTIVE", True)


def test_a_rule_is_in_force_or_not_whichever_column_says_so(library: Library) -> None:
    given = [
        ({}, IN_FORCE),
        ({"active": True, "status": "ACTIVE"}, IN_FORCE),
        ({"active": False}, NOT_IN_FORCE),
        ({"active": False, "status": "ACTIVE"}, NOT_IN_FORCE),
        ({"status": "INACTIVE"}, NOT_IN_FORCE),
        ({"status": "DEPRECATED", "active": True}, (False, "DEPRECATED", True)),
        ({"status": "DRAFT"}, (False, "DRAFT", True)),
    ]
    for columns, expected in given:
        with library.db.admin.transaction(force_rollback=True):
            library.put("rules", **columns)
            assert library.db.admin.execute(STATE).fetchone() == expected, columns

    library.put("rules")
    for change, expected in [
        ("active = false", NOT_IN_FORCE),
        ("active = true", IN_FORCE),
        ("status = 'DEPRECATED'", (False, "DEPRECATED", True)),
        ("active = false", (False, "DEPRECATED", True)),
        ("status = 'ACTIVE'", IN_FORCE),
        ("active = false, status = 'ACTIVE'", NOT_IN_FORCE),  # active is what changed
        ("active = true, status = 'ACTIVE'", IN_FORCE),
        ("active = true, status = 'DRAFT'", (False, "DRAFT", True)),  # status is
        ("deactivated_at = NULL", (False, "DRAFT", True)),
    ]:
        library.db.admin.execute(f"UPDATE assistant.rules SET {change}".encode())
        assert library.db.admin.execute(STATE).fetchone() == expected, change


def test_the_moment_of_leaving_is_kept_until_the_return(library: Library) -> None:
    for table, key, flag in (
        ("rules", "SEC-001", "active"),
        ("practices", "BP-001", "is_active"),
        ("templates", "T-001", "is_active"),
    ):
        library.put(table)
        moment = f"SELECT deactivated_at FROM assistant.{table}"
        assert library.value(moment) is None, table

        library.age(table, key, "3 years")
        since = library.value(moment)
        assert since < library.value("SELECT now() - interval '2 years'"), table
        library.db.admin.execute(f"UPDATE assistant.{table} SET {flag} = false, category = 'x'".encode())
        assert library.value(moment) == since, table
        library.db.admin.execute(f"UPDATE assistant.{table} SET {flag} = true".encode())
        assert library.value(moment) is None, table


def test_a_search_vector_is_kept_by_its_two_columns_and_no_other(library: Library) -> None:
    library.put("rules", title="Logging in", description="password")
    library.put("templates", name="Logging in", description=None)
    vector = "SELECT search_vector::text FROM assistant."

    first, nothing = library.value(vector + "rules"), library.value(vector + "templates")
    library.db.admin.execute("UPDATE assistant.rules SET description = 'fingerprint'")
    library.db.admin.execute("UPDATE assistant.templates SET description = 'fingerprint'")

    assert (first, nothing) == ("'log':1A 'password':2B", "'log':1A")
    assert library.value(vector + "rules") == "'fingerprint':2B 'log':1A"
    assert library.value(vector + "templates") == "'fingerprint':2B 'log':1A"
    columns = library.db.admin.execute(
        "SELECT tgrelid::regclass::text, array_agg(attname::text ORDER BY attname) FROM pg_trigger"
        " JOIN pg_attribute ON attrelid = tgrelid AND attnum = ANY (tgattr)"
        " WHERE tgname LIKE '%set_search_vector' AND tgrelid::regclass::text LIKE 'assistant.%'"
        " GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert columns == [
        ("assistant.practices", ["description", "title"]),
        ("assistant.rules", ["description", "title"]),
        ("assistant.templates", ["description", "name"]),
    ]

    words = " ".join(f"w{number:06}" for number in range(300_000))  # beyond what a vector holds
    for table in ("rules", "templates"):
        library.db.admin.execute(f"UPDATE assistant.{table} SET description = %s".encode(), [words])
        assert library.value(f"SELECT length(description) FROM assistant.{table}") == len(words), table


def test_the_variables_of_a_template_are_rows_too(library: Library) -> None:
    library.put("templates")
    rows = (
        "SELECT position, name, type, default_value, is_required"
        " FROM assistant.template_variables ORDER BY position"
    )

    first = library.db.admin.execute(rows).fetchall()
    library.run("admin", 'UPDATE assistant.templates SET variables = \'[{"name": "who"}, "day"]\'')
    second = library.db.admin.execute(rows).fetchall()
    for nameless in ('["a", 1]', '[{"type": "x"}]', "[null]", '[["a"]]'):
        with pytest.raises(errors.CheckViolation, match="of template T-001 has no name"):
            library.run("admin", "UPDATE assistant.templates SET variables = %s", nameless)
    third = library.db.admin.execute(rows).fetchall()
    library.run("admin", "DELETE FROM assistant.templates")

    assert first == [(1, "day", None, None, False), (2, "who", "person", "we", True)]
    assert second == third == [(1, "who", None, None, False), (2, "day", None, None, False)]
    assert library.value("SELECT count(*) FROM assistant.template_variables") == 0


def test_a_template_is_counted_by_whoever_uses_it_and_that_is_no_change(library: Library) -> None:
    library.put("templates")
    use = "SELECT assistant.record_template_use('T-001')"
    before = library.db.admin.execute("SELECT updated_at FROM assistant.templates").fetchone()
    changes = library.value("SELECT assistant.latest_change_id()")

    counts = [
        library.ids("authenticated_users", part, use).pop() for part in ("viewer", "outsider", "admin")
    ]
    with pytest.raises(errors.NoDataFound):
        library.run("nobody", use)
    library.run("admin", "UPDATE assistant.templates SET is_active = false")
    with pytest.raises(errors.NoDataFound):
        library.run("viewer", use)

    assert counts == [1, 2, 3]
    assert library.value("SELECT usage_count FROM assistant.templates") == 3
    assert library.value("SELECT assistant.latest_change_id()") == changes + 1  # put out of use
    assert library.db.admin.execute("SELECT updated_at FROM assistant.templates").fetchone() > before
    trail = "SELECT count(*) FROM core.audit_logs WHERE resource = 'assistant.templates'"
    assert library.value(trail) == 2  # written, put out of use


def test_rows_loaded_by_copy_are_whole(library: Library) -> None:
    with (
        library.db.session("bulk_loader") as session,
        session.cursor().copy(
            "COPY assistant.templates (template_id, name, category, template_content, variables, is_active)"
            " FROM STDIN"
        ) as copy,
    ):
        copy.write_row(["T-9", "Loaded", "x", "y", '["a"]', "false"])

    row = library.db.admin.execute(
        "SELECT search_vector::text, deactivated_at IS NOT NULL,"
        " (SELECT count(*) FROM assistant.template_variables), (SELECT count(*) FROM assistant.changes)"
        " FROM assistant.templates"
    ).fetchone()
    assert row == ("'load':1A", True, 1, 1)
