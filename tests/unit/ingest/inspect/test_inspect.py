"""One file looked at, and a contract drafted from it."""

from __future__ import annotations

import difflib
import io
import random
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.inspect.draft import draft, likeliest_source
from ingest.inspect.files import inspect_file
from ingest.inspect.head import NoHeader
from ingest.readers import text as text_reader
from ingest.readers.workbook import open_workbook
from ingest.schema.contract import Contract
from ingest.schema.source import load_source
from ingest.schema.table import TableContract
from ingest.schema.wide_table import WideTableContract
from ingest.shapes.contracts import contract_of
from ingest.shapes.header import HeaderFinder
from ingest.shapes.kinds.wide_table import WideTable
from ingest.shapes.wide_header import WideFinder
from junheng.cli.main import main
from junheng.core.messages import Messages

COUNTY = ["区划代码", "年度", "学校标识码", "校名", "办学类型码", "小学在校生人数", "小学专任教师", "绿化率", "校长姓名"]
SCHOOL = ["990101", "2025", "2199010001", "示范小学", "211", "300", "20", "35", "张三丰"]
ID = "110101199003077715"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary homes are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def put(tmp_path: Path, data: bytes | str, name: str = "报表.csv") -> Path:
    path = tmp_path / "files" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def resolved(text: str, **headers: str) -> Contract:
    """The draft with its marked lines resolved: guesses taken, what is missing filled in."""
    lines = []
    for line in text.splitlines():
        if line.startswith("  # ? "):
            line = line.replace("# ? ", "")
        elif line.startswith("  # missing "):
            name = line.removeprefix("  # missing ").partition(":")[0]
            line = f"  {name}: [{headers[name]}]"
        lines.append(line)
    return contract_of(yaml.safe_load("\n".join(lines)))


def test_an_accepted_file_is_shown_as_bronze_would_hold_it(desk: Any, tmp_path: Path, temporary: Path) -> None:
    path = put(tmp_path, desk.csv([[*desk.header, "备注"], [*desk.school_row(小学在校生="１,２３４"), f"见 {ID}"]]))
    (found,) = inspect_file(path)
    assert not found.result.refused
    assert found.result.contract == "school_census.template"
    values = {entry.field.name: entry.values for entry in found.understood}
    assert values["pupils_primary"] == [1234]
    assert values["school_name"] == ["示范小学"]
    assert found.result.unknown_columns == ["备注"]
    assert "multimedia_rooms" in {field.name for field in found.absent}
    assert "pupils_primary" not in {field.name for field in found.absent}


