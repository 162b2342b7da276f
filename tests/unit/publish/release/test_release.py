from __future__ import annotations

import glob
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from junheng.core import chain
from junheng.core.home import Home
from publish.release import publication
from publish.release.manifest import Details
from publish.release.release import Release, read_current
from publish.release.retention import keep_rejected
from publish.release.succession import holds
from publish.tables.mart_versions import marts_version
from publish.trust.verify import verify
from tests.unit.publish.fake_home import ACCEPTED, commit_night, make_build, refused, submission
from tests.unit.publish.fake_marts import COLUMNS, RESTRICTED, Shape, make_rows
from tests.unit.publish.trust.test_verify_mutations import small_home

DETAILS = Details("2026-11-22T01:00:00+08:00", ("national-2017",))
OTHER = Shape(seed=8)


class Killed(BaseException):
    """Stands for SIGKILL: no handler of the code under test may catch it."""


def publish(home: Home, manifest: Path, shape: Shape | None = None) -> Release:
    return publication.publish(home, make_build(home, shape), manifest, DETAILS)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_release_holds_the_marts_and_nothing_else(home: Home, manifest: Path) -> None:
    assert read_current(home) is None
    done = publish(home, manifest)
    assert done.release_id == f"r0001-{done.content_hash[:12]}"
    assert names(done.path) == {"junheng.duckdb", "parquet", "manifest.json", "papers", "site", "audit", "restricted", "dbt_docs"}
    assert names(done.path / "parquet") == {f"{name}.parquet" for name in COLUMNS.keys() - RESTRICTED}
    with duckdb.connect(str(done.database), read_only=True) as connection:
        found = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        assert sorted(found) == [("marts", name) for name in sorted(COLUMNS.keys() - RESTRICTED)]
        assert connection.execute("select count(*) from duckdb_views() where not internal").fetchone() == (0,)
        comments = connection.execute(
            "select comment from duckdb_columns() where table_name = 'dim_county' and column_name = 'county_name'"
        ).fetchone()
        assert comments == ("county_name 的名称",)
        rows = connection.execute("select * from marts.fct_school_indicator").fetchall()
        assert rows == sorted(rows, key=lambda row: row[:6])
        parquet = glob.escape(str(done.path / "parquet" / "fct_school_indicator.parquet"))
        assert rows == connection.execute(f"select * from read_parquet('{parquet}')").fetchall()
    assert not any(path.stat().st_mode & 0o222 for path in done.path.rglob("*") if path.is_file())
    assert read_current(home) == done


def test_restricted_marts_lie_apart_for_their_owner_alone(home: Home, manifest: Path) -> None:
    done = publish(home, manifest)
    apart = done.path / "restricted"
    with duckdb.connect(str(apart / "restricted.duckdb"), read_only=True) as connection:
        found = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        assert sorted(found) == [("marts", name) for name in sorted(RESTRICTED)]
        assert connection.execute("select count(*) from marts.rpt_authenticity_hint").fetchone() == (1,)
    assert names(apart / "parquet") == {f"{name}.parquet" for name in RESTRICTED}
    assert {path.stat().st_mode & 0o777 for path in [apart, *apart.rglob("*")] if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in apart.rglob("*") if path.is_file()} == {0o400}
    assert "restricted/restricted.duckdb" in json.loads((done.path / "manifest.json").read_text(encoding="utf-8"))["files"]
    named = [path.relative_to(done.path) for path in done.path.rglob("*") if "authenticity" in path.name]
    assert {path.parts[0] for path in named} == {"restricted"}


def test_a_restricted_figure_is_part_of_the_content(home: Home, manifest: Path) -> None:
    first = publish(home, manifest)
    other = make_rows(Shape()) | {"rpt_authenticity_hint": []}
    assert publication.publish(home, make_build(home, tables=other), manifest, DETAILS).release_id != first.release_id


def test_the_manifest_says_what_the_figures_rest_on(home: Home, manifest: Path) -> None:
    done = publish(home, manifest)
    data = json.loads((done.path / "manifest.json").read_text(encoding="utf-8"))
    assert data["content_hash"] == done.content_hash
    assert data["created_at"] == DETAILS.created_at
    assert data["nights"] == [1]
    assert data["rulesets"] == ["national-2017"]
    (rules,) = data["rules"]
    assert (rules["ruleset_id"], rules["version"], rules["base_ruleset_id"]) == ("national-2017", 3, None)
    assert rules["settings"]["comparison"] == "unrounded"
    assert data["submissions"] == [
        {
            "submission_id": ACCEPTED,
            "sha256": "a" * 64,
            "source": "school_census",
            "file_name": "990101/2025/census.csv",
        }
    ]
    assert data["tables"]["dim_county"]["rows"] == 2
    assert data["versions"]["duckdb"] == duckdb.__version__
    assert data["versions"]["marts"] == marts_version()


def test_the_link_is_relative_so_that_a_home_can_move(home: Home, manifest: Path) -> None:
    done = publish(home, manifest)
    assert home.current.readlink() == Path("releases") / done.release_id
    moved = home.path.rename(home.path.with_name("elsewhere"))
    current = read_current(Home(moved))
    assert current is not None
    assert current.release_id == done.release_id


def test_same_content_switches_nothing(home: Home, manifest: Path) -> None:
    first = publish(home, manifest)
    build = make_build(home)
    again = publication.publish(home, build, manifest, Details("2027-01-01T00:00:00+08:00"))
    assert again.unchanged
    assert (again.release_id, again.created_at) == (first.release_id, first.created_at)
    assert names(home.releases) == {first.release_id}


