"""What a schema consists of: rows of the catalogue, as the queries beside this file return them."""

from __future__ import annotations

from dataclasses import dataclass, field


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

    @property
    def is_valid(self) -> bool:
        """Whether the rows that were there have been looked at."""
        return not self.definition.endswith("NOT VALID")


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
    definition: str | None
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
