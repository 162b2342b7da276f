"""Rosters of teachers and the registry of pupils of a fictional county, in agreement with its census but for planted differences.

Nobody of these lives: numbers begin with the code of the fictional county, names are numbered.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from samples.fields import STAGE_LABELS, Row

Kind = Literal[
    "teacher_left_out", "lower_degree", "not_certified", "hours_short", "second_title", "pupil_left_out", "pupil_moved"
]
File = list[list[str]]

_GRADES = {"primary": range(1, 7), "junior": range(7, 10)}
_GRADE_NAMES = "一二三四五六七八九"
_FIRST_DAY = {"teacher": date(1968, 1, 1), "pupil": date(2010, 1, 1)}
_DAYS = 9000
_COURSE_HOURS = ("200", "160")
"""Two courses make the 360 hours of five years."""


@dataclass(frozen=True)
class PlantedDifference:
    """One thing to plant in one school and stage."""

    kind: Kind
    school_code: str
    stage: str


@dataclass(frozen=True, order=True)
class Expected:
    """A count of the rosters that differs from the census because of what was planted."""

    school_code: str
    stage: str
    item: str
    difference: int
    """Rosters minus census."""


@dataclass
class Teacher:
    """A full-time teacher and what the files say of her."""

    number: str
    name: str
    school: str
    stage: str
    qualified: bool
    backbone: bool
    titles: int
    pe_art: bool
    certified: bool
    trained: bool
    eligible: bool
    exchanged: bool

    @property
    def is_plain(self) -> bool:
        """Whether leaving her out changes the number of teachers and what everybody has, nothing else."""
        return not (self.qualified or self.backbone or self.pe_art or self.eligible or self.exchanged)


@dataclass
class Pupil:
    """A pupil and what the registry says of her."""

    number: str
    school_code: str
    school: str
    stage: str
    grade: int
    class_number: int
    migrant: bool


@dataclass
class Rosters:
    """What a county delivers beside its census in one school year: files by source, header first, and what differs."""

    files: dict[str, File]
    expected: list[Expected] = field(default_factory=list)

    def write(self, folder: Path) -> list[Path]:
        """Write each source as a CSV file."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for source, rows in self.files.items():
            path = folder / f"{source}.csv"
            with open(path, "w", encoding="utf-8-sig", newline="") as handle:
                csv.writer(handle).writerows(rows)
            paths.append(path)
        return paths


class _Numbers:
    """Numbers of 18 characters, none of which ends in zeros or occurs twice."""

    def __init__(self, county_code: str) -> None:
        self._county = county_code
        self._given = 0

    def next(self, who: Literal["teacher", "pupil"]) -> str:
        nth = self._given
        self._given += 1
        born = _FIRST_DAY[who] + timedelta(days=nth % _DAYS if who == "teacher" else nth % 4000)
        return f"{self._county}{born:%Y%m%d}{nth // 1000 % 1000:03d}{nth % 9 + 1}"


def rosters(census: Sequence[Row], differences: Iterable[PlantedDifference] = ()) -> Rosters:
    """Rosters that give the counts of these census rows of one county and year, but for the planted differences.

    A stage without a number of teachers or pupils has nobody. Raises ValueError when the census cannot be met or a school has
    nobody in whom to plant a difference.
    """
    numbers = _Numbers(str(census[0]["county_code"]))
    year = int(census[0]["school_year"])
    teachers: dict[tuple[str, str], list[Teacher]] = {}
    pupils: dict[tuple[str, str], list[Pupil]] = {}
    for row in census:
        migrants = row["migrant_pupils"] or 0
        for stage in STAGE_LABELS:
            teachers[row["school_code"], stage] = _teachers(row, stage, numbers)
            enrolled = pupils[row["school_code"], stage] = _pupils(row, stage, numbers, migrants)
            migrants -= sum(pupil.migrant for pupil in enrolled)
    expected: list[Expected] = []
    for difference in differences:
        key = (difference.school_code, difference.stage)
        expected += _plant(difference, teachers.get(key, []), pupils.get(key, []))
    everybody = [teacher for group in teachers.values() for teacher in group]
    files = {**_teacher_files(everybody, year), "pupil_registry": _registry(p for group in pupils.values() for p in group)}
    return Rosters(files, sorted(expected))


