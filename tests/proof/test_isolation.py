"""No role sees, changes, infers or refers to another tenant's rows, but for what is declared.

Every statement is tried in two databases that differ in the other tenant's rows alone, and has to come
to the same in both: tests/support/tenants.py, probes.py, sightings.py. What is meant to differ is in
allowances.toml, with its reason; an allowance that nothing needs fails too.
"""

from __future__ import annotations

import collections
import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from pytest_postgresql.executors import NoopExecutor

from tests.support import grammar, probes
from tests.support.allowances import declared, undeclared, undeclared_anywhere, unused
from tests.support.logins import MEMBERS
from tests.support.pgbouncer import transaction_pooler
from tests.support.probes import Probe, Relation
from tests.support.require import require
from tests.support.server import Server
from tests.support.sightings import Finding, Persona, Seat, compare, look
from tests.support.tenants import NEXT, THEIRS, Tenants, Twins, twins

FEW = 400
EXAMPLES = int(os.environ.get("FOOTING_EXAMPLES", FEW))  # more of them are other ones each time
NOTHING: dict[str, list[str]] = {"SELECT": [], "INSERT": [], "UPDATE": []}
SIZES = (
    "SELECT oid::regclass, reltuples FROM pg_catalog.pg_class WHERE relkind = 'r'"
    " AND relnamespace = ANY ('{core,webtest,atmosfera,apex,copilot}'::regnamespace[])"
)


@dataclass
class World:
    """Both twins, every relation in them, and who tries."""

    twins: Twins
    relations: list[Relation]
    personas: dict[str, Persona]

    @contextlib.contextmanager
    def seats(self, persona: Persona) -> Iterator[tuple[Seat, Seat]]:
        """Sit down in both twins with a login of that persona's own."""
        login = MEMBERS[persona.group]
        full, bare = (db.connect(login, autocommit=False) for db in (self.twins.full, self.twins.bare))
        yield Seat(full, persona), Seat(bare, persona)
        full.close()
        bare.close()

    def level(self) -> None:
        """Let the numbers of both go on alike: a sequence is not rolled back."""
        for database in (self.twins.full, self.twins.bare):
            Tenants(database).level(NEXT)

    def probes(
        self, persona: Persona, thorough: bool, among: list[Relation] | None = None
    ) -> Iterator[Probe]:
        """Return what that persona tries on each relation."""
        rights = probes.rights(self.twins.full.admin, MEMBERS[persona.group])
        for relation in self.relations if among is None else among:
            yield from probes.on_relation(relation, rights.get(relation.oid, NOTHING), thorough)


@pytest.fixture(scope="module")
def world(server: Server, migrated: NoopExecutor) -> Iterator[World]:
    """Two tenants in one twin, one in the other."""
    with twins(server, migrated.template_dbname) as made:
        who = made.people
        everybody = [
            Persona("owner", "authenticated_users", who["owner"]),
            Persona("viewer", "authenticated_users", who["viewer"]),
            Persona("nobody", "authenticated_users"),
            Persona("deactivated", "authenticated_users", who["deactivated"]),
            Persona("admin", "authenticated_users", who["admin"]),
            Persona("reader", "readonly_users", who["owner"]),
            Persona("authenticator", "authenticator", who["owner"]),
            Persona("monitoring", "monitoring", who["owner"]),
        ]
        yield World(made, probes.relations(made.full.admin), {p.name: p for p in everybody})


def _tell(findings: list[Finding]) -> str:
    lines = sorted({str(finding) for finding in findings})
    return f"{len(lines)} undeclared:\n" + "\n".join(lines[:40])


