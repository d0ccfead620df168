"""Each object as the SQL that makes it, written as docs/conventions.md has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from tools.schema.parts import Column, Constraint, Function, Grant, Index, Policy, Relation, Trigger
from tools.schema.source import Source

_CAST = re.compile(r"('(?:[^']|'')*')::(?:character varying|text|jsonb|bpchar)(?:\(\d+\))?(?!\[)")
_WIDTH = 96


def tidy(expression: str) -> str:
    """Return an expression without the casts that the server adds to literals."""
    text = re.sub(r"\b(\w+)::text\b(?!\[)", r"\1", _CAST.sub(r"\1", expression))
    return re.sub(r" = ANY \(ARRAY\[([^\]]*)\](?:::text\[\])?\)", r" IN (\1)", text)


def comment(kind: str, name: str, text: str | None) -> str:
    """Return COMMENT ON, its text wrapped into adjacent literals; nothing for no comment."""
    if text is None:
        return ""
    escaped = text.replace("'", "''")
    head = f"COMMENT ON {kind} {name} IS"
    lines = "\n".join(f"    {_literal(line)}" for line in _wrapped(escaped))
    return f"{head}\n{lines};\n"


def _literal(line: str) -> str:
    return f"E'{line}'" if "\\n" in line and line.endswith("\\n") else f"'{line}'"


def _wrapped(text: str) -> Iterator[str]:
    """Cut a text after spaces; a line of it is never empty, nor cut within a doubled quote."""
    line = ""
    for word in re.split(r"(?<= )", text):
        if line and len(line) + len(word) > _WIDTH - 3:
            yield line
            line = ""
        line += word
    yield line


def column(part: Column) -> str:
    """Return a column's line of CREATE TABLE."""
    words = [part.name, short_type(part.type)]
    if part.collation:
        words.append(f"COLLATE {part.collation}")
    if part.identity:
        words.append(f"GENERATED {'ALWAYS' if part.identity == 'a' else 'BY DEFAULT'} AS IDENTITY")
    elif part.required:
        words.append("NOT NULL")
    if part.generated:
        words.append(f"GENERATED ALWAYS AS ({part.value}) STORED")
    elif part.value is not None:
        words.append(f"DEFAULT {tidy(part.value)}")
    return " ".join(words)


def constraint(part: Constraint, table: str, source: Source) -> str:
    """Return a constraint's clause of CREATE TABLE."""
    if part.kind == "c" and part.is_valid and (written := source.check(table, part.name)):
        return written.replace("\n", "\n    ")
    definition = (
        re.sub(r"(?<=[\w)])\((?=[\w\"])", " (", part.definition) if part.kind == "f" else part.definition
    )
    clause = f"CONSTRAINT {part.name} {definition}".replace(" REFERENCES", "\n        REFERENCES")
    if part.kind != "f" and len(clause) > _WIDTH:
        clause = clause.replace(f"{part.name} ", f"{part.name}\n        ", 1)
    return clause


def index(part: Index, table: str, source: Source) -> str:
    """Return CREATE INDEX."""
    written = source.statement("INDEX", part.name, table)
    made = (
        part.definition.replace(" USING btree", "").replace(" ON ONLY ", " ON ").replace(" ON ", "\nON ", 1)
    )
    return f"{written or made.replace(' WHERE ', f'{chr(10)}WHERE ')};\n"


