"""Bad files of many counties in one night: one clear line each, the good counties served, nothing else harmed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from junheng.core.home import Home
from publish.trust.verify import verify
from tests.e2e.nights import Night, query, run
from tests.e2e.schools import Row, county, deliver, primary_school

GOOD, KEPT, FIXED = "990102", "990116", "990117"
PROOF = b"%PDF-1.7 plan"


def _changed(code: str, **changes: object) -> list[Row]:
    return [primary_school(code, 1, **changes), *county(code)[1:]]


def _bytes(landing: Path, name: str, content: bytes) -> None:
    path = landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


# landing file → words its one line must hold
EXPECTED: dict[str, tuple[str, ...]] = {
    "990103/2025/empty.csv": ("空",),
    "990104/2025/truncated.xlsx": ("损坏",),
    "990105/2025/buses.csv": ("表样", "没有一列是认得的"),
    "990106/2025/census.csv": ("学校标识码",),
    "990107/2025/census.csv": ("2199007001", "重复"),
    "990108/2025/census.csv": ("小学在校生", "-5"),
    "990109/2025/census.csv": ("约300", "小学在校生"),
    "888801/2025/census.csv": ("888801",),
    "990110/2030/census.csv": ("2030",),
    "990111/2025/census.csv": ("990111", "990112"),
    "990113/2025/a.csv": ("b.csv", "400", "401"),
    "990113/2025/b.csv": ("a.csv", "400", "401"),
    "990114/2025/census.csv": ("2199014001.0",),
    "990115/2025/census.csv": ("主校",),
    "990117/2025/census.csv": ("999",),
    "readme.txt": ("文件夹",),
}


def _plant(landing: Path) -> None:
    deliver(landing, county(GOOD))
    kept = deliver(landing, county(KEPT))
    header, *lines = kept.read_text(encoding="utf-8-sig").splitlines()
    kept.write_text("\n".join([f"{header},校训", *(f"{line},勤奋" for line in lines)]), encoding="utf-8-sig")
    deliver(landing, _changed(FIXED, school_kind_code="999"))
    _bytes(landing, "990103/2025/empty.csv", b"")
    whole = deliver(landing, county("990104"), "truncated.xlsx")
    whole.write_bytes(whole.read_bytes()[:2000])
    _bytes(landing, "990105/2025/buses.csv", "车牌号,线路\n皖A00001,1\n".encode())
    deliver(landing, [{k: v for k, v in row.items() if k != "school_code"} for row in county("990106")])
    deliver(landing, [*county("990107"), primary_school("990107", 1, school_name="又一所")])
    deliver(landing, _changed("990108", pupils_primary=-5))
    deliver(landing, _changed("990109", pupils_primary="约300"))
    deliver(landing, county("888801"))
    deliver(landing, county("990110", year=2030))
    deliver(landing, county("990112"), folder="990111/2025")
    deliver(landing, county("990113"), "a.csv")
    deliver(landing, _changed("990113", pupils_primary=401), "b.csv")
    deliver(landing, _changed("990114", school_code="2199014001.0"))
    deliver(landing, _changed("990115", counts_as_school=0, main_school_code="2199015999"))
    _bytes(landing, "readme.txt", b"put files here")
    _bytes(landing, "990102/2025/~$census.xlsx", b"lock")
    _bytes(landing, f"{GOOD}/2025/佐证/规划.pdf", PROOF)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults") / "landing"
    _plant(folder)
    return folder


@pytest.fixture(scope="module")
def night(landing: Path) -> Night:
    return run(landing.parent / "home", landing)


def test_every_bad_file_has_one_line_and_no_good_one_has(night: Night) -> None:
    assert night.code == 3, night.output
    lines = night.refusals()
    assert set(lines) == set(EXPECTED)
    for name, words in EXPECTED.items():
        assert lines[name].count("｜") == 2, lines[name]  # file, reason, how to fix
        for word in words:
            assert word in lines[name], lines[name]


def test_the_good_counties_are_served(night: Night) -> None:
    judged = "from marts.fct_county_indicator where ruleset_id = 'national-2017' and difference_limit is not null"
    rows = query(night, f"select county_code, count(*) n {judged} group by 1 order by 1")
    assert [(row["county_code"], row["n"]) for row in rows] == [(GOOD, 7), (KEPT, 7)]


def test_faults_are_rows_with_their_place(night: Night) -> None:
    rows = query(night, "select * from marts.aud_quarantined_row where file = '990109/2025/census.csv'")
    assert [(row["row"], row["column"], row["value"]) for row in rows] == [(2, "小学在校生", "约300")]
    assert all(row["guidance"] for row in rows)


def test_unknown_columns_are_reported(night: Night) -> None:
    rows = query(night, "select observed, status from marts.aud_check_result where check_id = 'ingest.unknown_columns'")
    assert [row["status"] for row in rows] == ["warn"]
    assert "校训" in rows[0]["observed"]


def test_originals_of_refused_files_are_archived(night: Night) -> None:
    for row in query(night, "select file_name, sha256, rows_read, rows_accepted from marts.aud_submission"):
        if row["file_name"] not in ("readme.txt",):
            assert (night.home.archive / row["sha256"][:2] / row["sha256"]).is_file(), row


def test_evidence_is_kept_and_no_delivery(night: Night) -> None:
    digest = hashlib.sha256(PROOF).hexdigest()
    assert (night.home.archive / digest[:2] / digest).read_bytes() == PROOF
    assert query(night, "select * from marts.aud_submission where file_name like '%规划.pdf'") == []
    assert query(night, "select * from marts.aud_quarantined_row where file like '%规划.pdf'") == []
    assert verify(night.home).breaks == []


@pytest.fixture(scope="module")
def second(night: Night, landing: Path) -> Night:
    """The next night: one county corrected, one delivers a new version, one a bad version."""
    deliver(landing, county(FIXED), "corrected.csv")
    (landing / f"{FIXED}/2025/census.csv").unlink()
    deliver(landing, _changed(GOOD, pupils_primary=500))
    deliver(landing, _changed(KEPT, pupils_primary="约300"), "v2.csv")
    return run(night.home.path, landing)


def test_a_corrected_file_is_accepted_and_the_others_keep_their_lines(second: Night) -> None:
    assert second.code == 3, second.output
    expected = set(EXPECTED) - {f"{FIXED}/2025/census.csv"} | {f"{KEPT}/2025/v2.csv"}
    assert set(second.refusals()) == expected


def test_the_last_accepted_submission_goes_on_being_served(second: Night) -> None:
    rows = query(second, "select distinct county_code, pupils from marts.fct_county_indicator order by 1")
    assert [(row["county_code"], row["pupils"]) for row in rows] == [(GOOD, 1300), (KEPT, 1200), (FIXED, 1200)]


def test_a_superseded_submission_stays_readable(second: Night) -> None:
    rows = query(second, f"select * from marts.aud_submission where county_code = '{GOOD}' order by delivery_night")
    assert [row["status"] for row in rows] == ["superseded", "accepted"]
    for row in rows:
        assert Home(second.home.path).bronze_file("school_census", row["submission_id"]).is_file()
    assert second.release is not None
    first = sorted(second.home.releases.iterdir())[0]
    assert first != second.release.path
    assert json.loads((first / "manifest.json").read_text(encoding="utf-8"))["release_id"] == first.name
