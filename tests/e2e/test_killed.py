"""Killed with SIGKILL at any task and started again: the same release as an undisturbed night, nothing stray."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.nights import Night, run, run_killed_at, stray

STEPS = (
    ("扫描交付目录", 0.0),
    ("归档并解析", 0.1),
    ("规则校验", 0.2),
    ("Great Expectations 复核", 3.0),
    ("记入台账", 0.0),
    ("准备建库", 0.1),
    ("dbt 建库与测试", 6.0),
    ("审核", 0.1),
    ("发布", 0.1),
)


def test_killed_again_and_again_it_ends_in_the_same_release(sample_night: Night, sample_landing: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for step, delay in STEPS:
        run_killed_at(home, sample_landing, step, delay)
    end = run(home, sample_landing)
    assert end.code == 3, end.output
    assert end.release is not None
    assert sample_night.release is not None
    assert end.release.content_hash == sample_night.release.content_hash
    assert stray(end.home) == []
    assert len(list(end.home.releases.iterdir())) == 1
