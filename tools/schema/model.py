"""The schema as objects, read from a live catalogue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.rows import class_row, dict_row

from tools.schema import registries
from tools.schema.parts import (
    Column,
    Constraint,
    Function,
    Grant,
    Index,
    Other,
    Policy,
    Relation,
    Schema,
    Trigger,
)
from tools.schema.registries import Registries

_QUERIES = Path(__file__).parent
_Row = TypeVar("_Row")


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
    registries: Registries

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
    _attach(connection, known)
    grants = defaultdict(list)
    for grant in _rows(connection, "grants", Grant):
        grants[grant.oid].append(grant)
    needs = defaultdict(set)
    for unit, needed in connection.execute(_query("needs")).fetchall():
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
        registries.read(connection),
    )


def _attach(connection: psycopg.Connection[Any], known: dict[int, Relation]) -> None:
    """Give each table and view its parts."""
    oids = [list(known)]
    for column in _rows(connection, "columns", Column, oids):
        known[column.relation].columns.append(column)
    for constraint in _rows(connection, "constraints", Constraint, oids):
        known[constraint.relation].constraints.append(constraint)
    for index in _rows(connection, "indexes", Index, oids):
        known[index.relation].indexes.append(index)
    for trigger in _rows(connection, "triggers", Trigger, oids):
        known[trigger.relation].triggers.append(trigger)
    for policy in _rows(connection, "policies", Policy, oids):
        known[policy.relation].policies.append(policy)


def _rows(
    connection: psycopg.Connection[Any], name: str, kind: type[_Row], arguments: list[Any] | None = None
) -> Iterable[_Row]:
    return connection.cursor(row_factory=class_row(kind)).execute(_query(name), arguments).fetchall()


def _query(name: str) -> bytes:
    return (_QUERIES / f"{name}.sql").read_bytes()
