"""Counties whose files hold figures that cannot be: parts above their whole, contradictions, other units; with what was planted.

Every school and list is consistent to begin with, in every column that a rule compares; then one fault a row is planted, of a
kind and size by chance. Written from the forms, not from the catalogue. Fictional area 990101 …; the same arguments give the
same files.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from samples import plain_sources
from samples.fields import Row, template
from samples.frauds import YEAR, counties
from samples.planted import Planted
from samples.write import write_table

CENSUS, ITEMS, MONITORING, DECLARED = "school_census", "county_items", "monitoring_result", "declared_forms_item"
LISTS = ("survey", "births", "inspection", "projects", "class_list", "room_list", "school_venues", "declared_forms_school")
_LIMIT = {"primary": 45, "junior": 50}
_BANDS = {"le25": 25, "26_30": 30, "31_35": 35, "36_40": 40, "41_45": 45, "46_50": 50, "51_55": 55, "56_60": 60, "61_65": 65}
_LEAST = {band: int(band[:2]) if band[0].isdigit() else 1 for band in _BANDS} | {"ge66": 66}
_OF_TEACHERS = ("qualified", "backbone", "pe_art", "certified", "midtitle", "trained360")
_MU = Decimal("666.6667")

Change = Callable[[Row, str, random.Random], bool]
"""Plants a fault in a row (of a stage): whether the row fits."""


def _band(size: int) -> str:
    return next((band for band, most in _BANDS.items() if size <= most), "ge66")


def consistent(row: Row, rng: random.Random) -> Row:
    """A school of :mod:`samples.frauds` with every further column filled in, so that nothing contradicts anything."""
    row = dict(row)
    for stage, limit in _LIMIT.items():
        pupils = row[f"pupils_{stage}"]
        if not pupils:
            continue
        number = row[f"classes_{stage}"]
        sizes = [pupils // number + (n < pupils % number) for n in range(number)]
        row |= {f"classes_{stage}_{band}": sum(_band(size) == band for size in sizes) for band in _LEAST}
        row[f"classes_over_{stage}"] = sum(size > limit for size in sizes)
        row[f"largest_class_{stage}"] = max(sizes)
        row[f"grades_{stage}"] = 6 if stage == "primary" else 3
        teachers = row[f"teachers_{stage}"]
        row |= {f"{name}_{stage}": rng.randint(0, teachers) for name in ("certified", "trained360", "exchange_eligible")}
        row[f"exchanged_{stage}"] = rng.randint(0, row[f"exchange_eligible_{stage}"])
        row[f"exchanged_backbone_{stage}"] = rng.randint(0, row[f"exchanged_{stage}"])
        row[f"catchment_{stage}"] = rng.randint(pupils // 2, pupils)
    row["migrant_pupils"] = rng.randint(0, _everyone(row))
    for subject in ("music", "art"):
        row[f"{subject}_rooms"] = rng.randint(1, 3)
        row[f"{subject}_room_areas_m2"] = ";".join(["96"] * row[f"{subject}_rooms"])
    return row


def _everyone(row: Row) -> int:
    return sum(row[f"pupils_{stage}"] or 0 for stage in (*_LIMIT, "senior"))


def _blank(row: Row, stage: str, *names: str) -> None:
    row |= dict.fromkeys((f"{name}_{stage}" for name in names), None)


def _blank_bands(row: Row, stage: str) -> None:
    row |= {f"classes_{stage}_{band}": None for band in _LEAST}


def _above(part: str, whole: str) -> Change:
    """One to nine more of the part than of the whole."""

    def plant(row: Row, stage: str, rng: random.Random) -> bool:
        total = row[whole.format(stage=stage)]
        row[part.format(stage=stage)] = (total or 0) + rng.randint(1, 9)
        return total is not None

    return plant


def _migrants(row: Row, _stage: str, rng: random.Random) -> bool:
    row["migrant_pupils"] = _everyone(row) + rng.randint(1, 9)
    return True


def _staff(row: Row, stage: str, _rng: random.Random) -> bool:
    row[f"staff_{stage}"] = row[f"teachers_{stage}"] - 1
    return row["school_kind_code"] in ("211", "311") and row[f"teachers_{stage}"] > 1


def _more_over_than_classes(row: Row, stage: str, rng: random.Random) -> bool:
    _blank_bands(row, stage)
    _blank(row, stage, "largest_class")
    row[f"classes_over_{stage}"] = row[f"classes_{stage}"] + rng.randint(1, 9)
    return True


def _over_against_largest(row: Row, stage: str, rng: random.Random) -> bool:
    _blank_bands(row, stage)
    row[f"largest_class_{stage}"] = max(row[f"largest_class_{stage}"], _LIMIT[stage] + rng.randint(1, 5))
    row[f"classes_over_{stage}"] = 0
    return bool(row[f"pupils_{stage}"] > _LIMIT[stage] + 5)


def _largest_against_average(row: Row, stage: str, _rng: random.Random) -> bool:
    _blank_bands(row, stage)
    _blank(row, stage, "classes_over")
    row[f"largest_class_{stage}"] = -(-row[f"pupils_{stage}"] // row[f"classes_{stage}"]) - 1
    return bool(row[f"largest_class_{stage}"] > 0)


def _no_classes(row: Row, stage: str, rng: random.Random) -> bool:
    _blank_bands(row, stage)
    _blank(row, stage, "classes_over", "largest_class")
    row[f"{rng.choice(['classes', 'grades'])}_{stage}"] = 0
    return True


def _one_band_more(row: Row, stage: str, _rng: random.Random) -> bool:
    least = sum(_LEAST[band] * row[f"classes_{stage}_{band}"] for band in _LEAST)
    row[f"classes_{stage}_le25"] += 1
    return bool(least < row[f"pupils_{stage}"])


def _one_over_more(row: Row, stage: str, _rng: random.Random) -> bool:
    _blank(row, stage, "largest_class")
    row[f"classes_over_{stage}"] += 1
    return bool(row[f"classes_over_{stage}"] <= row[f"classes_{stage}"])


def _largest_above_bands(row: Row, stage: str, rng: random.Random) -> bool:
    _blank(row, stage, "classes_over")
    row[f"largest_class_{stage}"] = _BANDS.get(_band(row[f"largest_class_{stage}"]), 0) + rng.randint(1, 5)
    return bool(5 < row[f"largest_class_{stage}"] <= row[f"pupils_{stage}"])


def _pupils_above_bands(row: Row, stage: str, rng: random.Random) -> bool:
    _blank(row, stage, "largest_class")
    most = sum(size * row[f"classes_{stage}_{band}"] for band, size in _BANDS.items())
    row[f"pupils_{stage}"] = most + rng.randint(1, 9)
    return bool(row[f"classes_{stage}_ge66"] == 0)


def _areas(row: Row, _stage: str, rng: random.Random) -> bool:
    subject = rng.choice(["music", "art"])
    row[f"{subject}_room_areas_m2"] += ";90"
    return True


def _in_yuan(row: Row, _stage: str, _rng: random.Random) -> bool:
    row["equipment_value_wan_yuan"] *= 10000
    return bool(row["equipment_value_wan_yuan"] > 300 * _everyone(row))


def _in_mu(row: Row, _stage: str, _rng: random.Random) -> bool:
    row["outdoor_sports_area_m2"] = round(Decimal(row["outdoor_sports_area_m2"]) / _MU, 4)
    return True


def _in_hundreds(row: Row, stage: str, _rng: random.Random) -> bool:
    fits = row["school_kind_code"] in ("211", "311") and row[f"pupils_{stage}"] >= 100
    _blank_bands(row, stage)
    _blank(row, stage, "largest_class", "catchment")
    row |= dict.fromkeys(("migrant_pupils", "multimedia_rooms", "indoor_sports_area_m2"))
    row |= {f"pupils_{stage}": row[f"pupils_{stage}"] // 100}
    return bool(fits)


def _funds_in_ten_thousands(row: Row, _stage: str, _rng: random.Random) -> bool:
    row |= {"public_funds_budget_yuan": Decimal(row["public_funds_budget_yuan"]) / 10000, "training_budget_yuan": None}
    return bool(row["public_funds_budget_yuan"] > Decimal("0.06") * _everyone(row))


SCHOOL_FAULTS: list[tuple[tuple[str, ...], Change]] = [
    (("exchange_within_teachers",), _above("exchanged_{stage}", "exchange_eligible_{stage}")),
    (("exchange_within_teachers",), _above("exchange_eligible_{stage}", "teachers_{stage}")),
    (("catchment_within_pupils",), _above("catchment_{stage}", "pupils_{stage}")),
    (("migrants_within_pupils",), _migrants),
    (("training_within_public_funds",), _above("training_budget_yuan", "public_funds_budget_yuan")),
    (("teachers_within_staff_of_school", "warn:teachers_not_above_staff"), _staff),
    (("indoor_not_above_teaching_area",), _above("indoor_sports_area_m2", "teaching_area_m2")),
    (("qualified_not_above_teachers",), _above("qualified_{stage}", "teachers_{stage}")),
    (("backbone_not_above_teachers",), _above("backbone_{stage}", "teachers_{stage}")),
    (("pe_art_not_above_teachers",), _above("pe_art_{stage}", "teachers_{stage}")),
    *((("teacher_groups_not_above_teachers",), _above(f"{name}_{{stage}}", "teachers_{stage}")) for name in _OF_TEACHERS[3:]),
    (("exchanged_backbone_not_above_exchanged",), _above("exchanged_backbone_{stage}", "exchanged_{stage}")),
    (("large_classes_not_above_classes",), _more_over_than_classes),
    (("over_limit_agrees_with_largest",), _over_against_largest),
    (("largest_class_agrees_with_pupils",), _largest_against_average),
    (("classes_agree_with_pupils",), _no_classes),
    (("bands_agree_with_classes",), _one_band_more),
    (("bands_agree_with_over_limit",), _one_over_more),
    (("bands_agree_with_largest",), _largest_above_bands),
    (("bands_agree_with_pupils",), _pupils_above_bands),
    (("room_areas_within_rooms",), _areas),
    (("figures_possible",), _in_yuan),
    (("warn:figures_usual",), _in_mu),
    (("warn:figures_usual",), _in_hundreds),
    (("warn:figures_usual",), _funds_in_ten_thousands),
]
"""What names a fault in a school's row (``warn:``: and takes it all the same), and how it is planted."""

