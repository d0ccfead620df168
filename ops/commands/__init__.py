"""What `footing` does with a database that is migrated: health, maintain, refresh, report.

runner/cli.py names them and imports the one that runs; runner/ itself only migrates.
"""

from pathlib import Path

QUERIES = Path(__file__).with_name("queries")
