"""A home whose path means something to URLs, patterns and shells, and files whose names do."""

from __future__ import annotations

from pathlib import Path

from junheng.cli.main import main
from tests.e2e.nights import query, run
from tests.e2e.schools import county, deliver

PLACE = "甲?b#c%d [e] $HOME 'q\""
NAME = "红\x1b[31m\n色\u202e.csv"


def test_a_night_in_an_odd_place_with_oddly_named_files(tmp_path: Path) -> None:
    home, landing = tmp_path / PLACE / "home", tmp_path / PLACE / "landing"
    deliver(landing, county("990102"), NAME)
    bad = landing / "990103" / "2025" / NAME
    bad.parent.mkdir(parents=True)
    bad.write_text("没有表头")
    night = run(home, landing)
    assert night.code == 3, night.output
    assert "\x1b" not in night.output
    assert "\u202e" not in night.output
    assert r"红\x1b[31m\n色\u202e.csv" in night.output
    (row,) = query(night, "select file_name from marts.aud_submission where status = 'accepted'")
    assert row["file_name"] == r"990102/2025/红\x1b[31m\n色\u202e.csv"
    assert (home / "published" / "current" / "site" / "index.html").is_file()
    again = run(home, landing)
    assert again.code == 3, again.output
    assert again.release == night.release
    assert main(["verify", "--home", str(home)]) == 0
    assert main(["ledger", "export", "--home", str(home), "--out", str(tmp_path / "out")]) in (0, 2)
