"""002 §2 and §3: its aggregate, and each access path it names an index for, by the index we made."""

import re
from typing import Any

import pytest

from tests.apex.conftest import Office

STATS = "SELECT account_id, status, COUNT(*), AVG(confidence) FROM projects GROUP BY account_id, status"


def _run(office: Office, query: str, *arguments: Any, part: str = "viewer") -> list[tuple[Any, ...]]:
    """Run a query as APEX's login does: the product's search_path, the application role."""
    with office.db.session("authenticated_users", office.id_of(part)) as session:
        session.execute("SET LOCAL search_path = apex, core")
        return session.execute(query.encode(), arguments or None).fetchall()


# the first is the one the office has; newest last
SEVEN: list[tuple[str, float | None]] = [
    ("draft", None),
    ("submitted", 0.9),
    ("draft", None),
    ("accepted", 0.8),
    ("submitted", 0.4),
    ("rejected", 0.1),
    ("submitted", None),
]


@pytest.fixture
def office(office: Office) -> Office:
    """Mercury with seven projects, a minute apart, counted by hand; Venus with its one."""
    for minute, (status, confidence) in enumerate(SEVEN[1:]):
        office.bid(
            office.mercury,
            name=f"p{minute}",
            status=status,
            confidence=confidence,
            content_sha256=f"{minute % 3:064x}",
            constants_version=f"pack-{minute}",
            created_at=f"2025-01-01 10:{minute:02}+00",
        )
    office.bid(office.venus, name="theirs", status="submitted", content_sha256=f"{1:064x}")
    office.db.admin.execute("UPDATE apex.projects SET name = 'old' WHERE name IS NULL")
    return office


def test_the_aggregate_counts_the_sessions_accounts_and_the_view_says_the_same(office: Office) -> None:
    found = sorted((status, count, mean) for _, status, count, mean in _run(office, STATS))

    assert found == [
        ("accepted", 1, 0.8),
        ("draft", 2, None),
        ("rejected", 1, 0.1),
        ("submitted", 3, pytest.approx(0.65)),
    ]
    with office.db.session("footing_owner") as session:
        session.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY apex.project_stats_data")
    view = "SELECT account_id, status, project_count, avg_confidence FROM project_stats"
    for part in ("viewer", "outsider", "nobody"):
        assert set(_run(office, view, part=part)) == set(_run(office, STATS, part=part)), part
    assert office.value("SELECT count(*) FROM apex.project_stats_data") == 6


NEWEST = "SELECT name FROM projects WHERE {} AND created_at < '2025-02-01' ORDER BY created_at DESC LIMIT 3"
# a condition of §2's indexes → the newest three that meet it
LISTS = {
    "account_id = {0}": ["p5", "p4", "p3"],
    "account_id = {0} AND status = 'submitted'": ["p5", "p3", "p0"],
    "account_id = {0} AND status <> 'draft'": ["p5", "p4", "p3"],
    "status = 'submitted'": ["p5", "p3", "p0"],
    "status <> 'draft'": ["p5", "p4", "p3"],
    "account_id = {1}": [],
}


def test_each_list_is_the_sessions_own_newest_first(office: Office) -> None:
    for condition, names in LISTS.items():
        query = NEWEST.format(condition.format(office.mercury, office.venus))
        assert [name for (name,) in _run(office, query)] == names, condition


def test_an_estimate_made_before_is_found_by_its_hash(office: Office) -> None:
    query = "SELECT constants_version, confidence FROM projects WHERE content_sha256 = %s"

    assert sorted(_run(office, query, f"{1:064x}")) == [("pack-1", None), ("pack-4", 0.1)]
    assert _run(office, query, f"{1:064x}", part="outsider") == [(None, None)]
    assert _run(office, query, f"{7:064x}") == []


def test_a_modules_payload_and_a_projects_events_are_found(office: Office) -> None:
    office.payload(office.estimate, '{"new": true}')
    office.payload(office.estimate, "[]", "risk")
    for minute in (2, 1, 3):
        at = f"now() - interval '{minute} min'"
        office.db.admin.execute(
            f"INSERT INTO apex.project_events (project_id, event_type, timestamp)"
            f" VALUES ({office.estimate}, 'e{minute}', {at})".encode()
        )
    payloads = (
        "SELECT payload FROM project_payloads WHERE project_id = %s AND module = 'cost'"
        " ORDER BY created_at DESC, payload_id DESC"
    )
    events = "SELECT event_type FROM project_events WHERE project_id = %s ORDER BY timestamp DESC LIMIT 3"

    assert _run(office, payloads, office.estimate) == [({"new": True},), ({"sku": "A-1"},)]
    assert _run(office, events, office.estimate) == [("saved",), ("e1",), ("e2",)]
    for query in (payloads, events):
        assert _run(office, query, office.estimate, part="outsider") == []


