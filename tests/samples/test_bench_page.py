"""The plots of make bench: plain SVG, the same for the same figures."""

from xml.etree import ElementTree

from tools.bench.hot import HOT
from tools.bench.page import queries_table
from tools.bench.plots import bars


def _fact(query: str, **p95: float) -> dict:
    told = {"median_ms": 0.1, "max_ms": 9.0, "median_buffers": 5, "max_buffers": 7, "median_rows": 1}
    contestants = {name.replace("_", " "): {**told, "p95_ms": ms} for name, ms in p95.items()}
    return {"query": query, "scale": 1.0, "contestants": contestants}


def test_a_plot_has_a_bar_for_each_contestant_and_is_the_same_each_time() -> None:
    facts = [
        _fact(HOT[0].name, row_security=0.8, explicit_filter=0.4, documents=12.5),
        _fact("a < b & c", row_security=0.0001),
    ]

    drawn = bars(facts)

    root = ElementTree.fromstring(drawn)  # noqa: S314 (our own)
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert drawn == bars(facts)
    assert "a < b & c" in texts
    assert "12.50" in texts
    assert len([text for text in texts if text in ("0.80", "0.40", "12.50", "0.00")]) == 4


def test_the_table_says_which_bar_was_kept() -> None:
    _, kept, missed = queries_table(
        [
            _fact("dashboard, 7 days, 100 rows", row_security=1.0),
            _fact("history of a test, 50 rows", row_security=0.31),
        ]
    )

    assert (kept[-1], missed[-1]) == ("1 met", "0.3 MISSED")
