"""Two authors of BA Copilot, ada and ben, each with a row of every table."""

from typing import Any
from uuid import UUID

from tests.core.conftest import World
from tests.support.database import Database

# table → its key and a column its owner may change; parents first
TABLES = {
    "documents": ("document_id", "content"),
    "document_versions": ("document_id", None),
    "wireframes": ("wireframe_id", "html_content"),
    "conversations": ("conversation_id", "title"),
    "messages": ("message_id", "content"),
    "diagrams": ("diagram_id", "mermaid_code"),
}
WRITTEN = {table: names for table, names in TABLES.items() if table != "document_versions"}

# the least an INSERT gives
LEAST = {
    "documents": {"project_name": "Shop", "content": "The login"},
    "wireframes": {"title": "Login"},
    "conversations": {"title": "About the login"},
    "diagrams": {"title": "Login", "diagram_type": "sequence", "mermaid_code": "A->>B: hello"},
    "messages": {"role": "user", "content": "Hello"},
}


class Authors(World):
    """ada, ben, and an administrator who is neither."""

    def __init__(self, db: Database) -> None:
        """Sign them up."""
        super().__init__(db)
        self.root = self.person("root", "admin")
        self.ada = self.person("ada")
        self.ben = self.person("ben")

    def id_of(self, who: str) -> int | None:
        """Return the bigint id of one of them; nobody has none."""
        return None if who == "nobody" else getattr(self, who)

    def uuid(self, who: str) -> UUID:
        """Return the uuid by which copilot knows a person."""
        return self.value("SELECT user_id FROM core.users WHERE id = %s", self.id_of(who))

    def ask(self, who: str, query: str, *arguments: Any, role: str = "authenticated_users") -> Any:
        """Run a statement as BA Copilot's login does; return its rows, or how many it changed."""
        with self.db.session(role, self.id_of(who)) as session:
            session.execute("SET LOCAL search_path = copilot, core")
            cursor = session.execute(query.encode(), arguments)
            return cursor.rowcount if cursor.description is None else cursor.fetchall()

    def one(self, who: str, query: str, *arguments: Any) -> Any:
        """Return the first value of that statement's first row."""
        return self.ask(who, query, *arguments)[0][0]

    def make(self, table: str, who: str = "ada", **columns: Any) -> UUID:
        """Insert a row as its author, with the least columns and these; return its key."""
        row = {**LEAST[table], **columns}
        marks = ", ".join("%s" for _ in row)
        insert = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks}) RETURNING {TABLES[table][0]}"
        return self.one(who, insert, *row.values())

    def rows(self, who: str) -> dict[str, UUID]:
        """Insert a row into every table as that author; return the key of each."""
        made = {table: self.make(table, who) for table in LEAST if table != "messages"}
        made["messages"] = self.make("messages", who, conversation_id=made["conversations"])
        self.ask(who, "UPDATE documents SET content = 'The second text'")
        made["document_versions"] = made["documents"]
        return made
