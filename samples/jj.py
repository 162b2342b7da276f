"""The ministry's per-school workbook (教基 series of 2021): cell values of one school.

Addresses are the documented ones (domain notes on exports, 1.4); the layout around them is
``samples/data/jj_forms.yml``.
"""

from __future__ import annotations

from samples.fields import Row

KIND_LABELS = {
    "211": "小学",
    "311": "初级中学",
    "312": "九年一贯制学校",
    "341": "完全中学",
    "345": "十二年一贯制学校",
}
_SPONSORS = {"5": ("地级教育部门", "821"), "7": ("县级教育部门", "831"), "10": ("民办", "999")}
_PLACES = {
    "111": "主城区",
    "112": "城乡结合区",
    "121": "镇中心区",
    "122": "镇乡结合区",
    "210": "乡中心区",
    "220": "村庄",
}

Degrees = tuple[int, int, int, int]
"""博士, 硕士, 本科, 专科."""

Cells = dict[str, dict[str, str]]
"""form → cell address → text."""


def _spread(total: int, parts: int) -> list[int]:
    return [total // parts + (1 if i < total % parts else 0) for i in range(parts)]


def _identity(row: Row) -> dict[str, str]:
    county = str(row["county_code"])
    sponsor, sponsor_code = _SPONSORS[str(row["sponsor_code"])]
    return {
        "C3": str(row["school_code"]),
        "C4": str(row["school_name"]),
        "C6": f"示范省示范市示范县{row['township']}",
        "C12": "是",
        "C13": f"{county}100000",
        "C14": f"{county}000000",
        "C15": _PLACES[str(row["urban_rural_code"])],
        "C16": str(row["urban_rural_code"]),
        "C19": str(row["built_year"]),
        "C21": "否",
        "C22": "是" if row["is_boarding"] else "否",
        "C23": "否",
        "C24": "6" if row["pupils_primary"] else "*",
        "C25": "3" if row["pupils_junior"] else "*",
        "C26": "3" if row["pupils_senior"] else "*",
        "C27": KIND_LABELS[str(row["school_kind_code"])],
        "C28": sponsor,
        "C29": sponsor_code,
    }


def _pupils(total: int, columns: str, grades: int, pupils_column: str) -> dict[str, str]:
    """Row 01 of a pupil form. ``columns``: leaving, entering, girls, first grade, expected leavers."""
    leaving, entering, girls, first, expected = list(columns)
    by_grade = _spread(total, grades)
    cells = {
        f"{pupils_column}6": str(total),
        f"{leaving}6": str(by_grade[-1]),
        f"{entering}6": str(by_grade[0]),
        f"{girls}6": str(round(total * 0.47)),
        f"{expected}6": str(by_grade[-1]),
    }
    for offset, count in enumerate(by_grade):
        cells[f"{chr(ord(first) + offset)}6"] = str(count)
    return cells


def _teachers(row: Row, stage: str, degrees: tuple[int, int, int, int], courses: str, degree_row: int) -> dict[str, str]:
    """Teachers of one stage: total, four degrees from ``degree_row`` on, and the PE and art columns of row 01."""
    doctors, masters, bachelors, college = degrees
    pe_art = int(row[f"pe_art_{stage}"])
    pe = pe_art - pe_art // 2
    music = (pe_art - pe) - (pe_art - pe) // 2
    split = (pe, 0, music, pe_art - pe - music)
    total = int(row[f"teachers_{stage}"])
    cells = {"C6": str(total), "D6": str(round(total * 0.7))}
    cells |= {f"C{degree_row + i}": str(n) for i, n in enumerate((doctors, masters, bachelors, college))}
    cells[f"C{degree_row + 4}"] = str(total - doctors - masters - bachelors - college)
    cells |= {f"{column}6": str(n) for column, n in zip(courses, split, strict=True)}
    return cells


def _primary_degrees(qualified: int) -> Degrees:
    masters, college = qualified // 20, qualified // 4
    return 0, masters, qualified - masters - college, college


def _junior_degrees(qualified: int, teachers: int) -> Degrees:
    doctors, masters = qualified // 60, qualified // 8
    return doctors, masters, qualified - doctors - masters, (teachers - qualified) // 2


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.2f}"


def _premises(row: Row) -> tuple[dict[str, str], dict[str, str]]:
    teaching, indoor = float(row["teaching_area_m2"]), float(row["indoor_sports_area_m2"])
    outdoor = float(row["outdoor_sports_area_m2"])
    floor = {
        "F6": _number(round(teaching * 1.9)),
        "F10": _number(teaching),
        "F11": _number(round((teaching - indoor) * 0.6)),
        "F17": _number(indoor),
        "F20": _number(round(teaching * 0.2)),
        "C6": _number(round(teaching * 1.8)),
        "C10": _number(round(teaching * 0.95)),
        "C11": _number(round((teaching - indoor) * 0.57)),
        "C17": _number(round(indoor * 0.9)),
        "C20": _number(round(teaching * 0.2)),
    }
    land = {
        "C6": "平方米",
        "C7": "平方米",
        "C12": "册",
        "C17": "间",
        "C19": "万元",
        "D6": _number(round(outdoor * 2.6)),
        "D7": _number(outdoor),
        "D8": _number(round(outdoor * 0.4)),
        "D11": _number(round(teaching * 1.9)),
        "D12": str(row["books"]),
        "D14": str(row["computers"]),
        "D16": str(int(row["multimedia_rooms"]) + 3),
        "D17": str(row["multimedia_rooms"]),
        "D18": _number(round(float(row["equipment_value_wan_yuan"]) * 3.4, 2)),
        "D19": _number(float(row["equipment_value_wan_yuan"])),
    }
    return floor, land


def cells(row: Row) -> Cells:
    """Every filled cell of one school's workbook, by form. Forms of stages the school does not have are left out."""
    floor, land = _premises(row)
    backbone = {stage: int(row[f"backbone_{stage}"] or 0) for stage in ("primary", "junior")}
    filled: Cells = {
        "教基1001": _identity(row),
        "教基1102": {
            "C9": "人",
            "D9": "3",
            "C12": "人",
            "C13": "人",
            "C14": "人",
            "D12": str(backbone["primary"]) if row["pupils_primary"] else "*",
            "D13": str(backbone["junior"]) if row["pupils_junior"] else "*",
            "D14": "*" if not row["pupils_senior"] else "6",
        },
        "教基5170": floor,
        "教基5176": land,
    }
    if row["pupils_primary"]:
        degrees = _primary_degrees(int(row["qualified_primary"]))
        filled["教基3112"] = _pupils(int(row["pupils_primary"]), "CDJKQ", 6, "I")
        filled["教基4155"] = _teachers(row, "primary", degrees, "LNOP", 9)
    if row["pupils_junior"]:
        degrees = _junior_degrees(int(row["qualified_junior"]), int(row["teachers_junior"]))
        filled["教基3115"] = _pupils(int(row["pupils_junior"]), "CDFGK", 3, "E")
        filled["教基4156"] = _teachers(row, "junior", degrees, "UVWX", 10)
    if row["pupils_senior"]:
        filled["教基3118"] = _pupils(int(row["pupils_senior"]), "CDFGJ", 3, "E")
    return filled
