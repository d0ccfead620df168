"""docs/dashboard.svg shows every panel of the dashboard, and none that is empty."""

from xml.etree import ElementTree

import pytest

from tools.dashboard.picture import PICTURE, EmptyPanelError, Series, draw, panels, said, series

TEXT = "{http://www.w3.org/2000/svg}text"
TITLES = sorted(panel["title"] for panel in panels())


def _answers() -> dict[int, list[Series]]:
    points = [(float(at), at * 1000.0) for at in range(5)]
    return {panel["id"]: [Series("a < b", points)] for panel in panels() if panel["type"] != "row"}


def _texts(drawn: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(drawn).iter(TEXT)]  # noqa: S314 (our own)


def test_the_picture_in_the_documentation_shows_the_panels_there_are() -> None:
    root = ElementTree.parse(PICTURE).getroot()  # noqa: S314 (our own)

    shown = sorted(node.text or "" for node in root.iter(TEXT) if node.get("class") in ("row", "title"))

    assert shown == TITLES, "docs/dashboard.svg is stale: run make ops/picture and commit it"


def test_each_panel_is_drawn_with_its_title_its_series_and_the_last_value() -> None:
    drawn = draw(panels(), _answers(), "a caption")

    texts = _texts(drawn)
    assert drawn == draw(panels(), _answers(), "a caption")
    assert set(TITLES) <= set(texts)
    assert texts.count("a < b") == sum(panel["type"] == "timeseries" for panel in panels())
    assert "3.91 KiB" in texts


def test_a_panel_without_data_is_refused_by_name() -> None:
    answers = _answers()
    first, second = (panel for panel in panels() if panel["title"] in ("Followers", "Waiting"))
    del answers[first["id"]]
    answers[second["id"]] = series("x", [{"metric": {}, "values": [[1.0, "NaN"]]}])

    with pytest.raises(EmptyPanelError, match=r"^no data for: Waiting, Followers$"):
        draw(panels(), answers, "a caption")


def test_a_legend_is_filled_in_from_the_labels() -> None:
    answer = [{"metric": {"schema": "core", "table": "users"}, "values": [[1.0, "2"], [2.0, "NaN"]]}]

    assert series("{{schema}}.{{table}} read", answer) == [Series("core.users read", [(1.0, 2.0)])]


def test_values_are_said_in_their_panels_unit() -> None:
    assert [said(0.5, "percentunit"), said(0.02, "s"), said(90.0, "s")] == ["50 %", "20 ms", "90 s"]
    assert [said(1536, "bytes"), said(1023, "bytes"), said(0, "Bps")] == ["1.5 KiB", "1023 B", "0 B/s"]
    assert [said(15_400, "ops"), said(3, "ops"), said(132, "none")] == ["15.4 k/s", "3/s", "132"]