def test_nothing_is_left_anywhere(desk: Any, tmp_path: Path, temporary: Path) -> None:
    path = put(tmp_path, desk.csv([desk.header, desk.school]))
    before = sorted(tmp_path.rglob("*"))
    inspect_file(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_the_year_comes_from_the_folder_else_from_the_file(desk: Any, tmp_path: Path) -> None:
    data = desk.csv([desk.header, desk.school])
    (found,) = inspect_file(put(tmp_path, data))
    assert found.result.folder_school_year == 2025
    (found,) = inspect_file(put(tmp_path, data, "990101/2024/深/报表.csv"))
    assert (found.result.area_code, found.result.folder_school_year) == ("990101", 2024)
    assert found.result.faults[0].rule == "folder_disagrees"
    (found,) = inspect_file(put(tmp_path, data, "990101/2024/深/报表.csv"), area="990101", school_year=2025)
    assert not found.result.refused


def test_faults_are_told_with_their_sentences_and_exit_3(desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [desk.header, desk.school, desk.school_row(学校标识码="2199010002", 小学在校生="约300")]
    path = put(tmp_path, desk.csv(rows))
    assert main(["inspect", str(path)]) == 3
    out = "".join(capsys.readouterr().out.split())
    assert "第3行“小学在校生”" in out
    assert "约300" not in out or "不是数字" in out
    assert "✗会被退回" in out
    assert "可以读入" not in out


def test_a_county_that_the_folder_would_state_is_asked_for(desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "表.csv"
    path.write_text(desk.csv([desk.header, desk.school_row(区划代码="")]), encoding="utf-8")
    assert main(["inspect", str(path)]) == 3
    assert "--area" in capsys.readouterr().out
    assert main(["inspect", str(path), "--area", "990101"]) == 3
    assert "--area" not in capsys.readouterr().out


def test_a_draft_loads_nothing_that_reads_rows() -> None:
    """It is what most of its time would be."""
    code = "import sys, junheng.cli.inspect; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_accepted_file_exits_0(desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(put(tmp_path, desk.csv([desk.header, desk.school])))]) == 0
    out = capsys.readouterr().out
    assert "学校普查标准模板" in out
    assert "✓ 可以读入。" in out
    assert main(["--lang", "en", "inspect", str(tmp_path / "files" / "报表.csv")]) == 0
    assert "pupils_primary" in capsys.readouterr().out


def test_an_unknown_layout_names_the_nearest_shapes(desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path, desk.csv([["学校标识码", "学校名称", "线路"], ["2199010001", "示范小学", "一号线"]]), "校车.csv")
    assert main(["inspect", str(path)]) == 3
    out = "".join(capsys.readouterr().out.split())
    assert "学校普查标准模板" in out
    assert "办学类型码（school_kind_code）" in out


def test_wrong_usage_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(tmp_path / "none.csv")]) == 2
    assert "没有这个文件" in capsys.readouterr().out
    assert main(["contract", "new", str(tmp_path / "none.csv"), "--source", "school_census"]) == 2
    assert main(["contract", "new", str(put(tmp_path, "a,b\n")), "--source", "nothing"]) == 2
    assert main(["contract", "new", str(put(tmp_path, "a,b\n")), "--source", "school_census", "--id", "other.x"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "school_census" in captured.err


def test_no_personal_data_is_printed(desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = [*desk.header, "校长姓名", "联系电话", "备注"]
    bad = desk.school_row(学校标识码="2199010002", 小学在校生="张三丰")
    rows = [header, [*desk.school, "张三丰", "13800000000", f"张三丰 {ID}"], [*bad, "张三丰", "13800000000", ID]]
    path = put(tmp_path, desk.csv(rows))
    main(["inspect", str(path)])
    main(["contract", "new", str(path), "--source", "school_census"])
    out = capsys.readouterr().out
    assert "示范小学" in out
    for secret in ("张三丰", "13800000000", ID):
        assert secret not in out


def test_persons_of_a_roster_are_not_shown(desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = ["区划代码", "学年", "学校标识码", "姓名", "身份证件号", "任教学段", "人员类型", "最高学历"]
    path = put(tmp_path, desk.csv([header, ["990101", "2025", "2199010001", "张三丰", ID, "小学", "专任教师", "本科"]]))
    assert main(["inspect", str(path)]) == 0
    out = capsys.readouterr().out
    for shown in ("2199010001", "小学", "专任教师", "本科"):
        assert shown in out
    assert ID not in out
    assert "张三丰" not in out


def test_the_members_of_an_envelope_are_looked_at_one_by_one(
    desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as envelope:
        envelope.writestr("好.csv", desk.csv([desk.header, desk.school]))
        envelope.writestr("坏.csv", desk.csv([["甲", "乙"], ["1", "2"]]))
        envelope.writestr("../外.csv", desk.csv([desk.header, desk.school]))
    path = put(tmp_path, data.getvalue(), "包.zip")
    assert [i.result.refused for i in inspect_file(path)] == [True, True, False]  # in order of names
    assert main(["inspect", str(path)]) == 3
    out = capsys.readouterr().out
    assert "包.zip!/好.csv" in out
    assert "包.zip!/坏.csv" in out
    assert "包.zip!/../外.csv" in out


def test_a_draft_loads_strictly_once_its_marks_are_resolved(desk: Any, tmp_path: Path) -> None:
    data = desk.csv([["示范县学校一览表"], COUNTY, SCHOOL]).encode()
    text = draft(data, "school_census", "school_census.mycounty", Messages())
    assert "  school_code: [学校标识码]" in text
    assert "  # ? pupils_primary: [小学在校生人数]" in text
    assert "  # missing school_year: []" in text
    assert "#   H 绿化率" in text
    assert "#   I 校长姓名 （个人信息，不保存）" in text
    contract = resolved(text, school_year="年度", school_name="校名")
    assert isinstance(contract, TableContract)
    assert contract.id == "school_census.mycounty"
    assert contract.on_bad_row == "refuse"
    assert contract.school_code_pattern == "[0-9]{10}"
    header = HeaderFinder(contract).find(text_reader.read(data.decode(), ",").rows)
    assert header is not None
    assert (header.row, header.share, header.missing) == (1, 1.0, [])
    assert header.columns["pupils_primary"] == 5


def test_an_unresolved_draft_does_not_claim_what_it_guessed(desk: Any) -> None:
    text = draft(desk.csv([COUNTY, SCHOOL]).encode(), "school_census", "school_census.draft", Messages())
    columns = yaml.safe_load(text)["columns"]
    assert set(columns) == {"county_code", "school_code", "school_kind_code", "teachers_primary"}


def test_columns_nobody_asks_for_are_optional(desk: Any) -> None:
    text = draft(desk.csv([COUNTY, SCHOOL]).encode(), "school_census", "school_census.draft", Messages())
    assert yaml.safe_load(text)["optional_columns"] == ["teachers_primary"]


@pytest.mark.parametrize("source", ["county_items", "monitoring_result", "teacher_roster"])
def test_a_draft_for_any_source(desk: Any, source: str) -> None:
    fields = load_source(source).fields
    text = draft(desk.csv([[f.zh for f in fields], ["1"] * len(fields)]).encode(), source, f"{source}.draft", Messages())
    contract = resolved(text)
    assert isinstance(contract, TableContract)
    assert set(contract.columns or {}) == {field.name for field in fields}


def test_a_stacked_header_is_drafted_as_one(desk: Any) -> None:
    rows = [[*COUNTY[:5], "在校生数", ""], [""] * 5 + ["小学", "初中"], [*SCHOOL[:5], 300, ""]]
    text = draft(desk.xlsx({"表": rows}), "school_census", "school_census.draft", Messages())
    columns = yaml.safe_load(text)["columns"]
    assert (columns["pupils_primary"], columns["pupils_junior"]) == (["小学在校生数"], ["初中在校生数"])


def test_a_stacked_header_written_into_every_cell_is_drafted_as_one(desk: Any) -> None:
    """Without merged cells: the group stands over each of its columns."""
    rows = [["学校标识码", "学校名称", *["小学"] * 4, *["初中"] * 4], ["", "", *["在校生", "在校生", "专任教师", "专任教师"] * 2]]
    rows += [["", "", *["男", "女"] * 4], ["2199010001", "示范小学", *["3"] * 8], ["2199010002", "示范中学", *["4"] * 8]]
    text = draft(desk.csv(rows).encode(), "school_census", "school_census.draft", Messages())
    assert "{field: teachers_junior, first_of: [[{path: [初中, 专任教师, 男]}, {path: [初中, 专任教师, 女]}]]}" in text


def test_without_a_source_the_likeliest_is_drafted(desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contract", "new", str(put(tmp_path, desk.csv([COUNTY, SCHOOL])))]) == 0
    assert "id: school_census.draft\n" in capsys.readouterr().out
    findings = desk.xlsx(
        {"清单": [["县督导问题"], ["问题编号", "问题来源", "存在问题", "牵头单位"], ["1", "省级督导", "班额超标", "教育局"]]}
    )
    assert main(["contract", "new", str(put(tmp_path, findings, "问题.xlsx"))]) == 0
    assert "id: findings.draft\n" in capsys.readouterr().out
    shared = desk.csv(
        [["区划代码", "学年", "学校标识码", "学校名称", "办学规模"], ["990101", "2025", "2199010001", "示范小学", "大"]]
    )
    assert main(["contract", "new", str(put(tmp_path, shared))]) == 0
    assert "id: school_census.draft\n" in capsys.readouterr().out


FOREIGN = "縣市代碼,學校代碼,學校名稱,學生數,專任教師\n01,014601,市立國小,100,8\n"


@pytest.mark.parametrize("options", [[], ["--source", "school_census"]])
def test_a_table_nobody_described_is_drafted_with_every_column_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    assert main(["contract", "new", str(put(tmp_path, FOREIGN)), *options]) == 0
    out = capsys.readouterr().out
    for column in ("#   A 縣市代碼", "#   B 學校代碼", "#   C 學校名稱", "#   D 學生數", "#   E 專任教師"):
        assert f"{column}\n" in out
    required = [field.name for field in load_source("school_census").fields if field.required]
    assert [f"  # missing {name}: []" in out for name in required] == [True] * len(required)
    headers = dict(zip(required, ("縣市代碼", "學年", "學校代碼", "學校名稱", "類型"), strict=True))
    contract = resolved(out, **headers)
    assert contract.id == "school_census.draft"


@pytest.mark.parametrize(
    "header",
    [
        [["Distrito", "Código", "Nome", "Zona"]],
        [["学校情况表", "", "", ""], ["甲", "乙", "丙", "丁"]],
        [["组", "", "别的", ""], ["一", "二", "三", "四"]],
    ],
)
@pytest.mark.parametrize("source", ["school_census", "survey", "teacher_roster"])
def test_every_table_has_a_draft(desk: Any, header: list[list[str]], source: str) -> None:
    for data in (desk.csv([*header, ["1", "2", "3", "4"]]).encode(), desk.xlsx({"x": [*header, ["1", "2", "3", "4"]]})):
        text = draft(data, source, f"{source}.draft", Messages())
        for column in header[-1]:
            assert re.search(rf"(#   [A-D] (\S+/)?{column}\n|: \[{column}\])", text), column


STACKED = [
    ["学校代码", "学校名称", "区划代码", "学年", "办学类型码", "小学在校生", "", "初中在校生", ""],
    ["", "", "", "", "", "男", "女", "男", "女"],
    ["2199010001", "示范学校", "990101", 2025, "312", 120, 130, 70, 80],
]
FLAT = [
    [
        "school_code",
        "school_name",
        "county_code",
        "school_year",
        "school_kind_code",
        "pupils_primary_male",
        "Pupils Primary Female",
    ]
]
FLAT += [["2199010001", "示范小学", "990101", "2025", "211", "120", "130"]]


def test_an_amount_split_over_columns_is_drafted_as_their_sum(
    desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for rows, expected in ((STACKED, (250, 150)), (FLAT, (250, None))):
        data = desk.xlsx({"表": rows})
        text = draft(data, "school_census", "school_census.draft", Messages())
        contract = resolved(text.replace("  # ? - ", "  - "))
        assert isinstance(contract, WideTableContract)
        finder = WideFinder(contract)
        sheet = open_workbook(data).sheet("表")
        header = finder.find(sheet)
        assert header is not None
        assert header.missing == []
        (row,) = WideTable(contract, sheet, header, None).rows()
        assert (row.raw["pupils_primary"], row.raw.get("pupils_junior")) == expected
        assert row.raw["school_code"] == "2199010001"


def test_a_wide_draft_names_what_tells_its_file(desk: Any) -> None:
    header = ["School Year", "School Code", "School Name", "Pupils Boys", "Pupils Girls"]
    text = draft(desk.csv([header, ["2025", "1", "A", "3", "4"]]).encode(), "school_census", "school_census.draft", Messages())
    assert "required: [school_year, school_code, school_name]\n" in text
    lines = [line.replace("# ? - ", "- ") for line in text.splitlines() if "# missing" not in line]
    assert isinstance(contract_of(yaml.safe_load("\n".join(lines))), WideTableContract)


def test_a_shape_may_be_asked_for(desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path, desk.csv([COUNTY, SCHOOL]))
    assert main(["contract", "new", str(path), "--kind", "wide_table"]) == 0
    text = capsys.readouterr().out
    assert "kind: wide_table\n" in text
    assert "  - {field: school_code, first_of: [[{path: [学校标识码]}]]}\n" in text
    assert "  # missing - {field: school_year" in text


def test_a_draft_of_400_columns_costs_a_bounded_number_of_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    class Counting(difflib.SequenceMatcher):  # type: ignore[type-arg]
        def ratio(self) -> float:
            nonlocal compared
            compared += 1
            return super().ratio()

    monkeypatch.setattr("ingest.inspect.columns.difflib.SequenceMatcher", Counting)
    chance = random.Random(3)
    for letters in (
        "小学初中在校生专任教师班级面积图书计算机男女随迁子女寄宿留守合计公用经费",
        "QT_MAT_FUND_AI_AF_DOC_IN_TP_CO_NO_BAS",
    ):
        header = ["".join(chance.choices(letters, k=chance.randint(4, 14))) for _ in range(400)]
        rows = [header, *([str(chance.randint(0, 999)) for _ in header] for _ in range(50))]
        data = "\n".join(map(",".join, rows)).encode()
        assert likeliest_source(data) == "school_census"
        draft(data, "school_census", "school_census.draft", Messages())
    assert 0 < compared < 40_000, "a field has some four names, the census 130 fields: all pairs are 200,000 a row"


def test_a_header_that_yaml_would_read_otherwise_is_quoted(desk: Any) -> None:
    odd = ["区划代码", "学年", "学校标识码", "学校名称", "办学类型码", "小学在校生: [注]"]
    text = draft(desk.csv([odd, SCHOOL]).encode(), "school_census", "school_census.draft", Messages())
    assert (resolved(text).columns or {}).get("pupils_primary") == ["小学在校生: [注]"]  # type: ignore[union-attr]


def test_a_file_without_a_header_gives_no_draft(desk: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = desk.csv([["张三丰", "13800000000"], ["李四", "甲乙"]])
    with pytest.raises(NoHeader):
        draft(data.encode(), "school_census", "school_census.draft", Messages())
    assert main(["contract", "new", str(put(tmp_path, data)), "--source", "school_census"]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "张三丰" not in captured.err
