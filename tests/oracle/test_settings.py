"""Open points read otherwise than by default: rule sets of their own, whose every figure and verdict is the oracle's."""

from __future__ import annotations

import pytest

from tests.oracle import oracle, rules_2012
from tests.oracle.county_verdict import judge, judge_2012
from tests.oracle.settings import OTHER_READINGS, SETTINGS
from tests.oracle.test_oracle import COUNTY_INDICATOR, SCHOOL_INDICATOR, SCHOOL_VERDICT, county_rows
from tests.oracle.test_requirements import (
    COUNTY_REQUIREMENT,
    COUNTY_VERDICT,
    SCHOOL_REQUIREMENT,
    requirements_of,
    school_rows,
)


@pytest.fixture(scope="module", params=OTHER_READINGS)
def reading(request, world):
    """A rule set, what the oracle expects of it, and what it expects by default."""
    base, settings = OTHER_READINGS[request.param]
    rules = oracle if base == "national-2017" else rules_2012
    return request.param, rules.assess(world.census, settings, venues=world.venues), settings, base


def test_every_open_point_is_read_in_another_way():
    read = [settings for _, settings in OTHER_READINGS.values()]
    assert {name for settings in read for name, value in settings.items() if value != SETTINGS[name]} == SETTINGS.keys()


def test_resource_block(marts, reading, world, figures, figures_2012):
    ruleset, expected, _, base = reading
    where = f"ruleset_id = '{ruleset}'"
    SCHOOL_INDICATOR.agrees(marts, expected.school_indicator, where)
    SCHOOL_VERDICT.agrees(marts, expected.school_verdict, where)
    COUNTY_INDICATOR.agrees(marts, county_rows(expected, world), where)
    default = figures if base == "national-2017" else figures_2012
    assert expected.county_indicator != default.county_indicator or expected.composite != default.composite


def test_requirements(marts, reading, world, verdicts):
    ruleset, figures, settings, base = reading
    if base == "national-2012":
        COUNTY_VERDICT.agrees(marts, judge_2012(figures), f"ruleset_id = '{ruleset}'")
        return
    expected = judge(world, figures, settings)
    SCHOOL_REQUIREMENT.agrees(marts, school_rows(expected), f"ruleset_id = '{ruleset}'")
    COUNTY_REQUIREMENT.agree(requirements_of(marts, ruleset), expected.county)
    COUNTY_VERDICT.agrees(marts, expected.verdict, f"ruleset_id = '{ruleset}'")
    changed = {key[2] for key, row in expected.county.items() if row["verdict"] != verdicts.county[key]["verdict"]}
    assert {"other-readings": {"G3", "G7", "G13", "Q1", "Q9", "S1"}, "compared-rounded": {"P1", "Q1", "Q4"}}[ruleset] <= changed
