from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from ingest.landing import archive, landing
from ingest.landing.archive import FileChanged, store
from ingest.landing.landing import scan
from junheng.core.home import Home


def _put(root: Path, name: str, data: bytes = b"x") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_files_below_area_and_year(tmp_path: Path) -> None:
    for name in ("990101/2025/b/c.csv", "990101/2025/a.csv", "27/2021/x.CSV", "9901/2024/甲.xlsx"):
        _put(tmp_path, name, name.encode())
    files, refused, _, _ = scan(tmp_path)
    assert refused == []
    assert [f.path for f in files] == ["27/2021/x.CSV", "9901/2024/甲.xlsx", "990101/2025/a.csv", "990101/2025/b/c.csv"]
    first = files[0]
    assert (first.area_code, first.school_year, first.size) == ("27", 2021, len(first.path))
    assert first.sha256 == hashlib.sha256(first.path.encode()).hexdigest()


def test_what_programs_leave_behind_is_ignored(tmp_path: Path) -> None:
    for name in ("~$a.xlsx", "Thumbs.db", ".DS_Store", "desktop.ini", "a.tmp", "b.csv.part", ".~lock.a.xlsx#"):
        _put(tmp_path, f"990101/2025/{name}")
    _put(tmp_path, "__MACOSX/a.csv")
    assert scan(tmp_path) == ([], [], [], [])


def test_only_the_wanted_years_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(tmp_path, "990101/2025/a.csv")
    other = _put(tmp_path, "990101/2024/a.csv").parent
    original = Path.iterdir

    def listing(folder: Path):
        assert folder != other
        return original(folder)

    monkeypatch.setattr(Path, "iterdir", listing)
    files, refused, _, _ = scan(tmp_path, {2025})
    assert [f.path for f in files] == ["990101/2025/a.csv"]
    assert refused == []


@pytest.mark.parametrize(
    "name",
    ["a.csv", "990101/a.csv", "北林区/2025/a.csv", "990101/2025-2026/a.csv", "990101/25/a.csv", "2025/990101/a.csv"],
)
def test_files_in_other_places_are_refused(tmp_path: Path, name: str) -> None:
    _put(tmp_path, name)
    files, (refused,), _, _ = scan(tmp_path)
    assert files == []
    assert refused.refused
    assert [f.rule for f in refused.faults] == ["outside_shape"]
    assert refused.file_name == name
    assert name in refused.reason
    assert refused.submission_id == hashlib.sha256(name.encode()).hexdigest()[:16]


def test_links(tmp_path: Path) -> None:
    root = tmp_path / "landing"
    good = _put(root, "990101/2025/a.csv")
    outside = _put(tmp_path, "elsewhere/secret.csv")
    folder = good.parent
    (folder / "b.csv").symlink_to(good)
    (folder / "c.csv").symlink_to(outside)
    (folder / "d").symlink_to(outside.parent)
    (folder / "e.csv").symlink_to(folder / "nowhere")
    files, refused, _, _ = scan(root)
    assert [Path(f.path).name for f in files] == ["a.csv", "b.csv"]
    assert [(Path(r.file_name).name, r.faults[0].rule) for r in refused] == [
        ("c.csv", "outside_landing"),
        ("d", "outside_landing"),
        ("e.csv", "outside_landing"),
    ]


def test_unreadable_folders_and_files_harm_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(tmp_path, "990101/2025/a.csv")
    _put(tmp_path, "990102/2025/b.csv")
    closed = _put(tmp_path, "990103/2025/c.csv").parent
    original = Path.iterdir

    def listing(folder: Path):
        if folder == closed:
            raise PermissionError(13, "Permission denied")
        return original(folder)

    def landed(path: Path, relative: str):
        if path.name == "b.csv":
            raise PermissionError(13, "Permission denied")
        return real(path, relative)

    real = landing._landed
    monkeypatch.setattr(Path, "iterdir", listing)
    monkeypatch.setattr(landing, "_landed", landed)
    files, refused, _, _ = scan(tmp_path)
    assert [f.path for f in files] == ["990101/2025/a.csv"]
    assert [(r.file_name, r.faults[0].rule) for r in refused] == [
        ("990102/2025/b.csv", "unreadable_file"),
        ("990103/2025", "unreadable_folder"),
    ]
    assert (refused[1].area_code, refused[1].folder_school_year) == ("990103", 2025)


def test_names_that_are_no_text_and_things_that_are_no_files(tmp_path: Path) -> None:
    folder = _put(tmp_path, "990101/2025/a.csv").parent
    with open(os.fsencode(folder) + b"/\xb1\xa8\xb1\xed.csv", "wb") as handle:
        handle.write(b"x")
    os.mkfifo(folder / "pipe")
    files, refused, _, _ = scan(tmp_path)
    assert len(files) == 1
    assert {r.faults[0].rule for r in refused} == {"bad_file_name", "not_a_file"}
    for result in refused:
        result.reason.encode()
        result.file_name.encode()


def test_landing_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        scan(tmp_path / "nowhere")
    assert scan(tmp_path) == ([], [], [], [])


def test_archive_keeps_originals_read_only_and_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    original = _put(tmp_path, "a.csv", b"original")
    sha256 = hashlib.sha256(b"original").hexdigest()
    stored = store(home, original, sha256)
    assert stored == home.archive / sha256[:2] / sha256 == archive.path_of(home, sha256)
    assert stored.read_bytes() == b"original"
    assert stored.stat().st_mode & 0o777 == 0o400
    inode = stored.stat().st_ino
    original.unlink()
    assert store(home, original, sha256).stat().st_ino == inode


def test_archive_notices_a_file_that_changed(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    original = _put(tmp_path, "a.csv", b"changed meanwhile")
    with pytest.raises(FileChanged):
        store(home, original, hashlib.sha256(b"original").hexdigest())
    assert [path for path in home.archive.rglob("*") if path.is_file()] == []
