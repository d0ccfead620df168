"""Every statement worth trying against another tenant's rows, written from the live catalogue."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection, sql

from tests.support.tenants import MARK, SCHEMAS

RELATIONS = f"""
SELECT c.oid, s.nspname, c.relname, c.relkind::text, c.relispartition,
    array(
        SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
    )
FROM pg_catalog.pg_class AS c JOIN ({SCHEMAS}) AS s ON s.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 2, 3"""
RIGHTS = f"""
SELECT c.oid, a.attname::text,
    array(
        SELECT v FROM unnest('{{SELECT,INSERT,UPDATE}}'::text[]) AS v
        WHERE has_column_privilege(%(login)s, c.oid, a.attnum, v)
    )
FROM pg_catalog.pg_class AS c JOIN ({SCHEMAS}) AS s ON s.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY c.oid, a.attnum"""
KEYS = """
SELECT con.conname, 'f', c.columns, con.confrelid, r.columns
FROM pg_catalog.pg_constraint AS con
CROSS JOIN LATERAL (
    SELECT array_agg(a.attname::text ORDER BY k.place)
    FROM unnest(con.conkey) WITH ORDINALITY AS k (number, place)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = con.conrelid AND a.attnum = k.number
) AS c (columns)
CROSS JOIN LATERAL (
    SELECT array_agg(a.attname::text ORDER BY k.place)
    FROM unnest(con.confkey) WITH ORDINALITY AS k (number, place)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = con.confrelid AND a.attnum = k.number
) AS r (columns)
WHERE con.conrelid = %s AND con.contype = 'f'
UNION ALL
SELECT i.indexrelid::regclass::text, 'u', array_agg(a.attname::text ORDER BY a.attnum), 0::oid, '{}'
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid
    AND (
        a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
        OR pg_get_expr(i.indexprs, i.indrelid) ~ ('\\m' || a.attname || '\\M')
    )
WHERE i.indrelid = %s AND i.indisunique AND a.attnum > 0 GROUP BY i.indexrelid ORDER BY 1"""
FUNCTIONS = f"""
SELECT p.oid::regprocedure::text, s.nspname, p.proname, p.prokind::text, p.proretset,
    array(SELECT t::regtype::text FROM unnest(p.proargtypes) AS t)
