"""A night's validation does not run the libraries it never uses; who uses them gets them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NIGHT = """
import sys
from pathlib import Path
from expectations import postponed
from expectations.validate import validate
from tests.unit.expectations.nights import File, Nights, school
if sys.argv[2] == "never":
    postponed.SELDOM_USED = ()
    postponed.postpone.__defaults__ = ((),)
nights = Nights(Path(sys.argv[1]))
file = File("a.csv", [school(1)])
night = nights.open([file])
from expectations.gate import judge
judge(nights.home, night)
validate(nights.home, night)
print(sum(name.split(".")[0] in ("altair", "scipy") for name in sys.modules))
print(sum(row["engine"] != "sql" for row in night.read_table("check_results").to_pylist()))
import altair, scipy.stats
print(altair.Chart.__name__, scipy.stats.norm.cdf(0.0))
"""


def _night(home: Path, when: str) -> tuple[int, int, list[str]]:
    """Modules of the two libraries after a validation, results of Great Expectations, and what a use of them says."""
    done = subprocess.run([sys.executable, "-c", NIGHT, str(home), when], capture_output=True, text=True)
    assert not done.returncode, done.stderr
    modules, results, used = done.stdout.splitlines()[-3:]  # above them DuckDB may show how far it is
    return int(modules), int(results), used.split()


def test_what_is_not_used_does_not_run(tmp_path: Path) -> None:
    few, results, used = _night(tmp_path / "a", "later")
    many, same, used_at_once = _night(tmp_path / "b", "never")
    assert results == same > 0
    assert used == used_at_once == ["Chart", "0.5"]
    assert few < 20 < 400 < many
