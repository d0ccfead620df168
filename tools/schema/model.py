"""The schema as objects, read from a live catalogue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.rows import class_row, dict_row

_QUERIES = Path(__file__).parent
_Row = TypeVar("_Row")


@dataclass
class Column:
    """A column of a table or view."""

    relation: int
    name: str
    type: str
    required: bool
    identity: str
    generated: str
    value: str | None
    collation: str | None
    storage: str | None
    statistics: int | None
    comment: str | None


@dataclass
class Constraint:
    """A key, foreign key or CHECK."""

    relation: int
    name: str
    kind: str
    definition: str
    columns: list[str]
    parent: int | None
    comment: str | None


@dataclass
class Index:
    """An index behind no constraint."""

    relation: int
    name: str
    definition: str
    is_unique: bool
    comment: str | None


@dataclass
class Trigger:
    """A trigger."""

    relation: int
    name: str
    definition: str
    enabled: str
    function: str
    comment: str | None


@dataclass
class Policy:
    """A row security policy."""

    relation: int
    oid: int
    name: str
    permissive: bool
    verb: str
    roles: list[str]
    reads: str | None
    writes: str | None
    comment: str | None


@dataclass
class Grant:
    """One privilege of one role, on an object or one of its columns."""

    kind: str
    oid: int
    column_name: str | None
    grantee: str
    privilege: str
    is_grantable: bool


@dataclass
class Function:
    """A function or procedure."""

    oid: int
    schema: str
    name: str
    signature: str
    kind: str
    definition: str
    body: str
    is_trigger: bool
    definer: bool
    result: str | None
    comment: str | None


@dataclass
class Other:
    """A type, domain, sequence or statistics object."""

    oid: int
    schema: str
    name: str
    kind: str
    comment: str | None


@dataclass
class Relation:
    """A table or view with everything that belongs to it."""

    oid: int
    schema: str
    name: str
    kind: str
    comment: str | None
    partitioned_by: str | None
    row_security: bool
    forced: bool
    unlogged: bool
    options: list[str]
    columns: list[Column] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)

    @property
    def qualified(self) -> str:
        """Return schema.name."""
        return f"{self.schema}.{self.name}"

    @property
    def is_table(self) -> bool:
        """Whether it holds rows of its own, and is no materialized view."""
        return self.kind in ("r", "p")


@dataclass
class Schema:
    """A schema of the database."""

    oid: int
    name: str
    comment: str | None


@dataclass
class Model:
    """All of it."""

    schemas: list[Schema]
    relations: list[Relation]
    functions: list[Function]
    others: list[Other]
    grants: dict[int, list[Grant]]
    defaults: list[dict[str, Any]]
    needs: dict[int, set[int]]

    def relation(self, oid: int) -> Relation:
        """Return a table or view by its oid."""
        return next(relation for relation in self.relations if relation.oid == oid)

    def tables(self, schema: str) -> list[Relation]:
        """Return the tables of a schema."""
        return [each for each in self.relations if each.schema == schema and each.is_table]


def read(connection: psycopg.Connection[Any]) -> Model:
    """Read the catalogue of a database. Reads only; sets the session's search_path."""
    connection.execute("SET search_path = pg_catalog")
    relations = list(_rows(connection, "relations", Relation))
    known = {relation.oid: relation for relation in relations}
    oids = [list(known)]
    for name, kind in (
        ("columns", Column),
        ("constraints", Constraint),
        ("indexes", Index),
        ("triggers", Trigger),
        ("policies", Policy),
    ):
        for part in _rows(connection, name, kind, oids):
            getattr(known[part.relation], name).append(part)
    grants = defaultdict(list)
    for grant in _rows(connection, "grants", Grant):
        grants[grant.oid].append(grant)
    needs = defaultdict(set)
    for unit, needed in connection.execute(_query("needs")):
        needs[unit].add(needed)
    defaults = connection.cursor(row_factory=dict_row).execute(_query("defaults")).fetchall()
    return Model(
        list(_rows(connection, "schemas", Schema)),
        relations,
        list(_rows(connection, "functions", Function)),
        list(_rows(connection, "others", Other)),
        grants,
        defaults,
        needs,
    )


def _rows(
    connection: psycopg.Connection[Any], name: str, kind: type[_Row], arguments: list[Any] | None = None
) -> Iterable[_Row]:
    return connection.cursor(row_factory=class_row(kind)).execute(_query(name), arguments).fetchall()


def _query(name: str) -> bytes:
    return (_QUERIES / f"{name}.sql").read_bytes()
