"""What is told of a night: new causes once, gone ones forgotten, no number of a person and no secret in any line."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from ingest.schema.source import load_source
from junheng.core.home import Home
from publish import notices
from publish.build.facts import night_facts
from publish.notices import Cause, Causes, Message
from tests.unit.publish.fake_home import FIX, REASON, commit_night, landed, refused, submission

DAY = "2026-11-23"
SOURCE = load_source("school_census").title_zh


class Post:
    """Takes messages, or reaches nobody."""

    def __init__(self, reaches: bool = True) -> None:
        self.messages: list[Message] = []
        self.reaches = reaches

    def __call__(self, message: Message) -> bool:
        self.messages.append(message)
        return self.reaches


def told(home: Home, causes: Causes, reaches: bool = True) -> list[Message]:
    post = Post(reaches)
    notices.tell(home, causes, DAY, post)
    return post.messages


def test_a_refused_file_is_told_once_with_its_line_and_the_page(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    commit_night(home, [refused()])
    (message,) = told(home, {"refused": notices.refused(home)})
    assert message.heading == "均衡数据：有文件被拒收（2026-11-23）"
    assert message.text.splitlines() == [
        "均衡数据：有文件被拒收（2026-11-23）",
        "新增 1 项。请按提示改正后重新放入。",
        f"・990101/2025/third.xlsx：{REASON}{FIX}",
        f"页面：{home.current / 'site' / 'index.html'}",
    ]
    commit_night(home, [], inventory=[landed(refused())])
    assert told(home, {"refused": notices.refused(home)}) == []
    commit_night(home, [], inventory=[])
    assert told(home, {"refused": notices.refused(home)}) == []
    commit_night(home, [refused()])
    monkeypatch.setenv("JUNHENG_SITE_URL", "https://office.invalid/junheng/")
    (again,) = told(home, {"refused": notices.refused(home)})
    assert again.text.endswith("页面：https://office.invalid/junheng/index.html")


def test_kinds_are_told_apart_and_only_what_is_new(home: Home) -> None:
    first = told(home, {"red": notices.red(["甲", "乙"]), "failed": [notices.failed("发布", "a.log")]})
    assert [message.heading for message in first] == [
        "均衡数据：审核未通过（2026-11-23）",
        "均衡数据：夜间运行失败（2026-11-23）",
    ]
    assert "「发布」一步失败，日志：a.log" in first[1].text
    (second,) = told(home, {"red": notices.red(["甲", "丙"])})
    assert "・丙" in second.text
    assert "・甲" not in second.text
    assert told(home, {"failed": [notices.failed("发布", "another.log")]}) == []
    assert told(home, {"failed": [], "red": []}) == []
    assert len(told(home, {"failed": [notices.failed("发布", "a.log")]})) == 1


def test_what_reached_nobody_is_told_the_next_night(home: Home) -> None:
    causes: Causes = {"red": notices.red(["甲"])}
    assert len(told(home, causes, reaches=False)) == 1
    assert len(told(home, causes)) == 1
    assert told(home, causes) == []


@pytest.mark.parametrize("spoilt", ["{", "[]", '{"red": 1}', "\ufffe", '{"red": {"a": 1}}'])
def test_a_spoilt_memory_tells_again(home: Home, spoilt: str) -> None:
    causes: Causes = {"red": notices.red(["甲"])}
    told(home, causes)
    (home.path / "notices.json").write_text(spoilt, encoding="utf-8")
    assert len(told(home, causes)) == 1
    assert told(home, causes) == []


def test_a_message_stays_short_and_says_how_many_more(home: Home) -> None:
    causes = [Cause(str(number), f"文件{number}：{'很长的原因' * 60}\n换行") for number in range(500)]
    (message,) = told(home, {"refused": causes})
    lines = message.text.splitlines()
    assert len(lines) == 9
    assert lines[1].startswith("新增 500 项")
    assert lines[-2] == "另有 495 项，见页面。"
    assert len(message.text.encode()) <= 2048


def test_no_number_of_a_person_and_no_secret_leaves(home: Home) -> None:
    lines = [
        "第3行“小学在校生”的值“13800001111”不是数字",
        "postgresql://junheng:hunter2@db.invalid/marts 连不上",
        "https://oapi.invalid/robot/send?access_token=abcdef&x=1",
        "张三 990101198001010014",
    ]
    (message,) = told(home, {"red": notices.red(lines)})
    assert "***" in message.text
    for secret in ("13800001111", "hunter2", "abcdef", "990101198001010014"):
        assert secret not in message.text
    assert "990101198001010014" not in (home.path / "notices.json").read_text(encoding="utf-8")


def deadlines(home: Home, *lines: str, header: str = "区划代码,学年,数据,截止日期") -> list[str]:
    (home.path / "deadlines.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8-sig")
    return [cause.line for cause in notices.overdue(home, date(2025, 11, 1))]


def test_without_deadlines_nothing_is_overdue(home: Home) -> None:
    assert notices.overdue(home, date(2099, 1, 1)) == []


def test_a_delivery_is_overdue_after_its_day_as_long_as_none_was_accepted(home: Home) -> None:
    assert deadlines(home, "990102,2025,school_census,2025-10-31") == [
        f"{notices.counties_below('990102', 2025)['990102']}（990102）2025—2026学年{SOURCE}，应于 2025-10-31 前报送"
    ]
    assert deadlines(home, "990102,2025,school_census,2025-11-01") == []
    assert deadlines(home, "990101,2025,school_census,2025-10-31") == []  # the home has accepted it
    assert len(deadlines(home, "990101,2024,school_census,2025-10-31")) == 1
    commit_night(home, [refused(source="county_items")])
    assert len(deadlines(home, "990101,2025,county_items,2025-10-31")) == 1
    commit_night(home, [submission(source="county_items", sha256="c" * 64)])
    assert deadlines(home, "990101,2025,county_items,2025-10-31") == []


def test_what_was_accepted_and_is_refused_when_judged_again_is_owed(home: Home) -> None:
    commit_night(home, [submission(source="county_items", sha256="c" * 64)])
    assert deadlines(home, "990101,2025,county_items,2025-10-31") == []
    commit_night(home, [submission(source="county_items", sha256="c" * 64, status="refused")])
    assert len(deadlines(home, "990101,2025,county_items,2025-10-31")) == 1


def test_a_larger_area_owes_for_each_of_its_counties(home: Home) -> None:
    lines = deadlines(home, f"9901,2025,{SOURCE},2025-10-31")
    assert len(lines) == len(notices.counties_below("9901", 2025)) - 1
    assert not any("990101" in line for line in lines)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("999999,2025,school_census,2025-10-31", "第2行填写有误：区划代码“999999”不在代码表内"),
        ("990102,25,school_census,2025-10-31", "第2行填写有误：学年“25”应为 2025 这样的四位数"),
        ("990102,2025,报表,2025-10-31", "第2行填写有误：数据“报表”不是已知的数据名称"),
        ("990102,2025,school_census,10月底", "第2行填写有误：截止日期“10月底”应为 2025-10-31 这样的日期"),
        ("990102,2025", "第2行填写有误：数据“”不是已知的数据名称"),
    ],
)
def test_a_line_that_cannot_be_used_is_told(home: Home, line: str, said: str) -> None:
    assert deadlines(home, line) == [f"deadlines.csv {said}"]


def test_a_file_that_cannot_be_used_is_told(home: Home) -> None:
    assert deadlines(home, "990102,2025", header="区划代码,学年") == ["deadlines.csv 第1行填写有误：缺少列 数据、截止日期"]
    (home.path / "deadlines.csv").write_bytes("区划代码".encode("gb18030"))
    (cause,) = notices.overdue(home, date(2025, 11, 1))
    assert cause.line == "deadlines.csv 第1行填写有误：文件不能按 UTF-8 读取"


def test_the_memory_holds_keys_alone(home: Home, tmp_path: Path) -> None:
    told(home, {"refused": [Cause(notices._key("张三.xlsx"), "张三.xlsx：有误")]})
    kept = json.loads((home.path / "notices.json").read_text(encoding="utf-8"))
    assert list(kept) == ["refused"]
    assert len(kept["refused"][0]) == 16


def test_a_night_that_is_not_there_in_the_morning_is_told_until_it_is(home: Home) -> None:
    commit_night(home, [submission()])
    last = date.fromisoformat(night_facts(home).as_of)
    assert notices.late(home, last) == []
    (message,) = told(home, {"late": notices.late(home, last + timedelta(days=1))})
    assert "夜间运行未完成" in message.heading
    assert f"{last + timedelta(days=1)} 的夜间运行尚未完成，最近完成的是 {last}" in message.text
    assert told(home, {"late": notices.late(home, last + timedelta(days=1))}) == [], "once"
    (again,) = told(home, {"late": notices.late(home, last + timedelta(days=2))})
    assert str(last + timedelta(days=2)) in again.text


def test_before_the_first_night_none_is_late(tmp_path: Path) -> None:
    assert notices.late(Home(tmp_path / "new").create(), date(2026, 11, 23)) == []
