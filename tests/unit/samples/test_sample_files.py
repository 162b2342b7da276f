"""The files of the sample county: same bytes every time, the documented cells, the columns of the templates."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook

from junheng.core.settings import SOURCES
from junheng.core.typed import load
from samples import area, jj
from samples.__main__ import main
from samples.county import County, generate
from samples.fields import DATA, data, template
from samples.landing import write_landing
from samples.write import SchoolWorkbook, write_jj_workbook, write_template
from tests.unit.samples import sample_oracle as oracle


@pytest.fixture(scope="module")
def county() -> County:
    return generate()


@pytest.fixture(scope="module")
def landing(county: County, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("landing")
    write_landing(county, out)
    return out


def digests(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_same_seed_gives_the_same_bytes(landing: Path, tmp_path: Path) -> None:
    assert main(["--out", str(tmp_path)]) == 0
    assert digests(tmp_path) == digests(landing)
    assert len(digests(landing)) > 10


def test_another_seed_gives_other_figures_and_the_same_plan(county: County) -> None:
    other = generate(7)
    assert other.census != county.census
    assert [r["school_code"] for r in other.census[2025]] == [r["school_code"] for r in county.census[2025]]
    found = oracle.county(other.census[2025], "L5", "primary")
    assert found is not None
    assert found[1] == pytest.approx(0.5004, abs=5e-5)


@pytest.mark.parametrize("year", [2024, 2025])
def test_size_and_means_are_near_the_targets(county: County, year: int) -> None:
    rows = county.census[year]
    assert 55 <= len(rows) <= 65
    assert len({row["school_code"] for row in rows}) == len(rows)
    totals = {stage: sum(oracle.pupils(m, stage) for m in oracle.judged(rows, stage).values()) for stage in oracle.LIMITS}
    assert totals["primary"] == pytest.approx(28000, rel=0.03)
    assert totals["junior"] == pytest.approx(13000, rel=0.03)
    for stage, targets in data("targets")["targets"][year].items():
        for indicator, target in targets.items():
            found = oracle.county(rows, indicator, stage)
            if found is not None:
                assert found[0] == pytest.approx(target["mean"], rel=0.02)
                assert found[1] == pytest.approx(target["coefficient"], abs=1e-3)


def test_rows_are_plausible(county: County) -> None:
    for rows in county.census.values():
        for row in rows:
            for stage in ("primary", "junior"):
                if not row[f"pupils_{stage}"]:
                    continue
                teachers = row[f"teachers_{stage}"]
                for part in ("qualified", "backbone", "pe_art", "certified", "midtitle", "trained360"):
                    assert 0 <= row[f"{part}_{stage}"] <= teachers <= row[f"staff_{stage}"]
                bands = sum(v for k, v in row.items() if k.startswith(f"classes_{stage}_"))
                assert bands == row[f"classes_{stage}"]
            assert row["indoor_sports_area_m2"] <= row["teaching_area_m2"]


def test_deliveries_complete_each_other_without_contradiction(county: County, landing: Path) -> None:
    folder = landing / "990101" / "2025"
    sheet = load_workbook(folder / "学校普查_2025学年.xlsx", read_only=True).active
    assert sheet is not None
    lines = list(sheet.iter_rows(values_only=True))
    position = lines[0].index("学校标识码")
    plain = {str(line[position]) for line in lines[1:]}
    books = {path.stem for path in (folder / "学校报表").iterdir()}
    assert len(books) == len(county.workbooks[2025]) == 4
    assert plain | county.workbooks[2025] == {row["school_code"] for row in county.census[2025]}
    assert not plain & county.workbooks[2025]
    with open(folder / "报表外项目.csv", encoding="utf-8-sig", newline="") as handle:
        for line in csv.DictReader(handle):
            row = county.school(2025, line["学校标识码"])
            labels = {f.label: f.name for f in template("school_census")}
            assert all(str(row[labels[k]]) == v for k, v in line.items() if v)


def test_the_older_year_is_gb18030_with_english_headers(landing: Path) -> None:
    raw = (landing / "990101" / "2024" / "school_census_2024.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    header = raw.decode("gb18030").splitlines()[0].split(",")
    assert header == [field.name for field in template("school_census")]


def test_workbook_cells_are_the_documented_ones(county: County, tmp_path: Path) -> None:
    code = "3199000015"
    row = county.school(2025, code)
    write_jj_workbook(tmp_path / "one.xlsx", row)
    book = load_workbook(tmp_path / "one.xlsx")

    def cell(form: str, address: str) -> str:
        value = book[f"{form}_九年一贯制学校"][address].value
        assert isinstance(value, str)
        return value

    def total(form: str, *addresses: str) -> int:
        return sum(int(cell(form, a)) for a in addresses)

    assert (cell("教基1001", "C3"), cell("教基1001", "C4"), cell("教基1001", "C27")) == (
        code,
        "青龙乡九年一贯制学校",
        "九年一贯制学校",
    )
    assert "2025 /2026" in cell("教基1001", "A1")
    assert total("教基1102", "D12") == row["backbone_primary"]
    assert total("教基1102", "D13") == row["backbone_junior"]
    assert total("教基3112", "I6") == row["pupils_primary"] == total("教基3112", *["K6", "L6", "M6", "N6", "O6", "P6"])
    assert total("教基3115", "E6") == row["pupils_junior"]
    assert total("教基4155", "C9", "C10", "C11", "C12") == row["qualified_primary"]
    assert total("教基4155", "L6", "N6", "O6", "P6") == row["pe_art_primary"]
    assert total("教基4156", "C10", "C11", "C12") == row["qualified_junior"]
    assert total("教基4156", "U6", "V6", "W6", "X6") == row["pe_art_junior"]
    assert float(cell("教基5170", "F10")) == row["teaching_area_m2"] != float(cell("教基5170", "C10"))
    assert float(cell("教基5170", "F17")) == row["indoor_sports_area_m2"]
    assert float(cell("教基5176", "D7")) == row["outdoor_sports_area_m2"]
    assert float(cell("教基5176", "D19")) == row["equipment_value_wan_yuan"]
    assert total("教基5176", "D17") == row["multimedia_rooms"]
    assert total("教基5176", "D12") == row["books"]


def test_labels_stand_beside_the_documented_cells() -> None:
    """A layout shifted by one row or column would put a figure under a wrong name."""
    forms = load(DATA / "jj_forms.yml", SchoolWorkbook).forms
    for form, address, row_name, column_name in (
        ("教基1001", "C4", "学校（机构）名称", "内容"),
        ("教基1001", "C27", "办学类型", "内容"),
        ("教基1102", "D12", "县级以上骨干教师（小学）", "数量"),
        ("教基1102", "D13", "县级以上骨干教师（初中）", "数量"),
        ("教基3112", "I6", "总  计", "在校生数"),
        ("教基3115", "E6", "总  计", "在校生数"),
        ("教基3118", "E6", "总  计", "在校生数"),
        ("教基4155", "C12", "专科", "合计"),
        ("教基4155", "L6", "总  计", "体育与健康"),
        ("教基4156", "C13", "专科", "合计"),
        ("教基4156", "U6", "总  计", "体育与健康"),
        ("教基5170", "F10", "教学及辅助用房", "合计"),
        ("教基5170", "F17", "室内体育用房", "合计"),
        ("教基5176", "D7", "#运动场地面积", "数量"),
        ("教基5176", "D17", "#网络多媒体教室", "数量"),
        ("教基5176", "D19", "#教学仪器设备资产值", "数量"),
    ):
        layout = forms[form]
        header = layout.header or layout.index
        assert layout.rows[int(address[1:]) - layout.first_row] == row_name
        assert header[ord(address[0]) - ord("A")] == column_name


def test_a_workbook_leaves_out_forms_of_other_stages(county: County) -> None:
    senior = jj.cells(county.school(2025, "3499000001"))
    assert "教基3118" in senior
    assert "教基3112" not in senior
    assert "教基3115" not in jj.cells(county.school(2025, "2199000007"))


@pytest.mark.parametrize("source", ["school_census", "county_items", "monitoring_result"])
def test_template_columns_are_those_of_the_source(source: str) -> None:
    declared = yaml.safe_load((SOURCES / f"{source}.yml").read_text(encoding="utf-8"))["fields"]
    known = {field["name"]: field["zh"] for field in declared}
    ours = template(source)
    assert ours
    assert {field.name: known.get(field.name) for field in ours} == {field.name: field.label for field in ours}


def test_write_template_keeps_what_a_test_plants(county: County, tmp_path: Path) -> None:
    row = {**county.census[2025][0], "pupils_primary": "约300"}
    write_template(tmp_path / "bad.csv", [row], language="en", encoding="utf-16")
    line = (tmp_path / "bad.csv").read_bytes().decode("utf-16").splitlines()[1]
    assert "约300" in line


def test_an_area_has_impossible_codes_and_every_kind_of_school() -> None:
    table = area.table(counties=4, schools=300, seed=3)
    rows = table.to_pylist()
    assert len(rows) == 300
    assert {row["county_code"] for row in rows} == {"980101", "980102", "980103", "980104"}
    assert len({row["school_code"] for row in rows}) == 300
    kinds = Counter(row["school_kind_code"] for row in rows)
    assert set(kinds) == {"211", "218", "311", "312", "341", "345"}
    assert table.equals(area.table(counties=4, schools=300, seed=3))
    assert area.generate(2, 10, 3) == area.table(2, 10, 3).to_pylist()
