"""Tries orders of migrations in scratch databases and compares what comes out: for tools.commute."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import click
import psycopg

from runner import catalogue, records
from runner import migrate as work
from runner.errors import RunnerError
from runner.files import MigrationFile
from runner.output import count
from runner.settings import Target
from tools.scratch import Quiet, Scratch, migrating, scratch

Order = tuple[MigrationFile, ...]
Rows = dict[str, list[dict[str, object]]]

MOST_ORDERS = math.factorial(5)
_TABLES = """
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p')
   AND NOT c.relispartition
   AND n.nspname !~ '^(pg_|(information_schema|extensions|footing)$)'
 ORDER BY 1"""
_SHOWN = 160  # characters of a difference


@dataclass(frozen=True)
class State:
    """What a database contains: its objects with their definitions, and its rows."""

    objects: dict[str, str]
    rows: Rows

    def fingerprint(self, unstable: set[tuple[str, str]]) -> dict[str, str]:
        """Return objects and rows as one mapping, without the columns that are never twice the same."""
        said = (
            f"row of {table} "
            + json.dumps(
                {name: row[name] for name in row if (table, name) not in unstable}, ensure_ascii=False
            )
            for table, rows in self.rows.items()
            for row in rows
        )
        return self.objects | {row: count(times, "time") for row, times in Counter(said).items()}


@dataclass(frozen=True)
class Failure:
    """An order that can't be: `file` was refused after `after`."""

    file: MigrationFile
    after: Order
    message: str


@dataclass(frozen=True)
class Difference:
    """Two orders that do not give the same; `pair` where they differ in two neighbours only."""

    orders: tuple[Order, Order]
    lines: list[str]

    @property
    def pair(self) -> tuple[MigrationFile, MigrationFile] | None:
        """The two files that changed places."""
        return swapped(*self.orders)


@dataclass
class Verdict:
    """What all orders showed together."""

    orders: int
    size: int
    differences: list[Difference] = field(default_factory=list)
    conflicts: list[Failure] = field(default_factory=list)
    depends: dict[MigrationFile, set[MigrationFile]] = field(default_factory=dict)

    @property
    def commutes(self) -> bool:
        """Whether every order that can be gives the same, and only needs rule out the others."""
        return not self.differences and not self.conflicts


def every_order(moved: list[MigrationFile], fixed: list[MigrationFile]) -> list[Order]:
    """Return each order of all these files that leaves `fixed` in the order of their numbers."""
    found: list[Order] = [tuple(fixed)]
    for file in moved:
        found = [(*order[:at], file, *order[at:]) for order in found for at in range(len(order) + 1)]
    return sorted(found, key=lambda order: [file.number for file in order])


def swapped(one: Order, other: Order) -> tuple[MigrationFile, MigrationFile] | None:
    """Return the two neighbours that changed places between two orders, where that is all that did."""
    at = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(at) == 2 and at[1] == at[0] + 1:  # noqa: PLR2004 (a pair)
        return one[at[0]], one[at[1]]
    return None


class Trial:
    """Applies the files in one order after another and keeps what came out."""

    def __init__(self, made: Scratch, root: Path, base: Target) -> None:
        """Remember the database that each order starts from."""
        self.made, self.root, self.base = made, str(root), base
        self.states: dict[Order, State] = {}
        self.failures: list[Failure] = []

    def run(self, order: Order) -> bool:
        """Try one order; tell whether it can be."""
        for failure in self.failures:
            if order[: len(failure.after) + 1] == (*failure.after, failure.file):
                return False  # known without trying
        found = self.outcome(order)
        if isinstance(found, Failure):
            self.failures.append(found)
            return False
        self.states[order] = found
        return True

    def outcome(self, order: Order) -> State | Failure:
        """Apply an order to a copy of the base and return what the copy contains then."""
        copy = self.made.create("order", self.base.params["dbname"])
        try:
            with migrating(copy, self.root) as session:
                for number, file in enumerate(order):
                    try:
                        work.migrate(session, [file], Quiet())
                    except RunnerError as error:
                        return Failure(file, order[:number], error.message)
            return contents(copy)
        finally:
            self.made.drop(copy)

    def verdict(self) -> Verdict:
        """Compare everything that came out."""
        if not self.states:
            return Verdict(0, 0, conflicts=self.failures)
        control = self.outcome(next(iter(self.states)))
        if isinstance(control, Failure):
            raise click.ClickException(f"{control.file.id} went well once, and then not: {control.message}")
        unstable = differing_columns(next(iter(self.states.values())).rows, control.rows)
        prints = {order: state.fingerprint(unstable) for order, state in self.states.items()}
        found = Verdict(len(prints), len(next(iter(prints.values()))), differences=_differences(prints))
        needs = self._before_each()
        for failure in self.failures:
            if missing := needs.get(failure.file, set()) - set(failure.after):
                found.depends.setdefault(failure.file, set()).update(missing)
            else:
                found.conflicts.append(failure)
        return found

    def _before_each(self) -> dict[MigrationFile, set[MigrationFile]]:
        """Return for each file those that were there every time it went well."""
        found: dict[MigrationFile, set[MigrationFile]] = {}
        for order in [*self.states, *(failure.after for failure in self.failures)]:
            for place, file in enumerate(order):
                before = set(order[:place])
                found[file] = found.get(file, before) & before
        return found