Lines = list[Row]


def _spoil(rows: Lines, kinds: Iterable[tuple[str, Change]], rng: random.Random) -> Iterator[tuple[int, str]]:
    """Plant each kind in a row of its own that fits; yields position and rule."""
    free = list(range(len(rows)))
    rng.shuffle(free)
    for rule, change in kinds:
        for at in free:
            changed = dict(rows[at])
            if change(changed, "", rng):
                rows[at] = changed
                free.remove(at)
                yield at, rule
                break


def _scaled(column: str, factor: Decimal) -> Change:
    """A figure in another unit."""

    def plant(row: Row, _stage: str, _rng: random.Random) -> bool:
        if row[column] is None:
            return False
        row[column] = round(Decimal(str(row[column])) * factor, 4)
        return bool(row[column])

    return plant


def _of(where: Row, change: Change) -> Change:
    return lambda row, stage, rng: all(row[name] == value for name, value in where.items()) and change(row, stage, rng)


def _set(column: str, value: int) -> Change:
    """Another value."""

    def plant(row: Row, _stage: str, _rng: random.Random) -> bool:
        row[column] = value
        return True

    return plant


LIST_FAULTS: dict[str, list[tuple[str, Change]]] = {
    "survey": [
        ("parts_of_whole", _of({"respondent_group": "teachers"}, _above("valid", "questionnaires"))),
        ("parts_of_whole", _of({"respondent_group": "heads"}, _above("satisfied", "valid"))),
        ("parts_of_whole", _of({"respondent_group": "pupils"}, _above("visited_satisfied", "visited"))),
    ],
    "births": [("migrants_within_children", _above("migrant_children", "children"))] * 5,
    "inspection": [("given_within_planned", _above("lessons_given", "lessons_planned"))],
    "projects": [("spent_within_allocated", _above("spent_wan_yuan", "allocated_wan_yuan"))],
    "class_list": [("warn:figures_usual", _scaled("pupils", Decimal(100)))] * 5,
    "room_list": [("warn:figures_usual", _scaled("area_m2", 1 / _MU)), ("figures_possible", _scaled("area_m2", Decimal(10000)))],
    "school_venues": [("warn:figures_usual", _scaled("area_m2", 1 / _MU))],
    "declared_forms_school": [
        ("figures_possible", _scaled("declared_equipment", Decimal(10000))),
        ("warn:figures_usual", _scaled("declared_equipment", Decimal("0.0001"))),
        ("warn:figures_usual", _scaled("declared_sports_area", 1 / _MU)),
    ],
    MONITORING: [
        ("schools_within_pupils", _above("n_schools", "n_pupils")),
        ("level_shares_within_whole", _of({"measure": "share_level_3"}, _set("value", 101))),
        ("overall_is_yes_or_no", _of({"measure": "overall"}, _set("value", 2))),
    ],
}  # fmt: skip