def test_every_table_has_a_row_of_theirs_and_the_owner_sees_our_own(world: World) -> None:
    rights = probes.rights(world.twins.full.admin, MEMBERS["authenticated_users"])
    owner = world.personas["owner"]

    unseen = []
    with world.seats(owner) as (full, _):
        for relation in world.relations:
            readable = rights.get(relation.oid, NOTHING)["SELECT"]
            if relation.theirs and relation.ours and readable and str(relation) != "core.audit_logs":
                count = Probe("SELECT", str(relation), f"SELECT FROM {relation.sql}")
                unseen += [str(relation)] if full.try_(count).result.startswith("0 rows") else []

    assert unseen == [], "the owner sees none of their own rows: nothing is proved by seeing none of theirs"
    assert sum(bool(relation.theirs) for relation in world.relations) > 30


def test_whatever_is_tried_comes_to_the_same_without_the_other_tenant(world: World) -> None:
    admin = world.twins.full.admin
    allowances = declared()
    findings = _without_rows(world)

    system = set()  # what the catalogues show depends on the group, not on the person
    for persona in world.personas.values():
        with world.seats(persona) as (full, bare):
            findings += compare(
                persona, full, bare, world.probes(persona, thorough=persona.name == "owner")
            )
            findings += compare(persona, full, bare, probes.on_functions(admin, world.relations))
            findings += compare(persona, full, bare, probes.on_sequences(admin))
            if persona.group not in system:
                system.add(persona.group)
                findings += look(persona, full, probes.on_the_system(admin))
            if persona.name == "owner":
                findings += compare(persona, full, bare, [Probe("SIZE", "pg_catalog.pg_class", SIZES)])
    findings += _numbers(world) + _heard(world)

    left = undeclared(findings, allowances)
    assert not left, _tell(left)
    assert unused(allowances) == [], "an allowance that nothing needs is a hole to come"


def _without_rows(world: World) -> list[Finding]:
    """Find the tables in which they have no row: nothing is proved there."""
    return [
        Finding("anybody", "NO ROW", str(relation), "the other tenant has no row in it")
        for relation in world.relations
        if relation.kind in "rpm" and not relation.is_partition and not relation.theirs
    ]


def _numbers(world: World) -> list[Finding]:
    """Make a project after them: its number tells that they made one."""
    world.twins.full.admin.execute("SELECT setval('core.projects_id_seq', %s)", [NEXT + 10_000_000])
    probe = Probe(
        "NUMBER", "core.projects", "INSERT INTO core.projects (name) VALUES ('Next') RETURNING id"
    )
    owner = world.personas["owner"]
    with world.seats(owner) as (full, bare):
        findings = compare(owner, full, bare, [probe])
    world.level()
    return findings


def _heard(world: World) -> list[Finding]:
    """Listen as nobody on each channel of the catalogue, while a row of theirs is written again."""
    admin = world.twins.full.admin
    nobody = world.personas["nobody"]
    channels = [row[0] for row in admin.execute(probes.CHANNELS.encode())]
    listener = world.twins.full.connect(MEMBERS[nobody.group])
    for channel in channels:
        listener.execute(f"LISTEN {channel}".encode())
    again = admin.execute(
        "INSERT INTO webtest.agent_messages (project_id, sender_id, receiver_id, message_type, payload)"
        " SELECT project_id, sender_id, receiver_id, message_type, payload FROM webtest.agent_messages"
        " WHERE project_id = %s RETURNING id",
        [THEIRS],
    ).fetchone()
    admin.execute("DELETE FROM webtest.agent_messages WHERE id = %s", again)
    heard = [(n.channel, n.payload) for n in listener.notifies(timeout=5, stop_after=1)]
    listener.close()
    return [Finding(nobody.name, "LISTEN", channel, f"hears {payload}") for channel, payload in heard]


