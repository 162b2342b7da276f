"""A layout like nothing known: the three nearest shapes and what each of them misses, in one sentence."""

from __future__ import annotations

import re

from samples.shapes import Shape, workbook


def _named(reason: str) -> list[str]:
    return re.findall(r"“([^”]+)”（缺少列：[^）]", reason)


def test_three_shapes_and_their_missing_columns(desk, rules_of) -> None:
    result = desk.deliver("区划代码,学年,金额\n990101,2025,3\n")
    assert rules_of(result) == {"unknown_layout"}
    assert len(_named(result.reason)) == 3
    assert "“县级填报项目标准模板”（缺少列：指标代码（requirement_code）、项目代码（item_code））" in result.reason
    assert result.reason.count("。") == 1


def test_the_nearest_shape_stands_first(desk) -> None:
    result = desk.deliver("监测类别,监测年份,别的\n国测,2022,1\n")
    assert "监测" in _named(result.reason)[0]


def test_a_workbook_may_be_near_a_wide_table(desk, rules_of) -> None:
    header = ["学校名称", "办学类型", "车辆数", "驾驶员数"]
    result = desk.deliver(workbook({"a": Shape([header, ["示范小学", "小学", 2, 3]])}))
    assert rules_of(result) == {"unknown_layout"}
    named = _named(result.reason)
    assert "教育事业统计横表" in named[0]
    assert len(named) == 3
    assert "学校标识码、" in result.reason


def test_nothing_in_common_still_names_three(desk) -> None:
    named = _named(desk.deliver("备忘\n随便\n").reason)
    assert len(named) == 3
    assert named[0] == "学校普查标准模板"


def test_long_lists_are_cut(desk) -> None:
    result = desk.deliver("CO_ENTIDADE;NO_ENTIDADE;NU_ANO_CENSO\n1;2;3\n")
    assert "巴西学校普查" in _named(result.reason)[0]
    assert re.search(r"等\d+列", result.reason)
