from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_CEILING, Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pytest

from junheng.core.sql import records
from publish.build.facts import NightFacts, ShownSubmission
from publish.site import schools
from publish.site import site as site_module
from publish.site.labels import Labels
from publish.site.site import write_site
from tests.unit.publish.fake_marts import COLUMNS, REQUIREMENTS, Shape, both_rulesets, make_rows, write_marts

RELEASE = {
    "release_id": "r0002-3f9c1a7be042",
    "created_at": "2026-11-22T01:00:00+08:00",
    "tables": {name: {"is_restricted": False} for name in COLUMNS},
}
NOTHING = NightFacts(2, "2026-11-22", (), (), ())
VOID = {"meta", "br", "line", "circle", "rect", "path", "polygon", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Text of a page by element, its table rows and its links; fails on tags that do not nest."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.html = path.read_text(encoding="utf-8")
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self.feed(self.html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "xlink:href", "action")]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and "style" not in self.open:
            self.texts.append((self.open[-1] if self.open else "", " ".join(data.split())))
            if self.open and ("td" in self.open or "th" in self.open):
                self.rows[-1][-1] = (self.rows[-1][-1] + " " + " ".join(data.split())).strip()

    @property
    def text(self) -> str:
        return "\n".join(text for _, text in self.texts)


def render(
    tmp_path: Path, shape: Shape, facts: NightFacts = NOTHING, tables: dict[str, list[tuple[Any, ...]]] | None = None
) -> Path:
    write_site(write_marts(tmp_path / "junheng.duckdb", shape, tables), facts, RELEASE, tmp_path / "site")
    return tmp_path / "site"


def figures(tmp_path: Path, sql: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(tmp_path / "junheng.duckdb"), read_only=True) as connection:
        return records(connection, sql)


def replaced(table: str, made: Iterable[tuple[Any, ...]], where: dict[str, Any], **values: Any) -> list[tuple[Any, ...]]:
    found = []
    for row in made:
        record = dict(zip(COLUMNS[table], row, strict=True))
        if all(record[name] == value for name, value in where.items()):
            record |= values
        found.append(tuple(record.values()))
    return found


def test_every_coefficient_of_the_mart_is_in_the_table_and_in_the_chart(tmp_path: Path) -> None:
    shown = Page(render(tmp_path, Shape(schools=24)) / "index.html")
    expected = figures(
        tmp_path,
        """
        select n.*, b.difference_coefficient_rounded as before
        from marts.fct_county_indicator n
        left join marts.fct_county_indicator b
            on b.school_year = 2024 and b.stage = n.stage and b.indicator_code = n.indicator_code
        where n.school_year = 2025 order by n.stage desc, n.indicator_code
        """,
    )
    assert len(expected) == 14
    table = [row for row in shown.rows if len(row) == 10 and row[0] in ("小学", "初中")]
    drawn = [text for tag, text in shown.texts if tag == "text"]
    for row, mart in zip(table, expected, strict=True):
        value, before = mart["difference_coefficient_rounded"], mart["before"]
        assert row[0] == {"primary": "小学", "junior": "初中"}[mart["stage"]]
        assert row[2] == ("—" if mart["county_mean_rounded"] is None else f"{mart['county_mean_rounded']:,.2f}")
        assert row[5] == {"primary": "0.50", "junior": "0.45"}[mart["stage"]]
        assert row[7] == {"met": "● 限值内", "unmet": "◆ 超限", "undecided": "▨ 待定"}[mart["verdict"]]
        if value is None:
            assert (row[4], row[6]) == ("—", "—")
            assert row[8] == f"{mart['known_school_count']}/{mart['school_count']}"
        else:
            assert row[4] == str(value)
            assert Decimal(row[6][1:]) == abs(value - before)
            assert row[6][0] == ("↓" if value < before else "↑")
            assert row[8] == str(mart["school_count"])
            assert f"{value} {row[6]}" in drawn
        assert row[9] == str(mart["schools_met"])
    assert drawn.count("待定") == sum(mart["difference_coefficient_rounded"] is None for mart in expected) == 1


