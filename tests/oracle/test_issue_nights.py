"""Nights of the issue ledger: ten findings over half a year, people who report at once, and figures that come and go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from junheng.core.home import Home
from junheng.core.records import ISSUE_EVENTS
from publish.build.issues import event_files, keep_events
from publish.words.units import SCHEMA as UNIT_ALIASES
from tests.oracle.issue_ledger import Ledger

COUNTY, DOCUMENT = "990101", "示教督函〔2025〕8号"
SUPERVISOR, BUREAU, SCHOOLING = "县政府教育督导室", "教育局", "教师进修学校"
APPROVED = "unit_head;supervisor"
Row = dict[str, Any]


def finding(number: int, description: str, unit: str, deadline: str, **given: Any) -> Row:
    """A finding of the report, as bronze has it."""
    row = {"county_code": COUNTY, "school_year": 2025, "finding_no": f"{number:02d}", "finding_source": "省级督导评估"}
    row |= {"document": DOCUMENT, "document_date": "2025-09-28", "description": description, "responsible_unit": unit}
    return row | {"deadline": deadline} | given


def report(number: int | str, event: str, day: str, unit: str, **given: Any) -> Row:
    """A line of 整改进展台账, as bronze has it."""
    number = f"{number:02d}" if isinstance(number, int) else number
    row = {"county_code": COUNTY, "school_year": 2025, "finding_no": number, "event": event, "event_date": day}
    return row | {"reported_by_unit": unit} | given


FINDINGS = [
    finding(1, "一所九年一贯制学校初中部的教学用房不够", "县教育局、县财政局", "2026-08-31", measures="新建综合楼"),
    finding(2, "城区几所学校的运动场地不够", "县自然资源局", "2025-12-31", requirement_code="L5", measures="划拨相邻地块"),
    finding(3, "一所小学还有超过45人的班", BUREAU, "2026年1月3日", requirement_code="G5"),
    finding(4, "一所学校的学生多于2000人", "县政府", "长期坚持", requirement_code="G4"),
    finding(5, "乡村学校骨干教师少", "县教育局;县人社局", "2025-11-30", requirement_code="L2"),
    finding(6, "体育、艺术教师不够", "县委编办;县教育局", "2026-06-30", requirement_code="L3"),
    finding(7, "交流教师中骨干教师的比例不够", BUREAU, "2026-03-31", requirement_code="G11", measures="调整交流名单"),
    finding(8, "八年级语文的水平没有达到要求", SCHOOLING, "2026-01-31", requirement_code="Q9", measures="联片教研"),
    finding(9, "四年级语文的校际差异偏大", SCHOOLING, "2026-01-31", requirement_code="Q9"),
    finding(10, "一所小学没有按课表上课", BUREAU, "立行立改", requirement_code="Q7", measures="每周巡课"),
]
REPORTS = [
    report(10, "submitted", "2025-10-09", BUREAU, evidence="巡课记录"),
    report(10, "recheck_passed", "2025-10-11", SUPERVISOR),
    report(10, "close", "2025-10-13", SUPERVISOR),
    report(3, "progress", "2025-11-03", BUREAU, progress="分出两个班", evidence="分班名册"),
    report(6, "waive", "2025-11-10", BUREAU, reason="编制已满", approvals=APPROVED),
    report(
        4, "continue", "2025-11-20", SUPERVISOR, target="主体完工", new_deadline="2026-02-16", reason="周期", approvals=APPROVED
    ),
    report(9, "merge", "2025-11-24", SUPERVISOR, merged_into="08"),
    report(2, "plan", "2025-12-01", "县自然资源局", measure="征地后建设", new_deadline="2026-06-30"),
    report(7, "submitted", "2025-12-01", BUREAU),
    report(7, "recheck_passed", "2025-12-08", SUPERVISOR),
    report(7, "close", "2025-12-09", SUPERVISOR),
    report(6, "waive", "2025-12-10", SUPERVISOR, reason="县级无权核增编制", approvals=APPROVED),
    report(7, "evidence", "2025-12-15", BUREAU, evidence="交流文件；名册"),
    report(7, "close", "2025-12-16", BUREAU),
    report(7, "close", "2025-12-17", SUPERVISOR),
    report(3, "submitted", "2025-12-20", BUREAU),
    report(2, "extend", "2025-12-22", "县自然资源局", new_deadline="2026-02-27", reason="手续未完"),
    report(3, "recheck_failed", "2025-12-28", SUPERVISOR, recheck_result="仍有一个班46人"),
    report(2, "extend", "2025-12-29", SUPERVISOR, new_deadline="2026-02-27", approvals=APPROVED),
    report(8, "submitted", "2026-01-12", SCHOOLING, evidence="教研计划"),
    report(8, "recheck_passed", "2026-01-19", SUPERVISOR),
    report(8, "close", "2026-01-20", SUPERVISOR),
    report(3, "submitted", "2026-01-20", BUREAU, evidence="新分班名册"),
    report(3, "recheck_passed", "2026-01-26", SUPERVISOR),
    report(3, "close", "2026-01-28", SUPERVISOR),
    report(8, "reopen", "2026-03-02", SUPERVISOR, reason="回头看：教研没有坚持", new_deadline="2026-03-20"),
]
NIGHTS = [date(2025, 10, 13) + timedelta(days=7 * week) for week in range(25)]  # Mondays until 2026-03-30

EXPECTED = {
    # night: finding → state, days overdue, level of escalation
    "2025-10-13": {1: ("rectifying", 0, 0), 3: ("assigned", 0, 0), 4: ("assigned", 0, 0), 10: ("closed", 0, 0)},
    "2025-12-08": {4: ("continuing", 0, 0), 5: ("assigned", 7, 1), 7: ("rechecked", 0, 0), 9: ("merged", 0, 0)},
    "2025-12-29": {3: ("rectifying", 0, 0), 5: ("assigned", 28, 3), 6: ("waived", 0, 0), 7: ("closed", 0, 0)},
    "2026-01-05": {3: ("rectifying", 1, 1), 5: ("assigned", 35, 4)},
    "2026-01-19": {3: ("rectifying", 15, 2), 8: ("rechecked", 0, 0)},
    "2026-02-02": {3: ("closed", 0, 0), 4: ("continuing", 0, 0), 8: ("closed", 0, 0)},
    "2026-02-23": {4: ("continuing", 0, 0)},
    "2026-03-02": {2: ("rectifying", 3, 1), 4: ("continuing", 6, 1), 8: ("reopened", 0, 0)},
    "2026-03-30": {
        1: ("rectifying", 0, 0),
        2: ("rectifying", 31, 4),
        3: ("closed", 0, 0),
        4: ("continuing", 34, 4),
        5: ("assigned", 119, 4),
        6: ("waived", 0, 0),
        7: ("closed", 0, 0),
        8: ("reopened", 10, 2),
        9: ("merged", 0, 0),
        10: ("closed", 0, 0),
    },
}
REFUSED = {
    ("06", "waived", "2025-11-10"): "填报单位无权办理此事项",
    ("02", "planned", "2025-12-01"): "不能自行推迟整改时限，请申请延期",
    ("07", "closed", "2025-12-09"): "没有佐证材料，不能销号",
    ("07", "closed", "2025-12-16"): "填报单位无权办理此事项",
}


@pytest.fixture
def ledger(empty_ledger: Ledger, tmp_path: Path) -> Ledger:
    return empty_ledger.copy(tmp_path)


def by_number(ledger: Ledger) -> dict[str, Row]:
    return {row["source_item"]: row for row in ledger.query("select * from marts.fct_issue")}


def nights_of_the_half_year(ledger: Ledger) -> Iterator[tuple[str, dict[str, Row]]]:
    """Each night delivers what was reported in the week before it; the first one the findings too."""
    files: list[tuple[int, list[Row]]] = []
    for number, day in enumerate(NIGHTS, 1):
        since = (day - timedelta(days=7)).isoformat() if number > 1 else ""
        week = [row for row in REPORTS if since < row["event_date"] <= day.isoformat()]
        files += [(number, week)] if week else []
        if day.isoformat() in EXPECTED:
            ledger.nights(NIGHTS[:number])
            ledger.deliver("findings", [(1, FINDINGS)])
            ledger.deliver("ledger_update", files)
            ledger.fold()
            yield day.isoformat(), by_number(ledger)


def test_ten_findings_over_half_a_year(ledger: Ledger) -> None:
    numbers: set[frozenset[str]] = set()
    looked = set()
    for day, found in nights_of_the_half_year(ledger):
        looked.add(day)
        numbers.add(frozenset(row["issue_id"] for row in found.values()))
        for number, (state, days_overdue, level) in EXPECTED[day].items():
            row = found[f"{number:02d}"]
            assert (row["state"], row["days_overdue"], row["escalation_level"]) == (state, days_overdue, level), (day, number)
    assert looked == set(EXPECTED)
    assert len(numbers) == 1  # the same ten numbers in every night
    assert len(*numbers) == 10

    last = by_number(ledger)
    assert (last["02"]["original_deadline"], last["02"]["deadline"]) == (date(2025, 12, 31), date(2026, 2, 27))
    assert (last["03"]["due_on"], last["03"]["recheck_count"], last["03"]["evidence_count"]) == (date(2026, 1, 4), 2, 2)
    assert (last["04"]["rectification_type"], last["04"]["due_on"]) == ("long_term", date(2026, 2, 24))
    assert (last["08"]["reopened_count"], last["08"]["closed_at"]) == (1, None)
    assert (last["10"]["closed_at"], last["10"]["closed_by_unit"]) == (date(2025, 10, 13), SUPERVISOR)
    assert (last["10"]["deadline"], last["10"]["rectification_type"]) == (date(2025, 10, 13), "immediate")
    assert last["10"]["recheck_level"] == "province"
    refused = ledger.query(
        'select issue_id, event_type, "at", refusal_reason from marts.fct_issue_event where not accepted order by "at"'
    )
    names = {row["issue_id"]: number for number, row in last.items()}
    told = {(names[row["issue_id"]], row["event_type"], row["at"].isoformat()): row["refusal_reason"] for row in refused}
    assert told == REFUSED
    (count,) = ledger.query("select count(*) as events from marts.fct_issue_event where event_type not in ('opened', 'assigned')")
    assert count["events"] == len(REPORTS) + sum("measures" in row for row in FINDINGS)


def test_lists_of_the_half_year(ledger: Ledger) -> None:
    ledger.nights(NIGHTS)
    ledger.deliver("findings", [(1, FINDINGS)])
    ledger.deliver("ledger_update", [(25, REPORTS)])
    ledger.fold()
    numbers = {row["issue_id"]: row["source_item"] for row in ledger.query("select issue_id, source_item from marts.fct_issue")}

    paper = {row["source_item"]: row for row in ledger.query("select * from marts.rpt_issue_ledger")}
    assert (
        paper["03"]
        | {
            "source_zh": f"督导反馈：{DOCUMENT}",
            "lead_unit_zh": BUREAU,
            "evidence_zh": "分班名册；新分班名册",
            "completed_at": date(2026, 1, 20),
            "rechecked_by_unit": SUPERVISOR,
            "rechecked_at": date(2026, 1, 26),
            "recheck_result_zh": "复查通过",
            "is_struck_off_zh": "是",
            "closed_at": date(2026, 1, 28),
        }
        == paper["03"]
    )
    assert (paper["01"]["lead_unit_zh"], paper["01"]["is_struck_off_zh"]) == ("教育局、财政局", "否")
    assert (paper["02"]["remark_zh"], paper["08"]["remark_zh"]) == ("已延期", "重新整改 1 次")
    assert paper["05"]["escalation_zh"] == "问责建议"
    assert sorted(row["sequence"] for row in paper.values()) == list(range(1, 11))

    tasks = ledger.query("select unit_zh, issue_id from marts.rpt_unit_task")
    assert sorted((row["unit_zh"], numbers[row["issue_id"]]) for row in tasks) == [
        ("人力资源和社会保障局", "05"),
        ("县政府", "04"),
        ("教师进修学校", "08"),
        ("教育局", "01"),
        ("教育局", "05"),
        ("自然资源局", "02"),
        ("财政局", "01"),
    ]
    key = {numbers[row["issue_id"]]: row["reason_zh"] for row in ledger.query("select * from marts.rpt_key_task")}
    assert key == {"02": "逾期 31 天", "04": "长期整改、逾期 34 天", "05": "逾期 119 天", "08": "逾期 10 天、重新整改"}

    evidence = ledger.query("select issue_id, evidence_zh, has_file from marts.rpt_issue_evidence")
    assert sorted((numbers[row["issue_id"]], row["evidence_zh"]) for row in evidence) == [
        ("03", "分班名册"),
        ("03", "新分班名册"),
        ("07", "交流文件"),
        ("07", "名册"),
        ("08", "教研计划"),
        ("10", "巡课记录"),
    ]
    units = {row["unit_zh"]: row for row in ledger.query("select * from marts.fct_unit_performance")}
    assert (
        units[BUREAU]
        | {
            "owned_count": 6,
            "open_count": 2,
            "closed_count": 3,
            "closed_in_time_count": 2,
            "closed_late_count": 1,
            "waived_count": 1,
            "continuing_count": 0,
            "extended_count": 0,
            "overdue_count": 1,
            "longest_overdue_days": 119,
        }
        == units[BUREAU]
    )
    assert {unit for unit, row in units.items() if row["continuing_count"] == 1} == {"县政府"}
    assert {unit for unit, row in units.items() if row["extended_count"] == 1} == {SCHOOLING, "自然资源局"}
    # 09 was merged into 08
    assert units[SCHOOLING] | {"owned_count": 1, "reopened_count": 1, "closed_count": 0} == units[SCHOOLING]


def test_two_people_on_one_day_and_a_file_that_comes_again(ledger: Ledger) -> None:
    ledger.nights([date(2025, 10, 13), date(2025, 10, 20)])
    ledger.deliver("findings", [(1, FINDINGS[:2])])
    mine = report(1, "progress", "2025-10-10", BUREAU, progress="完成勘察")
    yours = report(1, "progress", "2025-10-10", BUREAU, progress="完成设计")
    theirs = report(1, "progress", "2025-10-10", "县财政局", progress="资金到位")
    unknown = report("99", "progress", "2025-10-10", BUREAU, progress="没有这个问题")
    ledger.deliver("ledger_update", [(1, [mine, theirs]), (1, [yours]), (2, [mine, unknown])])
    ledger.fold()
    rows = ledger.query("select payload, accepted, refusal_reason from marts.fct_issue_event where event_type = 'progress'")
    kept = {text for row in rows if row["accepted"] for text in ("完成勘察", "完成设计", "资金到位") if text in row["payload"]}
    assert kept == {"完成勘察", "完成设计", "资金到位"}
    assert [row["refusal_reason"] for row in rows if not row["accepted"]] == ["当前状态下不能办理此事项（未建账，报告进展）"]
    assert len(rows) == 4
    assert set(by_number(ledger)) == {"01", "02"}


def test_whoever_did_not_see_the_other_is_marked(ledger: Ledger) -> None:
    ledger.nights([date(2025, 10, 13), date(2025, 10, 20), date(2025, 10, 27)])
    ledger.deliver("findings", [(1, FINDINGS[:2])])
    ledger.fold()
    first, second = by_number(ledger)["01"]["issue_id"], by_number(ledger)["02"]["issue_id"]
    last = {row["issue_id"]: row["event_id"] for row in ledger.query("select * from marts.fct_issue_event order by seq")}

    def told(issue: str, text: str, unit: str = BUREAU, **given: Any) -> Row:
        return report(issue, "progress", "2025-10-19", unit, progress=text, seen_event=last[issue]) | given

    mine, alone = told(first, "完成勘察"), told(second, "完成选址")
    yours = told(first, "资金到位", "县财政局")
    foreign = told(second, "完成划拨", seen_event="0" * 32)
    ledger.deliver("ledger_update", [(2, [mine, alone]), (2, [yours]), (3, [mine, foreign])])
    ledger.fold()
    rows = ledger.query("select payload, accepted, is_conflicting from marts.fct_issue_event where event_type = 'progress'")
    found = {text: row for row in rows for text in ("勘察", "选址", "资金", "划拨") if text in row["payload"]}
    assert all(row["accepted"] for row in rows)
    assert len(rows) == 4
    assert {text: row["is_conflicting"] for text, row in found.items()} == {
        "勘察": True,
        "选址": False,
        "资金": True,
        "划拨": True,
    }


def test_an_entry_by_hand_goes_by_its_own_number_too(ledger: Ledger) -> None:
    ledger.nights([date(2025, 10, 13), date(2025, 10, 20)])
    entered = report("自查1", "open", "2025-10-10", SUPERVISOR, progress="围墙开裂", responsible_unit=BUREAU)
    ledger.deliver("ledger_update", [(1, [entered])])
    ledger.fold()
    (issue,) = by_number(ledger).values()
    ledger.deliver(
        "ledger_update", [(1, [entered]), (2, [report(issue["issue_id"], "progress", "2025-10-19", BUREAU, progress="已加固")])]
    )
    ledger.fold()
    (issue,) = by_number(ledger).values()
    assert (issue["state"], issue["note"]) == ("rectifying", "已加固")


def test_an_issue_is_merged_into_one_that_is_there_and_stays(ledger: Ledger) -> None:
    ledger.nights([date(2025, 10, 13), date(2025, 10, 20)])
    ledger.deliver("findings", [(1, FINDINGS[:6])])
    ledger.fold()
    ids = {number: row["issue_id"] for number, row in by_number(ledger).items()}

    def merge(number: int, target: str, day: str = "2025-10-16") -> Row:
        return report(number, "merge", day, SUPERVISOR, merged_into=target)

    merges = [merge(1, "02"), merge(2, ids["03"], "2025-10-17"), merge(3, "01", "2025-10-18"), merge(4, "04"), merge(5, "77")]
    by_whom_it_is_not_to = [report(6, "merge", "2025-10-14", "县委编办", merged_into="05"), merge(4, "06", "2025-10-19")]
    ledger.deliver("ledger_update", [(1, []), (2, merges + by_whom_it_is_not_to)])
    ledger.fold()
    found = {number: (row["state"], row["merged_into"]) for number, row in by_number(ledger).items()}
    assert found == {
        "01": ("merged", ids["02"]),  # that one went on into 03
        "02": ("merged", ids["03"]),
        "03": ("assigned", None),  # 01 has gone there itself
        "04": ("merged", ids["06"]),  # into itself it was refused
        "05": ("assigned", None),  # nobody knows 77
        "06": ("assigned", None),
    }
    (unknown,) = ledger.query("select payload from marts.fct_issue_event where payload like '%77%'")
    assert unknown["payload"] == '{"note":"77"}'  # what was written is not lost
    refused = ledger.query(
        "select payload, refusal_reason from marts.fct_issue_event where event_type = 'merged' and not accepted"
    )
    assert sorted(row["refusal_reason"][:6] for row in refused) == [
        "填报单位无权",
        "缺少必填内容",
        "缺少必填内容",
        "缺少必填内容",
    ]


def test_a_later_list_takes_nothing_back(ledger: Ledger) -> None:
    ledger.nights([date(2025, 10, 13), date(2025, 10, 20)])
    changed = FINDINGS[1] | {"responsible_unit": "县住建局", "document": "示教督函[2025] 8号"}
    ledger.deliver("findings", [(1, FINDINGS[:2]), (2, [changed])])
    ledger.fold()
    found = by_number(ledger)
    assert set(found) == {"01", "02"}
    assert (found["01"]["lead_unit"], found["02"]["lead_unit"]) == ("教育局;财政局", "住房和城乡建设局")
    assert found["02"]["state"] == "assigned"


def test_two_documents_may_count_alike(ledger: Ledger) -> None:
    ledger.nights([date(2025, 10, 13), date(2026, 10, 12)])
    other = FINDINGS[0] | {"school_year": 2026, "document": "示市教督〔2026〕3号", "document_date": "2026-09-20"}
    done = report(1, "progress", "2026-10-09", BUREAU, progress="竣工") | {"school_year": 2026}
    ledger.deliver("findings", [(1, FINDINGS[:1]), (2, [other])])
    ledger.deliver("ledger_update", [(2, [done])])
    ledger.fold()
    found = {row["source_document"]: row["note"] for row in ledger.query("select * from marts.fct_issue")}
    assert found == {DOCUMENT: None, "示市教督〔2026〕3号": "竣工"}


def test_an_inspection_record_with_a_problem_is_an_issue_of_the_school(ledger: Ledger) -> None:
    record = {"county_code": COUNTY, "school_year": 2025, "record_no": "JC001", "inspected_on": "2025-11-12"}
    record |= {
        "inspection_kind": "safety",
        "school_code": "3199000001",
        "school_name": "示范中学",
        "inspecting_unit": "县教育局安全股",
    }
    ledger.nights([date(2025, 11, 13)])
    faulty = record | {"problem": "药品柜只有一把锁", "place": "化学实验室", "deadline": "2025-11-14"}
    ledger.deliver("inspection", [(1, [faulty, record | {"record_no": "JC002"}])])
    ledger.deliver("ledger_update", [(1, [report("JC001", "close", "2025-11-13", SUPERVISOR)])])
    ledger.fold()
    (row,) = ledger.query("select * from marts.fct_issue")
    assert (row["source_item"], row["school_code"], row["lead_unit"]) == ("JC001", "3199000001", "示范中学")
    assert (row["deadline"], row["state"], row["refused_event_count"]) == (date(2025, 11, 14), "opened", 1)


def test_a_unit_is_one_however_it_is_written(ledger: Ledger) -> None:
    """Nobody closes their own issue under another spelling of their name; the county's own list is read on top."""
    ledger.nights([date(2025, 10, 20)])
    ledger.deliver("findings", [(1, [finding(1, "教学用房不够", "县财政局、人社局", "2026-08-31", measures="新建")])])
    moves = [("submitted", "财政局"), ("recheck_passed", SUPERVISOR), ("close", "区人社局")]
    events = [report(1, event, f"2025-10-{day}", unit, evidence="照片") for day, (event, unit) in enumerate(moves, 13)]
    ledger.deliver("ledger_update", [(1, events)])
    ledger.fold()
    (issue,) = ledger.query("select lead_unit, state, refused_event_count from marts.fct_issue")
    assert (issue["lead_unit"], issue["state"], issue["refused_event_count"]) == ("财政局;人力资源和社会保障局", "rechecked", 1)
    assert {row["unit_zh"] for row in ledger.query("select * from marts.fct_unit_performance")} == {
        "财政局",
        "人力资源和社会保障局",
    }
    ledger.fill("run.unit_alias", UNIT_ALIASES, [{"county_code": COUNTY, "written": "财政局", "unit_zh": "财政和国资局"}])
    ledger.fold()
    (issue,) = ledger.query("select lead_unit from marts.fct_issue")
    assert issue["lead_unit"] == "财政和国资局;人力资源和社会保障局"