def test_through_a_pooler_it_comes_to_the_same(world: World, server: Server) -> None:
    require("pgbouncer")
    admin = world.twins.full.admin
    owner, nobody = world.personas["owner"], world.personas["nobody"]
    login = MEMBERS[owner.group]

    with contextlib.ExitStack() as stack:
        urls = [
            stack.enter_context(transaction_pooler(server, db.name, login))
            for db in (world.twins.full, world.twins.bare)
        ]
        findings = []
        for persona in (owner, nobody):  # one after the other, so that the second has the first's session
            full, bare = (Seat(stack.enter_context(_pooled(url)), persona) for url in urls)
            among = [relation for relation in world.relations if relation.theirs]
            tried = list(world.probes(persona, False, among))
            findings += compare(persona, full, bare, [*tried, *probes.on_functions(admin, world.relations)])
            full.connection.commit()
            bare.connection.commit()

    left = undeclared(findings, declared())
    assert not left, _tell(left)
    assert any(finding.object == "core.users" for finding in findings), "nothing was found at all"
    assert not [finding for finding in findings if finding.persona == "nobody"]


def _pooled(url: str) -> psycopg.Connection:
    return psycopg.connect(url, prepare_threshold=None)


def test_statements_at_random_come_to_the_same_without_the_other_tenant(world: World) -> None:
    admin, owner = world.twins.full.admin, world.personas["owner"]
    rights = probes.rights(admin, MEMBERS[owner.group])
    every = grammar.tables(admin, world.relations, rights)
    allowances = declared()
    answered = collections.Counter()

    with world.seats(owner) as (full, bare):

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=EXAMPLES == FEW,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(grammar.statements(every))
        def comes_to_the_same(probe: Probe) -> None:
            findings = compare(owner, full, bare, [probe])
            left = undeclared_anywhere(findings, allowances)
            answered[probe.verb, bool(re.match(r"\d+ rows", full.last))] += 1
            assert not left, f"{_tell(left)}\n{probe.statement}"

        with _one_name_for_the_guest(world):
            comes_to_the_same()

    for verb in ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"):
        assert answered[verb, True], f"no {verb} was carried out: {answered}"


@contextlib.contextmanager
def _one_name_for_the_guest(world: World) -> Iterator[None]:
    """Let the twins not differ in what is declared to be seen: a join would show it in any statement."""
    admin = world.twins.full.admin
    guest = world.twins.people["guest"]
    rename = "UPDATE core.users SET full_name = %s WHERE id = %s"
    admin.execute(rename.encode(), ["Gwen", guest])
    admin.execute("SELECT probe.remember()")
    yield
    admin.execute(rename.encode(), ["Gwen Quillfeather", guest])
    admin.execute("SELECT probe.remember()")


