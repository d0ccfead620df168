"""Searching: what people type, best first, in stable pages; and looking into the arrays."""

from tests.assistant.conftest import ACTIVE, KEYS, TITLES, Library


def _ask(library: Library, query: str, *values: object) -> list[tuple]:
    with library.db.session("authenticated_users", library.viewer) as session:
        return session.execute(query.encode(), values).fetchall()


def test_one_finds_what_one_typed_and_hostile_words_are_words(library: Library) -> None:
    for table, key in KEYS.items():
        title = TITLES[table]
        library.put(table, **{key: "LOGIN", title: "Login", "description": "a password and two factors"})
        library.put(table, **{key: "OTHER", title: "Search", "description": "by login name"})
        library.put(table, **{key: "OUT", title: "Login", "description": "gone", ACTIVE[table]: False})

        def found(typed: str | None, table: str = table, key: str = key) -> set[str]:
            return {
                row[0] for row in _ask(library, f"SELECT {key} FROM assistant.search_{table}(%s)", typed)
            }

        assert found("login") == found("LOGINS") == {"LOGIN", "OTHER"}, table
        assert found("login password") == found('"two factors"') == {"LOGIN"}, table
        assert found("login -password") == {"OTHER"}, table
        assert found("factor or name") == {"LOGIN", "OTHER"}, table
        for nothing in (
            None,
            "",
            "the",
            "& | ! :* ' ( ) \\ <->",
            "%",
            "x" * 100_000,
            "'; DROP TABLE rules;--",
        ):
            assert found(nothing) == set(), (table, nothing)
        assert found(("login " * 100).ljust(100_000)) == {"LOGIN", "OTHER"}, table
        assert found("-absent") == {"LOGIN", "OTHER"}, table

        both = f"SELECT {key} FROM assistant.search_{table}('login', p_active => NULL)"
        out = f"SELECT {key} FROM assistant.search_{table}('login', p_active => false)"
        assert {row[0] for row in _ask(library, both)} == {"LOGIN", "OTHER", "OUT"}, table
        assert {row[0] for row in _ask(library, out)} == {"OUT"}, table


def test_a_word_of_the_title_ranks_before_one_of_the_text_and_is_marked(library: Library) -> None:
    for table, key in KEYS.items():
        title = TITLES[table]
        library.put(table, **{key: "TEXT", title: "Search", "description": "by login name"})
        library.put(table, **{key: "TITLE", title: "Login", "description": "login by name"})

        rows = _ask(library, f"SELECT {key}, rank, snippet FROM assistant.search_{table}('login')")

        assert [row[0] for row in rows] == ["TITLE", "TEXT"], table
        assert rows[0][1] > rows[1][1] > 0, table
        assert all("«login»" in row[2] for row in rows), table


def test_a_category_and_a_severity_narrow_the_search(library: Library) -> None:
    library.put("rules", rule_id="A", category="web", severity="ERROR")
    library.put("rules", rule_id="B", category="web", severity="INFO")
    library.put("rules", rule_id="C", category="db", severity="ERROR")
    query = "SELECT rule_id FROM assistant.search_rules('password', %s, %s)"

    assert [row[0] for row in _ask(library, query, "web", None)] == ["A", "B"]
    assert [row[0] for row in _ask(library, query, None, "ERROR")] == ["A", "C"]
    assert _ask(library, query, "web", "ERROR") == [("A",)]
    assert _ask(library, query, "absent", None) == []


def test_pages_are_stable_while_rows_are_added(library: Library) -> None:
    for table, key in KEYS.items():
        ids = [library.put(table, **{key: f"ID-{n}", TITLES[table]: "Login"}) for n in range(5)]
        page = f"SELECT {key}, rank FROM assistant.search_{table}('login', NULL, p_limit => 2,"
        page += " p_after_rank => %s, p_after_id => %s)"

        seen, rank, last = [], None, None
        while rows := _ask(library, page, rank, last):
            seen += [row[0] for row in rows]
            last, rank = rows[-1]
            library.put(table, **{key: f"AAA-{last}", TITLES[table]: "Login"})

        assert seen == ids, table


def test_a_page_has_at_most_a_hundred_rows_of_the_newest_five_hundred(library: Library) -> None:
    library.db.admin.execute(
        "INSERT INTO assistant.rules (rule_id, category, title, description, created_at)"
        " SELECT 'R-' || n, 'x', 'Login', 'x', now() - n * interval '1 min'"
        " FROM generate_series(1, 1100) AS n"
    )
    page = "SELECT rule_id, rank FROM assistant.search_rules('login', p_limit => 5000,"
    page += " p_after_rank => %s, p_after_id => %s)"

    seen, rank, last, sizes = set(), None, None, []
    while rows := _ask(library, page, rank, last):
        sizes.append(len(rows))
        seen |= {int(row[0][2:]) for row in rows}
        last, rank = rows[-1]

    assert sizes == [100] * 5
    assert seen == set(range(1, 501))
    default = "SELECT count(*) FROM assistant.search_rules('login', p_limit => NULL)"
    assert _ask(library, default) == [(20,)]
    find = "SELECT count(*) FROM assistant.find_rules('[]', p_limit => %s)"
    assert {limit: _ask(library, find, limit)[0][0] for limit in (5000, 0, None)} == {
        5000: 1000,
        0: 1,
        None: 100,
    }


def test_arrays_are_looked_into(library: Library) -> None:
    library.put("rules", rule_id="A", examples='[{"lang": "python", "code": "x"}]', anti_patterns='["y"]')
    library.put("rules", rule_id="B", examples='[{"lang": "go"}, "x"]')
    library.put("rules", rule_id="C", examples='["x"]', active=False)
    library.put("practices", practice_id="P", benefits='["speed", "calm"]', anti_patterns='["haste"]')
    library.put("templates", template_id="T", tags='["mail", "short"]')

    for call, expected in {
        'find_rules(\'[{"lang": "python"}]\')': ["A"],
        "find_rules('[\"x\"]')": ["B"],
        "find_rules('[\"x\"]', p_active => NULL)": ["B", "C"],
        "find_rules(p_anti_patterns => '[\"y\"]')": ["A"],
        "find_rules('[]', p_limit => 1)": ["A"],
        "find_rules('[]', p_after_id => 'A')": ["B"],
        'find_rules(\'{"lang": "python"}\')': [],
        "find_practices('[\"calm\"]')": ["P"],
        'find_practices(\'["calm", "fame"]\')': [],
        "find_practices(p_anti_patterns => '[\"haste\"]')": ["P"],
        "find_templates('[\"short\"]')": ["T"],
        "find_templates('[\"long\"]')": [],
    }.items():
        key = KEYS[call.split("(")[0].removeprefix("find_")]
        assert [row[0] for row in _ask(library, f"SELECT {key} FROM assistant.{call}")] == expected, call
