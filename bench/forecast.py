"""``python -m bench.forecast FILE…``: how far the cohorts miss a published census, beside last year again and a straight line.

Any table with a row for each school, pupils by grade or by stage in columns, and the year in a column or one file a year. Areas
are forecast one by one from their first years, and held against the years that follow.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from planning.pupils.cohort import Array, Cohorts
from planning.pupils.projection import momentum_of, project, spread_evenly, straight_line


@dataclass(frozen=True)
class PublishedCensus:
    """Pupils of areas: area × year × column. ``stages``: how many grades each stage has."""

    areas: tuple[str, ...]
    years: tuple[int, ...]
    pupils: Array
    stages: tuple[int, ...]
    is_by_grade: bool

    def places(self) -> list[list[int]]:
        """Grades of each stage, from 0."""
        ends = np.cumsum([0, *self.stages])
        return [list(range(ends[number], ends[number + 1])) for number in range(len(self.stages))]

    def by_stage(self) -> Array:
        """Area × year × stage."""
        if not self.is_by_grade:
            return self.pupils
        return np.stack([self.pupils[:, :, grades].sum(axis=2) for grades in self.places()], axis=2)

    def cohorts(self, known: int) -> list[Cohorts]:
        """Each area as it was known after so many years."""
        grades = self.pupils if self.is_by_grade else spread_evenly(self.pupils, self.stages)
        starts = tuple(grades_of[0] for grades_of in self.places()[1:])
        nobody = np.full((1, known), np.nan)
        return [Cohorts(("all",), self.years[:known], area[None, :known], nobody, starts) for area in grades]

    def forecast(self, known: int, ahead: int) -> Array:
        """Area × stage, so many years on; what is known by stage alone tells of no progression by grade."""
        counties = self.cohorts(known)
        momentum = momentum_of(counties, self.places()) if known > 1 and not self.is_by_grade else ()
        after = []
        for county in counties:
            now = county
            if not self.is_by_grade:
                last = county.pupils[:, -1:], county.children[:, -1:]
                now = Cohorts(county.units, county.years[-1:], *last, county.transfers, momentum)
            pupils = project(now, ahead).pupils[0, -1]
            after.append([pupils[grades].sum() for grades in self.places()])
        return np.array(after)


@dataclass(frozen=True)
class MissedShare:
    """Mean absolute shares by which three methods miss a stage, so many years ahead; ``line``: None with one year known."""

    known: int
    ahead: int
    stage: int
    areas: int
    cohorts: float
    last_year: float
    line: float | None


def missed(census: PublishedCensus) -> list[MissedShare]:
    """Every year that may be forecast from the years before it."""
    totals, rows = census.by_stage(), list[MissedShare]()
    for known in range(1, len(census.years)):
        for ahead in range(1, len(census.years) - known + 1):
            forecast, actual, last = census.forecast(known, ahead), totals[:, known + ahead - 1], totals[:, known - 1]
            for stage in range(len(census.stages)):
                there = (actual[:, stage] > 0) & (last[:, stage] > 0)
                lines = [straight_line(list(area[:known, stage]), ahead) for area in totals] if known > 1 else None
                ours, again = (_share(each[there, stage], actual[there, stage]) for each in (forecast, last))
                line = None if lines is None else _share(np.array(lines)[there], actual[there, stage])
                rows.append(MissedShare(known, ahead, stage + 1, int(there.sum()), ours, again, line))
    return rows


def _share(forecast: Array, actual: Array) -> float:
    return float(np.abs(forecast / actual - 1).mean()) if len(actual) else float("nan")


def read_census(files: Sequence[Path], options: argparse.Namespace) -> PublishedCensus:
    """The tables of all files; areas that every year tells of. A file without the year in a column is named by it."""
    by_year: dict[int, dict[str, Array]] = defaultdict(lambda: defaultdict(lambda: np.zeros(len(options.columns))))
    for file in files:
        with open(file, encoding=options.encoding, newline="") as handle:
            for row in csv.DictReader(handle, delimiter=options.delimiter):
                year = row[options.year] if options.year else "".join(filter(str.isdigit, file.stem))[-4:]
                counts = [_number(row[column], options.unknown) for column in options.columns]
                by_year[int(float(year))][row[options.area]] += counts
    years = tuple(sorted(by_year))
    if years != tuple(range(years[0], years[-1] + 1)):
        raise SystemExit(f"years do not follow each other: {years}")
    areas = tuple(sorted(set.intersection(*(set(of_year) for of_year in by_year.values()))))
    pupils = np.array([[by_year[year][area] for year in years] for area in areas])
    stages = tuple(options.stages)
    return PublishedCensus(areas, years, pupils, stages, len(options.columns) == sum(stages))


def _number(cell: str | None, unknown: float | None) -> float:
    """Pupils of a cell; what is empty, no number, below 0 or stands for unknown counts as none."""
    try:
        number = float((cell or "").strip().replace(",", "") or 0)
    except ValueError:
        return 0.0
    return number if np.isfinite(number) and number >= 0 and number != unknown else 0.0


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--area", required=True, help="column of what is forecast: a county, a school")
    parser.add_argument("--year", help="column of the year; without it the last four digits of a file's name")
    parser.add_argument("--columns", nargs="+", required=True, help="pupils: a column for each grade, or for each stage")
    parser.add_argument("--stages", nargs="+", type=int, default=[6, 3], help="how many grades each stage has")
    parser.add_argument("--unknown", type=float, help="a number that stands for what is not known")
    parser.add_argument("--delimiter", default=",")
    parser.add_argument("--encoding", default="utf-8-sig")
    options = parser.parse_args(arguments)
    options.delimiter = options.delimiter.replace("\\t", "\t")
    if len(options.columns) not in (len(options.stages), sum(options.stages)):
        parser.error("--columns: one for each grade or one for each stage")
    return options


def main() -> None:
    """Print a row for each stage, number of known years and years ahead."""
    options = parse()
    census = read_census(options.files, options)
    print(f"{len(census.areas)} areas, {census.years[0]}–{census.years[-1]}, {'grades' if census.is_by_grade else 'stages'}")
    print("| years known | ahead | stage | areas | cohorts | last year again | straight line |")
    print("|---|---|---|---|---|---|---|")
    for row in missed(census):
        line = "" if row.line is None else f"{row.line:.1%}"
        print(f"| {row.known} | {row.ahead} | {row.stage} | {row.areas} | {row.cohorts:.1%} | {row.last_year:.1%} | {line} |")


if __name__ == "__main__":
    main()
