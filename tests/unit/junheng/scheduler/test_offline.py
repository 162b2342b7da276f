"""Telemetry of every library is off before it is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from junheng.core.settings import OFFLINE_ENV

ROOT = Path(__file__).resolve().parents[4]
PROBE = """
import sys
from junheng.core.home import Home
from junheng.scheduler.inprocess import configure
configure(Home(sys.argv[1]).create())
import great_expectations
print("posthog" in sys.modules)
"""


def test_libraries_read_the_switches_as_off(tmp_path: Path) -> None:
    clean = {key: value for key, value in os.environ.items() if key not in OFFLINE_ENV}
    done = subprocess.run([sys.executable, "-c", PROBE, str(tmp_path)], capture_output=True, text=True, env=clean)
    assert done.stdout.split()[-1:] == ["False"], done.stdout + done.stderr


def test_every_way_of_running_sets_the_switches() -> None:
    project = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["flags"]["send_anonymous_usage_stats"] is False
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name in ("GX_ANALYTICS_ENABLED", "SCARF_NO_ANALYTICS", "DO_NOT_TRACK"):
        assert f"{name}: " in compose
        assert f"export {name} " in makefile
