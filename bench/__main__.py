"""``python -m bench [--quick]``: time our build at national size against its limit and a pandas script."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench import agree, report
from bench.measure import Measurement, Series, run
from bench.nation import Nation, copy_project, write_home
from junheng.core.settings import OFFLINE_ENV, PROJECT_ROOT
from publish.build import dbt

RULESET = "national-2017"
FULL = Nation(schools=200_000, counties=2_850, teachers=11_000_000, classes=4_000_000)
QUICK = Nation(schools=6_000, counties=90, teachers=330_000, classes=120_000)
SMALL = Nation(schools=60, counties=1, teachers=3_300, classes=1_200)


@dataclass
class Bench:
    """Folders of one benchmark run."""

    root: Path
    project: Path

    def _run(self, command: Sequence[str], **environment: str) -> Measurement:
        given = {**OFFLINE_ENV, "PYTHONPATH": str(PROJECT_ROOT), **environment}
        return run(command, given, self.root / "last.log")

    def _dbt(self, words: Sequence[str], home: Path) -> Measurement:
        return self._run(dbt.command(words, self.project), **dbt.environment(self.root, home / "warehouse" / "build.duckdb"))

    def parse(self, home: Path) -> None:
        """Fill dbt's parse cache, which the nightly has too."""
        self._dbt(["parse"], home)

    def limit(self, home: Path, packed: bool = False) -> Measurement:
        """Hand-written SQL, from bronze or (``packed``) from all of bronze in one file."""
        out = home / ("limit_packed.duckdb" if packed else "limit.duckdb")
        out.unlink(missing_ok=True)
        command = [sys.executable, "-m", "bench.limit", "--home", str(home), "--out", str(out)]
        return self._run([*command, "--packed"] if packed else command)

    def frames(self, home: Path) -> Measurement:
        """Pandas script."""
        return self._run([sys.executable, "-m", "bench.frames", "--home", str(home), "--out", str(home / "frames")])

    def build(self, home: Path) -> Measurement:
        """Our build: the build file prepared, then one ``dbt build`` with the data tests."""
        database = str(home / "warehouse" / "build.duckdb")
        prepare = [sys.executable, "-m", "bench.prepare", "--home", str(home), "--db", database, "--ruleset", RULESET]
        return self._run(prepare) + self._dbt(list(dbt.BUILD), home)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns 0, or 1 when the results disagree."""
    parser = argparse.ArgumentParser("python -m bench", description="Time the build at national size.")
    parser.add_argument("--quick", action="store_true", help="a small nation once, to see that the benchmark works")
    parser.add_argument("--repeat", type=int, help="repetitions, interleaved (default 3, with --quick 1)")
    parser.add_argument("--schools", type=int, help="schools of the nation")
    parser.add_argument("--counties", type=int, help="counties of the nation")
    parser.add_argument("--teachers", type=int, help="teachers of the nation")
    parser.add_argument("--classes", type=int, help="classes of the nation")
    parser.add_argument("--keep", type=Path, help="folder for homes and results; default: a temporary one")
    options = parser.parse_args(arguments)
    default = QUICK if options.quick else FULL
    sizes = {name: getattr(options, name) for name in ("schools", "counties", "teachers", "classes")}
    nation = replace(default, **{name: size for name, size in sizes.items() if size is not None})
    root = options.keep or Path(tempfile.mkdtemp(prefix="junheng-bench-"))
    root.mkdir(parents=True, exist_ok=True)
    try:
        return _measure(root, nation, options.repeat or (1 if options.quick else 3))
    finally:
        if options.keep is None:
            shutil.rmtree(root)


def _measure(root: Path, nation: Nation, repeat: int) -> int:
    people = f"{nation.teachers:,} teachers, {nation.classes:,} classes"
    print(f"{nation.schools:,} schools in {nation.counties:,} counties, {people}, {repeat} repetition(s)", flush=True)
    large, small = root / "nation", root / "county"
    for path in (large, small, root / "dbt_project"):
        shutil.rmtree(path, ignore_errors=True)
    write_home(large, nation)
    write_home(small, SMALL)
    bench = Bench(root, copy_project(root / "dbt_project", nation))
    bench.parse(small)
    steps: dict[str, Callable[[], Measurement]] = {
        "limit": lambda: bench.limit(large),
        "limit_packed": lambda: bench.limit(large, packed=True),
        "limit_fixed": lambda: bench.limit(small),
        "pandas": lambda: bench.frames(large),
        "build_fixed": lambda: bench.build(small),
        "build": lambda: bench.build(large),
    }
    series: dict[str, Series] = {name: Series([]) for name in steps}
    for number in range(repeat):
        for name, step in steps.items():
            series[name].runs.append(step())
            print(f"  {number + 1}/{repeat} {name}: {series[name].runs[-1].seconds:.2f} s", flush=True)
    try:
        compared = agree.check(large / "limit.duckdb", large / "frames", large / "warehouse" / "build.duckdb", RULESET)
    except agree.Disagreement as problem:
        print(f"DISAGREEMENT {problem}", file=sys.stderr)
        return 1
    print(report.summary(series, compared))
    print(report.slowest(root / "target" / "run_results.json"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
