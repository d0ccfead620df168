"""Writes what is allowed into docs/isolation.md from tests/proof/allowances.toml (`make generate`)."""

from __future__ import annotations

import tomllib

from runner.settings import CHECKOUT

PAGE = CHECKOUT / "docs" / "isolation.md"
ALLOWANCES = CHECKOUT / "tests" / "proof" / "allowances.toml"
BEGIN = "<!-- Generated from tests/proof/allowances.toml by `make generate`. Do not edit. -->\n"
END = "<!-- End of what is generated. -->\n"


def page() -> str:
    """Return the page as it should be: its own words, and each allowance with its reason and lines."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + _allowances() + END + after


def _allowances() -> str:
    tables = tomllib.loads(ALLOWANCES.read_text(encoding="utf-8"))["allowance"]
    return "".join(
        f"\n**{table['name']}.** {table['reason']}\n"
        f"Who: {', '.join(table['who']).replace('*', 'everybody')}. "
        f"What: {', '.join(f'`{line}`' for line in table['what'])}.\n"
        for table in tables
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
