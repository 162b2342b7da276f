"""Figures of the parts of a county, and how much of a coefficient lies between them, against the oracle."""

from __future__ import annotations

from tests.oracle.compare import TWELVE_DIGITS, Comparison
from tests.oracle.oracle import INDICATORS
from tests.oracle.parts import parts_of, split
from tests.oracle.test_oracle import COUNTY_KEY

SCALES = {code: scale for code, (_, scale, _, _) in INDICATORS.items()}
PART = Comparison(
    "fct_part_indicator",
    (*COUNTY_KEY, "division", "part"),
    ("school_count", "pupils"),
    (
        *("mean", "relative_mean", "coefficient_within", "mean_relaxed", "coefficient_within_relaxed"),
        *("term_between", "term_within"),
    ),
    *TWELVE_DIGITS,
)
SPLIT = Comparison(
    "fct_coefficient_split",
    (*COUNTY_KEY, "division"),
    ("part_count", "school_count", "unplaced_school_count", "undecided_reason", "is_provisional"),
    ("coefficient_between", "coefficient_within", "share_between"),
    *TWELVE_DIGITS,
)


def test_parts_and_what_lies_between_them(marts, figures, world):
    parts, divisions = split(figures, parts_of(world.census, world.groups), SCALES)
    assert {key[4] for key in divisions} == {"area", "township", "group"}
    assert {row["undecided_reason"] for row in divisions.values()} == {None, "part_unknown", "no_mean", "no_variation"}
    assert any(row["unplaced_school_count"] for key, row in divisions.items() if key[4] == "group")
    assert any(row["coefficient_within_relaxed"] != row["coefficient_within"] for row in parts.values() if row["mean_relaxed"])
    PART.agrees(marts, parts)
    SPLIT.agrees(marts, divisions)
