"""Up, down and up again, for one migration after another, with rows in every table."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator

from runner import rules
from runner.errors import Exit, RunnerError
from runner.files import MigrationFile
from tools.proof import exceptions, losses, state
from tools.proof.bench import Bench
from tools.proof.rows import Filler

ROWS = 3


class RoundTrip:
    """Proves one migration after another in the same database; the last state is the next one's first."""

    def __init__(self, bench: Bench, rows: int = ROWS, dump: Callable[[], list[str]] | None = None) -> None:
        """Begin in a prepared database without tables; a dump is a second opinion of the catalogue."""
        self.bench = bench
        self._dump = dump or (lambda: [])
        self.filler = Filler(bench.admin, rows)
        losses.watch(bench.admin)
        self.first = state.objects(bench.admin)
        self._before = self.first
        self.broken = False  # a rollback left something: what follows would only repeat it

    def prove(self, file: MigrationFile) -> list[str]:
        """Return what is wrong with a migration; at the end it is applied and its tables have rows."""
        return [f"{file.rollback_name} {problem}" for problem in self._problems(file)]

    def all_the_way_down(self, files: list[MigrationFile]) -> list[str]:
        """Undo everything with its rows, the last first; return what is left behind."""
        for file in reversed(files):
            if not exceptions.declared(rules.up(file)).irreversible:
                self.bench.down(file)
        return [f"all rollbacks together: {line}" for line in self._left(files)]

    def _left(self, files: list[MigrationFile]) -> Iterator[str]:
        allowed = [exceptions.declared(rules.up(file)) for file in files]
        if not any(each.irreversible for each in allowed):
            roles = {role for each in allowed for role in each.kept_roles}
            kept = exceptions.Exceptions(kept_roles=roles)
            left = exceptions.forgiven(state.objects(self.bench.admin), kept)
            yield from state.differences(self.first, left)

    def _problems(self, file: MigrationFile) -> Iterator[str]:
        admin, allowed = self.bench.admin, exceptions.declared(rules.up(file))
        before, dumped = self._before, self._dump()
        self.bench.up(file)
        self._before, stated = state.objects(admin), state.reference(admin)
        self.filler.fill()
        losses.observed(admin, {}, {})  # what the file itself dropped is no loss of its rollback
        if allowed.irreversible:
            yield from self._refusal(file)
            return
        yield from self._undoing(file, before, allowed)
        if not allowed.returned_columns:
            changes = difflib.unified_diff(dumped, self._dump(), "before", "after", lineterm="", n=0)
            yield from (f"leaves in a dump: {line}" for line in changes)
        if not self.broken:
            yield from self._redoing(file, stated, allowed)

    def _undoing(
        self, file: MigrationFile, before: dict[str, str], allowed: exceptions.Exceptions
    ) -> Iterator[str]:
        admin = self.bench.admin
        filled = state.rows(admin)
        self.bench.down(file)
        lost = losses.observed(admin, filled, state.rows(admin))
        wanted, found = (exceptions.forgiven(each, allowed) for each in (before, state.objects(admin)))
        lacks = list(state.differences(wanted, found))
        self.broken = bool(lacks)
        yield from lacks
        yield from losses.disagreements(rules.down(file), lost)

    def _redoing(
        self, file: MigrationFile, stated: dict[str, str], allowed: exceptions.Exceptions
    ) -> Iterator[str]:
        admin = self.bench.admin
        there = state.rows(admin)
        self.bench.up(file)
        again, restated = state.objects(admin), state.reference(admin)
        wanted, found = (exceptions.forgiven(each, allowed) for each in (self._before, again))
        for difference in state.differences(wanted, found):
            yield f"is followed by another file than before, which {difference}"
        for table in stated.keys() - there.keys():
            if stated[table] != restated.get(table):
                yield f"is followed by other rows in {table} than its file put there before"
        self._before = again
        self.filler.fill()

    def _refusal(self, file: MigrationFile) -> Iterator[str]:
        """Check that a rollback which can't undo says so, and changes nothing."""
        before = state.objects(self.bench.admin)
        try:
            self.bench.down(file)
        except RunnerError as error:
            if error.exit_code != Exit.SQL:
                raise
            yield from state.differences(before, state.objects(self.bench.admin))
        else:
            yield "undoes what its file declares irreversible"
