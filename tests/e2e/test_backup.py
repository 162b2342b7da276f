"""A home restored elsewhere from what the runbook says to keep is whole: every file, every signature, every explanation."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from junheng.core.home import Home
from publish.release.release import read_current
from publish.trust.verify import verify
from tests.e2e.nights import JUNHENG, ROOT, Night

RUNBOOK = ROOT / "docs" / "runbooks" / "backup.md"


def _kept(home: Path, archive: Path) -> list[str]:
    """The command of the runbook for this home."""
    (line,) = re.findall(r"^tar .*$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)
    line = line.replace("junheng-$(date +%F).tar.zst", str(archive)).replace("/srv/junheng", str(home))
    return line.replace("--zstd ", "").split()  # the test needs no compression


def test_a_backup_is_restored(sample_night: Night, tmp_path: Path) -> None:
    archive, restored = tmp_path / "backup.tar", tmp_path / "elsewhere"
    subprocess.run(_kept(sample_night.home.path, archive), check=True)
    restored.mkdir()
    subprocess.run(["tar", "--extract", "--file", str(archive), "-C", str(restored)], check=True)
    assert not (restored / "warehouse").exists()
    home = Home(restored)
    release = read_current(home)
    assert release is not None
    assert sample_night.release is not None
    assert release.content_hash == sample_night.release.content_hash
    assert verify(home).breaks == []
    words = [*JUNHENG, "explain", "990101", "L4", "--stage", "primary", "--home", str(restored)]
    explained = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert explained.returncode == 0, explained.stdout + explained.stderr


def test_a_backup_without_a_file_is_found_out(sample_night: Night, tmp_path: Path) -> None:
    archive, restored = tmp_path / "backup.tar", tmp_path / "elsewhere"
    subprocess.run(_kept(sample_night.home.path, archive), check=True)
    restored.mkdir()
    subprocess.run(["tar", "--extract", "--file", str(archive), "-C", str(restored), "--exclude=./bronze/*"], check=True)
    assert verify(Home(restored)).breaks
