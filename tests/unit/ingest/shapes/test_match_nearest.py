"""A layout like nothing known: the nearest shapes that share a column, and what each of them misses, in one sentence."""

from __future__ import annotations

import re

import pytest

from ingest.schema.contract import FixedDelimiter
from ingest.shapes import fits
from samples.shapes import DrawnSheet, workbook


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
    result = desk.deliver(workbook({"a": DrawnSheet([header, ["示范小学", "小学", 2, 3]])}))
    assert rules_of(result) == {"unknown_layout"}
    named = _named(result.reason)
    assert "教育事业统计横表" in named[0]
    assert len(named) == 3
    assert "学校标识码、" in result.reason


def test_nothing_in_common_names_no_shape(desk, rules_of) -> None:
    for data in ("备忘\n随便\n", "车牌号,线路\n示A00001,一号线\n"):
        result = desk.deliver(data)
        assert rules_of(result) == {"unknown_layout"}
        assert "没有一列是认得的" in result.reason
        assert not _named(result.reason)


def test_long_lists_are_cut(desk) -> None:
    result = desk.deliver("CO_ENTIDADE;NO_ENTIDADE;NU_ANO_CENSO\n1;2;3\n")
    assert "巴西学校普查" in _named(result.reason)[0]
    assert re.search(r"等\d+列", result.reason)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，", "；", "｜"])
def test_a_delimiter_is_found_and_not_declared(desk, delimiter: str) -> None:
    """Also where the shape is another country's, which had its own."""
    result = desk.deliver(desk.csv([desk.header, desk.school], delimiter))
    assert (result.refused, result.rows_parsed) == (False, 1)
    columns = "NU_ANO_CENSO CO_MUNICIPIO CO_ENTIDADE NO_ENTIDADE TP_DEPENDENCIA TP_SITUACAO_FUNCIONAMENTO TP_LOCALIZACAO"
    header = [*columns.split(), "QT_MAT_FUND_AI", "QT_MAT_FUND_AF", "QT_DOC_FUND_AI", "QT_DOC_FUND_AF"]
    row = [2008, 2700102, 27000001, "Escola A", 3, 1, 1, 100, "", 5, ""]
    result = desk.deliver(desk.csv([header, row], delimiter), area="27", year=2008)
    assert (result.contract, result.refused, result.rows_parsed) == ("school_census.inep", False, 1)


def test_a_contract_may_insist_on_a_delimiter(desk, monkeypatch, rules_of) -> None:
    strict = [
        (c.model_copy(update={"fixed_delimiter": FixedDelimiter(sign=";", because="数值里有逗号")}), finder)
        for c, finder in fits.table_finders()
        if c.id == "school_census.template"
    ]
    monkeypatch.setattr(fits, "table_finders", lambda: strict)
    assert not desk.deliver(desk.csv([desk.header, desk.school], ";")).refused
    result = desk.deliver(desk.csv([desk.header, desk.school], "\t"))
    assert rules_of(result) == {"other_delimiter"}
    assert "“学校普查标准模板”相符，只是分隔符是制表符，应为“;”（数值里有逗号）" in result.reason
