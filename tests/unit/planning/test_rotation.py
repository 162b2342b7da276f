"""Proposals of rotation against a program that tries everything and one that checks every condition; no code is shared."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from fractions import Fraction

import pytest

from planning.posts.county_posts import CountyPosts, Post, RosterTeacher, SchoolPlace
from planning.posts.rotation import Rotation, propose, whole

FACTS = ("above_degree", "is_backbone", "teaches_pe_art")
SHARE = 0.2


def county(seed: int, schools: int = 4, largest: int = 4) -> tuple[CountyPosts, dict[tuple[str, str, str], int]]:
    """One stage, one subject; some schools have posts to spare, others lack them."""
    dice = random.Random(seed)
    places = {f"S{number}": SchoolPlace(f"学校{number}", dice.choice(["东镇", "西镇", ""])) for number in range(schools)}
    teachers, posts = [], []
    for school in places:
        have = dice.randint(1, largest)
        for number in range(have):
            facts = {fact: dice.choice([True, False, None]) for fact in FACTS}
            teachers.append(RosterTeacher(f"{school}-{number}", school, "primary", ("pe",), facts, dice.random() < 0.7))
        posts.append(Post((school, "primary", "pe"), Fraction(have), Fraction(dice.randint(0, 10 * largest), 10)))
    slack = {(school, "primary", fact): dice.randint(0, 2) for school in places for fact in FACTS if dice.random() < 0.4}
    return CountyPosts("990101", 2025, places, tuple(teachers), tuple(posts), (), {}, {}), slack


def broken(given: CountyPosts, slack: dict[tuple[str, str, str], int], rotation: Rotation) -> list[str]:
    """Conditions of a proposal that do not hold."""
    faults = []
    giving, taking, leaving, backbone, moved = Counter(), Counter(), Counter(), 0, 0
    for move in rotation.moves:
        if not isinstance(move.teachers, int) or move.teachers < 1 or move.from_cell[0] == move.to_school:
            faults.append("a move of nobody, or nowhere")
        giving[move.from_cell] += move.teachers
        taking[move.to_school, *move.from_cell[1:]] += move.teachers
        leaving[move.from_cell, move.facts] += move.teachers
        moved += move.teachers
        backbone += move.teachers * move.facts[FACTS.index("is_backbone")]
    for (cell, facts), count in leaving.items():
        alike = [
            teacher
            for teacher in given.teachers
            if teacher.may_move
            and cell == (teacher.school_code, teacher.stage, *teacher.subjects)
            and tuple(teacher.facts[fact] is True for fact in FACTS) == facts
        ]
        if count > len(alike):
            faults.append("somebody moves twice, or may not move")
    for post in given.posts:
        after = post.have - giving[post.cell] + taking[post.cell]
        if giving[post.cell] and after < post.need:
            faults.append("a post that is needed is given away")
        if taking[post.cell] and after > post.need:
            faults.append("a post is filled that does not lack")
    for (school, stage, fact), most in slack.items():
        out = sum(
            move.teachers * move.facts[FACTS.index(fact)] for move in rotation.moves if move.from_cell[:2] == (school, stage)
        )
        if out > most:
            faults.append("an indicator falls")
    if backbone < SHARE * moved - 1e-9:
        faults.append("too few of the backbone")
    return faults


def tried(given: CountyPosts, slack: dict[tuple[str, str, str], int]) -> tuple[int, int]:
    """Most moves, and fewest of them to another township, by trying every way of every teacher."""
    posts = {post.cell[0]: post for post in given.posts}
    movable = [teacher for teacher in given.teachers if teacher.may_move and posts[teacher.school_code].spare >= 1]
    takers = [school for school, post in posts.items() if post.spare <= -1]
    best = (0, 0)
    for ways in itertools.product([None, *takers], repeat=len(movable)):
        out, to = Counter(), Counter(way for way in ways if way)
        facts: Counter[tuple[str, str]] = Counter()
        backbone = far = 0
        for teacher, way in zip(movable, ways, strict=True):
            if way:
                out[teacher.school_code] += 1
                backbone += teacher.facts["is_backbone"] is True
                one, other = given.schools[teacher.school_code].township, given.schools[way].township
                far += not (one and one == other)
                facts.update((teacher.school_code, fact) for fact in FACTS if teacher.facts[fact] is True)
        moved = sum(to.values())
        is_kept = (
            all(count <= int(posts[school].spare) for school, count in out.items())
            and all(count <= int(-posts[school].spare) for school, count in to.items())
            and all(facts[school, fact] <= most for (school, _, fact), most in slack.items())
            and backbone >= SHARE * moved - 1e-9
        )
        if is_kept and (moved, -far) > (best[0], -best[1]):
            best = moved, far
    return best


def test_every_condition_is_kept_and_nothing_is_left_undone() -> None:
    proposals = 0
    for seed in range(60):
        given, slack = county(seed)
        rotation = propose(given, slack)
        assert broken(given, slack, rotation) == [], seed
        far = sum(
            move.teachers
            for move in rotation.moves
            if not given.schools[move.from_cell[0]].township
            or given.schools[move.from_cell[0]].township != given.schools[move.to_school].township
        )
        assert (rotation.teachers, far) == tried(given, slack), seed
        proposals += bool(rotation.moves)
    assert proposals > 10


def test_a_large_county_keeps_every_condition() -> None:
    given, slack = county(7, schools=120, largest=20)
    rotation = propose(given, slack)
    assert rotation.teachers > 30
    assert broken(given, slack, rotation) == []
    assert propose(given, slack) == rotation, "equal input, equal proposal"
    assert propose(given, slack, most=5).teachers == 5


def test_a_broken_proposal_is_noticed() -> None:
    given, slack = county(7, schools=120, largest=20)
    rotation = propose(given, slack)
    twice = Rotation(rotation.moves * 20, ())
    assert {"somebody moves twice, or may not move", "a post that is needed is given away"} <= set(broken(given, slack, twice))


def test_whole_posts_alone_move_and_a_gap_of_half_a_post_is_visited_in_the_township() -> None:
    places = {"A": SchoolPlace("甲", "东镇"), "B": SchoolPlace("乙", "东镇"), "C": SchoolPlace("丙", "西镇")}
    posts = (
        Post(("A", "primary", "pe"), Fraction(3), Fraction(23, 10)),
        Post(("B", "primary", "pe"), Fraction(1), Fraction(16, 10)),
        Post(("C", "primary", "pe"), Fraction(1), Fraction(17, 10)),
    )
    teachers = tuple(RosterTeacher(f"t{n}", "A", "primary", ("pe",), dict.fromkeys(FACTS, True), True) for n in range(3))
    given = CountyPosts("990101", 2025, places, teachers, posts, (), {}, {})
    assert whole(posts) == ({}, {})
    rotation = propose(given, {})
    assert rotation.moves == ()
    assert [(visit.from_cell[0], visit.to_school) for visit in rotation.visits] == [("A", "B")]


@pytest.mark.parametrize(("owed", "backbone"), [(0, 1), (1, 2), (2, 3), (9, 1)], ids=["nothing", "one", "two", "out of reach"])
def test_the_share_of_the_year_is_made_good_where_it_can_be(owed: int, backbone: int) -> None:
    places = {"A": SchoolPlace("甲", "东镇"), "B": SchoolPlace("乙", "东镇")}
    posts = (
        Post(("A", "primary", "pe"), Fraction(8), Fraction(3)),
        Post(("B", "primary", "pe"), Fraction(0), Fraction(5)),
    )
    facts = [dict.fromkeys(FACTS, False) | {"is_backbone": number < 4} for number in range(8)]
    teachers = tuple(RosterTeacher(f"t{number}", "A", "primary", ("pe",), each, True) for number, each in enumerate(facts))
    rotation = propose(CountyPosts("990101", 2025, places, teachers, posts, (), {}, {}, Fraction(owed)), {})
    assert (rotation.teachers, rotation.with_fact("is_backbone")) == (5, backbone)


@pytest.mark.parametrize(("may_move", "subjects"), [(False, ("pe",)), (True, ("pe", "music"))])
def test_who_may_not_move_or_has_two_subjects_stays(may_move: bool, subjects: tuple[str, ...]) -> None:
    places = {"A": SchoolPlace("甲", "东镇"), "B": SchoolPlace("乙", "东镇")}
    posts = (
        Post(("A", "primary", "pe"), Fraction(3), Fraction(1)),
        Post(("B", "primary", "pe"), Fraction(0), Fraction(2)),
    )
    teacher = RosterTeacher("t", "A", "primary", subjects, dict.fromkeys(FACTS, True), may_move)
    assert propose(CountyPosts("990101", 2025, places, (teacher,), posts, (), {}, {}), {}).moves == ()
