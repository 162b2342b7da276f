"""A home is its owner's: others pass it and read what is published only as the group of readers."""

from __future__ import annotations

import grp
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from junheng.cli.nightly import Exit, Order, run
from junheng.core.home import Home, UnknownReaders, readers, write_atomically
from junheng.core.settings import Settings

GROUP = grp.getgrgid(os.getgid()).gr_name if os.getgid() else "daemon"


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


def fill(home: Home) -> dict[str, Path]:
    """Files as an earlier version left them: everybody reads them."""
    release = home.releases / "r0001-000000000000"
    files = {
        "original": home.original("ab" * 32),
        "bronze": home.bronze_file("school_census", "a" * 16),
        "quarantine": home.quarantine_file("school_census", "a" * 16),
        "ledger": home.nights / "000001" / "night.json",
        "build": home.warehouse / "build-1" / "junheng_build.duckdb",
        "rejected": home.warehouse / "rejected-0001.duckdb",
        "published": release / "junheng.duckdb",
        "page": release / "site" / "index.html",
        "restricted": release / "restricted" / "restricted.duckdb",
        "list": home.dispatch / "list.xlsx",
    }
    for path in files.values():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        path.chmod(0o644)
        path.parent.chmod(0o755)
    for path in home.path.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    home.path.chmod(0o755)
    return files


def test_a_new_home_is_private_and_nothing_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    assert home.secure() == 0
    private = [home.path, home.archive, home.bronze, home.quarantine, home.ledger, home.nights, home.warehouse, home.airflow]
    assert {mode(path) for path in [*private, home.published, home.releases]} == {"700"}
    write_atomically(home.ledger / "a" / "b.json", b"{}")
    (home.warehouse / "c").write_bytes(b"")
    assert (mode(home.ledger / "a"), mode(home.ledger / "a" / "b.json"), mode(home.warehouse / "c")) == ("700", "600", "600")


def test_a_home_made_before_is_closed_once_and_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(Settings.readers.name, raising=False)
    home = Home(tmp_path / "home").create()
    files = fill(home)
    assert home.secure() > len(files)
    assert {mode(path) for path in files.values()} == {"600"}
    assert {mode(path) for path in [home.path, *(each.parent for each in files.values())]} == {"700"}
    assert home.secure() == 0


def test_readers_pass_the_home_and_read_what_is_published_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(Settings.readers.name, GROUP)
    home = Home(tmp_path / "home").create()
    files = fill(home)
    home.secure()
    gid = grp.getgrnam(GROUP).gr_gid
    shared = {name for name, path in files.items() if path.stat().st_mode & stat.S_IRGRP and path.stat().st_gid == gid}
    assert shared == {"published", "page", "list"}
    assert (mode(home.path), home.path.stat().st_gid) == ("710", gid)
    assert {mode(path) for path in (home.published, home.releases, files["page"].parent, home.dispatch)} == {"750"}
    assert {mode(path) for path in (home.archive, home.ledger, home.warehouse, files["restricted"].parent)} == {"700"}
    assert not any(path.stat().st_mode & stat.S_IRWXO for path in files.values())
    monkeypatch.setenv(Settings.readers.name, str(gid))  # a container does not know the names of its host
    assert (home.secure(), readers()) == (0, gid)
    monkeypatch.delenv(Settings.readers.name)
    home.secure()
    assert {mode(path) for path in files.values()} == {"600"}
    assert mode(home.path) == "700"


def test_a_group_that_does_not_exist_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(Settings.readers.name, "督导室")
    with pytest.raises(UnknownReaders):
        Home(tmp_path).create().secure()
    assert run(Order(home=tmp_path), Console()) is Exit.USAGE
    assert "督导室" in capsys.readouterr().out