_WHOLES: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    (("G9.trained",), ("G9.teachers",)),
    (("G11.exchanged",), ("G11.eligible",)),
    (("G12.certified",), ("G12.teachers",)),
    (("G13.catchment",), ("G13.pupils",)),
    (("G14.allocated",), ("G14.planned",)),
    (("G15.public", "G15.purchased"), ("G15.eligible",)),
    (("Q1.graduates", "Q1.transferred_out", "Q1.deceased"), ("Q1.entrants", "Q1.transferred_in")),
    (("Q2.enrolled",), ("Q2.children",)),
    (("Q4.training_budget",), ("Q4.public_funds_budget",)),
    (("S1.satisfied",), ("S1.valid",)),
    (("S1.visited_satisfied",), ("S1.visited",)),
    (("S1.satisfied.parents",), ("S1.valid.parents",)),
    (("I2",), ("I1",)),
    (("I16",), ("I15",)),
]
"""Items that are parts, and their whole: what the forms call 其中."""


def _items(county: str, rng: random.Random) -> tuple[Lines, list[tuple[int, str]]]:
    """Items of a county: about half of the wholes are exceeded by their parts, the others just reached or missed."""
    rows: Lines = []
    planted: list[tuple[int, str]] = []
    for parts, wholes in _WHOLES:
        total = rng.randint(100, 400) if parts[0].endswith(".parents") else rng.randint(500, 5000)
        shares = {name: total // len(wholes) + (n == 0) * (total % len(wholes)) for n, name in enumerate(wholes)}
        above = rng.random() < 0.5
        sum_of_parts = total + (rng.randint(1, 50) if above else -rng.choice([0, 0, 1, 7]))
        shares |= {name: sum_of_parts // len(parts) + (n == 0) * (sum_of_parts % len(parts)) for n, name in enumerate(parts)}
        for name in (*parts, *wholes):
            if above:
                planted.append((len(rows), "parts_of_whole"))
            rows.append(
                {"county_code": county, "school_year": YEAR, "requirement_code": name.split(".")[0], "item_code": name}
                | {"reference_period": str(YEAR), "value": shares[name]}
            )
    for name, pay in (("teacher_pay", 98000), ("civil_servant_pay", 97000)):
        short = rng.random() < 0.3
        if short:
            planted.append((len(rows), "figures_possible"))
        rows.append(
            {"county_code": county, "school_year": YEAR, "requirement_code": "G8", "item_code": f"G8.{name}"}
            | {"value": Decimal(pay) / 10000 if short else pay}
        )
    return rows, planted


_CHAINS: list[tuple[str, tuple[str, ...]]] = [
    ("I", ("小学教学点数（个）/计", "小学教学点数（个）/其中：50人及以上")),
    ("I", ("教职工数（人）/小学/合计", "教职工数（人）/小学/其中专任教师")),
    ("IV", ("教师培训/全县教师", "教师培训/完成360学时培训的教师")),
    ("IV", ("教师交流/符合交流轮岗条件教师总数", "教师交流/交流轮岗教师", "教师交流/交流轮岗的骨干教师")),
    ("IV", ("持证上岗/在岗专任教师", "持证上岗/持有教师资格证的专任教师")),
    ("IV", ("名额分配/优质高中招生名额总数", "名额分配/分配名额", "名额分配/分配农村学校的名额")),
    ("V", ("残疾儿童少年入学/残疾儿童少年", "残疾儿童少年入学/入学", "残疾儿童少年入学/在特殊教育学校就读")),
    ("VI", ("问卷总数/计", "问卷总数/其中：回收有效问卷数/计", "问卷总数/其中：回收有效问卷数/其中：满意问卷数")),
    ("VI", ("实地走访人数/计", "实地走访人数/其中：满意人数")),
]
"""Lines of the 申报表 (form, label), each of which is a part of the one before it."""
_COMPLETION = ("三年前入学学生数", "毕业年级三年转入学生数", "毕业班学生数", "死亡学生数", "转出学生数")
_SHARES = [
    ("IV", "教师培训/教师培训完成率"),
    ("V", "三年巩固率/巩固率"),
    ("V", "残疾儿童少年入学/入学率"),
    ("VI", "问卷调查综合满意度（%）"),
]


def _declared(county: str, rng: random.Random) -> tuple[Lines, list[tuple[int, str]]]:
    """Lines of a county's own 申报表: in about half of the chains one part is above its whole, of the shares one in three."""
    rows: Lines = []
    planted: list[tuple[int, str]] = []

    def add(form: str, line: str, label: str, value: object, rule: str = "") -> None:
        if rule:
            planted.append((len(rows), rule))
        row = {"county_code": county, "school_year": YEAR, "form": form, "line": line, "item_name": label}
        rows.append(dict.fromkeys(field.name for field in plain_sources.fields(DECLARED)) | row | {"declared_value": value})

    for number, (form, labels) in enumerate(_CHAINS, 1):
        values = [rng.randint(3000, 5000)]
        broken = rng.randrange(len(labels) - 1) if rng.random() < 0.5 else None
        for at in range(1, len(labels)):
            values.append(values[-1] + rng.randint(1, 50) if broken == at - 1 else values[-1] - rng.choice([0, 1, 700]))
            if broken is not None and at > broken + 1:
                values[-1] = rng.randint(0, min(values[:-1]))
        for at, (label, value) in enumerate(zip(labels, values, strict=True), 1):
            is_broken = broken is not None and at - 1 in (broken, broken + 1)
            add(form, f"{number}.{at}", label, value, "parts_of_whole" if is_broken else "")
    began, joined, gone = rng.randint(900, 1000), rng.randint(0, 90), rng.randint(0, 9)
    excess = rng.choice([0, 0, rng.randint(1, 50)])
    amounts = (began, joined, began + joined - 3 - gone + excess, 3, gone)  # more may finish than began, if they came
    for at, (label, value) in enumerate(zip(_COMPLETION, amounts, strict=True), 1):
        add("V", f"1.{at}", f"三年巩固率/{label}", value, "parts_of_whole" if excess else "")
    for at, (form, label) in enumerate(_SHARES, 1):
        above = rng.random() < 0.3
        add(form, f"9{at}", label, Decimal(rng.randint(1001, 1200) if above else rng.randint(500, 1000)) / 10,
            "shares_within_whole" if above else "")  # fmt: skip
    everyone, parents = rng.randint(50, 90), rng.randint(40, 100)
    for line, value in (("L5", everyone), ("L5/其中:家长", parents)):
        add("VI", line, "实地走访人数（人）", value, "groups_within_all" if parents > everyone else "")
    return rows, planted


def _in_two(given: tuple[Lines, list[tuple[int, str]]], rng: random.Random) -> list[tuple[Lines, list[tuple[int, str]]]]:
    """The rows of a file in two files by chance, and what was planted in each."""
    rows, planted = given
    second = {at for at in range(len(rows)) if rng.random() < 0.5}
    files = []
    for mine in (sorted(set(range(len(rows))) - second), sorted(second)):
        place = {at: number for number, at in enumerate(mine)}
        files.append(([rows[at] for at in mine], [(place[at], rule) for at, rule in planted if at in place]))
    return files


def _monitoring(county: str) -> Lines:
    common = {"county_code": county, "scope": "applicant", "monitoring_year": YEAR, "n_schools": 8, "n_pupils": 240}
    common |= {"source_document": "监测报告"}
    results: list[Row] = [{"subject": "数学", "measure": f"share_level_{level}", "value": 25} for level in range(1, 5)]
    results += [{"subject": "语文", "measure": "between_school_rate", "value": "0.1"}]
    results += [{"subject": "综合", "measure": "overall", "value": 1}]
    return [{**common, "grade": grade, **result} for grade in (4, 8) for result in results]


def _lines(source: str, rows: Lines) -> list[list[object]]:
    if source in (*LISTS, DECLARED):
        return plain_sources.delivered(source, rows)
    columns = [field for field in template(source) if any(field.name in row for row in rows)]
    return [[field.label for field in columns], *([row.get(field.name) for field in columns] for row in rows)]


def _census(rows: Lines, rng: random.Random) -> tuple[Lines, list[tuple[int, str]]]:
    names = {field.name for field in template(CENSUS)}
    good = [consistent(row, rng) for row in rows if row["school_year"] == YEAR]
    planted: list[tuple[int, str]] = []
    free = list(range(len(good)))
    rng.shuffle(free)
    for rules, change in SCHOOL_FAULTS:
        for at in free:
            changed, stages = dict(good[at]), [stage for stage in _LIMIT if good[at][f"pupils_{stage}"]]
            if stages and change(changed, rng.choice(stages), rng):
                good[at] = changed
                free.remove(at)
                planted += [(at, rule) for rule in rules]
                break
    return [{name: value for name, value in row.items() if name in names} for row in good], planted


def write_counties(out: Path, number: int, seed: int, schools: int = 60) -> list[Planted]:
    """Write ``number`` counties to ``out``; returns what was planted: of errors the line, of warnings the file."""
    rng = random.Random(seed)
    all_planted: list[Planted] = []
    for county, rows in sorted(counties(number, schools, seed).items()):
        files: dict[str, tuple[Lines, list[tuple[int, str]]]] = {CENSUS: _census(rows, rng)}
        for source, items in ((ITEMS, _items(county, rng)), (DECLARED, _declared(county, rng))):
            files[source], files[f"{source}.2"] = _in_two(items, rng)
        given: dict[str, Lines] = {
            source: [{**row, "county_code": county} for row in plain_sources.rows(source)] for source in LISTS
        }
        for row in given["declared_forms_school"]:
            if row["declared_equipment"] is not None and row["declared_equipment"] < 50:
                row["declared_equipment"] = 2500
        given[MONITORING] = _monitoring(county)
        for source, lines in given.items():
            files[source] = lines, list(_spoil(lines, LIST_FAULTS[source], rng))
        for source, (lines, planted) in files.items():
            path = f"{county}/{YEAR}/{source}.csv"
            header, *body = _lines(source.split(".")[0], lines)
            write_table(out / path, [str(text) for text in header], body, "csv", "utf-8-sig")
            for at, rule in planted:
                warning = rule.startswith("warn:")
                all_planted.append(Planted(path, rule.removeprefix("warn:"), None if warning else at + 2, warning))
    return all_planted