def test_a_patrol_that_found_another_lesson_opens_an_issue_without_calling_it_a_problem(ledger: Ledger) -> None:
    record = {"county_code": COUNTY, "school_year": 2025, "inspected_on": "2025-11-12", "inspection_kind": "patrol"}
    record |= {"school_code": "3199000001", "school_name": "示范中学"}
    ledger.nights([date(2025, 11, 13)])
    records = [
        record | {"record_no": "XK01", "subject_planned": "美术", "subject_given": "数学"},
        record | {"record_no": "XK02", "subject_planned": "体育", "subject_given": "体育与健康"},
        record | {"record_no": "XK03", "lessons_planned": 30, "lessons_given": 23},
        record | {"record_no": "XK04", "lessons_planned": 30, "lessons_given": 30},
        record | {"record_no": "XK05", "subject_planned": "音乐"},
    ]
    ledger.deliver("inspection", [(1, records)])
    ledger.fold()
    found = ledger.query("select source_item, title, origin, state, lead_unit from marts.fct_issue order by source_item")
    assert [(row["source_item"], row["title"]) for row in found] == [
        ("XK01", "课表为美术，实授数学"),
        ("XK03", "课表 30 节，实授 23 节，少上 7 节"),
    ]
    assert {(row["origin"], row["state"], row["lead_unit"]) for row in found} == {("inspection", "opened", "示范中学")}