FROM pg_catalog.pg_proc AS p JOIN ({SCHEMAS}) AS s ON s.oid = p.pronamespace
WHERE p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) AND p.prokind IN ('f', 'p')
ORDER BY 1"""
SEQUENCES = f"""
SELECT c.oid::regclass::text FROM pg_catalog.pg_class AS c JOIN ({SCHEMAS}) AS s ON s.oid = c.relnamespace
WHERE c.relkind = 'S' ORDER BY 1"""
CHANNELS = r"""
SELECT DISTINCT (regexp_matches(prosrc, 'pg_notify\(\s*''(\w+)''', 'g'))[1] FROM pg_catalog.pg_proc
WHERE prosrc ~ 'pg_notify' ORDER BY 1"""
LOCKS = ("ACCESS SHARE", "ROW EXCLUSIVE", "ACCESS EXCLUSIVE")
QUIETLY = "ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off"  # what is the same twice
MOST_CALLS = 24  # of one function


@dataclass(frozen=True)
class Probe:
    """One statement, and what it is called in a finding."""

    verb: str
    object: str
    statement: str
    copied: str | None = None  # the lines of a COPY FROM


@dataclass
class Relation:
    """A table, view, materialized view or partition, with a row of ours and one of theirs."""

    oid: int
    schema: str
    name: str
    kind: str
    is_partition: bool
    columns: list[str]
    keys: list[tuple[str, str, list[str]]] = field(default_factory=list)
    ours: dict[str, str | None] = field(default_factory=dict)
    theirs: dict[str, str | None] = field(default_factory=dict)
    referred: dict[str, str | None] = field(
        default_factory=dict
    )  # what a column would hold, were it not NULL

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        """The quoted name."""
        return sql.Identifier(self.schema, self.name).as_string()


def relations(admin: Connection) -> list[Relation]:
    """Read every relation of the database, with the example rows that the superuser sees in it."""
    found, references = [], []
    for row in admin.execute(RELATIONS).fetchall():
        relation = Relation(*row)
        keys = admin.execute(KEYS, [relation.oid, relation.oid]).fetchall()
        relation.keys = [(name, kind, columns) for name, kind, columns, _, _ in keys]
        references += [(relation, *key[2:]) for key in keys if key[1] == "f"]
        for name, test in (("theirs", "~"), ("ours", "!~")):
            texts = ", ".join(f"{_name(column)}::text" for column in relation.columns)
            query = f"SELECT {texts} FROM {relation.sql} AS t WHERE t::text {test} '{MARK}' LIMIT 1"
            example = admin.execute(query.encode()).fetchone() if relation.columns else None
            if example:
                setattr(relation, name, dict(zip(relation.columns, example, strict=True)))
        found.append(relation)
    by_oid = {relation.oid: relation for relation in found}
    for relation, columns, target, keys in references:
        theirs = by_oid[target].theirs
        relation.referred |= {c: theirs[key] for c, key in zip(columns, keys, strict=True) if theirs}
    return found


def rights(admin: Connection, login: str) -> dict[int, dict[str, list[str]]]:
    """Return for each relation the columns that a login may SELECT, INSERT or UPDATE."""
    found: dict[int, dict[str, list[str]]] = {}
    for oid, column, verbs in admin.execute(RIGHTS.encode(), {"login": login}):
        may = found.setdefault(oid, {verb: [] for verb in ("SELECT", "INSERT", "UPDATE")})
        for verb in verbs:
            may[verb].append(column)
    return found


def on_relation(relation: Relation, may: dict[str, list[str]], thorough: bool) -> Iterator[Probe]:
    """Try every verb on it; thoroughly: each of their values and keys in each column of a row of ours."""
    name, object_ = relation.sql, str(relation)
    readable = _list(may["SELECT"])
    shown = f" RETURNING {readable}" if readable else ""

    def probe(verb: str, statement: str, copied: str | None = None) -> Probe:
        return Probe(verb, object_, statement, copied)

    yield probe("SELECT", f"SELECT {readable or '*'} FROM {name}")
    yield probe("SELECT *", f"SELECT * FROM {name}")
    if readable:
        yield probe("SELECT leaky", f"SELECT count(*) FROM {name} WHERE probe.leak(ROW({readable})::text)")
    if readable and thorough:
        yield probe("EXPLAIN", f"EXPLAIN SELECT {readable} FROM {name}")
        yield probe("EXPLAIN ANALYZE", f"EXPLAIN ({QUIETLY}) SELECT {readable} FROM {name}")
    if relation.is_partition and not relation.theirs:
        return  # there is nothing in it: enough that nobody reads it by name
    yield probe("COPY TO", f"COPY {name} TO STDOUT")
    if relation.kind not in "vm":
        yield from (probe("LOCK", f"LOCK TABLE {name} IN {mode} MODE NOWAIT") for mode in LOCKS)
    yield probe("TRUNCATE", f"TRUNCATE {name} CASCADE")
    if relation.kind == "m":
        yield probe("REFRESH", f"REFRESH MATERIALIZED VIEW {name}")
        return
    yield probe("UPDATE", f"UPDATE {name} SET {_same(may['UPDATE'] or relation.columns[:1])}{shown}")
    yield probe("DELETE", f"DELETE FROM {name}{shown}")
    if relation.theirs:
        key = _is(relation, relation.theirs, may["SELECT"] or relation.columns[:1])
        yield probe(
            "UPDATE", f"UPDATE {name} SET {_same(may['UPDATE'] or relation.columns[:1])} WHERE {key}"
        )
        yield probe("DELETE", f"DELETE FROM {name} WHERE {key}")
        insert = _insert(relation, relation.theirs, may["INSERT"] or relation.columns)
        yield probe("INSERT", insert)
        yield probe("INSERT", insert + shown)
        copied = may["INSERT"] or relation.columns
        line = "\t".join("\\N" if relation.theirs[c] is None else str(relation.theirs[c]) for c in copied)
        yield probe("COPY FROM", f"COPY {name} ({_list(copied)}) FROM STDIN", line + "\n")
    if thorough and relation.ours and relation.theirs:
        yield from _mixed(relation, may, shown)


def _mixed(relation: Relation, may: dict[str, list[str]], shown: str) -> Iterator[Probe]:
    """Put their values into a row of ours: one column, one reference, one unique key at a time."""
    fresh = {**relation.ours, **{c: _fresh(relation.ours[c]) for c in unique_columns(relation)}}
    sets = [(f"{kind}:{name}", columns) for name, kind, columns in relation.keys]
    sets += [(column, [column]) for column in relation.columns]
    seen = set()
    for label, columns in sets:
        theirs = {c: relation.theirs[c] or relation.referred.get(c) for c in columns}
        theirs = {c: value for c, value in theirs.items() if value != relation.ours[c]}
        for verb in ("INSERT", "UPDATE"):
            given = [c for c in theirs if c in may[verb]]
            if not given or (verb, *given) in seen:
                continue
            seen.add((verb, *given))
            if verb == "INSERT":
                statement = _insert(relation, {**fresh, **{c: theirs[c] for c in given}}, may["INSERT"])
                for seen_or_blind in (shown, ""):  # RETURNING asks the SELECT policies too
                    yield Probe(f"INSERT {label}", str(relation), statement + seen_or_blind)
            else:
                changes = ", ".join(f"{_name(c)} = {_literal(theirs[c])}" for c in given)
                where = _is(relation, relation.ours, may["SELECT"])
                for which in (f" WHERE {where}{shown}", ""):  # likewise
                    statement = f"UPDATE {relation.sql} SET {changes}{which}"
                    yield Probe(f"UPDATE {label}", str(relation), statement)


def on_functions(admin: Connection, every: list[Relation]) -> Iterator[Probe]:
    """Call every function with what is theirs, and with theirs among ours."""
    pools = _pools(every)
    for signature, schema, name, kind, is_set, types in admin.execute(FUNCTIONS).fetchall():
        choices = [pools.get(type_.removesuffix("[]"), []) or ["NULL"] for type_ in types]
        quoted = sql.Identifier(schema, name).as_string()
        calls = itertools.islice(itertools.product(*choices), MOST_CALLS)
        for call in calls:
            given = ", ".join(
                f"ARRAY[{value}]::{type_}" if type_.endswith("[]") else f"{value}::{type_}"
                for value, type_ in zip(call, types, strict=True)
            )
            verb = "CALL " if kind == "p" else "SELECT * FROM " if is_set else "SELECT "
            yield Probe("EXECUTE", signature, f"{verb}{quoted}({given})")


def on_sequences(admin: Connection) -> Iterator[Probe]:
    """Read and move every sequence."""
    for (name,) in admin.execute(SEQUENCES).fetchall():
        literal = _literal(name)
        yield Probe("SELECT", name, f"SELECT last_value FROM {name}")
        for call in ("nextval({})", "currval({})", "setval({}, 1)", "pg_sequence_last_value({})"):
            yield Probe(call.split("(")[0], name, f"SELECT {call.format(literal + '::regclass')}")


def on_the_system(admin: Connection) -> Iterator[Probe]:
    """Read every relation of pg_catalog and of the extensions that anybody could."""
    query = (
        "SELECT n.nspname || '.' || c.relname FROM pg_catalog.pg_class AS c"
        " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v')"
        " AND n.nspname IN ('pg_catalog', 'information_schema', 'extensions') ORDER BY 1"
    )
    for (name,) in admin.execute(query).fetchall():
        shown = f"SELECT row FROM (SELECT t::text AS row FROM {name} AS t) AS q WHERE row ~ '{MARK}'"
        yield Probe("SELECT", name, shown)


def _pools(every: list[Relation]) -> dict[str, list[str]]:
    """Return values for each type that an argument may have: theirs first, then ours."""
    texts, uuids, owners = [], [], {}
    for relation in every:
        for column, value in relation.theirs.items():
            if value and relation.schema in ("core", "webtest", "copilot", "apex"):
                owners[column] = value
    texts = [_literal(owners[c]) for c in ("username", "email", "agent_id", "etag") if c in owners]
    uuids = [
        _literal(v)
        for c, v in owners.items()
        if c in ("user_id", "document_id", "conversation_id") and "-" in v
    ]
    text = ["'theirs'", *texts]
    return {
        "bigint": ["917364201", "5001"],
        "integer": ["1", "0"],
        "smallint": ["1"],
        "text": text,
        "character varying": text,
        "uuid": [*uuids, "'00000000-0000-4000-8000-000917364201'"],
        "jsonb": ["""'{"sku": "theirs"}'"""],
        "interval": ["'1 hour'"],
        "timestamp with time zone": ["now()"],
        "date": ["current_date"],
        "boolean": ["true", "false"],
        "double precision": ["0.5"],
        "numeric": ["1"],
        "regclass": ["'webtest.test_cases'"],
    }


def unique_columns(relation: Relation) -> set[str]:
    """Return the columns of its unique keys that don't refer to another table."""
    refers = {c for _, kind, columns in relation.keys if kind == "f" for c in columns}
    return {c for _, kind, columns in relation.keys if kind == "u" for c in columns} - refers


def _fresh(value: str | None) -> str | None:
    if value is None:
        return None
    return str(int(value) + 37) if value.isdigit() else f"z{value}"


def _insert(relation: Relation, row: dict[str, Any], columns: list[str]) -> str:
    values = ", ".join(_literal(row[column]) for column in columns)
    return f"INSERT INTO {relation.sql} ({_list(columns)}) VALUES ({values})"


def _is(relation: Relation, row: dict[str, Any], readable: list[str]) -> str:
    """Say which row: by the columns one may read of the longest key, or by all."""
    keys = [[c for c in columns if c in readable] for _, kind, columns in relation.keys if kind == "u"]
    columns = max(keys, key=len, default=[]) or readable
    return (
        " AND ".join(f"{_name(c)}::text IS NOT DISTINCT FROM {_literal(row[c])}" for c in columns) or "true"
    )


def _same(columns: list[str]) -> str:
    return ", ".join(f"{_name(column)} = {_name(column)}" for column in columns)


def _list(columns: list[str]) -> str:
    return ", ".join(map(_name, columns))


def _name(column: str) -> str:
    return sql.Identifier(column).as_string()


def _literal(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"