def _teachers(row: Row, stage: str, numbers: _Numbers) -> list[Teacher]:
    def stated(item: str) -> int:
        return row[f"{item}_{stage}"] or 0

    total, exchanged, backbone, both = (stated(n) for n in ("teachers", "exchanged", "backbone", "exchanged_backbone"))
    if exchanged + backbone - both > total or max(stated("exchange_eligible"), stated("qualified")) > total:
        raise ValueError(f"{row['school_code']}: more teachers of a sort than teachers")
    teachers = []
    for nth in range(total):
        is_backbone = nth < both or exchanged <= nth < exchanged + backbone - both
        teachers.append(
            Teacher(
                number=numbers.next("teacher"),
                name=f"示范教师{nth + 1}",
                school=row["school_name"],
                stage=stage,
                qualified=nth < stated("qualified"),
                backbone=is_backbone,
                titles=1 + nth % 2 if is_backbone else 0,
                pe_art=nth < stated("pe_art"),
                certified=nth < stated("certified"),
                trained=nth < stated("trained360"),
                eligible=nth < stated("exchange_eligible"),
                exchanged=nth < exchanged,
            )
        )
    return teachers


def _class_sizes(total: int, classes: int, largest: int) -> list[int]:
    """Sizes of classes, the largest first, the rest even."""
    rest = total - largest
    others = classes - 1
    return [largest, *(rest // others + (nth < rest % others) for nth in range(others))] if others else [total]


def _pupils(row: Row, stage: str, numbers: _Numbers, migrants: int) -> list[Pupil]:
    total, classes = row[f"pupils_{stage}"] or 0, row[f"classes_{stage}"] or 1
    if not total:
        return []
    sizes = _class_sizes(total, classes, row[f"largest_class_{stage}"] or -(-total // classes))
    grades = _GRADES[stage]
    pupils: list[Pupil] = []
    for number, size in enumerate(sizes):
        grade = grades[number * len(grades) // len(sizes)]
        for _ in range(size):
            pupil_number = numbers.next("pupil")
            pupils.append(
                Pupil(pupil_number, row["school_code"], row["school_name"], stage, grade, number + 1, len(pupils) < migrants)
            )
    return pupils


def _plant(planted: PlantedDifference, teachers: list[Teacher], pupils: list[Pupil]) -> list[Expected]:
    def expected(**items: int) -> list[Expected]:
        return [Expected(planted.school_code, planted.stage, item, number) for item, number in items.items() if number]

    def one(fits: list[Any]) -> Any:
        if not fits:
            raise ValueError(f"{planted.school_code} has nobody for {planted.kind}")
        return fits[-1]

    match planted.kind:
        case "teacher_left_out":
            teacher = one([t for t in teachers if t.is_plain])
            teachers.remove(teacher)
            return expected(teachers=-1, certified=-int(teacher.certified), trained_360h=-int(teacher.trained))
        case "lower_degree":
            one([t for t in teachers if t.qualified]).qualified = False
            return expected(above_degree=-1)
        case "not_certified":
            one([t for t in teachers if t.certified]).certified = False
            return expected(certified=-1)
        case "hours_short":
            one([t for t in teachers if t.trained]).trained = False
            return expected(trained_360h=-1)
        case "second_title":
            one([t for t in teachers if t.backbone]).titles += 2
            return []
        case "pupil_left_out":
            pupil = one([p for p in pupils if not p.migrant])
            pupils.remove(pupil)
            return expected(pupils=-1)
        case "pupil_moved":
            pupil = one([p for p in pupils if p.class_number > 1])
            pupil.grade, pupil.class_number = pupils[0].grade, 1
            return expected(largest_class=1)


def _yes(fact: bool) -> str:
    return "是" if fact else "否"


def _degree(teacher: Teacher) -> str:
    if teacher.stage == "primary":
        return "本科" if teacher.qualified else "高中阶段"
    return "硕士研究生" if teacher.qualified else "专科"


def _teacher_files(teachers: list[Teacher], year: int) -> dict[str, File]:
    """The main table and the child tables of the teacher system."""
    main = [
        "学校名称", "*姓名", "*身份证件号", "出生日期(yyyy-MM-dd)", "进本校年月", "教职工类别", "是否在编", "人员状态",
        "是否是县级及以上骨干教师", "是否符合交流条件",
    ]  # fmt: skip
    files: dict[str, File] = {
        "teacher_roster": [main],
        "teacher_education": [["姓名", "身份证件号", "毕业年月", "学历", "最高学历标识"]],
        "teacher_certificate": [["姓名", "身份证件号", "资格证种类", "认证学段", "证书颁发日期"]],
        "teacher_training": [["姓名", "身份证件号", "培训项目名称", "培训年度", "培训获得学时"]],
        "teacher_backbone": [["姓名", "身份证件号", "骨干教师级别", "骨干称号名称", "获得时间"]],
        "teacher_exchange": [["姓名", "身份证件号", "交流轮岗类型", "开始年月", "结束年月", "原单位名称", "交流轮岗单位名称"]],
        "teacher_teaching": [["姓名", "身份证件号", "学期", "任教学段", "任教科目"]],
    }
    neighbours: dict[str, dict[str, str]] = {}
    for stage in STAGE_LABELS:
        schools = list(dict.fromkeys(teacher.school for teacher in teachers if teacher.stage == stage))
        neighbours[stage] = dict(zip(schools, [*schools[1:], *schools[:1]], strict=True))
    for teacher in teachers:
        who = [teacher.name, f"'{teacher.number}"]
        born = f"{teacher.number[6:10]}-{teacher.number[10:12]}-{teacher.number[12:14]}"
        facts = [born, "2015-09", "专任教师", "是", "在职", _yes(teacher.backbone), _yes(teacher.eligible)]
        label = STAGE_LABELS[teacher.stage]
        files["teacher_roster"].append([teacher.school, *who, *facts])
        files["teacher_education"].append([*who, "200707", _degree(teacher), "是"])
        if teacher.certified:
            files["teacher_certificate"].append([*who, f"{label}教师资格", label, "2007年7月1日"])
        for back, hours in enumerate(_COURSE_HOURS if teacher.trained else _COURSE_HOURS[:1], 1):
            files["teacher_training"].append([*who, "示范培训", str(year - back), hours])
        levels = ("县级", "市级", "省级", "国家级")
        files["teacher_backbone"] += [[*who, levels[nth % 4], "骨干教师", "2020.9"] for nth in range(teacher.titles)]
        moved = ["1", f"{year}09", f"{year + 1}07", teacher.school, neighbours[teacher.stage][teacher.school]]
        files["teacher_exchange"].append([*who, *(moved if teacher.exchanged else ["0", "", "", "", ""])])
        subject = ("体育与健康", "音乐", "美术")[len(files["teacher_teaching"]) % 3] if teacher.pe_art else "语文"
        files["teacher_teaching"].append([*who, f"{year}年秋", label, subject])
    return files


def _registry(pupils: Iterable[Pupil]) -> File:
    rows: File = [
        [
            "学校标识码",
            "姓名",
            "身份证件号",
            "年级",
            "班级",
            "入学年月",
            "就读方式",
            "是否留守儿童",
            "随班就读",
            "是否进城务工人员随迁子女",
        ]
    ]
    for nth, pupil in enumerate(pupils, 1):
        grade = f"{_GRADE_NAMES[pupil.grade - 1]}年级"
        facts = [grade, f"{pupil.class_number}班", "", "1", "0", "否", _yes(pupil.migrant)]
        rows.append([pupil.school_code, f"示范学生{nth}", f"'{pupil.number}", *facts])
    return rows