def figure(code: str, verdict: str, year: int = 2025, **given: Any) -> Row:
    row: Row = {"issue_id": f"{COUNTY}-{code}", "figure_kind": "county_requirement", "origin": "figure", "county_code": COUNTY}
    row |= {"school_year": year, "figure_on": date(year, 9, 1), "code": code, "verdict": verdict, "title": f"要求{code}"}
    row |= {"opens": verdict in ("unmet", "undecided"), "deadline_days": 30, "lead_unit": BUREAU}
    return row | given


class Figures:
    """A home in which figures are computed night after night, as a build does it."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self.ledger, self.home = ledger, Home(folder / "home").create()
        self.days: list[date] = []

    def night(self, day: str, *figures: Row, keep: bool = True) -> list[tuple[str, str]]:
        """What this night's figures gave: issue and event."""
        self.days.append(date.fromisoformat(day))
        self.build(*figures)
        found = self.ledger.query("select * from intermediate.int_issue__figure_event order by event_id")
        if keep:
            keep_events(self.home, self.ledger.path)
        return sorted((row["requirement_code"], row["event_type"]) for row in found)

    def build(self, *figures: Row) -> None:
        """Build what the home holds and these figures."""
        self.ledger.nights(self.days)
        files = event_files(self.home, range(1, len(self.days) + 1))
        self.ledger.events([row for file in files for row in pq.read_table(file).to_pylist()])
        self.ledger.figures(figures)
        self.ledger.fold()

    def marts(self) -> list[list[tuple[Any, ...]]]:
        """Rows of the two marts without what is volatile."""
        with duckdb.connect(str(self.ledger.path), read_only=True) as connection:
            issues = connection.execute("select * exclude (opened_release) from marts.fct_issue order by all").fetchall()
            return [
                issues,
                connection.execute("select * exclude (source_night) from marts.fct_issue_event order by all").fetchall(),
            ]

    def state(self, code: str) -> Row:
        (row,) = self.ledger.query(f"select * from marts.fct_issue where requirement_code = '{code}'")
        return row


