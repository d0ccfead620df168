"""Rules every object keeps: each file of tests/rules is a query that returns the offenders.

That each of them finds an offender is tested in tests/proof/test_rules_go_red.py.
"""

from pathlib import Path

from tests.support.database import Database

RULES = sorted((Path(__file__).parent / "rules").glob("*.sql"))


def test_nothing_offends_a_rule(migrated_db: Database) -> None:
    offenders = {
        rule.stem: found
        for rule in RULES
        if (found := [row[0] for row in migrated_db.admin.execute(rule.read_bytes())])
    }

    assert offenders == {}
