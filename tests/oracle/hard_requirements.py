"""Random counties for the requirements beside the resource block: everything is there, then it is spoilt in ways that matter."""

from __future__ import annotations

import math
import random
from decimal import Decimal
from typing import Any

from tests.oracle.county_verdict import World
from tests.oracle.schools import BANDS, Row
from tests.oracle.successions import Schools

COUNTIES = tuple(f"9901{number:02d}" for number in range(31, 100))
YEARS = tuple(range(2018, 2026))
_KINDS = ["211"] * 6 + ["218"] * 3 + ["311"] * 3 + ["312"] * 3 + ["341", "345", "361", "514"]
_STAGES: dict[str, tuple[str, ...]] = {
    **{"211": ("primary",), "218": ("primary",), "219": ("primary",), "311": ("junior",), "312": ("primary", "junior")},
    **{"341": ("junior",), "345": ("primary", "junior")},
}
_AREAS = ["111", "112", "121", "122", "123", "210", "220"]
_LIMIT = {"primary": 45, "junior": 50}
_ABOVE = {"primary": BANDS[5:], "junior": BANDS[6:]}


class Dice(random.Random):
    """A random source with the throws this needs."""

    def often(self, odds: float) -> bool:
        """True with these odds."""
        return self.random() < odds

    def near(self, edge: int) -> int:
        """A whole number just below, at or just above an edge."""
        return max(0, edge + self.choice([-1, 0, 0, 1]))

    def reaching(self, share: Any, whole: int, spoil: float) -> int:
        """So many of a whole that a share is just reached, or with these odds just missed."""
        needed = math.ceil(Decimal(str(share)) * whole)
        return max(0, min(whole, needed - self.often(spoil)))