# what is broken → by what, who then tries, on which relations, and the line that names it
BREACHES = {
    "a policy is widened": (
        "ALTER POLICY {policy} ON webtest.test_cases USING (true)",
        "viewer", "webtest.test_cases",
        "SELECT webtest.test_cases as viewer: shows what is theirs",
    ),
    "row security is off": (
        "ALTER TABLE copilot.messages DISABLE ROW LEVEL SECURITY",
        "nobody", "copilot.messages",
        "DELETE copilot.messages as nobody: a row of theirs in copilot.messages is not what it was",
    ),
    "a write policy is widened": (
        "CREATE POLICY wide ON atmosfera.test_suites FOR INSERT TO authenticated_users WITH CHECK (true)",
        "owner", "atmosfera.test_suites",
        "INSERT atmosfera.test_suites as owner: a new row of atmosfera.test_suites refers",
    ),
    "a composite key becomes a simple one": (
        "ALTER TABLE atmosfera.test_runs DROP CONSTRAINT {composite};"
        " ALTER TABLE atmosfera.test_runs"
        " ADD FOREIGN KEY (cycle_item_id) REFERENCES atmosfera.test_cycle_items (id)",
        "owner", "atmosfera.test_runs",
        "INSERT f:test_runs_cycle_item_id_fkey atmosfera.test_runs as owner: a new row",
    ),
    "a view runs with its owner's rights": (
        "ALTER VIEW atmosfera.test_coverage_summary RESET (security_invoker)",
        "viewer", "atmosfera.test_coverage_summary",
        "SELECT atmosfera.test_coverage_summary as viewer: shows what is theirs",
    ),
    "a view is no barrier": (
        "ALTER VIEW webtest.mv_project_stats RESET (security_barrier)",
        "viewer", "webtest.mv_project_stats",
        "SELECT leaky webtest.mv_project_stats as viewer: shows what is theirs",
    ),
    "a materialized view is readable": (
        "GRANT SELECT ON webtest.mv_project_stats_data TO readonly_users",
        "reader", "webtest.mv_project_stats_data",
        "SELECT webtest.mv_project_stats_data as reader: shows what is theirs",
    ),
    "a partition is granted": (
        "GRANT SELECT ON {partition} TO authenticated_users",
        "viewer", "{partition}",
        "SELECT {partition} as viewer: ",
    ),
    "a key is unique across tenants": (
        "UPDATE atmosfera.document_folders SET name = project_id::text;"
        " CREATE UNIQUE INDEX wide ON atmosfera.document_folders (name)",
        "owner", "atmosfera.document_folders",
        "INSERT u:atmosfera.wide atmosfera.document_folders as owner: depends on their rows",
    ),
    "a definer function asks nobody": (
        "CREATE FUNCTION webtest.title_of(bigint) RETURNS text LANGUAGE sql SECURITY DEFINER"
        " AS 'SELECT title::text FROM webtest.test_cases WHERE id = $1'",
        "nobody", "",
        "EXECUTE webtest.title_of(bigint) as nobody: depends on their rows",
    ),
    "a sequence is granted": (
        "GRANT SELECT ON SEQUENCE webtest.test_cases_id_seq TO authenticated_users;"
        " SELECT setval('webtest.test_cases_id_seq', {next}) FROM webtest.test_cases WHERE id > 100000",
        "nobody", "",
        "SELECT webtest.test_cases_id_seq as nobody: depends on their rows",
    ),
}  # fmt: skip


def _breach(world: World, persona: Persona, statement: str, among: list[str]) -> list[Finding]:
    """Break something in both twins, try, and roll it all back."""
    with contextlib.ExitStack() as stack:
        connections = []
        for database in (world.twins.full, world.twins.bare):
            connections.append(database.connect(autocommit=False))
            stack.callback(connections[-1].close)
            connections[-1].execute(statement.encode())
        broken = connections[0]
        rights = probes.rights(broken, MEMBERS[persona.group])
        relations = [relation for relation in probes.relations(broken) if str(relation) in among]
        tried = [p for r in relations for p in probes.on_relation(r, rights[r.oid], thorough=True)]
        if not relations:
            calls = (*probes.on_functions(broken, world.relations), *probes.on_sequences(broken))
            tried = [p for p in calls if p.object.split("(")[0] in statement]
        seats = [Seat(connection, persona, by_set_role=True) for connection in connections]
        return compare(persona, *seats, tried)


def test_each_breach_is_named(world: World) -> None:
    admin = world.twins.full.admin
    policy = admin.execute(
        "SELECT polname FROM pg_policy WHERE polrelid = 'webtest.test_cases'::regclass AND polcmd = 'r'"
    ).fetchone()[0]
    composite = admin.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'atmosfera.test_runs'::regclass"
        " AND contype = 'f' AND confrelid = 'atmosfera.test_cycle_items'::regclass"
    ).fetchone()[0]
    partition = next(str(r) for r in world.relations if r.is_partition and r.theirs)
    names = {"policy": policy, "composite": composite, "partition": partition, "next": NEXT + 10_000_000}

    unnamed = {}
    for breach, (statement, who, among, line) in BREACHES.items():
        broken = statement.format(**names)
        findings = _breach(world, world.personas[who], broken, among.format(**names).split())
        left = [str(finding) for finding in undeclared(findings, declared())]
        if not any(found.startswith(line.format(**names)) for found in left):
            unnamed[breach] = left[:3]

    world.level()
    assert not unnamed, f"broken, and the proof did not name it: {unnamed}"
