"""Which database, and whether a secret would show: decided before anything is connected."""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from runner.errors import RunnerError

NAMING_VARIABLES = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGSERVICE", "PGUSER")
CHECKOUT = Path(__file__).resolve().parent.parent
_QUERIES = Path(__file__).with_name("queries")
_URI_DRIVER = re.compile(r"^(postgres(?:ql)?)\+\w+://")
_SECRETS = (
    (re.compile(r"(://[^:/@\s]*):[^@/\s]+@"), r"\1:***@"),
    (re.compile(r"(?i)\b(password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)"), r"\1***"),
    (re.compile(r"(?i)\b(PASSWORD\s+)E?'(?:[^']|'')*'"), r"\1'***'"),
)


@dataclass(frozen=True)
class Target:
    """A database to work on, and who named it."""

    params: dict[str, str] = field(repr=False)  # libpq keywords; may hold a password
    source: str  # "--database", "DATABASE_URL", "PG* variables" or "embedded"

    @property
    def embedded(self) -> bool:
        """Whether this is the newcomer's own server in the checkout."""
        return self.source == "embedded"

    def conninfo(self, **more: str) -> str:
        """Return a libpq connection string; never print it."""
        return make_conninfo(**{**self.params, **more})

    def url(self) -> str:
        """Return a libpq URI that says where this is, without any secret."""
        from urllib.parse import quote  # only where a URI is printed

        said = {
            key: value
            for key, value in self.params.items()
            if key not in ("password", "passfile", "sslpassword") and value
        }
        database = quote(said.pop("dbname", ""), safe="")
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in said.items())
        return f"postgresql:///{database}" + (f"?{query}" if query else "")


def query(name: str, folder: Path = _QUERIES) -> bytes:
    """Return the text of runner/queries/NAME.sql, or of NAME.sql in another folder."""
    with open(f"{folder}/{name}.sql", "rb") as file:
        return file.read()


def redact(text: str) -> str:
    """Blank whatever looks like a password in text that is about to be shown."""
    secret = os.environ.get("PGPASSWORD", "")
    if len(secret) > 3:  # noqa: PLR2004 (a shorter one would blank ordinary words)
        text = text.replace(secret, "***")
    for pattern, blanked in _SECRETS:
        text = pattern.sub(blanked, text)
    return text


def parse(database: str, source: str) -> Target:
    """Read a libpq URI or keyword string (SQLAlchemy's `postgresql+driver://` is accepted too)."""
    try:
        params = conninfo_to_dict(_URI_DRIVER.sub(r"\1://", database.strip()))
    except psycopg.Error as error:
        reason = re.sub(r'"[^"]*"', '"…"', str(error)).strip()
        text = f"{source} is not a libpq URI or keyword string: {reason}"
        hint = "write, say, postgresql://user@host:5432/footing or 'host=/run/postgresql dbname=footing'"
        raise RunnerError.usage(text, hint) from None
    return Target({key: str(value) for key, value in params.items() if value is not None}, source)


def named_target(database: str | None) -> Target | None:
    """Return the database that the user named: --database, DATABASE_URL, PG* variables, or None."""
    if database == "@FOOTING_DATABASE":  # see cli._hide_passwords
        database = os.environ["FOOTING_DATABASE"]
    if database:
        return parse(database, "--database")
    if url := os.environ.get("DATABASE_URL", "").strip():
        return parse(url, "DATABASE_URL")
    if any(os.environ.get(name) for name in NAMING_VARIABLES):
        return Target({}, "PG* variables")
    return None


def sql_root(named: str | None) -> Path:
    """Return the folder that holds migrations/, views/ and indexes/."""
    if named or (named := os.environ.get("FOOTING_SQL")):
        return Path(named)
    here = Path.cwd() / "sql"
    if (here / "migrations").is_dir():
        return here
    return home()


def home() -> Path:
    """Return the repository's own sql folder: beside the runner, or inside it where it was installed."""
    beside = CHECKOUT / "sql"
    return beside if beside.is_dir() else Path(__file__).resolve().parent / "sql"


def application_name(verb: str) -> str:
    """Name this process so that a DBA, and a later run, can tell whose connection it is."""
    return f"footing {verb} {socket.gethostname()[:32]}:{os.getpid()}"