def test_what_a_combined_school_has_to_add_is_said_once() -> None:
    area = {"unit": "平方米", "is_split": True, "decimals": 2, "name_zh": "教学及辅助用房"}
    labels = Labels("r", "", {("r", "L4", stage): area for stage in ("primary", "junior")})
    of_school = {"school_code": "1", "indicator_code": "L4", "school_shortfall": Decimal("283.6"), "verdict": "unmet"}
    primary = of_school | {
        "stage": "primary",
        "value": Decimal("4.4999"),
        "standard": Decimal("4.5"),
        "shortfall": Decimal("0.06"),
    }
    junior = of_school | {
        "stage": "junior",
        "value": Decimal("5.4995"),
        "standard": Decimal("5.8"),
        "shortfall": Decimal("120.2"),
    }
    needs = schools.needs_of([primary, junior], labels)
    near, far = (schools.missed_indicator(row, labels, needs) for row in (primary, junior))
    assert (near.value, near.shortfall) == ("4.4999", ["本学段缺口 0.06 平方米", "学校应补数见初中"])
    assert (far.value, far.shortfall) == ("5.50", ["本学段缺口 120.2 平方米", "学校应补 283.6 平方米"])
    assert Labels("r", "", {("r", "composite", "all"): {"unit": None, "scale": 1}}).value_unit("composite", "all") == ""
    alone = schools.missed_indicator(junior | {"shortfall": Decimal("283.6")}, labels, schools.needs_of([junior], labels))
    assert alone.shortfall == ["学校应补 283.6 平方米"]


def test_every_school_not_met_is_listed_with_what_it_misses(tmp_path: Path) -> None:
    shown = Page(render(tmp_path, Shape(schools=24)) / "index.html")
    missed = figures(
        tmp_path,
        """
        select i.* from marts.fct_school_indicator i
        join marts.fct_school_verdict v using (county_code, school_year, school_code, stage, ruleset_id)
        where v.verdict = 'unmet' and i.verdict in ('unmet', 'floor_met') and i.school_year = 2025
        """,
    )
    listed = [row[1] for row in shown.rows if len(row) == 2]
    text = " ".join(listed)
    assert missed
    for row in missed:
        if row["value_rounded"] != row["standard"]:
            assert f"{row['value_rounded']:,.2f}（标准 " in text
        if row["indicator_code"] in ("L4", "L5"):
            up = (row["shortfall"] * 100).to_integral_value(ROUND_CEILING) / 100
            assert any(f"{word} {up.normalize():,f}" in text for word in ("本学段缺口", "学校应补"))
    assert text.count("标准") == len(missed)
    counts = figures(
        tmp_path,
        "select stage, verdict, count(*) as n from marts.fct_school_verdict where school_year = 2025 group by all",
    )
    for row in counts:
        label = {"met": "达标", "unmet": "不达标", "undecided": "待定"}[row["verdict"]]
        stage = {"primary": "小学", "junior": "初中"}[row["stage"]]
        assert re.search(rf"{stage}：.*[，]{label} {row['n']}(，|$)", shown.text, re.MULTILINE)


def test_long_lists_are_cut_with_their_full_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schools, "MOST_SCHOOLS", 2)
    shown = Page(render(tmp_path, Shape(schools=24)) / "index.html")
    (unmet,) = figures(
        tmp_path,
        "select count(*) as n from marts.fct_school_verdict where verdict = 'unmet' and school_year = 2025 and stage = 'primary'",
    )
    assert f"小学不达标（{unmet['n']} 个校段）" in shown.text
    assert f"其余 {unmet['n'] - 2} 条未列出" in shown.text


def test_what_is_undecided_names_the_schools_it_waits_for(tmp_path: Path) -> None:
    shown = Page(render(tmp_path, Shape()) / "index.html")
    assert "初中网络多媒体教室" in shown.text
    assert "1 所学校的数据：清河中学" in shown.text
    assert "已有数据暂算" in shown.text
    assert "url(#hatch" in shown.html


def test_schools_of_refused_files_are_missed_and_waited_for(tmp_path: Path) -> None:
    shown = Page(render(tmp_path, Shape(withheld="东郊小学、西郊小学")) / "index.html")
    assert "只在被退回的普查文件里的学校 2 所（文件收下以前，全县有关系数待定）：东郊小学、西郊小学。" in shown.text
    assert shown.text.count("2 所学校的数据：东郊小学（文件被退回）、西郊小学（文件被退回）") == 7


def test_a_verdict_that_rounding_would_turn_is_explained(tmp_path: Path) -> None:
    tables = make_rows(Shape())
    tables["fct_county_indicator"] = replaced(
        "fct_county_indicator",
        tables["fct_county_indicator"],
        {"school_year": 2025, "stage": "primary", "indicator_code": "L2"},
        difference_coefficient=Decimal("0.5004"),
        difference_coefficient_rounded=Decimal("0.500"),
        verdict="unmet",
        verdict_changes_when_rounded=True,
    )
    shown = Page(render(tmp_path, Shape(), tables=tables) / "index.html")
    assert "小学县级以上骨干教师 0.5004，限值 0.50，超限" in shown.text
    assert "小学县级以上骨干教师 0.5004（限值 0.50）" in shown.text
    assert "0.500※" in shown.text


