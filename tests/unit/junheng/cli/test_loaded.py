"""What a command of a second may load: a budget of modules, counted in the process that runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from publish.release import publication
from publish.release.manifest import Details
from tests.unit.publish.fake_home import make_build, make_home
from tests.unit.publish.fake_marts import write_manifest

HEAVY = {"airflow", "dbt", "duckdb", "great_expectations", "jinja2", "numpy", "openpyxl", "pandas", "pyarrow", "xlsxwriter"}
COMMAND = """
import sys
from junheng.cli.main import main
code = main(sys.argv[1:])
print(code, len(sys.modules), *sorted({name.split(".")[0] for name in sys.modules}))
"""


def loaded(*words: str) -> tuple[int, int, set[str]]:
    """Exit code of a command, how many modules it loaded, and the packages they belong to."""
    done = subprocess.run([sys.executable, "-c", COMMAND, *words], capture_output=True, text=True)
    assert not done.returncode, done.stderr
    code, modules, *packages = done.stdout.splitlines()[-1].split()
    return int(code), int(modules), set(packages)


def test_verify_loads_nothing_that_reads_a_table(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    publication.publish(home, make_build(home), write_manifest(tmp_path / "manifest.json"), Details("2026-11-21T01:00:00+08:00"))
    code, modules, packages = loaded("verify", "--home", str(home.path))
    assert code == 0
    assert not packages & HEAVY
    assert modules < 320


CENSUS = "区划代码,学年,学校标识码,学校名称,办学类型码,小学在校生\n990101,2025,2199010001,第一小学,211,600\n"


def test_inspect_loads_no_table_of_anybody_else(tmp_path: Path) -> None:
    (tmp_path / "普查.csv").write_text(CENSUS, encoding="utf-8")
    code, modules, packages = loaded("inspect", str(tmp_path / "普查.csv"), "--area", "990101", "--school-year", "2025")
    assert code == 0
    assert packages & HEAVY == {"pyarrow"}
    assert modules < 620
