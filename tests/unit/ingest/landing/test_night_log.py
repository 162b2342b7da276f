"""What the log of a night says of its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.ingest.made import FOLDER, World, census


def test_the_log_names_night_file_and_county(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tmp_path)
    world.put(f"{FOLDER}/a.csv", census())
    world.put(f"{FOLDER}/b.csv", b"x,y\n1,2\n")
    world.night()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["night"], line["file_name"], line["area_code"], line["status"]) for line in lines] == [
        (1, f"{FOLDER}/a.csv", "990101", "accepted"),
        (1, f"{FOLDER}/b.csv", "990101", "refused"),
    ]
    assert lines[1]["reason"]
