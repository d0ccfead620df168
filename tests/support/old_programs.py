"""Programs of the release before: they prepared their statements then, and run them during a deploy."""

import threading

import psycopg
from psycopg import errors

from tests.support.atmosfera import rows
from tests.support.database import Database
from tests.support.waiting import wait_until
from tests.webtest.conftest import Bench

# product → what its document's programs ask and write all day. Columns are named: a prepared SELECT *
# fails when a column comes (docs/conventions.md).
STATEMENTS = {
    "webtest": {
        "dashboard": (
            "SELECT te.id, te.execution_id, tc.title AS test_title, te.result, te.execution_time,"
            " te.started_at, u.username FROM test_executions te JOIN test_cases tc ON te.test_id = tc.id"
            " JOIN users u ON te.user_id = u.id WHERE te.project_id = %(project)s"
            " AND te.created_at >= NOW() - INTERVAL '7 days' ORDER BY te.created_at DESC LIMIT 100"
        ),
        "history": (
            "SELECT execution_id, result, execution_time, started_at, completed_at FROM test_executions"
            " WHERE test_id = %(case)s ORDER BY created_at DESC LIMIT 50"
        ),
        "search": "SELECT id, title, rank FROM search_test_cases('login')",
        "a run begins": (
            "INSERT INTO test_executions (execution_id, test_id, project_id, user_id, result, started_at,"
            " browser)"
            " VALUES ('RUN-' || %(round)s, %(case)s, %(project)s, %(user)s, 'running', now(), 'chrome')"
        ),
        "a run ends": (
            "UPDATE test_executions SET result = 'pass', execution_time = 1.5, completed_at = now()"
            " WHERE execution_id = 'RUN-' || %(round)s"
        ),
        "a case is written": (
            "INSERT INTO test_cases (project_id, title, description, test_type, priority, created_by)"
            " VALUES (%(project)s, 'Log out', 'A person logs out', 'unit', 'low', %(user)s)"
            " RETURNING test_id"
        ),
    },
    "atmosfera": {
        "coverage": "SELECT total_jira_tickets, coverage_percentage FROM test_coverage_summary",
        "progress": "SELECT dimension_name, current_level, latest_rank FROM maturity_progress",
        "cycles": "SELECT cycle_name, total_tests, passed_tests, pass_rate FROM test_execution_summary",
        "suites": "SELECT id, name, description FROM test_suites WHERE project_id = %(project)s",
        "ready cases": (
            "SELECT id, title, priority FROM test_cases WHERE project_id = %(project)s AND status = 'draft'"
        ),
        "a case is written": (
            "INSERT INTO test_cases (title, description, project_id, priority)"
            " VALUES ('Log in', 'By e-mail', %(project)s, 'high')"
        ),
        "a metric is taken": (
            "INSERT INTO metrics (name, value, project_id) VALUES ('coverage', 84.5, %(project)s)"
        ),
    },
    "copilot": {
        "conversations": (
            "SELECT conversation_id, title, updated_at FROM conversations ORDER BY updated_at DESC LIMIT 20"
        ),
        "a message is appended": (
            "INSERT INTO messages (conversation_id, role, content)"
            " SELECT conversation_id, 'user', 'Hello' FROM conversations LIMIT 1"
        ),
        "what was said": "SELECT role, content FROM messages ORDER BY timestamp LIMIT 50",
        "a document is saved": "UPDATE documents SET content = 'text ' || %(round)s",
    },
    "core": {
        "who am I": "SELECT id, user_id, username, full_name FROM users WHERE id = current_user_id()",
        "my projects": (
            "SELECT p.id, p.name, p.status, a.access_level FROM projects p"
            " JOIN user_project_access a ON a.project_id = p.id WHERE a.user_id = current_user_id()"
        ),
        "a project is described": (
            "UPDATE projects SET description = 'round ' || %(round)s WHERE id = %(project)s"
        ),
        "an entry of the audit trail": (
            "INSERT INTO audit_logs (user_id, username, action, resource, changes)"
            " VALUES (%(user)s, 'mona', 'export', 'report', '{}')"
        ),
        "settings": "SELECT key, value FROM global_settings WHERE category = 'ai'",
    },
}
ABSENT = (errors.UndefinedTable, errors.UndefinedFunction)  # not in that release yet


class OldProgram:
    """One program of one product, on a connection of its own, in rounds, until it is told to stop."""

    def __init__(self, db: Database, product: str, values: dict[str, int]) -> None:
        """Connect, and prepare what the database of that release has."""
        self.product = product
        self.values = values
        self.rounds = 0
        self.failures: set[str] = set()
        self.known: dict[str, str] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        path = f"-c search_path={product},core"
        self._connection = db.connect("test_app", autocommit=False, options=path, prepare_threshold=0)
        for name, statement in STATEMENTS[product].items():
            try:
                self._execute(statement)
                self.known[name] = statement
            except ABSENT:
                self._connection.rollback()

    def start(self) -> None:
        """Begin the first round."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the round and close."""
        self._stopping.set()
        self._thread.join(30)
        self._connection.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.rounds += 1
            for name, statement in self.known.items():
                try:
                    self._execute(statement)
                except psycopg.Error as failure:
                    self._connection.rollback()
                    self.failures.add(f"{self.product}, {name}: {failure.diag.message_primary or failure}")

    def _execute(self, statement: str) -> None:
        self._connection.execute(
            "SELECT set_config('app.user_id', %(user)s::text, true)", {"user": self.values["user"]}
        )
        self._connection.execute(statement.encode(), {**self.values, "round": self.rounds})
        self._connection.commit()


class OldRelease:
    """The programs of every product together, and a database with rows for them."""

    def __init__(self, db: Database) -> None:
        """Make the rows, as far as that release has the tables, and start the programs."""
        bench = Bench(db)
        rows(bench, bench.apollo)
        if bench.value("SELECT to_regclass('copilot.messages')"):
            _something_said(bench)
        values = {"project": bench.apollo, "case": bench.case, "user": bench.manager}
        self.programs = [OldProgram(db, product, values) for product in STATEMENTS]
        for program in self.programs:
            program.start()

    def go_on(self, rounds: int = 3) -> None:
        """Return when every program has come round that often again."""
        goals = [(program, program.rounds + rounds) for program in self.programs]
        wait_until(lambda: all(p.rounds >= goal for p, goal in goals), 60, "an old program stands still")

    def stop(self) -> list[str]:
        """Stop them; return what failed, each once."""
        for program in self.programs:
            program.stop()
        return sorted({failure for program in self.programs for failure in program.failures})


def _something_said(bench: Bench) -> None:
    for insert in (
        "INSERT INTO copilot.conversations (user_id, title)"
        " SELECT user_id, 'x' FROM core.users WHERE id = %s",
        "INSERT INTO copilot.documents (user_id, project_name, content)"
        " SELECT user_id, 'x', 'x' FROM core.users WHERE id = %s",
    ):
        bench.db.admin.execute(insert.encode(), [bench.manager])
