"""Statements at random, over the tables and columns that the products' role may name."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from psycopg import Connection

from tests.support.probes import Probe, Relation, unique_columns

COLUMNS = """
SELECT a.attname::text, format_type(a.atttypid, NULL), a.atthasdef OR a.attidentity <> ''
FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped"""
LITERALS = {
    "bigint": ["917364201", "5001", "950000001", "1"],
    "integer": ["0", "1", "2"],
    "character varying": ["'theirs'", "'Login'", "'Quillfeathers'", "'active'", "'SHOP-1'", "'viewer'"],
    "text": ["'theirs'", "'ours'", "'Plan'", "''"],
    "uuid": ["'00000000-0000-4000-8000-000917364201'", "'00000000-0000-4000-8000-000000005001'"],
    "boolean": ["true", "false"],
}


@dataclass(frozen=True)
class Table:
    """A table or view, and the columns with which statements are made."""

    object: str
    name: str
    types: dict[str, str]
    may: dict[str, list[str]]
    steady: list[str]  # columns that a written row shows the same in both twins
    unique: set[str]
    is_written: bool

    def readable(self) -> list[str]:
        """Return the columns to compare by."""
        return [column for column in self.may["SELECT"] if self.types[column] in LITERALS]


def tables(
    admin: Connection, relations: list[Relation], rights: dict[int, dict[str, list[str]]]
) -> list[Table]:
    """Return what the role may read at least a column of."""
    made = []
    for relation in relations:
        may = rights.get(relation.oid, {"SELECT": []})
        described = admin.execute(COLUMNS.encode(), [relation.oid]).fetchall()
        types = {name: kind for name, kind, _ in described}
        free = [n for n, kind, chosen in described if kind in LITERALS and not (chosen and kind == "uuid")]
        steady = [column for column in may["SELECT"] if column in free]
        if relation.schema != "footing" and any(types[c] in LITERALS for c in may["SELECT"]):
            made.append(
                Table(
                    str(relation),
                    relation.sql,
                    types,
                    may,
                    steady,
                    unique_columns(relation),
                    relation.kind in "rp",
                )
            )
    return made


def statements(every: list[Table]) -> st.SearchStrategy[Probe]:
    """Return a strategy for one statement."""
    written = [t for t in every if t.is_written and t.may["INSERT"] and t.steady]

    @st.composite
    def statement(draw: st.DrawFn) -> Probe:
        kinds = [_select, _select, _insert, _update, _delete, _merge]
        write = draw(st.sampled_from(kinds))
        if write is _select:
            table = draw(st.sampled_from(every))
            return Probe("SELECT", table.object, _select(draw, table, every))
        table = draw(st.sampled_from(written))
        verb = write.__name__.removeprefix("_").upper()
        return Probe(verb, table.object, write(draw, table, every))

    return statement()


def _literal(draw: st.DrawFn, kind: str) -> str:
    return draw(st.sampled_from(LITERALS.get(kind, ["NULL"])))


def _column(draw: st.DrawFn, table: Table, alias: str, kind: str | None = None) -> str:
    columns = [c for c in table.readable() if kind in (None, table.types[c])]
    return f'{alias}."{draw(st.sampled_from(columns))}"' if columns else "NULL"


def _condition(draw: st.DrawFn, table: Table, alias: str, every: list[Table], depth: int = 0) -> str:
    name = draw(st.sampled_from(table.readable()))
    kind, column = table.types[name], f'{alias}."{name}"'
    forms = ["literal", "null", "leak", "or", "in", "exists"]
    form = draw(st.sampled_from(forms if depth < 2 else forms[:3]))
    if form == "literal":
        return f"{column} {draw(st.sampled_from(['=', '<>', '>=']))} {_literal(draw, kind)}"
    if form == "null":
        return f"{column} IS NOT NULL"
    if form == "leak":
        return f"probe.leak({column}::text)"
    if form == "or":
        both = [_condition(draw, table, alias, every, depth + 1) for _ in range(2)]
        return f"({both[0]} {draw(st.sampled_from(['AND', 'OR']))} {both[1]})"
    other = draw(st.sampled_from(every))
    inner = f"s{depth}"
    where = _condition(draw, other, inner, every, depth + 1)
    match = _column(draw, other, inner, kind)
    if form == "in":
        return f"{column} IN (SELECT {match} FROM {other.name} AS {inner} WHERE {where})"
    return f"EXISTS (SELECT FROM {other.name} AS {inner} WHERE {match} = {column} AND {where})"


def _select(draw: st.DrawFn, table: Table, every: list[Table]) -> str:
    where = _condition(draw, table, "t", every)
    other = draw(st.sampled_from(every))
    name = draw(st.sampled_from(table.readable()))
    joined = draw(st.sampled_from(["JOIN", "LEFT JOIN", "FULL JOIN", "CROSS JOIN"]))
    match = f't."{name}" = {_column(draw, other, "o", table.types[name])}'
    on = "" if joined == "CROSS JOIN" else f" ON {match}"
    source = f"{table.name} AS t {joined} {other.name} AS o{on}"
    shape = draw(st.sampled_from(["rows", "count", "group", "cte", "union"]))
    if shape == "rows":
        return f'SELECT t."{name}", {_column(draw, other, "o")} FROM {source} WHERE {where}'
    if shape == "count":
        counts = f'count(*), count(DISTINCT t."{name}"), min(t."{name}"::text)'
        return f"SELECT {counts} FROM {source} WHERE {where}"
    if shape == "group":
        return f'SELECT t."{name}", count(*) FROM {source} WHERE {where} GROUP BY 1 HAVING count(*) > 0'
    if shape == "cte":
        return (
            f'WITH q AS MATERIALIZED (SELECT t."{name}" AS x FROM {table.name} AS t)'
            f" SELECT count(*), max(x::text) FROM q"
        )
    less = f"SELECT {_column(draw, other, 'o')}::text FROM {other.name} AS o"
    return f'SELECT t."{name}"::text FROM {table.name} AS t EXCEPT {less}'


def _insert(draw: st.DrawFn, table: Table, every: list[Table]) -> str:
    columns = [c for c in table.may["INSERT"] if table.types[c] in LITERALS]
    chosen = draw(
        st.lists(st.sampled_from(columns or table.may["INSERT"]), min_size=1, max_size=5, unique=True)
    )
    values = ", ".join(_literal(draw, table.types[c]) for c in chosen)
    if draw(st.booleans()):  # a row of one's own again, with something changed
        columns = [c for c in table.may["INSERT"] if c in table.may["SELECT"]]
        chosen = chosen[:1]
        given = [_literal(draw, table.types[c]) if c in chosen else _again(table, c) for c in columns]
        chosen = columns
        values = f"SELECT {', '.join(given)} FROM {table.name} AS t LIMIT 1"
    else:
        values = f"VALUES ({values})"
    conflict = draw(st.sampled_from(["", "", " ON CONFLICT DO NOTHING"]))
    names = ", ".join(f'"{c}"' for c in chosen)
    return f"INSERT INTO {table.name} ({names}) {values}{conflict}{_returning(draw, table)}"


def _again(table: Table, column: str) -> str:
    """Return the column of a row, or what it takes for the row to be put there again."""
    if column not in table.unique:
        return f't."{column}"'
    another = {"uuid": "gen_random_uuid()", "bigint": f't."{column}" + 37', "integer": f't."{column}" + 37'}
    return another.get(table.types[column], f"t.\"{column}\" || 'z'")


def _update(draw: st.DrawFn, table: Table, every: list[Table]) -> str:
    columns = [c for c in table.may["UPDATE"] if table.types[c] in LITERALS] or table.readable()
    column = draw(st.sampled_from(columns))
    where = _condition(draw, table, "t", every)
    set_ = f'"{column}" = {_literal(draw, table.types[column])}'
    return f"UPDATE {table.name} AS t SET {set_} WHERE {where}{_returning(draw, table)}"


def _delete(draw: st.DrawFn, table: Table, every: list[Table]) -> str:
    other = draw(st.sampled_from(every))
    where = _condition(draw, table, "t", every)
    using = draw(st.sampled_from(["", f" USING {other.name} AS o"]))
    return f"DELETE FROM {table.name} AS t{using} WHERE {where}{_returning(draw, table)}"


def _merge(draw: st.DrawFn, table: Table, every: list[Table]) -> str:
    other = draw(st.sampled_from(every))
    name = draw(st.sampled_from(table.readable()))
    match = f't."{name}" = {_column(draw, other, "o", table.types[name])}'
    columns = [c for c in table.may["UPDATE"] if table.types[c] in LITERALS] or table.readable()
    column = draw(st.sampled_from(columns))
    matched = draw(
        st.sampled_from(["DELETE", f'UPDATE SET "{column}" = {_literal(draw, table.types[column])}'])
    )
    given = draw(st.sampled_from([c for c in table.may["INSERT"] if table.types[c] in LITERALS] or columns))
    new = f'INSERT ("{given}") VALUES ({_literal(draw, table.types[given])})'
    return (
        f"MERGE INTO {table.name} AS t USING {other.name} AS o ON {match}"
        f" WHEN MATCHED THEN {matched} WHEN NOT MATCHED THEN {draw(st.sampled_from(['DO NOTHING', new]))}"
    )


def _returning(draw: st.DrawFn, table: Table) -> str:
    if not draw(st.booleans()):
        return ""
    return " RETURNING " + ", ".join(f'"{c}"' for c in table.steady[:4])
