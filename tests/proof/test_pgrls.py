"""pgrls, a linter that knows nothing of this repository, finds nothing that pgrls.toml does not explain."""

import json
import subprocess
import tomllib
from pathlib import Path
from typing import Any

from tests.support.database import Database
from tests.support.require import PGRLS, require

CONFIG = Path(__file__).with_name("pgrls.toml")


def _pgrls(db: Database, *args: str, config: Path = CONFIG) -> subprocess.CompletedProcess[str]:
    where = ["--database-url", db.url(), "--config", str(config)]
    return subprocess.run([PGRLS, *args, *where], check=False, capture_output=True, text=True, timeout=120)


def _violations(db: Database, *args: str, config: Path = CONFIG) -> list[dict[str, Any]]:
    return json.loads(_pgrls(db, "lint", "--format", "json", *args, config=config).stdout)["violations"]


def test_pgrls_finds_nothing_unexplained_and_everything_explained(
    migrated_db: Database, tmp_path: Path
) -> None:
    require("pgrls")
    configured = tomllib.loads(CONFIG.read_text())
    schemas = ",".join(configured["database"]["schemas"])

    left = [f"{v['rule_id']} {v['location']}: {v['message']}" for v in _violations(migrated_db)]
    bare = tmp_path / "pgrls.toml"
    bare.write_text("")
    everything = _violations(migrated_db, "--schemas", schemas, config=bare)
    found = {(v["rule_id"], v["location"]) for v in everything}
    explained = {
        (rule, place) for rule, of in configured["lint"]["rules"].items() for place in of["allowlist"]
    }

    assert left == []
    assert set(configured["lint"]["disable"]) <= {rule for rule, _ in found}, (
        "a rule is disabled without need"
    )
    assert explained <= found, "an object is allowed without need"


def test_pgrls_proves_no_leak(migrated_db: Database) -> None:
    require("pgrls")

    for mode in ("anon", "cross-tenant", "write", "escalation"):
        verified = _pgrls(migrated_db, "verify", "--mode", mode)

        assert "LEAK" not in verified.stdout, verified.stdout
        assert "verdict" in verified.stdout.lower(), verified.stderr
