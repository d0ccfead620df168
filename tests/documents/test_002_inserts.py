"""002 §1, §2 and §7: rows with the document's columns, and its load, a tenth of the size."""

from tests.apex.conftest import Office

# the document's columns and no others
PROJECT = (
    "INSERT INTO projects (account_id, status, constants_version, content_sha256, confidence, etag)"
    " VALUES (%s, 'submitted', 'concrete-2025.1;steel-2024.3', %s, 0.96, %s) RETURNING project_id"
)
PAYLOAD = "INSERT INTO project_payloads (project_id, module, payload) VALUES (%s, 'cost', '{\"sku\": 1}')"
EVENT = "INSERT INTO project_events (project_id, event_type, timestamp) VALUES (%s, 'submitted', now())"


def test_an_insert_with_the_documents_columns_works(office: Office) -> None:
    with office.db.session("authenticated_users", office.editor) as session:
        session.execute("SET LOCAL search_path = apex, core")
        (project,) = session.execute(PROJECT, [office.mercury, "ab" * 32, None]).fetchone()
        written = [session.execute(insert, [project]).rowcount for insert in (PAYLOAD, EVENT)]
        session.execute(PROJECT, [office.mercury, None, "W/v1"])

    assert written == [1, 1]
    for table in ("project_payloads", "project_events"):
        accounts = office.value(
            f"SELECT array_agg(account_id) FROM apex.{table} WHERE project_id = %s", project
        )
        assert accounts == [office.mercury], table
    assert office.value(
        "SELECT array_agg(etag::text ORDER BY project_id) FROM apex.projects WHERE status = 'submitted'"
    ) == [f'"{project}-1"', "W/v1"]


LOAD = """
    INSERT INTO projects (account_id, status, constants_version, content_sha256, confidence)
    SELECT {0}, (ARRAY['draft', 'estimating', 'submitted', 'accepted', 'rejected'])[1 + n % 5],
        'pack-' || n % 9, encode(sha256(n::text::bytea), 'hex'), n % 101 / 100.0
    FROM generate_series(1, 1000) AS n;
    INSERT INTO project_payloads (project_id, module, payload)
    SELECT project_id, (ARRAY['cost', 'risk'])[1 + project_id % 2], jsonb_build_object('n', project_id)
    FROM projects;
    INSERT INTO project_events (project_id, event_type, timestamp)
    SELECT project_id, 'saved', now() - n * interval '1 minute'
    FROM projects, generate_series(1, 3) AS n;
"""


def test_the_documents_load_goes_in_by_one_who_edits_the_account(office: Office) -> None:
    with office.db.session("authenticated_users", office.editor) as session:
        session.execute("SET LOCAL search_path = apex, core")
        session.execute(LOAD.format(office.mercury).encode())

    counts = [
        office.value(f"SELECT count(*) FROM apex.{table} WHERE account_id = %s", office.mercury)
        for table in ("projects", "project_payloads", "project_events")
    ]
    assert counts == [1001, 1002, 3004]  # one of each was there, and the load found it
