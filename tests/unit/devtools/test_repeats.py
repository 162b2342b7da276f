"""Blocks of code that stand twice: found wherever they stand, as long as they are equal; and there are few."""

from __future__ import annotations

from devtools.repeats import RepeatedBlock, repeats, sources

MOST = 7
RULE = [f"total = total + weight_{number} * value" for number in range(8)]


def _file(*lines: str) -> str:
    return "\n".join(lines)


def test_a_block_is_found_in_another_file_over_comments_and_indentation() -> None:
    there = [line for rule in RULE for line in ("", "    # why", f"    {rule}")]
    assert repeats([("a.py", _file("import os", *RULE)), ("b.py", _file("x = 1", *there))]) == [
        RepeatedBlock("a.py", 2, 9, "b.py", 4, 25),
    ]


def test_a_block_is_found_again_in_the_same_file_and_in_a_third_place() -> None:
    found = repeats([("a.sql", _file(*RULE, "where a = b", *RULE)), ("c.sql", _file(*RULE))])
    assert [(block.again, block.again_first, block.again_last) for block in found] == [("a.sql", 10, 17), ("c.sql", 1, 8)]


def test_five_lines_and_lists_of_columns_are_no_block() -> None:
    columns = ["select", "county_code,", "school_year,", "stage,", "verdict", "from", ")", "rows as (", "select * from x"]
    assert repeats([("a.sql", _file(*RULE[:5], *columns)), ("b.sql", _file(*columns, *RULE[:5]))]) == []


def test_lines_that_repeat_themselves_are_told_once() -> None:
    assert len(repeats([("a.py", _file(*["x = x + 1"] * 12))])) == 1


def test_the_project_has_few() -> None:
    files = sources()
    assert len(files) > 400
    blocks = repeats(files)
    assert len(blocks) < MOST, "\n".join(map(str, blocks))
