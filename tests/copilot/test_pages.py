"""Lists by recency: page after page without an item twice or missing, each page by its index alone."""

from typing import Any
from uuid import UUID

import psycopg

from tests.support.copilot import TABLES, Authors

LISTS = ["documents", "wireframes", "conversations", "diagrams"]

# {0} items of each kind, half of them ada's, fifty of hers to a moment
FILL = """
    CREATE TEMP VIEW many AS
    SELECT n, now() - n / 100 * interval '1 min' AS moment, u.user_id
    FROM generate_series(1, {0}) AS n
    JOIN core.users AS u ON u.username = (ARRAY['ada', 'ben'])[1 + n % 2];
    INSERT INTO copilot.documents (user_id, project_name, content, metadata, updated_at)
    SELECT user_id, 'p', 'x', jsonb_build_object('model', 'm' || n % 4, 'run', n), moment FROM many;
    INSERT INTO copilot.wireframes (user_id, title, updated_at) SELECT user_id, 'w', moment FROM many;
    INSERT INTO copilot.conversations (user_id, title, updated_at) SELECT user_id, 'c', moment FROM many;
    INSERT INTO copilot.diagrams (user_id, title, diagram_type, mermaid_code, updated_at)
    SELECT user_id, 'd', 'flowchart', 'x', moment FROM many;
"""


def _fill(authors: Authors, items: int) -> None:
    with authors.db.connect() as connection:
        connection.execute("SET session_replication_role = replica")  # no audit entries
        connection.execute(FILL.format(items).encode())


def test_pages_hold_every_item_once_in_order_also_where_moments_are_equal(authors: Authors) -> None:
    _fill(authors, 400)

    for table in LISTS:
        key = TABLES[table][0]
        every = authors.db.admin.execute(
            f"SELECT {key} FROM copilot.{table} WHERE user_id = %s"
            f" ORDER BY updated_at DESC, {key} DESC".encode(),
            [authors.uuid("ada")],
        ).fetchall()
        call = f"SELECT {key}, updated_at FROM {table}_page(%s, %s, 30)"

        seen: list[tuple[Any, ...]] = []
        page = authors.ask("ada", call, None, None)
        while page:
            seen += page
            page = authors.ask("ada", call, page[-1][1], page[-1][0])

        assert [row[:1] for row in seen] == every, table
        assert len(every) == 200, table
        for limit, length in ((None, 20), (0, 1), (-5, 1), (1000, 100)):
            rows = authors.ask("ada", f"SELECT FROM {table}_page(NULL, NULL, %s)", limit)
            assert len(rows) == length, (table, limit)
        earlier = authors.ask("ada", f"SELECT FROM {table}_page(%s, NULL, 100)", seen[0][1])
        assert len(earlier) == 100, table  # without an id: what is strictly earlier
        assert len(authors.ask("ben", f"SELECT FROM {table}_page(NULL, NULL, 100)")) == 100, table
        assert authors.ask("nobody", f"SELECT FROM {table}_page()") == [], table


def test_a_conversation_is_read_backwards_page_by_page(authors: Authors) -> None:
    conversation = authors.make("conversations")
    authors.ask(
        "ada",
        "INSERT INTO messages (conversation_id, role, content)"
        " SELECT %s, 'user', n::text FROM generate_series(1, 120) AS n",
        conversation,
    )
    call = "SELECT sequence_number FROM messages_page(%s, %s)"

    pages = [
        [row[0] for row in authors.ask("ada", call, conversation, before)] for before in (None, 71, 21, 1)
    ]

    assert pages == [[*range(120, 70, -1)], [*range(70, 20, -1)], [*range(20, 0, -1)], []]
    assert authors.ask("ben", call, conversation, None) == []


