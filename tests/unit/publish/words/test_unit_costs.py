from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from junheng.core.home import Home
from publish.words.unit_costs import SCHEMA, UnitCostsUnusable, unit_cost_table

HEAD = "区划代码,指标代码,分项,补短方式,单价万元,依据"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def write(home: Home, *rows: str, head: str = HEAD, encoding: str = "utf-8-sig") -> Home:
    home.unit_costs.write_text("\n".join([head, *rows]), encoding=encoding)
    return home


def test_without_a_file_nobody_has_a_price_of_its_own(home: Home) -> None:
    assert unit_cost_table(home).equals(SCHEMA.empty_table())


def test_a_way_is_written_as_its_label_or_its_code_and_a_part_may_be_left_out(home: Home) -> None:
    table = unit_cost_table(write(home, "990101,L4,,build,0.32,示财函〔2026〕1号", "990101,G3,a,改造,6.5,合同"))
    assert [tuple(row.values()) for row in table.to_pylist()] == [
        ("990101", "G3", "a", "convert", Decimal("6.500000"), "合同"),
        ("990101", "L4", "all", "build", Decimal("0.320000"), "示财函〔2026〕1号"),
    ]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["990101,L4,,改造,,合同"], "第 2 行：除分项外各列都要填写"),
        (["990101,L4,,招聘,1,合同"], "第 2 行：没有“L4 招聘”"),
        (["990101,G3,,改造,1,合同"], "第 2 行：没有“G3 改造”"),
        (["990101,L4,,改造,0,合同"], "单价“0”不是大于 0"),
        (["990101,L4,,改造,约2,合同"], "单价“约2”不是"),
        (["990101,L4,,改造,0.0000001,合同"], "至多六位小数"),
        (["990101,L4,,改造,NaN,合同"], "单价“NaN”不是"),
        (["990101,L4,,改造,1,合同", "990101,L4,all,convert,2,合同"], "第 3 行：同一补短方式写了两个单价"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(home: Home, rows: list[str], told: str) -> None:
    with pytest.raises(UnitCostsUnusable, match=told):
        unit_cost_table(write(home, *rows))


def test_a_file_of_another_shape_or_encoding_is_named(home: Home) -> None:
    with pytest.raises(UnitCostsUnusable, match="缺少列 分项、补短方式、单价万元、依据"):
        unit_cost_table(write(home, head="区划代码,指标代码"))
    with pytest.raises(UnitCostsUnusable, match="UTF-8"):
        unit_cost_table(write(home, "990101,L4,,改造,1,合同", encoding="gb18030"))
