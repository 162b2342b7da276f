"""A release as files by county: whole or not at all, each county's rows alone, what did not change is not written again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import openpyxl
import pytest

from junheng.cli.main import main
from junheng.core.home import Home
from publish.release.release import Release, read_release
from publish.serve import files
from publish.serve.files import write_files
from tests.integration.serving import COUNTIES, FACTS, SCHOOLS, make_release

FACT, OTHER = FACTS[:2]


def changed(release: Release, number: int, table: str) -> Release:
    """A release that differs from another one in this table alone."""
    path = release.path.with_name(f"r{number:04d}-{number:012x}")
    shutil.copytree(release.path, path)
    with duckdb.connect(str(path / "junheng.duckdb")) as made:
        made.execute(f"update marts.{table} set verdict = '=1+1'")
    described = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    described["release_id"] = path.name
    described["files"][f"parquet/{table}.parquet"] = f"{number:064x}"
    (path / "manifest.json").write_text(json.dumps(described), encoding="utf-8")
    return read_release(path)


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_each_county_has_its_own_rows_and_nobody_what_is_audited(tmp_path: Path) -> None:
    out = tmp_path / "files"
    write_files(make_release(tmp_path, 1), "unsigned", out)
    current = out / files.CURRENT
    assert {path.name for path in current.iterdir()} == {*COUNTIES, files.COMMON, files.LISTING}
    for county in COUNTIES:
        read = duckdb.sql(f"select distinct county_code, count(*) over () from '{current / county / 'parquet' / FACT}.parquet'")
        assert read.fetchall() == [(county, SCHOOLS)]
    assert names(current / files.COMMON) == {"dim_code.parquet", "release_in_force.parquet"}
    assert not [name for name in names(current) if "aud_" in name]


def test_a_workbook_has_its_labels_its_types_and_no_formula(tmp_path: Path) -> None:
    release = changed(make_release(tmp_path, 1), 2, FACT)
    write_files(release, "unsigned", tmp_path / "files")
    book = openpyxl.load_workbook(tmp_path / "files" / files.CURRENT / COUNTIES[0] / "xlsx" / f"{FACT}.xlsx")
    data, notes = book["数据"], book["说明"]
    header, first, *_ = data.iter_rows(values_only=True)
    assert header == ("county_code", "school_code", "verdict", "数值", "note")
    assert first == (COUNTIES[0], f"{COUNTIES[0]}000000", "=1+1", 0, None)
    assert data["C2"].data_type == "s"
    assert data.max_row == SCHOOLS + 1
    assert ("数值", "value", "of the school") in list(notes.iter_rows(values_only=True))
    assert notes["A1"].value == release.release_id


def test_rows_beyond_a_sheet_stand_on_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_SHEET_ROWS", SCHOOLS - 1)
    write_files(make_release(tmp_path, 1), "unsigned", tmp_path / "files")
    book = openpyxl.load_workbook(tmp_path / "files" / files.CURRENT / COUNTIES[0] / "xlsx" / f"{FACT}.xlsx")
    assert [(sheet.title, sheet.max_row) for sheet in book][:2] == [("数据", SCHOOLS), ("数据2", 2)]


def test_what_did_not_change_is_linked_and_old_folders_go(tmp_path: Path) -> None:
    out, first = tmp_path / "files", make_release(tmp_path, 1)
    done = write_files(first, "unsigned", out)
    assert (done.written, done.linked) == (len(names(out / files.CURRENT)) - 1, 0)
    second = changed(first, 2, OTHER)
    before = (out / files.CURRENT).resolve()
    done = write_files(second, "unsigned", out)
    assert done.written == 2 * len(COUNTIES) + 1  # and which release it is
    for name in (f"{COUNTIES[0]}/xlsx/{FACT}.xlsx", "common/dim_code.parquet"):
        assert (before / name).samefile(out / files.CURRENT / name)
    name = f"{COUNTIES[0]}/xlsx/{OTHER}.xlsx"
    assert not (before / name).samefile(out / files.CURRENT / name)
    assert write_files(second, "unsigned", out) == files.FilesWritten(done.folder, 0, done.written + done.linked)
    write_files(second, "approved", out)
    folders = {path.name for path in out.iterdir()}
    assert folders == {files.CURRENT, f"{second.release_id}-unsigned", f"{second.release_id}-approved"}


def test_whatever_ends_it_leaves_the_files_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, first = tmp_path / "files", make_release(tmp_path, 1)
    write_files(first, "unsigned", out)
    before = names(out / files.CURRENT)

    def full(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(files, "_workbook", full)
        with pytest.raises(OSError, match="space"):
            write_files(changed(first, 2, FACT), "unsigned", out)
    assert (out / files.CURRENT).resolve().name == f"{first.release_id}-unsigned"
    assert names(out / files.CURRENT) == before
    write_files(read_release(tmp_path / "r0002-000000000002"), "unsigned", out)
    assert not list(out.glob(".writing-*"))


def test_the_command_says_what_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUNHENG_SERVE", raising=False)
    home = Home(tmp_path / "home").create()
    command = ["publish", "--to", "files", "--home", str(home.path)]
    assert main(command) == 2
    command += ["--out", str(tmp_path / "files")]
    assert main(command) == 4
    release = make_release(home.releases, 1)
    home.current.symlink_to(Path(home.releases.name) / release.release_id)
    assert main(command) == 0
    assert release.release_id in capsys.readouterr().out
    (tmp_path / "taken").write_text("")
    assert main([*command[:-1], str(tmp_path / "taken")]) == 1
    assert "没有写出" in capsys.readouterr().out