def test_documents_are_found_by_what_their_metadata_contains(authors: Authors) -> None:
    for who, metadata in (
        ("ada", '{"model": "m1", "tags": ["api"]}'),
        ("ada", '{"model": "m1"}'),
        ("ada", '{"model": "m2"}'),
        ("ben", '{"model": "m1"}'),
    ):
        authors.make("documents", who, metadata=metadata)
    find = "SELECT metadata ->> 'model' FROM find_documents(%s)"

    for who, wanted, count in (
        ("ada", '{"model": "m1"}', 2),
        ("ada", '{"tags": ["api"]}', 1),
        ("ada", "{}", 3),
        ("ada", '{"model": "m3"}', 0),
        ("ben", '{"model": "m1"}', 1),
        ("root", "{}", 0),
        ("nobody", "{}", 0),
    ):
        assert len(authors.ask(who, find, wanted)) == count, (who, wanted)
    assert authors.ask("ada", "SELECT find_documents(NULL)") == []
    latest = authors.ask("ada", "SELECT updated_at, document_id FROM find_documents('{}', p_limit => 1)")[0]
    assert len(authors.ask("ada", "SELECT FROM find_documents('{}', %s, %s)", *latest)) == 2


# the functions, asked as a program does, with parameters; and plain queries → the index of each
BY_INDEX = {
    **{
        f"SELECT * FROM {table}_page({page})": f"idx_{table}_user_id_updated_at_{TABLES[table][0]}"
        for table in LISTS
        for page in ("", "$1", "$1, $2, 50")
    },
    **{
        f"SELECT * FROM {table} ORDER BY updated_at DESC LIMIT 20": (
            f"idx_{table}_user_id_updated_at_{TABLES[table][0]}"
        )
        for table in LISTS
    },
    **dict.fromkeys(
        (
            "SELECT * FROM messages_page('{long}')",
            "SELECT * FROM messages_page('{long}', $3)",
            "SELECT * FROM messages WHERE conversation_id = '{long}' AND sequence_number > 49960"
            " ORDER BY sequence_number",
            "SELECT * FROM messages WHERE conversation_id = '{short}' ORDER BY timestamp",
        ),
        "messages_conversation_id_sequence_number_key",
    ),
    "SELECT * FROM document_version('{document}', $3)": "document_versions_pkey",
}
FOUND = ['{"run": 7}', '{"model": "m0"}', '{"model": "m3", "run": 8}', '{"model": "none"}', "{}"]


def _plan(session: psycopg.Connection, query: str) -> tuple[str, int]:
    """Run a query on parameters; return its plan, made without knowing them, and how many pages it read."""
    prepare = f"PREPARE asked (timestamptz, uuid, integer) AS {query}"
    arguments = "now() - interval '90 min', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 1"
    explain = f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, FORMAT JSON) EXECUTE asked ({arguments})"
    session.execute(prepare.encode())
    plan = session.execute(explain.encode()).fetchone()[0][0]["Plan"]
    session.execute("DEALLOCATE asked")
    return str(plan), plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def _fill_messages(authors: Authors) -> tuple[UUID, UUID]:
    long, short = (authors.make("conversations", title=title) for title in ("long", "short"))
    with authors.db.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        for conversation, count in ((long, 50_000), (short, 40)):
            connection.execute(
                "INSERT INTO copilot.messages (conversation_id, user_id, sequence_number, role, content,"
                " timestamp) SELECT %s, %s, n, 'user', 'm', now() FROM generate_series(1, %s) AS n",
                [conversation, authors.uuid("ada"), count],
            )
    return long, short


def test_each_list_reads_its_page_and_no_more(authors: Authors) -> None:
    _fill(authors, 20_000)
    long, short = _fill_messages(authors)
    document = authors.rows("ada")["documents"]
    authors.db.admin.execute("VACUUM ANALYZE")
    wrong = {}

    with authors.db.session("authenticated_users", authors.ada) as session:
        session.execute("SET LOCAL search_path = copilot, core")
        session.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        for query, index in BY_INDEX.items():
            asked = query.format(long=long, short=short, document=document)
            _plan(session, asked)  # the first time the catalogue is read too
            plan, pages = _plan(session, asked)
            if f"'{index}'" not in plan or "Seq Scan" in plan or pages > 60:
                wrong[query] = (pages, plan)
        for wanted in FOUND:  # a definer function shows no plan, but what it read
            _, pages = _plan(session, f"SELECT * FROM find_documents('{wanted}')")
            if pages > 250:
                wrong[wanted] = (pages, "")

    assert wrong == {}
