"""A home in which files were damaged by whatever: commands that read it say so in a sentence, and nothing waits for ever."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from junheng.cli.main import main
from junheng.core.home import Home
from publish.release.links import show_link, stage_link
from publish.release.publication import catch_up
from publish.release.release import ReleaseUnreadable, read_current, served

RELEASE = f"r0001-{'0' * 12}"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home").create()
    folder = home.releases / RELEASE
    folder.mkdir()
    said = {"release_id": RELEASE, "content_hash": "c", "created_at": "2026-03-01T01:00:00+08:00"}
    (folder / "manifest.json").write_text(json.dumps(said))
    duckdb.connect(str(folder / "junheng.duckdb")).close()
    home.current.symlink_to(Path("releases") / RELEASE)
    return home


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _written(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


SHAPES: list[Callable[[Path], object]] = [
    _fifo,
    _folder,
    Path.unlink,
    _written(b'{"release_id": "r0001'),
    _written(b"[]"),
    _written(b"{}"),
    _written(b"\xff\xfe"),
    _written(b"[" * 9999),
    _written(b'{"release_id": 1, "content_hash": null, "created_at": []}'),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("file", ["manifest.json", "junheng.duckdb"])
def test_a_release_that_cannot_be_read_is_a_sentence(
    home: Home, capsys: pytest.CaptureFixture[str], file: str, shape: Callable[[Path], object]
) -> None:
    shape(home.releases / RELEASE / file)
    for words in (
        ["explain", "990101", "2199000001", "L1"],
        ["explain", "990101", "L1"],
        ["diff", RELEASE, "current"],
        ["ledger", "export", "--out", str(home.path / "out")],
        ["ledger", "report", "--out", str(home.path / "out")],
    ):
        assert main([*words, "--home", str(home.path)]) == 2
        said = capsys.readouterr().out
        assert f"junheng verify --home {home.path}" in said.replace("\n", "") or "按保留期限清理" in said


@pytest.mark.parametrize("shape", [_folder, _written(b"x"), Path.unlink])
def test_a_link_that_became_something_else(home: Home, shape: Callable[[Path], object]) -> None:
    is_gone = shape is Path.unlink
    home.current.unlink()
    home.current.touch()
    shape(home.current)
    if is_gone:
        assert read_current(home) is None
        return
    with pytest.raises(ReleaseUnreadable):
        read_current(home)


def test_a_night_goes_on_without_a_release_that_cannot_be_read(home: Home) -> None:
    assert served(home) == read_current(home)
    (home.releases / RELEASE / "manifest.json").write_text("{")
    assert served(home) is None
    shutil.rmtree(home.releases / RELEASE)
    assert served(home) is None


def test_a_copy_that_follows_links_left_a_folder_where_the_link_was(home: Home) -> None:
    home.current.unlink()
    shutil.copytree(home.releases / RELEASE, home.current)
    show_link(home, home.current, stage_link(home, home.current, RELEASE))
    assert home.current.readlink() == Path("releases") / RELEASE
    assert sorted(path.name for path in home.published.iterdir()) == ["current", "releases"]
    catch_up(home)
    assert [path.name for path in home.releases.iterdir()] == [RELEASE]