@pytest.fixture
def figures(ledger: Ledger, tmp_path: Path) -> Figures:
    return Figures(ledger, tmp_path)


def test_a_second_night_with_the_same_figures_changes_nothing(figures: Figures) -> None:
    tonight = [figure("G1", "unmet"), figure("G2", "undecided"), figure("G3", "met"), figure("G4", "floor_met")]
    assert figures.night("2026-03-02", *tonight) == [("G1", "opened"), ("G2", "opened")]
    first = figures.marts()
    assert [len(rows) for rows in first] == [2, 2]
    figures.build(*tonight)  # the same night once more, as after a kill between keeping and publishing
    assert figures.marts() == first
    assert figures.night("2026-03-02", *tonight) == []
    assert figures.marts() == first
    assert figures.state("G1") | {"state": "opened", "deadline": date(2026, 4, 1), "lead_unit": BUREAU} == figures.state("G1")


def test_a_build_that_was_killed_before_it_kept_anything_is_made_again(figures: Figures) -> None:
    figures.night("2026-03-02", figure("G1", "unmet"), keep=False)
    first = figures.marts()
    figures.night("2026-03-02", figure("G1", "unmet"))
    assert figures.marts() == first


def test_kept_files_never_change(figures: Figures) -> None:
    figures.night("2026-03-02", figure("G1", "unmet"))
    (kept,) = event_files(figures.home, [1])
    before = kept.read_bytes()
    assert keep_events(figures.home, figures.ledger.path) == kept
    assert kept.read_bytes() == before
    assert pq.read_schema(kept).equals(ISSUE_EVENTS)
    figures.night("2026-03-03", figure("G1", "met"))
    assert event_files(figures.home, [1]) == [kept]
    assert len(event_files(figures.home, [1, 2])) == 2


