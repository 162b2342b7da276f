"""Who could move where: whole posts from where there are some to spare to where they lack, few ways to other townships.

A transport problem in whole numbers (HiGHS of scipy). Teachers of one school, stage, subject and the same facts are alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor

import numpy as np

from planning.posts.county_posts import Cell, CountyPosts, Post, RosterTeacher, posts_form

_TRIFLE = 1e-4
_SECONDS = 30.0
"""For each of two questions: how many posts can be filled, and with how few long ways. After that the best so far counts."""
Facts = tuple[bool, ...]
"""In the order of the facts of ``curriculum.yml``; what is not known is not there."""
Slack = Mapping[tuple[str, str, str], int]
"""School, stage and fact: how many such teachers may leave; who is not named has no limit."""
Levels = Mapping[tuple[str, str], Fraction]
"""Teachers of the backbone for a pupil, by school and stage."""


@dataclass(frozen=True)
class Move:
    """So many teachers of a subject and stage, alike in their facts, from one school to another."""

    from_cell: Cell
    to_school: str
    teachers: int
    facts: Facts


@dataclass(frozen=True)
class Visit:
    """One teacher who also teaches at another school."""

    from_cell: Cell
    to_school: str


@dataclass(frozen=True)
class Rotation:
    """A proposal."""

    moves: tuple[Move, ...]
    visits: tuple[Visit, ...]

    @property
    def teachers(self) -> int:
        """How many move."""
        return sum(move.teachers for move in self.moves)

    def with_fact(self, fact: str) -> int:
        """How many of them have a fact."""
        number = list(posts_form().facts).index(fact)
        return sum(move.teachers for move in self.moves if move.facts[number])


def whole(posts: Sequence[Post]) -> tuple[dict[Cell, int], dict[Cell, int]]:
    """Whole posts to spare, and whole posts that lack."""
    spare = {post.cell: floor(post.spare) for post in posts if post.spare >= 1}
    missing = {post.cell: floor(-post.spare) for post in posts if post.spare <= -1}
    return spare, missing


def propose(county: CountyPosts, slack: Slack, most: int | None = None, levels: Levels | None = None) -> Rotation:
    """The proposal. ``most``: so many at most may move; ``levels``: those of the backbone go where there are fewest."""
    spare, missing = whole(county.posts)
    groups = _groups(county.teachers, spare)
    ways = [
        (cell, to)
        for cell in sorted({cell for cell, _ in groups})
        for to in sorted(missing)
        if to[1:] == cell[1:] and to[0] != cell[0]
    ]
    if not ways:
        return Rotation((), _visits(county, Counter()))
    leaving, flows = _solved(county, ways, groups, spare, missing, slack, most)
    moves = _moves(leaving, flows, levels or {})
    moved: Counter[Cell] = Counter()
    for move in moves:
        moved[move.from_cell] -= move.teachers
        moved[(move.to_school, *move.from_cell[1:])] += move.teachers
    return Rotation(moves, _visits(county, moved))


Group = tuple[Cell, Facts]
Way = tuple[Cell, Cell]


def _moves(leaving: Mapping[Group, int], flows: Mapping[Way, int], levels: Levels) -> tuple[Move, ...]:
    """Who goes which way: those of the backbone first, each to the school with the fewest of them for a pupil."""
    backbone, left, brought = list(posts_form().facts).index("is_backbone"), Counter(flows), Counter[tuple[str, str]]()
    moves: Counter[tuple[Cell, str, Facts]] = Counter()
    for (cell, facts), count in sorted(leaving.items(), key=lambda pair: (not pair[0][1][backbone], pair[0])):
        for _ in range(count):
            open_ways = [to for (giving, to), many in left.items() if giving == cell and many]
            to = min(open_ways, key=lambda to: (brought[to[0], to[1]], levels.get((to[0], to[1]), 0), to))
            left[cell, to] -= 1
            brought[to[0], to[1]] += facts[backbone]
            moves[cell, to[0], facts] += 1
    return tuple(Move(cell, to, count, facts) for (cell, to, facts), count in sorted(moves.items()))


def _groups(teachers: Sequence[RosterTeacher], spare: Mapping[Cell, int]) -> Counter[Group]:
    """Teachers who may move out of a post to spare, by their facts."""
    names = list(posts_form().facts)
    return Counter(
        (cell, tuple(teacher.facts[name] is True for name in names))
        for teacher in teachers
        if teacher.may_move
        and len(teacher.subjects) == 1
        and (cell := (teacher.school_code, teacher.stage, teacher.subjects[0])) in spare
    )


def _is_near(county: CountyPosts, one: str, other: str) -> bool:
    townships = [county.schools[school].township if school in county.schools else "" for school in (one, other)]
    return townships[0] == townships[1] != ""


def _solved(
    county: CountyPosts,
    ways: Sequence[Way],
    groups: Mapping[Group, int],
    spare: Mapping[Cell, int],
    missing: Mapping[Cell, int],
    slack: Slack,
    most: int | None,
) -> tuple[dict[Group, int], dict[Way, int]]:
    """How many of each group leave, and how many go each way: first as many as can, then with few long ways."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import lil_matrix

    form = posts_form()
    leavers = sorted(groups)
    limits: dict[object, float] = {("spare", cell): count for cell, count in spare.items()}
    limits |= {("missing", cell): count for cell, count in missing.items()}
    limits |= {("slack", *place): count for place, count in slack.items()}
    limits |= {("backbone",): -float(county.owed), ("most",): float("inf") if most is None else float(most)}
    limits |= {("equal", cell): 0.0 for cell, _ in leavers}
    rows = {name: number for number, name in enumerate(limits)}
    matrix = lil_matrix((len(rows), len(leavers) + len(ways)))
    backbone = list(form.facts).index("is_backbone")
    for column, (cell, facts) in enumerate(leavers):
        matrix[rows["spare", cell], column] = matrix[rows["equal", cell], column] = matrix[rows["most",], column] = 1
        matrix[rows["backbone",], column] = form.backbone_share - facts[backbone]
        for fact, has_it in zip(form.facts, facts, strict=True):
            if has_it and ("slack", cell[0], cell[1], fact) in rows:
                matrix[rows["slack", cell[0], cell[1], fact], column] = 1
    for column, (cell, to) in enumerate(ways, len(leavers)):
        matrix[rows["missing", to], column], matrix[rows["equal", cell], column] = 1, -1
    above = np.array(list(limits.values()))
    below = np.array([0.0 if name[0] == "equal" else -np.inf for name in rows if isinstance(name, tuple)])
    moving = np.array([1.0] * len(leavers) + [0.0] * len(ways))
    far = [0.0 if _is_near(county, cell[0], to[0]) else float(form.most_ways) for cell, to in ways]
    bounds = Bounds(0, np.array([groups[group] for group in leavers] + [missing[to] for _, to in ways], dtype=float))
    kept = LinearConstraint(matrix.tocsr(), lb=below, ub=above)
    asked = {"integrality": np.ones(len(moving)), "bounds": bounds, "options": {"mip_rel_gap": 0, "time_limit": _SECONDS}}
    filled = milp(-moving, constraints=kept, **asked)
    if filled.x is None and county.owed:  # the share of the year is out of reach: at least that of those who move
        return _solved(replace(county, owed=Fraction(0)), ways, groups, spare, missing, slack, most)
    if filled.x is None:
        return {}, {}
    as_many = LinearConstraint(moving[None, :], lb=round(-filled.fun))
    # of two ways to do it the one that takes fewer of the backbone away
    taken = [_TRIFLE * facts[backbone] for _, facts in leavers]
    nearest = milp(np.array(taken + far), constraints=[kept, as_many], **asked)
    counts = [round(count) for count in (filled.x if nearest.x is None else nearest.x)]
    return dict(zip(leavers, counts, strict=False)), dict(zip(ways, counts[len(leavers) :], strict=True))


def _visits(county: CountyPosts, moved: Mapping[Cell, int]) -> tuple[Visit, ...]:
    """Gaps of a good part of a post, each served by one teacher of a school of the township that has as much to spare."""
    least = Fraction(str(posts_form().visiting_least))
    left = {post.cell: post.spare + moved.get(post.cell, 0) for post in county.posts}
    whole_posts: dict[Cell, int] = defaultdict(int, {post.cell: floor(post.have) for post in county.posts})
    visits = []
    for to, gap in sorted(left.items(), key=lambda pair: (pair[1], pair[0])):
        if -gap < least:
            continue
        donors = [
            cell
            for cell, spare in left.items()
            if cell[1:] == to[1:] and spare >= least and whole_posts[cell] > 0 and _is_near(county, cell[0], to[0])
        ]
        if donors:
            donor = max(donors, key=lambda cell: (left[cell], cell))
            visits.append(Visit(donor, to[0]))
            shared = min(left[donor], -gap, Fraction(1))
            left[donor] -= shared
            left[to] += shared
            whole_posts[donor] -= 1
    return tuple(visits)