def contents(target: Target) -> State:
    """Return what a database contains. Reads only."""
    with psycopg.connect(target.conninfo(), autocommit=True) as connection:
        connection.execute("SET search_path = pg_catalog")
        live = catalogue.live(connection)
        rows = {
            table: [row for (row,) in connection.execute(f"SELECT to_jsonb(t) FROM {table} AS t".encode())]
            for (table,) in connection.execute(_TABLES).fetchall()
        }
    objects = {name: text for name, text in live.items() if not name.startswith("row of ")}
    return State(objects, rows)


def differing_columns(one: Rows, other: Rows) -> set[tuple[str, str]]:
    """Return the columns whose values differ between two runs of the same order."""

    def values(rows: Rows) -> dict[tuple[str, str], Counter[str]]:
        found: dict[tuple[str, str], Counter[str]] = {}
        for table, each in rows.items():
            for row in each:
                for name, value in row.items():
                    found.setdefault((table, name), Counter())[json.dumps(value)] += 1
        return found

    before, after = values(one), values(other)
    return {column for column in {*before, *after} if before.get(column) != after.get(column)}


def _differences(prints: dict[Order, dict[str, str]]) -> list[Difference]:
    """Return one difference for each pair of files that does not commute, in the order of the numbers."""
    found: dict[frozenset[MigrationFile], Difference] = {}
    tried = list(prints)
    for at, one in enumerate(tried):
        for other in tried[at + 1 :]:
            pair = swapped(one, other)
            if pair and frozenset(pair) not in found and prints[one] != prints[other]:
                found[frozenset(pair)] = Difference((one, other), _lines(one, other, prints))
    if not found:  # neighbours agree as far as they could be tried; do all?
        found = {
            frozenset(other): Difference((tried[0], other), _lines(tried[0], other, prints))
            for other in tried
            if prints[other] != prints[tried[0]]
        }
    return list(found.values())


def _lines(one: Order, other: Order, prints: dict[Order, dict[str, str]]) -> list[str]:
    pair = swapped(one, other)
    names = [numbers(pair), numbers(pair[::-1])] if pair else [numbers(one), numbers(other)]
    first, second = prints[one], prints[other]
    lines = []
    for name in sorted({*first, *second}):
        a, b = first.get(name), second.get(name)
        if a is None or b is None:
            lines.append(f"{name}: only after {names[b is not None]}")
        elif a != b:
            lines += [f"{name}: differs", *_sides(names, a, b)]
    return lines


def _sides(names: list[str], a: str, b: str) -> Iterator[str]:
    """Say what each side has that the other has not, clause by clause."""
    parts = [" ".join(text.split()).split("; ") for text in (a, b)]
    for name, own, others in zip(names, parts, reversed(parts), strict=True):
        only = "; ".join(part for part in own if part not in others) or "nothing more"
        yield f"  {name}: {only if len(only) <= _SHOWN else f'{only[:_SHOWN]} …'}"


def walk(run: Callable[[Order], bool], order: Order, moved: set[MigrationFile]) -> None:
    """Take neighbours past each other, from the order of the numbers on, until each pair has been tried.

    Of two that can't change places the pair stays, and the walk goes on around it.
    """
    stuck: set[tuple[MigrationFile, MigrationFile]] = set()
    run(order)
    moving = True
    while moving:
        moving = False
        for at, (a, b) in enumerate(pairwise(order)):
            if a.number > b.number or (a, b) in stuck or not {a, b} & moved:
                continue
            other = (*order[:at], b, a, *order[at + 2 :])
            if run(other):
                order, moving = other, True
                break
            stuck.add((a, b))


def prove(target: Target, root: Path, moved: list[MigrationFile], span: list[MigrationFile]) -> Verdict:
    """Try the orders of `span` in which only `moved` leave their place, and say what came out.

    Every order where there are no more than 120; otherwise each pair of neighbours changes places once.
    """
    fixed = [file for file in span if file not in moved]
    all_of_them = math.perm(len(span), len(moved)) <= MOST_ORDERS
    steps = len(every_order(moved, fixed)) if all_of_them else _pairs(len(span), len(fixed)) + 1
    with scratch(target, "commute") as made:
        base = made.create("base")
        with migrating(base, str(root)) as session:
            before = [file for file in session.files if file.number < span[0].number]
            work.migrate(session, before, Quiet())
            if not before and not session.server.recorded:
                records.create(session.connection)
        trial = Trial(made, root, base)
        label = f"trying {count(steps, 'order')} of {count(len(span), 'file')}"
        with click.progressbar(length=steps, label=label, file=sys.stderr) as bar:

            def run(order: Order) -> bool:
                bar.update(1)
                return trial.run(order)

            if all_of_them:
                for order in every_order(moved, fixed):
                    run(order)
            else:
                walk(run, tuple(span), set(moved))
        return trial.verdict()


def _pairs(files_: int, fixed: int) -> int:
    return math.comb(files_, 2) - math.comb(fixed, 2)


def numbers(order: Order) -> str:
    """Return an order as a person writes it: 0061, 0064."""
    return ", ".join(f"{file.number:04}" for file in order)