# 40 accounts of 250 projects, made over a week; the document's 10,000 payloads and 30,000 events
FILL = """
    SET session_replication_role = replica;
    INSERT INTO apex.accounts (name, owner_id) SELECT 'a' || n, {owner} FROM generate_series(1, 40) AS n;
    INSERT INTO apex.account_members (user_id, account_id) SELECT {viewer}, account_id FROM apex.accounts
    WHERE account_id % 8 = 0;
    INSERT INTO apex.account_members (user_id, account_id) SELECT {editor}, account_id FROM apex.accounts
    WHERE account_id > {venus};
    INSERT INTO apex.projects
        (account_id, status, constants_version, content_sha256, confidence, etag, created_at)
    SELECT {venus} + 1 + n % 40,
        (ARRAY['draft', 'estimating', 'submitted', 'accepted', 'rejected'])[1 + n / 40 % 5],
        'pack-' || n % 9, encode(sha256((n % 9000)::text::bytea), 'hex'), n % 101 / 100.0,
        'etag-' || n, now() - (n * 7919 % 10000) * interval '1 min'
    FROM generate_series(1, 10000) AS n;
    INSERT INTO apex.project_payloads (account_id, project_id, module, payload, created_at)
    SELECT account_id, project_id, (ARRAY['cost', 'risk'])[1 + project_id % 2], '{{}}', created_at
    FROM apex.projects;
    INSERT INTO apex.project_events (account_id, project_id, event_type, timestamp)
    SELECT account_id, project_id, 'saved', now() + n * interval '1 min'
    FROM apex.projects, generate_series(1, 3) AS n;
    INSERT INTO apex.project_events (account_id, project_id, event_type, timestamp)
    SELECT account_id, project_id, 'saved', now() + n * interval '1 h'
    FROM apex.projects, generate_series(1, 3000) AS n WHERE etag = 'etag-5005';
    SET session_replication_role = origin;
"""
# the document's access path → the index that answers it
PATHS = {
    "SELECT * FROM projects WHERE account_id = {account} ORDER BY created_at DESC LIMIT 20": (
        "idx_projects_account_id_created_at"
    ),
    "SELECT * FROM projects WHERE account_id = {account} AND status <> 'draft'"
    " ORDER BY created_at DESC LIMIT 20": "idx_projects_account_id_created_at",
    "SELECT * FROM projects WHERE account_id = {account} AND status = 'submitted'"
    " ORDER BY created_at DESC LIMIT 20": "idx_projects_account_id_status_created_at",
    "SELECT * FROM projects WHERE status = 'submitted' ORDER BY created_at DESC LIMIT 20": (
        "idx_projects_status_created_at"
    ),
    "SELECT * FROM projects WHERE status <> 'draft' ORDER BY created_at DESC LIMIT 20": (
        "idx_projects_created_at_not_draft"
    ),
    "SELECT * FROM projects WHERE etag = 'etag-5005'": "projects_etag_account_id_key",
    "SELECT * FROM projects WHERE account_id = {account} AND etag = 'etag-5005'": (
        "projects_etag_account_id_key"
    ),
    "UPDATE projects SET name = 'x' WHERE project_id = {project} AND etag = 'etag-5005'": (
        "projects_(pkey|etag_account_id_key)"  # either is one row
    ),
    "SELECT project_id, constants_version, confidence FROM projects WHERE content_sha256 = '{hash}'": (
        "idx_projects_content_sha256_account_id"
    ),
    "SELECT project_id FROM projects WHERE account_id = {account} AND content_sha256 = '{hash}' LIMIT 1": (
        "idx_projects_content_sha256_account_id"
    ),
    "SELECT payload FROM project_payloads WHERE project_id = {project} AND module = 'cost'"
    " ORDER BY created_at DESC LIMIT 1": "idx_project_payloads_project_id_module_created_at",
    "SELECT payload FROM project_payloads WHERE project_id = {project}": (
        "idx_project_payloads_project_id_module_created_at"
    ),
    "SELECT * FROM project_events WHERE project_id = {project} ORDER BY timestamp DESC LIMIT 50": (
        "project_id_timestamp_idx"  # a partition's
    ),
    "SELECT * FROM project_events WHERE user_id = {editor}": "user_id_idx",  # a partition's
}


def test_each_access_path_is_answered_by_its_index(office: Office) -> None:
    names = {"owner": office.owner, "viewer": office.viewer, "editor": office.editor, "venus": office.venus}
    office.db.admin.execute(FILL.format(**names).encode())
    office.db.admin.execute("VACUUM ANALYZE")
    find = "SELECT account_id, project_id, content_sha256 FROM apex.projects WHERE etag = 'etag-5005'"
    account, project, digest = office.db.admin.execute(find.encode()).fetchone()
    names |= {"account": account, "project": project, "hash": digest}
    wrong, cached = {}, {}

    with office.db.session("authenticated_users", office.editor) as session:
        session.execute("SET LOCAL search_path = apex, core")
        for path, index in PATHS.items():
            plan = _plan(session, f"EXPLAIN {path.format(**names)}")
            if not re.search(rf"{index}\s", plan) or "Seq Scan on projects" in plan:
                wrong[path] = plan
            if index == "idx_projects_content_sha256_account_id":
                run = f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) {path.format(**names)}"
                _plan(session, run)  # the session's first run reads the catalogue too
                cached[path] = _plan(session, run)

    assert wrong == {}
    for path, plan in cached.items():
        assert "Index Only Scan using idx_projects_content_sha256_account_id" in plan, path
        assert "Heap Fetches: 0" in plan, path
        assert int(re.search(r"Buffers: shared hit=(\d+)", plan)[1]) <= 10, plan  # the policy's included


def _plan(session: Any, explain: str) -> str:
    """Return a plan as text."""
    return "\n".join(row[0] for row in session.execute(explain.encode()))