def test_other_content_is_a_new_release_and_the_old_one_stays_readable(home: Home, manifest: Path) -> None:
    first = publish(home, manifest)
    with duckdb.connect(str(home.current / "junheng.duckdb"), read_only=True) as reader:
        before = reader.execute("select * from marts.fct_county_indicator").fetchall()
        second = publish(home, manifest, OTHER)
        assert reader.execute("select * from marts.fct_county_indicator").fetchall() == before
    assert second.release_id.startswith("r0002-")
    assert home.current.resolve() == second.path
    assert names(home.releases) == {first.release_id, second.release_id}


def test_content_published_before_is_switched_to_not_copied(home: Home, manifest: Path) -> None:
    first = publish(home, manifest)
    publish(home, manifest, OTHER)
    back = publish(home, manifest)
    assert back.release_id == first.release_id
    assert not back.unchanged
    assert len(names(home.releases)) == 2


STEPS = ("content_hash", "copy_marts", "describe", "write_site", "seal", "_enter", "show_link", "_write")


def dying(step: Callable[..., Any], when: str) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        if when == "after":
            step(*args, **kwargs)
        raise Killed

    return run


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("step", "earlier"),
    [*((step, True) for step in STEPS), ("seal", False), ("_enter", False), ("show_link", False), ("_write", False)],
)
def test_killed_at_any_step_the_next_run_ends_the_same(
    home: Home, manifest: Path, monkeypatch: pytest.MonkeyPatch, step: str, when: str, earlier: bool
) -> None:
    before = publish(home, manifest, OTHER) if earlier else None
    build = make_build(home)
    with monkeypatch.context() as patch:
        patch.setattr(publication, step, dying(getattr(publication, step), when))
        with pytest.raises(Killed):
            publication.publish(home, build, manifest, DETAILS)
    seen = read_current(home)
    assert verify(home).breaks == []
    switched = step in ("_enter", "show_link", "_write") and when == "after"
    if not switched:
        assert (seen and seen.release_id) == (before and before.release_id)
    done = publish(home, manifest)
    expected = {done.release_id} | ({before.release_id} if before else set())
    assert names(home.releases) == expected
    assert names(home.published) == {"releases", "current"}
    assert read_current(home) is not None
    assert home.current.resolve() == done.path
    assert done.release_id.startswith("r0002-" if earlier else "r0001-")


def test_killed_between_link_and_switch(home: Home, manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def die(path: Path, target: Path) -> Path:
        if path.name == ".tmp-current":
            raise Killed
        return replace(path, target)

    build = make_build(home)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", die)
        with pytest.raises(Killed):
            publication.publish(home, build, manifest, DETAILS)
    assert names(home.published) == {"releases", ".tmp-current"}
    publish(home, manifest)
    assert names(home.published) == {"releases", "current"}


def test_of_rejected_builds_the_latest_stay(home: Home) -> None:
    for seed in range(5):
        kept = keep_rejected(home, make_build(home, Shape(seed=seed)), keep=2)
    assert kept is not None
    assert {path.name for path in home.warehouse.glob("*.duckdb")} == {"rejected-0004.duckdb", "rejected-0005.duckdb"}
    assert keep_rejected(home, home.warehouse / "none.duckdb") is None


def test_a_refused_file_is_told_on_the_page(home: Home, manifest: Path) -> None:
    commit_night(home, [submission(), refused()])
    tables = make_rows(Shape())
    done = publication.publish(home, make_build(home, tables=tables), manifest, DETAILS)
    page = (done.path / "site" / "index.html").read_text(encoding="utf-8")
    assert "third.xlsx" in page
    assert DETAILS.created_at in page


def edit_database(folder: Path) -> None:
    """One figure changed, as whoever may write there can; the manifest stays what it was."""
    path = folder / "junheng.duckdb"
    path.chmod(0o600)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update marts.fct_county_indicator set difference_coefficient = 0")


def put_pipe(folder: Path) -> None:
    (folder / "junheng.duckdb").unlink()
    os.mkfifo(folder / "junheng.duckdb")


def link_manifest(folder: Path) -> None:
    (folder / "manifest.json").rename(folder.parents[2] / "elsewhere")
    (folder / "manifest.json").symlink_to(folder.parents[2] / "elsewhere")


def test_a_release_of_which_a_file_was_changed_is_not_shown_again_and_stops_no_night(home: Home, manifest: Path) -> None:
    first = publish(home, manifest)
    edit_database(first.path)
    again = publish(home, manifest)
    assert (again.unchanged, again.content_hash, again.release_id[:5]) == (False, first.content_hash, "r0002")
    assert read_current(home) == again
    assert {found.path.split("/")[2] for found in verify(home).breaks} == {first.release_id}
    put_pipe(first.path)
    link_manifest(again.path)
    third = publish(home, manifest)
    assert third.release_id[:5] == "r0003"
    assert publish(home, manifest).unchanged


def test_what_is_unfinished_is_removed_whatever_it_is(home: Home) -> None:
    for place in (home.releases, home.published):
        (place / ".tmp-folder").mkdir()
        (place / ".tmp-file").touch()
        (place / ".tmp-link").symlink_to(home.archive)
    publication.catch_up(home)
    assert list(home.published.rglob(".tmp-*")) == []
    assert home.archive.is_dir()


def gone(path: Path) -> None:
    path.unlink()


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def linked(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def written(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize("name", ["junheng.duckdb", "manifest.json"])
@pytest.mark.parametrize("change", [gone, piped, linked, written], ids=lambda change: change.__name__)
def test_a_release_holds_as_long_as_its_files_are_those_of_the_manifest(
    tmp_path: Path, name: str, change: Callable[[Path], None]
) -> None:
    home = small_home(tmp_path / "home")
    folder = max(home.releases.iterdir())
    assert holds(chain.known(home), folder)
    change(folder / name)
    assert not holds(chain.known(home), folder)
