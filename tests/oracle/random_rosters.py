"""Rosters for some of the counties of a world, in place of what their censuses then leave out."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from tests.oracle.hard_requirements import Dice
from tests.oracle.rosters import TEACHER_ITEMS
from tests.oracle.schools import STAGES, STAGES_OF_KIND, Row

Rosters = dict[str, list[Row]]


def give_rosters(census: list[Row], seed: int = 20250903, odds: float = 0.2) -> Rosters:
    """Take teachers out of the census of some counties and put rosters beside it."""
    dice = Dice(seed)
    places: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in census:
        places[row["county_code"], row["school_year"]].append(row)
    rosters: Rosters = defaultdict(list)
    for schools in places.values():
        if dice.often(odds):
            spoil = dice.choice([0, 0.02, 0.1])
            for item in dice.sample(TEACHER_ITEMS, k=dice.choice([1, 3, 6])):
                row = dice.choice(schools)
                row |= {f"{item}_{stage}": None for stage in STAGES if row.get(f"pupils_{stage}")}
            _deliver(dice, schools, spoil, rosters)
    return dict(rosters)


def _deliver(dice: Dice, schools: list[Row], spoil: float, rosters: Rosters) -> None:
    """The roster of a county, most of it good; a table beside it may be missing, and so may a school."""
    place = {name: schools[0][name] for name in ("county_code", "school_year")}
    without = {name for name in ("certificate", "training", "exchange", "backbone") if dice.often(spoil)}
    persons: list[str] = []

    def table(name: str, person: str, **given: Any) -> None:
        if name not in without:
            rosters[f"teacher_{name}"].append(place | {"person": person} | given)

    for school in schools[1 if dice.often(spoil) else 0 :]:
        taught = [stage for stage in STAGES_OF_KIND.get(school["school_kind_code"], ()) if stage in STAGES]
        alone = len(STAGES_OF_KIND.get(school["school_kind_code"], ())) == 1
        for stage in taught:
            for number in range(dice.randrange(1, 7)):
                person = f"{place['county_code']}{place['school_year']}{len(persons):06d}"
                if persons and dice.often(spoil / 20):
                    person = dice.choice(persons)
                persons.append(person)
                row: Row = {"school_code": school["school_code"], "school_name": school["school_name"], "person": person}
                row |= {"stage": None if (alone and dice.often(0.5)) or dice.often(spoil / 20) else stage}
                row |= {"category": "full_time", "status": "active", "exchange_eligible": int(dice.often(0.9))}
                row |= {"is_backbone": dice.choice([0, 0, 1, None])}
                if dice.often(0.1):
                    row |= dice.choice([{"category": "part_time"}, {"status": "retired"}, {"status": None}])
                if dice.often(spoil / 20):
                    row |= dice.choice([{"category": None}, {"exchange_eligible": None}])
                rosters["teacher_roster"].append(place | row)
                _beside(dice, table, place["school_year"], person, is_first=number == 0, spoil=spoil)


def _beside(dice: Dice, table: Any, year: int, person: str, *, is_first: bool, spoil: float) -> None:
    if not dice.often(spoil / 5):
        table("certificate", person, stage="primary", issued=201009)
    hours = 359 if dice.often(spoil / 5) else 360
    table("training", person, training_year=(year - 4) * 100 + 1, hours=Decimal(hours - 100))
    table("training", person, training_year=year * 100 + 12, hours=Decimal(100))
    table("training", person, training_year=(year - 5) * 100 + 12, hours=Decimal(200))
    if dice.often(0.1) or (is_first and spoil < 0.1):
        started = year * 100 + 9 if not dice.often(spoil) else dice.choice([year * 100 + 8, (year + 1) * 100 + 9])
        table("exchange", person, kind="exchange", started=started)
    table("backbone", person, level=dice.choice(["county", "provincial", "school"]), awarded=202001)