def _stage(dice: Dice, row: Row, stage: str, spoil: float) -> None:
    pupils = row[f"pupils_{stage}"]
    classes = row[f"classes_{stage}"] = dice.choice([-(-pupils // 40), -(-pupils // 45), 12, 13]) if pupils else 0
    teachers = row[f"teachers_{stage}"] = max(1, pupils // 15)
    row[f"trained360_{stage}"] = teachers - dice.often(spoil / 4)
    row[f"certified_{stage}"] = teachers - dice.often(spoil / 4)
    eligible = row[f"exchange_eligible_{stage}"] = 0 if dice.often(spoil) else dice.choice([10, 20, 50])
    row[f"exchanged_{stage}"] = 0 if dice.often(spoil / 2) else dice.reaching("0.1", eligible, spoil / 4)
    row[f"exchanged_backbone_{stage}"] = dice.reaching("0.2", row[f"exchanged_{stage}"], spoil / 4)
    row[f"catchment_{stage}"] = dice.reaching(1 if stage == "primary" else "0.95", pupils, spoil / 4)
    largest = dice.near(_LIMIT[stage]) if dice.often(spoil) else dice.choice([29, 30, 40, _LIMIT[stage]])
    row[f"largest_class_{stage}"] = largest if pupils else 0
    above = row[f"classes_over_{stage}"] = dice.randrange(1, 4) if largest > _LIMIT[stage] else 0
    for band in BANDS:
        row[f"classes_{stage}_{band}"] = 0
    row[f"classes_{stage}_41_45"] = max(0, classes - above)
    row[f"classes_{stage}_{dice.choice(_ABOVE[stage])}"] = above
    if dice.often(spoil):
        told = dice.choice(["classes_over", "bands", "largest_class", "nothing"])
        if told != "classes_over":
            row[f"classes_over_{stage}"] = None
        if told != "bands":
            for band in dice.sample(BANDS, k=dice.choice([1, 10])) if told == "nothing" else BANDS:
                row[f"classes_{stage}_{band}"] = None
        if told != "largest_class":
            row[f"largest_class_{stage}"] = None


def _rooms(dice: Dice, row: Row, subject: str, smallest: int, relaxed: int, spoil: float) -> None:
    classes = sum(row.get(f"classes_{stage}") or 0 for stage in ("primary", "junior"))
    rooms = row[f"{subject}_rooms"] = max(0, -(-classes // 12) - (dice.often(spoil / 3)))
    shape = dice.choice(["count", "areas", "areas", "some areas", "nothing"]) if dice.often(spoil) else "areas"
    sizes = [f"{smallest}", f"{smallest}.5", "120"]
    if dice.often(spoil):
        sizes += [f"{smallest - 1}.9", f"{relaxed}", f"{relaxed - 1}.9", "54", "53.9", "61", "60.9"]
    areas = [dice.choice(sizes) for _ in range(rooms)]
    if shape == "some areas":
        areas = areas[: len(areas) // 2]
    row[f"{subject}_room_areas_m2"] = ";".join(areas) or None if shape in ("areas", "some areas") else None
    if shape == "nothing":
        row[f"{subject}_rooms"] = None


def _school(dice: Dice, place: tuple[str, int], code: str, kind: str, spoil: float) -> Row:
    row: Row = {
        **{"county_code": place[0], "school_year": place[1], "school_code": code, "school_name": f"学校{code}"},
        "school_kind_code": kind,
        "urban_rural_code": dice.choice(["111", "121"] if kind == "311" and spoil < 0.4 else _AREAS),
        "sponsor_code": dice.choice([*"77777785", "10", "9"]),
        "is_boarding": dice.choice([0, 0, 0, 1]),
        "built_year": dice.choice([1985, 2010, 2011, 2016, 2017, 2020]),
    }
    for stage in _STAGES.get(kind, ()):
        sizes = [49, 50, 99, 100, 300, dice.randrange(1, 1500)]
        sizes += [0, dice.near(2000), dice.near(2400), dice.near(1250), 1500] if dice.often(spoil) else []
        row[f"pupils_{stage}"] = dice.choice(sizes if kind != "218" else sizes[:3])
        _stage(dice, row, stage, spoil)
    if kind == "361" and spoil:
        row["pupils_junior"] = 90
    if kind in ("341", "345"):
        row["pupils_senior"], row["classes_senior"] = dice.choice([0, 300, 1000]), 20
    everyone = sum(row.get(f"pupils_{stage}", 0) for stage in ("primary", "junior", "senior"))
    _resources(row, everyone)
    half = sum(row.get(f"pupils_{stage}", 0) for stage in ("primary", "junior")) // 2
    row["migrant_pupils"] = dice.choice([0, half, half + 1, None])
    _rooms(dice, row, "music", 96, 73, spoil)
    _rooms(dice, row, "art", 90, 67, spoil)
    budget = row["public_funds_budget_yuan"] = Decimal(dice.choice([0, 200_000]) if dice.often(spoil / 4) else 100_000)
    row["training_budget_yuan"] = budget / 20 - (Decimal("0.01") if budget and dice.often(spoil / 3) else 0)
    row["public_funds_allocated_yuan"] = Decimal(
        dice.choice([115_000, 135_000, Decimal("114999.99")]) if dice.often(spoil) else 135_000
    )
    if dice.often(spoil / 2):
        name = dice.choice([name for name, value in row.items() if value is not None and name not in _IDENTITY])
        row[name] = None
    return row


def _resources(row: Row, everyone: int) -> None:
    """Enough of the seven indicators, the same for every pupil."""
    for stage in ("primary", "junior"):
        for item in ("qualified", "backbone", "pe_art"):
            row[f"{item}_{stage}"] = row.get(f"pupils_{stage}", 0)
    for item in ("teaching_area_m2", "outdoor_sports_area_m2", "equipment_value_wan_yuan"):
        row[item] = Decimal(everyone * 20)
    row["indoor_sports_area_m2"], row["multimedia_rooms"] = Decimal(0), everyone


_IDENTITY = {"county_code", "school_year", "school_code", "school_name", "school_kind_code"}


def _items(dice: Dice, place: tuple[str, int], schools: list[Row], spoil: float) -> list[Row]:
    rows: list[Row] = []

    def item(code: str, value: Any = None, **given: Any) -> None:
        rows.append(
            {"county_code": place[0], "school_year": place[1], "requirement_code": code.split(".")[0], "item_code": code}
            | {"value": None if value is None else Decimal(str(value))}
            | given
        )

    item("P1.basic_balance_years", dice.choice([3, 4, "2.5", "2.96"]) if dice.often(spoil) else 4)
    if int(place[0]) % 3:  # the others have planned no year; of the others some state two
        item("P1.planned_year", 2027)
        item("P1.planned_year", 2026 + int(place[0]) % 3, reference_period="2025")
    for code in ("P2", "G1", "G2", "G10", "Q3", "Q5", "Q6", "Q7", "Q8", *(f"V{k}" for k in range(1, 7)), "G15.care_system"):
        said, evidence = ("met", "示教函〔2025〕1号;规划.pdf")
        if dice.often(spoil / 4):
            said, evidence = dice.choice([("unmet", None), ("unmet", "a.pdf"), ("met", None), ("met", ""), (None, "a.pdf")])
        if not dice.often(spoil / 20):
            item(code, declared_verdict=said, evidence=evidence)
    pupils = dice.choice([0, 100]) if dice.often(spoil) else 100
    item("G7.funds", dice.choice([800_000, "799999.99"]) if dice.often(spoil) else 900_000)
    item("G7.pupils", pupils)
    item("G8.teacher_pay", dice.choice([90_000, "89999.99"]) if dice.often(spoil) else 95_000)
    item("G8.civil_servant_pay", 90_000)
    _ratio(dice, item, "G14.allocated", "G14.planned", "0.5", 1000, spoil)
    item("G14.allocated_rural", dice.randrange(0, 500))
    eligible = dice.choice([0, 2000, 2001]) if dice.often(spoil) else 2000
    public = dice.reaching("0.5", eligible, 0)
    for name, value in (("eligible", eligible), ("public", public)):
        item(f"G15.{name}", value)
    item("G15.purchased", dice.reaching("0.85", eligible, spoil) - public if eligible else 0)
    graduates = dice.choice([968, 969, 970, 971, 1000, 1030]) if dice.often(spoil) else 980
    flows = {"entrants": 1000, "transferred_in": 50, "transferred_out": 30, "deceased": dice.choice([0, 1])}
    flows["graduates"] = graduates
    for name, value in flows.items():
        if not dice.often(spoil / 20):
            item(f"Q1.{name}", value)
    _ratio(dice, item, "Q2.enrolled", "Q2.children", "0.95", 200, spoil)
    for stage, quota in (("primary", 1150), ("junior", 1350)):
        item("G6.quota", quota, stage=stage)
    _what_schools_tell_too(dice, item, schools, spoil)
    if dice.often(0.5):
        _survey_items(dice, item, spoil)
    return rows


def _ratio(dice: Dice, item: Any, numerator: str, denominator: str, share: str, whole: int, spoil: float) -> None:
    """A ratio at its edge, now and then told for two periods, or per stage."""
    reached = dice.reaching(share, whole, spoil)
    if dice.often(spoil / 3):
        item(numerator, whole // 10, reference_period="2023")
        item(denominator, whole, reference_period="2023")
        item(numerator, reached, reference_period="2024")
        item(denominator, whole, reference_period=dice.choice(["2024", "2024", "2025", None]))
    elif dice.often(spoil / 3):
        item(numerator, reached, stage=dice.choice([None, "primary"]))
        for stage, part in (("primary", whole // 2), ("junior", whole - whole // 2)):
            item(denominator, part, stage=stage)
    else:
        item(numerator, reached)
        item(denominator, None if dice.often(spoil / 10) else whole)


def _what_schools_tell_too(dice: Dice, item: Any, schools: list[Row], spoil: float) -> None:
    """Figures of the county beside those of its schools: the same, another one, or in their place."""
    for code, names in (
        ("G9", {"trained": "trained360", "teachers": "teachers"}),
        ("G11", {"exchanged": "exchanged", "eligible": "exchange_eligible", "exchanged_backbone": "exchanged_backbone"}),
        ("G12", {"certified": "certified", "teachers": "teachers"}),
    ):
        if dice.often(0.5):
            by_school = dice.often(spoil / 2)
            for name, column in names.items():
                for row in schools if by_school else ():
                    item(f"{code}.{name}", dice.randrange(1, 9), school_code=row["school_code"])
                if by_school:
                    continue
                value = sum(row.get(f"{column}_{stage}") or 0 for row in schools for stage in ("primary", "junior"))
                item(f"{code}.{name}", value + dice.often(spoil / 4))
    if dice.often(0.5):
        for stage in ("primary", "junior"):
            item("G13.catchment", dice.reaching("0.95", 2000, spoil), stage=stage)
            item("G13.pupils", 2000, stage=stage)
    for row in schools:
        if dice.often(spoil / 4):
            item("G6.quota", dice.choice([1150, 1300]), school_code=row["school_code"])
        if dice.often(0.7 if row.get("public_funds_allocated_yuan") is None else spoil / 4):
            item("G6.allocated", 200_000, school_code=row["school_code"])
        if row.get("training_budget_yuan") is None or row.get("public_funds_budget_yuan") is None:
            item("Q4.training_budget", dice.choice([5000, 4999]), school_code=row["school_code"])
            item("Q4.public_funds_budget", 100_000, school_code=row["school_code"])


def _survey_items(dice: Dice, item: Any, spoil: float) -> None:
    for suffix in ("", ".parents"):
        item(f"S1.valid{suffix}", 1000)
        item(f"S1.satisfied{suffix}", dice.reaching("0.85", 1000, spoil))
        item(f"S1.visited{suffix}", 40)
        item(f"S1.visited_satisfied{suffix}", dice.reaching("0.85", 40, spoil))


def _survey(dice: Dice, place: tuple[str, int], spoil: float) -> list[Row]:
    return [
        {
            **{"county_code": place[0], "school_year": place[1], "respondent_group": group, "survey": "年度调查"},
            **{"questionnaires": 1200, "valid": 1000, "satisfied": dice.reaching("0.85", 1000, spoil)},
            "visited": dice.choice([None, 0, 40]),
            "visited_satisfied": dice.choice([None, 0, 34]),
            "source_document": dice.choice([None, "报告.pdf", "报告.pdf;统计表.xlsx"]),
        }
        for group in ("all", "parents", "teachers")
    ]


def _monitoring(dice: Dice, county: str) -> list[Row]:
    """Results of several years and scopes; most of them good."""
    spoil = dice.choice([0, 0, 0.05, 0.2])
    rows: list[Row] = []
    for year in range(2016, 2026):
        subjects = (("数学", "体育与健康"), ("语文", "艺术", "英语"), ("德育", "科学"))[year % 3]
        for scope in ("national", *dice.sample(["applicant", "provincial", "county"], k=dice.choice([0, 1]))):
            if dice.often(0.15):
                continue
            if dice.often(0.05 if scope == "national" else 0.3):
                whole = {"county_code": county, "scope": scope, "monitoring_year": year, "subject": "综合", "measure": "overall"}
                value = dice.choice([0, 1, 1, 1, None])
                rows += [{**whole, "grade": grade, "value": value, "source_document": "结果报告"} for grade in (4, 8)]
                rows[-1]["value"] = dice.choice([value, value, 0])
            for grade, subject in ((grade, subject) for grade in (4, 8) for subject in subjects):
                base = {"county_code": county, "scope": scope, "monitoring_year": year, "grade": grade, "subject": subject}
                base |= {"source_document": "结果报告", "n_schools": 8, "n_pupils": 240}
                level = dice.choice([1, 2, None]) if dice.often(spoil) else dice.choice([3, 4])
                rate = dice.choice(["0.15", "0.1499", "0.2", None]) if dice.often(spoil) else "0.149999"
                if subject == "体育与健康" and dice.often(spoil):
                    rows.append(base | {"measure": "vision_normal", "star": dice.choice([1, 2, 3, 9])})
                    if dice.often(0.5):
                        continue
                    level = None
                rows.append(base | {"measure": "achievement_level", "level": level})
                if not dice.often(spoil):
                    rows.append(base | {"measure": "between_school_rate", "value": None if rate is None else Decimal(rate)})
                if dice.often(0.2):
                    rows.append(base | {"measure": "mean_score", "value": Decimal(dice.randrange(400, 600))})
    return rows


def random_world(seed: int = 20250902, counties: tuple[str, ...] = COUNTIES, years: tuple[int, ...] = YEARS) -> World:
    """Several hundred counties and years: a few spotless, most of them not."""
    dice = Dice(seed)
    world = World()
    for index, county in enumerate(counties):
        place = Schools(county, 100 * index)
        for kind in ("211", "311", *dice.choices(_KINDS, k=dice.randrange(0, 4))):
            place.open(kind)
        world.monitoring += _monitoring(dice, county) if dice.often(0.95) else []
        for year in years:
            spoil = dice.choice([0, 0.02, 0.1, 0.4])
            if year > years[0] and dice.often(0.5):
                place.change(dice, year)
            schools = [_school(dice, (county, year), code, kind, spoil) for code, kind in place.kinds.items()]
            schools = schools[0 if spoil < 0.4 else dice.randrange(0, 2) :]
            world.census += schools
            world.county_items += _items(dice, (county, year), schools, spoil) if dice.often(0.95) else []
            world.survey += _survey(dice, (county, year), spoil) if dice.often(0.7) else []
        world.succession += place.changes
    return world
