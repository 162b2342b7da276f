"""Nothing to publish, or somebody else at work: clear lines, the right exit codes, no harm."""

from __future__ import annotations

from pathlib import Path

from junheng.core.home import Home
from tests.e2e.nights import run


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    night = run(tmp_path / "home", tmp_path / "landing")
    assert night.code == 4
    assert "交付目录为空" in night.output
    assert "还没有任何发布版本" in night.output
    assert night.release is None


def test_a_home_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    with Home(tmp_path / "home").lock():
        night = run(tmp_path / "home", tmp_path / "landing")
    assert night.code == 5
    assert "正被另一次夜间运行占用" in night.output
    assert not list(Home(tmp_path / "home").nights.iterdir())
