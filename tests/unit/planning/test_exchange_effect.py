"""The effect of past rotations on simulated counties with a planted one: unbiased, covered, and silent where little is known."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from planning.posts.exchange_effect import SchoolChange, effect_of, effect_sentence, past_changes

PLANTED = 0.03


def simulated(seed: int, schools: int = 40, subjects: int = 3) -> list[SchoolChange]:
    """Teachers are sent to where scores were low, from where they were high; low scores rise by themselves, high ones fall."""
    random = np.random.default_rng(seed)
    level = random.normal(0, 0.05, schools)
    changes = []
    for school in range(schools):
        for _ in range(subjects):
            before = level[school] + random.normal(0, 0.03)
            sent = -np.sign(before) if abs(before) > 0.05 and random.random() < 0.7 else 0
            net = float(sent * random.integers(1, 3))
            after = 0.01 + 0.7 * before + PLANTED * net + random.normal(0, 0.03)
            changes.append(SchoolChange(f"S{school}", before, after, net))
    return changes


def test_the_planted_effect_is_found_without_bias_and_covered() -> None:
    effects = [effect_of(simulated(seed)) for seed in range(200)]
    estimates = np.array([effect.estimate for effect in effects])
    assert abs(estimates.mean() - PLANTED) < 3 * estimates.std() / len(estimates) ** 0.5
    covered = np.mean([effect.low <= PLANTED <= effect.high for effect in effects])
    assert 0.90 <= covered <= 0.98, covered


def test_before_and_after_alone_would_be_biased() -> None:
    """What rises by itself is no effect: the plain difference says more than was planted."""
    changes = [change for seed in range(20) for change in simulated(seed)]
    plain = np.polyfit([change.net for change in changes], [change.after - change.before for change in changes], 1)[0]
    assert plain > PLANTED * 1.2


def test_too_few_schools_say_nothing() -> None:
    few = simulated(1)[:6]
    assert effect_of(few) is None
    assert "太少" in effect_sentence(few)
    stayed = [SchoolChange(f"S{number}", 0.1 * number, 0.2, 0.0) for number in range(20)]
    assert effect_of(stayed) is None
    assert "无从估计" in effect_sentence([])


@pytest.mark.parametrize(("planted", "word"), [(0.2, "区间不含 0"), (0.0, "区间包含 0")])
def test_an_interval_with_nothing_in_it_says_so(planted: float, word: str) -> None:
    random = np.random.default_rng(4)
    changes = []
    for school in range(30):
        before, net = random.normal(0, 0.05), float(random.integers(-1, 2))
        changes.append(SchoolChange(f"S{school}", before, before + planted * net + random.normal(0, 0.02), net))
    assert word in effect_sentence(changes)


def test_teachers_who_came_less_those_who_went_stand_beside_the_scores_of_the_year_and_the_one_before() -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema intermediate")
        connection.execute("create schema marts")
        connection.execute(
            "create table intermediate.int_roster__exchange (county_code text, school_year int, from_school_code text,"
            " to_school_code text, subject text, person text, started_in_year boolean, undecided_reason text)"
        )
        for person, source, target, started, reason in [
            ("a", "A", "B", True, None),
            ("b", "A", "B", None, None),
            ("c", "C", "B", False, None),
            ("d", None, "C", True, None),
            ("e", "B", "C", True, "kind_unknown"),
        ]:
            connection.execute(
                "insert into intermediate.int_roster__exchange values ('990101', 2025, ?, ?, 'pe', ?, ?, ?)",
                [source, target, person, started, reason],
            )
        connection.execute(
            "create table marts.fct_assessment_school as select '990101' as county_code, * from (values"
            " (2024, '期末', 6, 'pe', 'A', 0.1), (2025, '期末', 6, 'pe', 'A', 0.2), (2024, '期末', 6, 'pe', 'B', -0.1),"
            " (2025, '期末', 6, 'pe', 'B', 0.0), (2025, '期末', 6, 'pe', 'C', 0.3), (2025, '期中', 6, 'pe', 'B', 0.9))"
            " as t (school_year, assessment, grade, subject, school_code, difference)"
        )
        changes = past_changes(connection, "990101")
        assert past_changes(connection, "990102") == []
    assert changes == [SchoolChange("A", 0.1, 0.2, -2), SchoolChange("B", -0.1, 0.0, 2)]
