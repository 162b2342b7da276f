"""The papers of the sample night, opened by an office suite: each of them, once."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from publish.release.signed_papers import stamped
from tests.e2e.nights import Night


@pytest.fixture(scope="module")
def papers(sample_night: Night) -> list[Path]:
    assert sample_night.release is not None
    folder = sample_night.release.path
    lists = [folder / place / "papers.json" for place in ("papers", "restricted/papers")]
    return [folder / paper["path"] for listed in lists for paper in json.loads(listed.read_text(encoding="utf-8"))]


def test_every_paper_opens_in_an_office_suite(papers: list[Path], tmp_path: Path) -> None:
    given = {f"{number}{paper.suffix}": paper for number, paper in enumerate(papers)}
    for name, paper in given.items():
        (tmp_path / name).write_bytes(paper.read_bytes())
    subprocess.run(
        [
            *("soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf"),
            *("--outdir", str(tmp_path / "out"), *(str(tmp_path / name) for name in given)),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    for name, paper in given.items():
        data = (tmp_path / "out" / name).with_suffix(".pdf").read_bytes()
        assert data.startswith(b"%PDF"), paper.name
        assert len(data) > 5_000, paper.name


def test_a_signature_finds_the_state_in_the_foot_of_every_paper(papers: list[Path]) -> None:
    assert len(papers) > 2
    for paper in papers:
        assert stamped(paper.read_bytes(), paper.suffix, "已签发 2026-03-02") != stamped(
            paper.read_bytes(), paper.suffix, "未签发"
        )
