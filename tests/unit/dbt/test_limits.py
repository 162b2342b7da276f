"""Limits of the rules and of the office stand in seeds: a number in SQL is arithmetic, and says so here."""

from __future__ import annotations

import re

from junheng.core.settings import DBT_PROJECT

COMMENT = re.compile(r"\{#.*?#\}|--[^\n]*", re.DOTALL)
TYPE = re.compile(r"decimal\(\d+, (?:\d+|\" ~ places ~ \"|\{\{ places \}\})\)")
SCALE = re.compile(r",\s+(?:18|24|28|38), \d+\b")
"""Digits and decimals of a number made of whole units, as the macros of ``macros/compat/numbers.sql`` take them."""
NUMBER = re.compile(r"(?<![\w.'-])\d+(?:\.\d+)?(?![\w.])")

ARITHMETIC = {
    "10": "digits, and one decimal of a whole number",
    "12": "decimals of a value in whole units; the last grade of school",
    "100": "per cent, and the months of a year written 202509",
    "1000": "per mille, for a per cent with one decimal",
    "10000": "units of 10^-4, and 万元",
    "100000000": "units of 10^-8 behind those of 10^-4",
    "1000000000000": "units of 10^-12",
    "9999": "no last year",
}
OF_A_FILE = {
    ("models/intermediate/checks/int_checks__delivery.sql", "16"): "characters of a hash that are the number of a delivery",
    (
        "models/intermediate/issue/int_issue__due_day.sql",
        "16",
    ): "days among which one is worked on, more than any holiday has",
    ("macros/issues.sql", "92"): "the backslash",
    ("macros/issues.sql", "13"): "the end of a line",
}


def literals(sql: str) -> set[str]:
    """Numbers above nine and fractions that SQL types out, types and dates apart."""
    bare = SCALE.sub("", TYPE.sub("", COMMENT.sub("", sql)))
    return {number for number in NUMBER.findall(bare) if float(number) > 9 or "." in number}


def typed() -> set[tuple[str, str]]:
    """File and number; how the engines write numbers, days and texts (``macros/compat``) is no rule."""
    files = [path.relative_to(DBT_PROJECT) for part in ("models", "macros") for path in (DBT_PROJECT / part).rglob("*.sql")]
    read = {file: (DBT_PROJECT / file).read_text(encoding="utf-8") for file in files if "compat" not in file.parts}
    assert len(read) > 200
    return {(str(file), number) for file, sql in read.items() for number in literals(sql)}


def test_a_number_in_sql_is_arithmetic() -> None:
    found = {(file, number) for file, number in typed() if number not in ARITHMETIC}
    assert found - OF_A_FILE.keys() == set()
    assert OF_A_FILE.keys() - found == set(), "no longer typed: take it off the list"


def test_every_kind_of_arithmetic_is_still_needed() -> None:
    assert ARITHMETIC.keys() - {number for _, number in typed()} == set()


def test_a_typed_limit_is_noticed() -> None:
    sql = "case when max(hours) >= 360 then 1 end -- 24\ncast(x as decimal(38, 12)) between y * 0.98 and 8 and date '2024-01-01'"
    assert literals(sql) == {"360", "0.98"}
    assert literals("{{ from_units('value_units', 38, 12) }} {#- 77 -#} l16 > h.l17") == set()
