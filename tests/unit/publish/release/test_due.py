"""A night that brought nothing builds nothing; whatever a build reads and says, a change of it builds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from junheng.core import chain
from junheng.core.home import Home
from junheng.core.ledger import Ledger, atomic_parquet
from junheng.core.settings import BUILD_DB, DBT_PROJECT
from publish import steps
from publish.build import ground
from publish.release import due, publication, release
from publish.release.manifest import Details
from publish.trust.verify import verify
from tests.marts import create_mart
from tests.unit.publish.fake_home import ACCEPTED, commit_night, landed, make_build, make_home, refused, submission
from tests.unit.publish.fake_marts import write_manifest

RULESETS = ["national-2017"]
DAY = "2026-11-21"
SAME = [landed(submission())]


def build(home: Home, manifest: Path, meanwhile: Callable[[], object] = lambda: None) -> None:
    """A build from its plan to its entry."""
    made = make_build(home)
    due.note(home, RULESETS, made.parent)
    meanwhile()
    done = publication.publish(home, made, manifest, Details("2026-11-21T01:00:00+08:00"))
    (made.parent / "target").mkdir()
    (made.parent / "target" / ground.RESULTS).write_text('{"results": []}', encoding="utf-8")
    due.enter(home, RULESETS, made.parent, made, done.release_id)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("built")
    home = make_home(folder / "home")
    build(home, write_manifest(folder / "manifest.json"))
    return home


@pytest.fixture
def built(once: Home, tmp_path: Path) -> Home:
    home = Home(shutil.copytree(once.path, tmp_path / "built", symlinks=True))
    assert due.due(home, RULESETS) is due.Due.NOTHING
    return home


def quiet_night(home: Home, day: str = DAY, **changed: object) -> None:
    """A night that told nothing, of the same day as the one before."""
    night = Ledger(home).open_next()
    tables: dict[str, list[dict[str, object]]] = {"submissions": [], "coverage": [], "check_results": [], "quarantined_rows": []}
    for name, rows in (tables | {"inventory": [dict(row) for row in SAME]} | changed).items():
        night.write_table(name, rows)
    night.commit({"night": night.number, "as_of": day, "school_years": None})


def accept(home: Home) -> None:
    commit_night(home, [submission(submission_id="c" * 16, sha256="c" * 64)])


def refuse(home: Home) -> None:
    commit_night(home, [refused()], inventory=SAME)


def check_again(home: Home) -> None:
    commit_night(home, [], inventory=SAME)


def lie_elsewhere(home: Home) -> None:
    quiet_night(home, inventory=[{**SAME[0], "path": "990101/2025/other.csv"}])


def lie_no_more(home: Home) -> None:
    quiet_night(home, inventory=[{**SAME[0], "present": False}])


def correct(home: Home) -> None:
    (home.corrections / "a.yml").write_text(
        "- {county_code: '990101', school_year: 2025, school_code: '3199010101', field: pupils_primary, expected: 1, value: 2,"
        " reason: 笔误, document: 文号, by: 教育股, date: 2026-01-01}\n",
        encoding="utf-8",
    )


def correct_wrongly(home: Home) -> None:
    (home.corrections / "a.yml").write_text("what\n", encoding="utf-8")


def name_units(home: Home) -> None:
    home.units.write_text("区划代码,写法,单位\n990101,县教局,县教育局\n", encoding="utf-8")


def price_what_is_missing(home: Home) -> None:
    home.unit_costs.write_text("区划代码,指标代码,分项,补短方式,单价万元,依据\n990101,L4,,build,0.3,合同\n", encoding="utf-8")


def tell_event(home: Home) -> None:
    path = home.issue_events / f"000001-{'0' * 12}.parquet"
    path.write_bytes(b"")
    chain.seal_files(home, [path])


def edit_bronze(home: Home) -> None:
    table = pq.ParquetFile(home.bronze_file("school_census", ACCEPTED)).read()
    atomic_parquet(table.slice(0, 1), home.bronze_file("school_census", ACCEPTED), arrow_schema=False)


def point_elsewhere(home: Home) -> None:
    home.current.unlink()


def edit_manifest(home: Home) -> None:
    path = home.current.resolve() / chain.MANIFEST
    path.chmod(0o600)
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")


def edit_release(home: Home) -> None:
    path = home.current.resolve() / "junheng.duckdb"
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b" ")


def lose_page(home: Home) -> None:
    (home.current.resolve() / "site" / "index.html").unlink()


def break_chain(home: Home) -> None:
    path = chain.of_home(home).paths()[0]
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b" ")


def go_back(home: Home) -> None:
    chain.of_home(home).append(chain.CURRENT, {"current": "r0001-000000000000"})


CHANGES = (
    *(accept, refuse, check_again, lie_elsewhere, lie_no_more, correct, correct_wrongly, name_units),
    *(price_what_is_missing, tell_event),
    *(edit_bronze, point_elsewhere, edit_manifest, edit_release, lose_page, break_chain, go_back),
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_builds(built: Home, change: Callable[[Home], None]) -> None:
    change(built)
    assert due.due(built, RULESETS) is due.Due.ALL


def test_nights_that_told_nothing_build_nothing(built: Home) -> None:
    for _ in range(3):
        quiet_night(built)
    assert due.due(built, RULESETS) is due.Due.NOTHING
    kinds = [entry.kind for entry in chain.of_home(built).entries()]
    assert kinds == ["night", "release", "build", "night", "night", "night"]
    assert verify(built).breaks == []


def test_other_rules_or_code_build(built: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert due.due(built, []) is due.Due.ALL
    assert due.due(built, ["national-2012"]) is due.Due.ALL
    for name, other in {"code_hashes": dict, "_installed": list}.items():
        with monkeypatch.context() as patch:
            patch.setattr(due, name, other)
            assert due.due(built, RULESETS) is due.Due.ALL, name
    assert due.due(built, RULESETS) is due.Due.NOTHING


def test_what_a_build_rests_on_names_libraries_and_versions() -> None:
    """Not installed (an entry that only links to it): the project itself, whose code is hashed."""
    assert {f"{name.replace('-', '_')}-{version(name)}.dist-info" for name in ("duckdb", "dbt-core")} <= set(due._installed())


def test_before_the_first_build_all_is_due(home: Home) -> None:
    assert due.due(home, RULESETS) is due.Due.ALL


def test_what_changed_while_a_build_ran_is_due(home: Home, manifest: Path) -> None:
    build(home, manifest, lambda: name_units(home))
    assert chain.known(home).build is None
    assert due.due(home, RULESETS) is due.Due.ALL


def test_a_night_that_came_while_a_build_ran_is_due(home: Home, manifest: Path) -> None:
    build(home, manifest, lambda: accept(home))
    assert due.due(home, RULESETS) is due.Due.ALL


def test_events_that_a_build_kept_are_read(home: Home, manifest: Path) -> None:
    build(home, manifest, lambda: tell_event(home))
    assert due.due(home, RULESETS) is due.Due.NOTHING


@pytest.mark.parametrize(("accepted", "settled"), [("true", True), ("false", False), ("null", False)])
def test_events_that_were_not_taken_may_be_told_again(tmp_path: Path, accepted: str, settled: bool) -> None:
    with duckdb.connect(str(tmp_path / "build.duckdb")) as connection:
        connection.execute("create schema intermediate")
        connection.execute("create table intermediate.int_issue__figure_event as select 'a' as event_id")
        connection.execute(f"create table intermediate.int_issue__fold as select 'a' as event_id, {accepted} as is_accepted")
    assert due.is_settled(tmp_path / "build.duckdb") is settled


DAYS = {
    "rpt_rectification_report": ("as_of",),
    "dim_check": ("until", "is_past_until"),
    "fct_issue": ("is_open", "due_on"),
    "rpt_restricted_issue": ("is_open", "due_on"),
}


def said(tmp_path: Path, rows: dict[str, str], without: str = "") -> release.Release:
    """A release with these rows in the marts that tell the day."""
    found = release.Release("r0001-000000000000", "", tmp_path, "")
    apart = tmp_path / release.RESTRICTED
    apart.mkdir()
    for path, names in (
        (found.database, ("rpt_rectification_report", "dim_check", "fct_issue")),
        (apart / f"{release.RESTRICTED}.duckdb", ("rpt_restricted_issue",)),
    ):
        with duckdb.connect(str(path)) as connection:
            for name in names:
                if name != without:
                    create_mart(connection, name)
                if name in rows:
                    connection.execute(f"insert into marts.{name} ({', '.join(DAYS[name])}) values {rows[name]}")
    return found


@pytest.mark.parametrize(
    ("rows", "today", "moved"),
    [
        ({}, "2026-03-02", False),
        ({}, "2027-01-01", True),
        ({"rpt_rectification_report": "('2026-03-01')"}, "2026-03-02", True),
        ({"dim_check": "('2026-03-01', false), (null, false)"}, "2026-03-01", False),
        ({"dim_check": "('2026-03-01', false), (null, false)"}, "2026-03-02", True),
        ({"dim_check": "('2025-03-01', true)"}, "2026-03-02", False),
        ({"fct_issue": "(true, '2026-03-02'), (false, '2025-01-01'), (true, null)"}, "2026-03-02", False),
        ({"fct_issue": "(true, '2026-03-01')"}, "2026-03-02", True),
        ({"rpt_restricted_issue": "(true, '2026-03-01')"}, "2026-03-02", True),
        ({"fct_issue": "(true, '2026-02-10')"}, "2026-02-05", True),  # the clock went back: it is not overdue any more
        ({"fct_issue": "(true, '2026-03-10')"}, "2026-02-05", False),
        ({"dim_check": "('2026-02-10', true)"}, "2026-02-05", True),
    ],
)
def test_a_day_that_moves_a_mart_builds(tmp_path: Path, rows: dict[str, str], today: str, moved: bool) -> None:
    assert due.is_moved(said(tmp_path, rows), "2026-02-28", today) is moved


@pytest.mark.parametrize("table", DAYS)
def test_where_a_mart_cannot_be_asked_it_is_built(tmp_path: Path, table: str) -> None:
    assert due.is_moved(said(tmp_path, {}, without=table), "2026-02-28", "2026-03-01") is True


def test_the_models_that_read_the_day_are_known() -> None:
    """Each says the day in a mart that ``due.is_moved`` asks, or reads that of nights alone that told something."""
    files = [path for path in DBT_PROJECT.rglob("*.sql") if path.parent.name != "grains"]
    texts = {path.stem: path.read_text(encoding="utf-8") for path in files}
    readers = {name for name, text in texts.items() if "'stg_run__night'" in text or "'int_ledger__today'" in text}
    in_marts = {"int_issue__issue": "fct_issue", "dim_check": "dim_check", "rpt_rectification_report": "rpt_rectification_report"}
    of_its_year = {"issue_calendar_knows_the_year"}
    of_new_events = {"int_issue__figure_event"}
    of_old_nights = {"int_ledger__evidence_file", "int_ledger__first_acceptance"}
    assert readers == {"int_ledger__today", *in_marts, *of_its_year, *of_new_events, *of_old_nights}
    assert set(in_marts.values()) | {"rpt_restricted_issue"} == due.MOVED.keys()
    assert [name for name, text in texts.items() if "source('run', 'night')" in text] == ["stg_run__night"]


def test_a_build_folder_says_what_it_reads(home: Home) -> None:
    made = make_build(home)
    due.note(home, RULESETS, made.parent)
    said = json.loads((made.parent / due.READ).read_text(encoding="utf-8"))
    assert said["nights"] == [1]
    assert said["read"]["day"] == DAY


def next_day(home: Home) -> None:
    quiet_night(home, day="2026-11-22")


def test_another_day_builds_what_reads_it(built: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    next_day(built)
    monkeypatch.setattr(due, "is_moved", lambda *_: False)
    assert due.due(built, RULESETS) is due.Due.NOTHING
    monkeypatch.setattr(due, "is_moved", lambda *_: True)
    assert due.due(built, RULESETS) is due.Due.DAY


def touch_database(home: Home) -> None:
    with open(due.kept(home) / BUILD_DB, "ab") as handle:
        handle.write(b" ")


def touch_results(home: Home) -> None:
    (due.kept(home) / ground.RESULTS).write_text('{"results": [1]}', encoding="utf-8")


def lose_kept(home: Home) -> None:
    shutil.rmtree(due.kept(home))


@pytest.mark.parametrize(
    "change", [touch_database, touch_results, lose_kept, accept, name_units], ids=lambda change: change.__name__
)
def test_a_day_on_top_of_a_change_builds_all(
    built: Home, change: Callable[[Home], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "is_moved", lambda *_: True)
    next_day(built)
    change(built)
    assert due.due(built, RULESETS) is due.Due.ALL


def test_a_build_of_the_day_goes_on_where_the_last_one_ended(built: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "is_moved", lambda *_: True)
    next_day(built)
    folder = built.work / "build-2"
    assert steps.plan(built, folder, folder / BUILD_DB, RULESETS)
    assert due.noted(folder) is due.Due.DAY
    assert due.SELECTED in steps.build_command(folder, folder / BUILD_DB)
    with duckdb.connect(str(folder / BUILD_DB), read_only=True) as connection:
        assert connection.execute("select max(as_of)::varchar, count(*) from run.night").fetchone() == ("2026-11-22", 2)
        assert connection.execute("select count(*) from marts.dim_county").fetchone() != (0,)
    assert due.due(built, RULESETS) is due.Due.ALL  # killed here, the next build is one of everything


def dbt(folder: Path, anew: dict[str, str], before: dict[str, str]) -> None:
    """A build folder as dbt leaves it: sources with the nodes below, and what was said of each node now and in the last build."""
    (folder / "target").mkdir(parents=True)
    (folder / due.READ).write_text('{"due": "day"}', encoding="utf-8")
    below = {"source.junheng.run.night": ["model.a"], "source.junheng.ledger.issue_events": ["model.a"]}
    below |= {
        "source.junheng.ledger.coverage": ["model.c"],
        "model.a": ["test.a"],
        "test.a": [],
        "model.c": ["test.c"],
        "test.c": [],
    }
    (folder / "target" / "manifest.json").write_text(json.dumps({"child_map": below}), encoding="utf-8")
    for path, said in ((folder / ground.RESULTS, before), (folder / "target" / ground.RESULTS, anew)):
        results = [{"unique_id": node, "status": status} for node, status in said.items()]
        path.write_text(json.dumps({"results": results}), encoding="utf-8")


def test_of_what_reads_the_day_only_this_run_is_believed(tmp_path: Path) -> None:
    old = dict.fromkeys(("model.a", "test.a", "model.c", "test.c"), "pass")
    dbt(tmp_path / "build", {"model.a": "error"}, old)  # the test behind it did not run, and that is red
    for _ in range(2):
        told = json.loads(due.complete(tmp_path / "build").read_text(encoding="utf-8"))["results"]
        assert {one["unique_id"]: one["status"] for one in told} == {"model.a": "error", "model.c": "pass", "test.c": "pass"}


def test_a_project_without_the_day_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"child_map": {"source.junheng.run.night": []}}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"manifest\.json"):
        due.below(tmp_path / "manifest.json", due.SOURCES)


def test_what_is_kept_explains_its_own_release_where_it_was_built(home: Home, manifest: Path, tmp_path: Path) -> None:
    build(home, manifest)
    own = home.current.resolve().name
    assert due.database_of(home, own) == due.kept(home) / BUILD_DB
    assert due.database_of(home, "r0000-000000000000") is None
    assert due.database_of(Home(shutil.copytree(home.path, tmp_path / "copy", symlinks=True)), own) is None
    touch_database(home)
    assert due.database_of(home, own) is None
