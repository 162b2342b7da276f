"""Which delivery counts: one build, one county per story (docs/adr/0001-spine.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.oracle import build
from tests.oracle.compiled import compiled


class Story:
    """The deliveries of one county, and what is then in force as {school: pupils}."""

    def __init__(self, name: str, in_force: dict[str, int | None], statuses: dict[str, str] | None = None) -> None:
        self.county = f"9901{len(STORIES) + 1:02d}"
        self.name, self.in_force, self.statuses = name, in_force, statuses or {}
        self.submissions: list[build.Row] = []
        self.census: list[build.Row] = []
        self.coverage: list[build.Row] = []
        self.quarantined: list[build.Row] = []
        self.withheld: set[str] = set()
        self.taken_back: set[str] = set()

    def delivery(self, label: str, night: int, pupils: dict[str, int | None], **judged: Any) -> Story:
        """One judgement of a delivery; the same label again is the same bytes again."""
        known = label in {row["file_name"] for row in self.submissions}
        identity = f"{self.county}{label:>010}"
        row = build.submission(
            identity, night, file_name=label, area_code=self.county, area_prefix=self.county, folder_school_year=2025, **judged
        )
        self.submissions.append(row)
        if not known:
            self.census += [
                {
                    "county_code": self.county,
                    "school_year": 2025,
                    "school_code": code,
                    "school_name": code,
                    "school_kind_code": "211",
                    "pupils_primary": count,
                    "_submission_id": identity,
                    "_row": number,
                }
                for number, (code, count) in enumerate(pupils.items(), 2)
            ]
        self.coverage += build.coverage_of([row], [r for r in self.census if r["_submission_id"] == identity])
        return self

    def column(self, label: str, school: str, **cells: Any) -> Story:
        """Further cells of a school's row in a delivery."""
        identity = f"{self.county}{label:>010}"
        row = next(r for r in self.census if (r["_submission_id"], r["school_code"]) == (identity, school))
        row.update(cells)
        return self

    def quarantine(self, label: str, night: int, row: int | None) -> Story:
        """A fault of a delivery, at a row or of the whole file."""
        place = {"submission_id": f"{self.county}{label:>010}", "night": night, "file_name": label, "row": row}
        self.quarantined.append({**place, "rule": "r", "guidance": "g"})
        return self

    def withholds(self, *schools: str, taken_back: str = "") -> None:
        """Schools that only refused files hold; ``taken_back`` names a file that no longer lies in landing."""
        self.withheld = {f"{code}（{code}）" for code in schools}
        self.taken_back = {taken_back}


STORIES: list[Story] = []


def story(name: str, in_force: dict[str, int | None], statuses: dict[str, str] | None = None) -> Story:
    STORIES.append(Story(name, in_force, statuses))
    return STORIES[-1]


story(
    "a later county file replaces the older one, omitted schools too", {"a": 2}, {"old": "superseded", "new": "accepted"}
).delivery("old", 1, {"a": 1, "b": 1}).delivery("new", 2, {"a": 2})
story("a school's workbook replaces that school", {"a": 1, "b": 9}, {"county": "accepted", "school": "accepted"}).delivery(
    "county", 1, {"a": 1, "b": 1}
).delivery("school", 2, {"b": 9}, covers="school")
story("a county file replaces the older workbook", {"b": 1}, {"school": "superseded", "county": "accepted"}).delivery(
    "school", 1, {"b": 9}, covers="school"
).delivery("county", 2, {"b": 1})
story("a refused file changes nothing", {"a": 1}, {"good": "accepted", "bad": "refused"}).delivery("good", 1, {"a": 1}).delivery(
    "bad", 2, {"a": 7}, status="refused"
)
story("files of one night complete each other", {"a": 1, "b": 2}, {"some": "accepted", "rest": "accepted"}).delivery(
    "some", 1, {"a": 1}
).delivery("rest", 1, {"a": None, "b": 2}, covers="school").column("rest", "a", township="乡")
story("the same bytes delivered again win again", {"a": 1}, {"other": "superseded"}).delivery("first", 1, {"a": 1}).delivery(
    "other", 2, {"a": 2}
).delivery("first", 3, {"a": 1})
story("delivered again and refused: the earlier acceptance stands", {"a": 1}).delivery("file", 1, {"a": 1}).delivery(
    "file", 2, {"a": 1}, status="refused"
)
story("refused, and accepted when judged again", {"a": 1}, {"file": "accepted"}).delivery(
    "file", 1, {"a": 1}, status="refused"
).delivery("file", 2, {"a": 1}, delivery_night=1)
story("accepted, and refused when judged again", {}, {"file": "refused"}).delivery("file", 1, {"a": 1}).delivery(
    "file", 2, {"a": 1}, delivery_night=1, status="refused"
)
story("a quarantined row is left out", {"b": 2}).delivery("roster", 1, {"a": 1, "b": 2}).quarantine("roster", 1, 2).quarantine(
    "roster", 1, 2
).quarantine("roster", 1, None)
story("an area file is a base of each county it holds", {"a": 5}).delivery("county", 1, {"a": 1, "b": 1}).delivery(
    "area", 2, {"a": 5}, covers="area"
)
story("what contradicts is missing from the county", {"a": 1}, {"x": "refused", "y": "refused"}).delivery(
    "rest", 1, {"a": 1}
).delivery("x", 1, {"b": 1}, status="refused", covers="school").delivery(
    "y", 1, {"a": 1, "b": 2, "c": 1}, status="refused"
).withholds("b", "c")
story("a refused file that was taken away is missed by nobody", {"a": 1}).delivery("rest", 1, {"a": 1}).delivery(
    "x", 1, {"b": 1}, status="refused"
).withholds(taken_back="x")
story("what a later county file replaced is not missing", {"a": 1}).delivery(
    "bad", 1, {"a": 1, "b": 1}, status="refused"
).delivery("good", 2, {"a": 1})
story("what an earlier file holds is not missing", {"a": 1, "b": 1}).delivery("old", 1, {"a": 1, "b": 1}).delivery(
    "new", 2, {"a": 2, "b": 2}, status="refused"
)
story("records add up: a later county file takes nothing back", {}, {"one": "accepted", "two": "accepted"}).delivery(
    "one", 1, {"a": 1}, source="inspection"
).delivery("two", 2, {"b": 1}, source="inspection")


