from __future__ import annotations

from decimal import Decimal

import pytest

from publish.site.chart import WIDTH, Point, panel, scale_end


def point(value: str | None, previous: str | None = None, limit: str | None = "0.5", label: str = "L1") -> Point:
    def number(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    return Point(label, number(value), number(previous), number(limit), "met", value or "")


def test_positions_are_in_proportion_and_the_limit_is_where_its_value_would_be() -> None:
    points = [point("0.5"), point("0.25"), point("0")]
    drawn = panel("小学", points, scale_end(points))
    at_limit, half, zero = drawn.lines
    assert at_limit.x == at_limit.limit_x == drawn.limit_x
    assert zero.x == drawn.left
    assert half.x is not None
    assert half.x == pytest.approx((drawn.left + (at_limit.x or 0)) / 2, abs=0.1)


@pytest.mark.parametrize("far", ["0.01", "0.9", "2.4", "17"])
def test_everything_lies_within_the_panel(far: str) -> None:
    points = [point(far, "0.3"), point("0.2", far), point(None)]
    drawn = panel("小学", points, scale_end(points))
    places = [x for line in drawn.lines for x in (line.x, line.previous_x, line.limit_x) if x is not None]
    places += [tick.x for tick in drawn.ticks]
    assert all(drawn.left <= x <= drawn.right <= WIDTH for x in places)
    assert 2 <= len(drawn.ticks) <= 9
    assert drawn.lines[2].x is None


def test_limits_that_differ_have_no_common_line() -> None:
    points = [point("0.2", limit="0.5"), point("0.2", limit="0.45")]
    assert panel("小学", points, 1.0).limit_x is None
    assert panel("小学", [point("0.2", limit=None)], 1.0).limit_x is None


def test_the_arrow_points_from_last_year_to_this() -> None:
    def tip(value: str, previous: str) -> float:
        return float(panel("", [point(value, previous)], 1.0).lines[0].arrow.split(",")[0])

    assert tip("0.6", "0.2") > (panel("", [point("0.2")], 1.0).lines[0].x or 0)
    assert tip("0.2", "0.6") < (panel("", [point("0.6")], 1.0).lines[0].x or 0)
    assert panel("", [point("0.20", "0.21")], 1.0).lines[0].arrow == ""


def test_a_long_name_is_cut() -> None:
    assert len(panel("", [point("0.2", label="长" * 40)], 1.0).lines[0].label) <= 15