def test_a_figure_that_is_back_is_evidence_and_closes_nothing(figures: Figures) -> None:
    figures.night("2026-03-02", figure("G1", "unmet"))
    assert figures.night("2026-03-03", figure("G1", "undecided")) == []
    assert figures.night("2026-03-04", figure("G1", "floor_met")) == []
    assert figures.night("2026-03-05", figure("G1", "met")) == [("G1", "figure_back")]
    assert figures.state("G1") | {"state": "opened", "evidence_count": 1, "closed_at": None} == figures.state("G1")
    assert figures.night("2026-03-06", figure("G1", "met")) == []
    assert figures.night("2026-03-06", figure("G1", "undecided")) == []
    assert figures.night("2026-03-06", figure("G1", "unmet")) == [("G1", "figure_fallen")]
    assert figures.night("2026-03-06", figure("G1", "met")) == [("G1", "figure_back")]  # all on one day
    assert figures.night("2026-03-06") == []  # the school is gone: nobody says anything
    assert figures.state("G1")["event_count"] == 4


def test_a_closed_issue_opens_again_when_a_later_figure_misses(figures: Figures) -> None:
    figures.night("2025-10-13", figure("G1", "unmet"))
    number = figures.state("G1")["issue_id"]
    steps = [
        report(number, "plan", "2025-10-14", BUREAU, measure="新建"),
        report(number, "submitted", "2025-10-15", BUREAU, evidence="照片"),
        report(number, "recheck_passed", "2025-10-16", SUPERVISOR),
        report(number, "close", "2025-10-17", SUPERVISOR),
    ]
    figures.ledger.deliver("ledger_update", [(2, steps)])
    assert figures.night("2025-10-20", figure("G1", "unmet")) == []  # the census of September cannot know better
    assert figures.state("G1")["state"] == "closed"
    assert figures.night("2026-10-19", figure("G1", "undecided", 2026)) == []
    assert figures.night("2026-10-26", figure("G1", "unmet", 2026)) == [("G1", "figure_fallen")]
    again = figures.state("G1")
    assert (again["issue_id"], again["state"], again["reopened_count"]) == (number, "reopened", 1)
    assert (again["deadline"], again["original_deadline"]) == (date(2026, 11, 25), date(2025, 11, 12))
    assert figures.night("2026-10-27", figure("G1", "unmet", 2026)) == []