@pytest.fixture(scope="module")
def marts(tmp_path_factory) -> Path:
    path = build.make_build_db(
        tmp_path_factory.mktemp("in_force"),
        [row for s in STORIES for row in s.census],
        [row for s in STORIES for row in s.submissions],
        coverage=[row for s in STORIES for row in s.coverage],
        quarantined_rows=[row for s in STORIES for row in s.quarantined],
        inventory=[
            {"submission_id": row["submission_id"]}
            for s in STORIES
            for row in s.submissions
            if row["file_name"] not in s.taken_back
        ],
        check_results=[
            {"night": 1, "engine": "sql", "check_id": "c", "submission_id": "s", "status": "fail"},
            {"night": 2, "engine": "sql", "check_id": "c", "submission_id": "s", "status": "pass"},
            {"night": 1, "engine": "gx", "check_id": "c", "source": "school_census", "status": "pass"},
            {"night": 2, "engine": "gx", "check_id": "c", "source": "school_census", "status": "pass"},
        ],
    )
    return compiled(tmp_path_factory).build(path)


@pytest.mark.parametrize("told", STORIES, ids=lambda s: s.name)
def test_rows_in_force(told, marts):
    rows = build.query(
        marts,
        f"select school_code, pupils_primary from intermediate.int_census__school where county_code = '{told.county}'",
    )
    assert {row["school_code"]: row["pupils_primary"] for row in rows} == told.in_force


@pytest.mark.parametrize("told", STORIES, ids=lambda s: s.name)
def test_a_county_waits_for_the_schools_of_refused_files(told, marts):
    rows = build.query(
        marts,
        "select indicator_code, difference_coefficient, verdict, withheld_schools from marts.fct_county_indicator "
        f"where county_code = '{told.county}' and stage = 'primary' and ruleset_id = 'national-2017' "
        "and difference_limit is not null",
    )
    assert len(rows) == (7 if told.in_force else 0)
    assert {row["withheld_schools"] for row in rows} <= {"、".join(sorted(told.withheld)) or None}
    if told.withheld:
        assert {(row["difference_coefficient"], row["verdict"]) for row in rows} == {(None, "undecided")}


@pytest.mark.parametrize("told", STORIES, ids=lambda s: s.name)
def test_status_of_submissions(told, marts):
    rows = build.query(
        marts,
        f"select file_name, delivery_night, status from marts.aud_submission where county_code = '{told.county}'",
    )
    assert {(row["file_name"], row["delivery_night"]) for row in rows} == {
        (row["file_name"], row["delivery_night"]) for row in told.submissions
    }
    last = {row["file_name"]: row["status"] for row in sorted(rows, key=lambda row: row["delivery_night"])}
    assert last | told.statuses == last


def test_cells_of_one_night_complete_each_other(marts):
    (row,) = build.query(marts, "select pupils_primary, township from intermediate.int_census__school where township = '乡'")
    assert row == {"pupils_primary": 1, "township": "乡"}


def test_latest_check_result_of_a_submission_and_every_suite(marts):
    rows = build.query(marts, "select engine, night, status from marts.aud_check_result order by all")
    assert rows == [
        {"engine": "gx", "night": 1, "status": "pass"},
        {"engine": "gx", "night": 2, "status": "pass"},
        {"engine": "sql", "night": 2, "status": "pass"},
    ]


def test_every_fault_of_the_latest_judgement_is_listed(marts):
    rows = build.query(marts, 'select "row", rule, fault_number from marts.aud_quarantined_row order by fault_number')
    assert [row["row"] for row in rows] == [2, 2, None]