def test_deliveries_refused_with_reason_and_fix_and_nothing_said_as_none(tmp_path: Path) -> None:
    bad = ShownSubmission("990101/2025/third.xlsx", "school_census", "990101", 2025, 0, "不是数字。", "请填写整数。")
    shown = Page(render(tmp_path, Shape(), NightFacts(2, "2026-11-22", (), (bad,), (("990101", 2025),))) / "index.html")
    assert "990101/2025/third.xlsx\n原因\n不是数字。\n怎么改\n请填写整数。" in shown.text
    assert "本夜收到并接受\n无。" in shown.text
    assert "2025—2026学年没有、2024—2025学年有的学校 1 所" in shown.text
    assert "实验小学（9901010001）" in shown.text


def test_a_school_that_became_another_by_a_document_is_not_missed(tmp_path: Path) -> None:
    tables = make_rows(Shape())
    changed = ("990101", 2025, "9901010002", "primary", "L1", "national-2017", "9901010001、9901010002", "merge")
    tables["fct_school_trend"] = [changed]
    shown = Page(render(tmp_path, Shape(), tables=tables) / "index.html")
    assert "2024—2025学年有的学校" not in shown.text


def test_without_trouble_every_heading_says_none(tmp_path: Path) -> None:
    shown = Page(render(tmp_path, Shape(years=(2025,), gaps=False)) / "index.html")
    for heading in ("本夜收到并接受", "被退回", "应到未到"):
        assert f"{heading}\n无。" in shown.text
    assert "没有待定事项。" in shown.text
    assert "没有上一学年数据可比" in shown.text


OUR_SCRIPTS = ['<script src="english.js">']


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "a&b"])
def test_names_from_outside_stay_text(tmp_path: Path, evil: str) -> None:
    tables = make_rows(Shape())
    tables["dim_school"] = replaced("dim_school", tables["dim_school"], {}, school_name=evil, township=evil)
    tables["dim_county"] = replaced("dim_county", tables["dim_county"], {}, county_name=evil, city_name=evil)
    bad = ShownSubmission(evil, None, "990101", 2025, 0, evil, evil)
    page = render(tmp_path, Shape(), NightFacts(1, evil, (bad,), (bad,), ()), tables) / "index.html"
    shown = Page(page)
    assert "img" not in shown.tags
    assert re.findall(r"<script[^>]*>", page.read_text(encoding="utf-8")) == OUR_SCRIPTS
    assert evil in shown.text


def test_pages_ask_for_nothing_from_outside(tmp_path: Path) -> None:
    site = render(tmp_path, Shape(counties=[("990101", "示范县"), ("990102", "示范02县")]))
    pages = sorted(site.rglob("*.html"))
    assert {path.name for path in pages if path.parent == site} == {"index.html", "990101.html", "990102.html", "search.html"}
    assert {"figures", "school", "schools", "trend", "rules"} <= {path.parent.name for path in pages}
    for path in pages:
        shown = Page(path)
        assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", shown.html)
        assert not shown.tags & {"iframe", "img"}
        assert any(link.endswith("../audit/signature/stamp.css") for link in shown.links)
        for link in shown.links:
            target = (path.parent / unquote(link).partition("#")[0]).resolve()
            assert target.exists() or not target.is_relative_to(site.resolve()), (path.name, link)


def test_overview_leads_to_every_county_newest_year_first(tmp_path: Path) -> None:
    counties = [(f"9901{n:02d}", f"示范{n:02d}县") for n in range(1, 6)]
    tables = make_rows(Shape(counties=counties))
    tables = {
        name: [row for row in made if (row[0], row[1]) != ("990101", 2025)] for name, made in tables.items()
    }  # 示范01县 stays at 2024
    shown = Page(render(tmp_path, Shape(), tables=tables) / "index.html")
    overview = [row for row in shown.rows if len(row) == 7][1:]
    assert [row[0] for row in overview] == ["示范02县", "示范03县", "示范04县", "示范05县", "示范01县"]
    assert overview[-1][1] == "2024—2025学年※"
    assert "2024—2025学年有、2025—2026学年没有普查资料的区县 1 个" in shown.text
    counts = figures(
        tmp_path,
        "select count(*) filter (verdict = 'met') as met, count(*) as total from marts.fct_county_indicator "
        "where county_code = '990103' and school_year = 2025",
    )
    assert overview[1][3] == f"{counts[0]['met']}/{counts[0]['total']} 在限值内"
    matrix = {row[0]: row[1:] for row in shown.rows if len(row) == 15 and row[0]}
    values = figures(
        tmp_path,
        "select difference_coefficient_rounded as v from marts.fct_county_indicator "
        "where county_code = '990104' and school_year = 2025 order by stage desc, indicator_code",
    )
    assert [cell.strip("◆") for cell in matrix["示范04县"]] == ["▨" if v["v"] is None else str(v["v"]) for v in values]