def trigger(part: Trigger, table: str, source: Source) -> str:
    """Return CREATE TRIGGER."""
    made = part.definition
    for word in ("BEFORE", "AFTER", "INSTEAD OF", "FOR EACH", "WHEN (", "EXECUTE FUNCTION"):
        made = made.replace(f" {word}", f"\n{word}", 1)
    text = f"{source.statement('TRIGGER', part.name, table) or made};\n"
    states = {"D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}
    if part.enabled in states:
        text += f"ALTER TABLE {table} {states[part.enabled]} TRIGGER {part.name};\n"
    return text


def policy(part: Policy, table: str, source: Source) -> str:
    """Return CREATE POLICY."""
    if written := source.statement("POLICY", part.name, table):
        return f"{written};\n"
    lines = [f"CREATE POLICY {part.name} ON {table}"]
    lines += [] if part.permissive else ["AS RESTRICTIVE"]
    lines.append(f"FOR {part.verb} TO {', '.join(part.roles)}")
    lines += [f"USING ({part.reads})"] if part.reads else []
    lines += [f"WITH CHECK ({part.writes})"] if part.writes else []
    return "\n".join(lines) + ";\n"


def view(part: Relation, source: Source) -> str:
    """Return CREATE VIEW, or CREATE MATERIALIZED VIEW."""
    if written := source.statement("VIEW", part.qualified):
        return f"{written};\n"
    words = "MATERIALIZED VIEW" if part.kind == "m" else "VIEW"
    options = f" WITH ({', '.join(part.options)})" if part.options else ""
    return f"CREATE {words} {part.qualified}{options} AS\n{part.definition}\n"


def function(part: Function, source: Source) -> str:
    """Return CREATE FUNCTION."""
    written = source.routine(part.kind, f"{part.schema}.{part.name}", part.body)
    made = re.sub(r"\ACREATE OR REPLACE", "CREATE", part.definition.strip())
    return f"{written or made};\n"


def grants(given: list[Grant], target: str) -> Iterator[str]:
    """Yield the GRANTs on one object: those of the whole first, then those of columns."""
    whole: dict[tuple[str, bool], list[str]] = {}
    for grant in given:
        if grant.column_name is None:
            whole.setdefault((grant.grantee, grant.is_grantable), []).append(grant.privilege)
    for privileges, roles in _together({role: ", ".join(verbs) for role, verbs in whole.items()}):
        yield _grant(privileges, target, roles)
    parts = [grant for grant in given if grant.column_name is not None]
    by_verb: dict[tuple[str, tuple[str, bool]], list[str]] = {}
    for grant in parts:
        key = (grant.privilege, (grant.grantee, grant.is_grantable))
        by_verb.setdefault(key, []).append(str(grant.column_name))
    for verb, keys in groupby(by_verb, key=lambda key: key[0]):
        columns = {role: f"{verb} ({', '.join(by_verb[verb, role])})" for _, role in keys}
        for privileges, roles in _together(columns):
            yield _grant(privileges, target, roles)


def _together(granted: dict[tuple[str, bool], str]) -> Iterator[tuple[str, list[tuple[str, bool]]]]:
    """Yield each set of privileges once, with all the roles that have it."""
    for privileges in dict.fromkeys(granted.values()):
        for grantable in (False, True):
            roles = [role for role, same in granted.items() if same == privileges and role[1] == grantable]
            if roles:
                yield privileges, roles


def _grant(privileges: str, target: str, roles: list[tuple[str, bool]]) -> str:
    names = ", ".join(name for name, _ in roles)
    ending = " WITH GRANT OPTION" if roles[0][1] else ""
    line = f"GRANT {privileges} ON {target} TO {names}{ending};\n"
    if len(line) <= _WIDTH + 4:
        return line
    broken = re.sub(r"\((.*)\)", lambda found: f"(\n{_columns(found[1])}\n)", privileges)
    to = f" TO {names}" if len(target) + len(names) < _WIDTH - 4 else f"\nTO {names}"
    return f"GRANT {broken}\nON {target}{to}{ending};\n"


def _columns(names: str) -> str:
    lines, line = [], "   "
    for name in names.split(", "):
        if len(line) + len(name) > _WIDTH:
            lines.append(line)
            line = "   "
        line += f" {name},"
    return "\n".join([*lines, line])[:-1]


def table(relation: Relation, keys: list[str]) -> str:
    """Return CREATE TABLE with these clauses of constraints, and what a column has beyond its line."""
    lines = ",\n".join(f"    {line}" for line in [*(column(part) for part in relation.columns), *keys])
    words = "CREATE UNLOGGED TABLE" if relation.unlogged else "CREATE TABLE"
    ending = f" PARTITION BY {relation.partitioned_by}" if relation.partitioned_by else ""
    ending += f" WITH ({', '.join(relation.options)})" if relation.options else ""
    text = f"{words} {relation.qualified} (\n{lines}\n){ending};\n"
    for part in relation.columns:
        change = f"ALTER TABLE {relation.qualified} ALTER COLUMN {part.name} SET"
        text += f"{change} STORAGE {part.storage};\n" if part.storage else ""
        text += f"{change} STATISTICS {part.statistics};\n" if part.statistics is not None else ""
    return text


def short_type(name: str) -> str:
    """Return a type as one writes it: varchar(20), timestamptz."""
    return name.replace("character varying", "varchar").replace("timestamp with time zone", "timestamptz")
