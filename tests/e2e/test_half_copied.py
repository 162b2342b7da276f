"""A home of which a part was copied: a night there says what is missing and builds nothing, and the rest can still be brought."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from junheng.core.home import Home
from junheng.core.ledger import Ledger
from publish.trust.verify import verify
from tests.e2e.nights import Night, run, stray
from tests.e2e.schools import county, deliver

LOST = Path("bronze", "school_census")


def test_a_half_copied_home(sample_night: Night, tmp_path: Path) -> None:
    home = Home(shutil.copytree(sample_night.home.path, tmp_path / "home", symlinks=True))
    (home.path / LOST).rename(tmp_path / "rest")
    assert {found.path for found in verify(home).breaks} == {
        path.relative_to(sample_night.home.path).as_posix() for path in (sample_night.home.path / LOST).rglob("*.parquet")
    }
    seen = home.current.readlink()
    deliver(tmp_path / "landing", county("990102"))
    night = run(home.path, tmp_path / "landing")
    assert night.code == 1, night.output
    assert f"{LOST}/submission_id=" in night.output
    assert "文件不见了" in night.output
    assert home.current.readlink() == seen
    log = (home.airflow / "nightly.log").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["file_name"] for line in log if line.startswith("{")] == ["990102/2025/census.csv"]
    assert Ledger(home).numbers() == [1, 2], "what was delivered meanwhile is not lost"

    (tmp_path / "rest").rename(tmp_path / "brought")
    shutil.copytree(tmp_path / "brought", home.path / LOST, dirs_exist_ok=True)
    assert verify(home).breaks == []
    assert [path for path in stray(home) if not path.startswith("warehouse/build-")] == []