def test_a_rule_set_without_limits_gives_values_and_no_verdict(tmp_path: Path) -> None:
    shape = Shape(counties=[("2700102", "Água Branca")], years=(2020, 2021), ruleset="alagoas-demo")
    shown = Page(render(tmp_path, shape) / "index.html")
    (row,) = figures(tmp_path, "from marts.fct_county_indicator where school_year = 2021")
    assert f"{row['difference_coefficient_rounded']}" in shown.text
    assert "不作结论" in shown.text
    for word in ("达标校数", "超限", "限值内", "未达标学校", "Infinity", "None"):
        assert word not in shown.text


def test_two_rule_sets_stand_apart(tmp_path: Path) -> None:
    shown = Page(render(tmp_path, Shape(), tables=both_rulesets()) / "index.html")
    assert "县域义务教育基本均衡发展 · 示范县：资料不全，暂不能下结论。" in shown.text
    # the composite of 2012 is judged, its parts are not, and it waits for the schools they wait for
    rows = [row for row in shown.rows if len(row) > 7 and row[1] == "综合差异系数"]
    assert [row[4:6] + row[7:8] for row in rows] == [["0.310", "0.65", "● 限值内"], ["—", "0.55", "▨ 待定"]]
    assert "1 所学校的数据：清河中学" in shown.text
    parts = [row for row in shown.rows if len(row) > 7 and row[1] == "计算机台数"]
    assert {row[5] for row in parts} == {row[7] for row in parts} == {"—"}
    assert "None" not in shown.text


def test_no_county_yet(tmp_path: Path) -> None:
    tables: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
    assert "还没有可以展示的区县数据" in Page(render(tmp_path, Shape(), tables=tables) / "index.html").text


def test_clock_and_label(tmp_path: Path) -> None:
    shown = Page(render(tmp_path, Shape()) / "index.html")
    assert '.stamp::after { content: var(--stamp, "未签发"); }' in shown.html  # until signature/stamp.css says otherwise
    assert "../audit/signature/stamp.css" in shown.links
    assert "生成时间 2026-11-22T01:00:00+08:00" in shown.text
    assert "截至 2026-11-22 夜间处理（第 2 夜）" in shown.text
    (tmp_path / "again").mkdir()
    assert (render(tmp_path / "again", Shape()) / "index.html").read_text(encoding="utf-8") == shown.html


def test_county_verdict_blocks_and_requirements_are_shown(tmp_path: Path) -> None:
    shown = Page(render(tmp_path, Shape(requirements=REQUIREMENTS)) / "index.html")
    assert "示范县：县域义务教育优质均衡发展尚未达标。" in shown.text
    assert "资源配置达到规定标准" not in shown.text
    badges = (
        "申报前提 ● 达标",
        "资源配置 ◆ 不达标",
        "政府保障程度 ◆ 不达标",
        "教育质量 ▨ 待定",
        "社会认可度 ● 达标",
        "一票否决 ▨ 待定",
    )
    words = " ".join(shown.text.split())
    for badge in badges:
        assert badge in words
    asked = [
        row
        for row in shown.rows
        if len(row) in (2, 4) and any("达标" in cell or "待定" in cell or "参考" in cell for cell in row)
    ]
    for _, _, _, _, verdict, relaxation, conclusion, waiting, other in REQUIREMENTS:
        (row,) = [row for row in asked if conclusion in row[-1]]
        assert (row[-2] == "参考") is (verdict is None)
        assert ("含放宽标准" in row[-2]) is (relaxation is not None)
        assert (f"与自评不一致：{other}" in row[-1]) is (other is not None)
        assert waiting is None or f"待补：{waiting}" in words
    assert "一票否决情形尚未全部查明" in words
    assert "没有待定事项" not in words


