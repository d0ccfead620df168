"""apex.search_payloads(): what a payload contains, in the accounts one may see, by its index."""

import psycopg
import pytest
from psycopg import errors

from tests.apex.conftest import PARTS, READS, Office

SEARCH = "SELECT payload_id FROM apex.search_payloads(%s)"
OURS = '{"sku": "A-1"}'


def test_one_finds_the_payloads_one_may_see_and_no_other(office: Office) -> None:
    for role in ("authenticated_users", "readonly_users"):
        for part in PARTS:
            found = office.ids(role, part, SEARCH, OURS)
            seen = office.ids(role, part, "SELECT payload_id FROM apex.project_payloads")
            assert found == seen, (role, part)
            assert len(seen) == (1 if part in READS or part == "outsider" else 0), (role, part)

    office.db.admin.execute("UPDATE core.users SET is_active = false WHERE id = %s", [office.viewer])
    assert office.ids("authenticated_users", "viewer", SEARCH, OURS) == set()
    assert office.value("SELECT count(*) FROM apex.project_payloads") == 2
    for role in ("bulk_loader", "authenticator", "monitoring"):
        with (
            pytest.raises(errors.InsufficientPrivilege, match="permission denied"),
            office.db.session(role, office.manager) as session,
        ):
            session.execute(SEARCH, [OURS])


def test_naming_an_account_opens_none(office: Office) -> None:
    query = "SELECT account_id FROM apex.search_payloads(%s, %s)"

    assert office.ids("authenticated_users", "viewer", query, OURS, office.venus) == set()
    assert office.ids("authenticated_users", "viewer", query, OURS, office.mercury) == {office.mercury}
    assert office.ids("authenticated_users", "outsider", query, OURS, office.venus) == {office.venus}


def test_containment_module_and_pages_are_as_asked(office: Office) -> None:
    made = [
        office.payload(office.estimate, f'{{"lines": [{{"sku": "B"}}, {{"qty": {n}}}]}}', "risk")
        for n in range(5)
    ]
    cases: list[tuple[str, list[int]]] = [
        ("""'{"lines": [{"sku": "B"}]}'""", made[::-1]),
        ("""'{"lines": [{"qty": 3}]}'""", [made[3]]),
        ("""'{"lines": [{"sku": "B", "qty": 3}]}'""", []),
        ("""'{"lines": [{"sku": "B"}]}', p_module => 'cost'""", []),
        ("""'{"lines": []}', p_module => 'risk', p_limit => 2""", [made[4], made[3]]),
        (f"""'{{}}', p_module => 'risk', p_limit => 2, p_before_id => {made[3]}""", [made[2], made[1]]),
        ("""'{}', p_limit => 0""", []),
        ("""'{}', p_limit => -1""", []),
        ("""NULL""", []),
    ]

    with office.db.session("authenticated_users", office.viewer) as session:
        for arguments, expected in cases:
            query = f"SELECT payload_id FROM apex.search_payloads({arguments})"
            assert [row[0] for row in session.execute(query.encode())] == expected, arguments


FILL = """
    INSERT INTO apex.project_payloads (account_id, project_id, module, payload)
    SELECT a, p, 'cost', jsonb_build_object('sku', 'S-' || n, 'region', (ARRAY['eu', 'us'])[1 + n %% 2])
    FROM generate_series(1, 10000) AS n
    CROSS JOIN LATERAL (
        SELECT %s AS a, %s AS p WHERE n %% 50 = 0 UNION ALL SELECT %s, %s WHERE n %% 50 <> 0
    ) AS whose
"""


CASES = [
    ('{"sku": "S-500"}', 1, "idx_project_payloads_payload"),
    ('{"sku": "S-501"}', 0, "idx_project_payloads_payload"),  # another's
    ('{"region": "eu"}', 20, "idx_project_payloads_account_id_payload_id"),  # everybody's
]


def test_a_search_reads_what_it_finds_or_what_the_account_has_and_never_everything(office: Office) -> None:
    office.db.admin.execute(FILL, [office.mercury, office.estimate, office.venus, office.foreign_estimate])
    office.db.admin.execute("VACUUM ANALYZE apex.project_payloads")

    with office.db.session("authenticated_users", office.viewer) as session:
        for wanted, rows, index in CASES * 4:  # often enough for a plan that is kept
            before = _reads(session, index)
            assert len(session.execute(SEARCH, [wanted]).fetchall()) == rows, wanted
            after = _reads(session, index)
            assert (after[0] - before[0], after[1] - before[1]) == (1, 0), wanted


def _reads(session: psycopg.Connection, index: str) -> tuple[int, int]:
    """Count this transaction's scans of an index, and of the whole table of payloads."""
    return session.execute(
        "SELECT pg_stat_get_xact_numscans(%s::regclass),"
        " pg_stat_get_xact_numscans('apex.project_payloads'::regclass)",
        [f"apex.{index}"],
    ).fetchone()