@pytest.mark.parametrize("open_code", [row[0] for row in REQUIREMENTS if row[4] == "met"])
def test_county_with_one_thing_open_is_nowhere_called_balanced(tmp_path: Path, open_code: str) -> None:
    """Everything is met but one thing: the page says that nothing can be concluded yet."""
    met = [[*row[:4], row[4] and "met", *row[5:7], None, None] for row in REQUIREMENTS]
    spoilt = [
        [*row[:4], "undecided", None, f"{row[3]}：待定，待补：佐证", "佐证", None] if row[0] == open_code else row for row in met
    ]
    tables = make_rows(Shape(gaps=False, requirements=spoilt))
    tables["fct_county_verdict"] = [
        (*row[:4], "met", *row[5:12], "undecided", "undecided") for row in tables["fct_county_verdict"]
    ]
    shown = Page(render(tmp_path, Shape(), tables=tables) / "index.html")
    assert "示范县：县域义务教育优质均衡发展资料不全，暂不能下结论。" in shown.text
    for praise in ("全部达标。", "达到规定标准"):
        assert praise not in shown.text
    assert f"{open_code} " in shown.text
    assert "待补：佐证" in shown.text


def test_overview_has_a_column_for_the_county_verdict(tmp_path: Path) -> None:
    counties = [("990101", "示范县"), ("990102", "示范02县")]
    shown = Page(render(tmp_path, Shape(counties=counties, requirements=REQUIREMENTS)) / "index.html")
    assert "总结论" in shown.text
    assert [row[2] for row in shown.rows if row[0] in ("示范县", "示范02县") and len(row) > 5 and "◆ 不达标" in row[2]] == [
        "◆ 不达标"
    ] * 2


def test_a_correction_stands_on_the_pages_of_the_figures_it_touches(tmp_path: Path) -> None:
    tables = make_rows(Shape())
    where = ("a.yml", 1, "990101", 2025, "9901010000", "城关小学")
    why = ("applied", None, "复核", "示教函〔2026〕1号", "督导室", "2026-02-20")
    tables["aud_correction"] = [(*where, "teaching_area_m2", "教学及辅助用房面积", 60, 60, 66, *why)]
    site = render(tmp_path, Shape(), tables=tables)
    touched = {
        path.stem.split("-")[-1] for path in (site / "figures").iterdir() if "示教函〔2026〕1号" in path.read_text("utf-8")
    }
    assert touched == {"L4"}


def test_a_figure_that_waits_says_for_whom_and_shows_no_coefficient(tmp_path: Path) -> None:
    site = render(tmp_path, Shape(withheld="东郊小学"))
    shown = Page(site / "figures" / "990101-national-2017-L4.html")
    assert "待补：东郊小学" in shown.text
    assert "待定；已有数据暂算" in shown.text
    assert shown.text.count("差异系数 = 标准差") == 1  # of the junior stage


def test_a_ratio_is_also_one_to_how_many_and_has_the_decimals_of_its_rule_set(tmp_path: Path) -> None:
    site = render(tmp_path, Shape(ruleset="national-2012"))
    shown = Page(site / "figures" / "990101-national-2012-B6.html")
    schools = [row[3] for row in shown.rows if len(row) == 7 and row[3] != "值"]
    assert len(schools) > 10
    assert [text for text in schools if not re.fullmatch(r"\d+\.\d{3}（1:0\.\d+）", text)] == []
    means = [text for _, text in shown.texts if text.startswith("县均值 = 数量合计")]
    assert means
    assert [text for text in means if "（1:0." not in text] == []
    others = [Page(site / "figures" / f"990101-national-2012-{code}.html") for code in ("B5", "B7", "B8")]
    decimals = [{len(row[3].split(".")[1]) for row in other.rows if len(row) == 7 and row[3] != "值"} for other in others]
    assert decimals == [{2}, {3}, {3}]


def test_checks_on_a_figure_page_have_titles_and_the_second_engine_is_not_counted(tmp_path: Path) -> None:
    shown = Page(render(tmp_path, Shape()) / "figures" / "990101-national-2017-L4.html")
    assert [row for row in shown.rows if len(row) == 2][1:] == [["代码", "通过 1"]]


def test_a_nation_has_no_page_for_each_figure_and_no_link_to_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_module, "_settings", lambda: site_module.SiteSettings(figure_pages_up_to_counties=0))
    site = render(tmp_path, Shape())
    assert not (site / "figures").exists()
    assert not any("figures/" in link for link in Page(site / "index.html").links)
