"""Any published census tests the forecast: by grade or by stage, a file a year or years in a column, dirt counted as none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.forecast import main, missed, parse, read_census

GRADES = ["g1", "g2", "g3"]


def census(folder: Path, years: range, delimiter: str = ",", *, in_column: bool = True) -> list[Path]:
    """Two areas of two schools each; everybody moves up and two in ten leave after the first grade, births rise by a tenth."""
    files = []
    for year in years:
        lines = [delimiter.join(["area", "year", *GRADES])]
        for area, size in (("A", 1000), ("B", 3000), ("A", 10), ("C", 0)):
            births = [size * 1.1 ** (year - back) for back in (2000, 2001, 2002)]
            counts = [births[0], births[1] * 0.8, births[2] * 0.8]
            lines.append(delimiter.join([area, str(year) if in_column else "", *(f"{count:.3f}" for count in counts)]))
        path = folder / f"census_{year}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        files.append(path)
    return files


def options(files: list[Path], *more: str) -> list[str]:
    return [*map(str, files), "--area", "area", *more]


def test_by_grade_only_those_who_are_not_born_yet_are_missed(tmp_path: Path) -> None:
    given = parse(options(census(tmp_path, range(2000, 2004)), "--year", "year", "--stages", "1", "2", "--columns", *GRADES))
    read = read_census(given.files, given)
    assert (read.areas, read.years, read.is_by_grade) == (("A", "B", "C"), (2000, 2001, 2002, 2003), True)
    rows = {(row.known, row.ahead, row.stage): row for row in missed(read)}
    assert rows[3, 1, 2].areas == 2
    assert rows[3, 1, 1].cohorts == pytest.approx(1 - 1 / 1.1, rel=1e-4)
    assert rows[3, 1, 1].last_year == pytest.approx(1 - 1 / 1.1, rel=1e-4)
    assert rows[2, 1, 2].last_year == pytest.approx(1 - 1 / 1.1, rel=1e-4)
    assert rows[2, 1, 2].cohorts < rows[2, 1, 2].last_year
    assert rows[1, 1, 2].line is None


def test_by_stage_with_a_file_a_year_and_dirt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = census(tmp_path, range(2000, 2003), ";", in_column=False)
    with open(files[0], "a", encoding="utf-8") as handle:
        handle.write("A;;88888;*;-1\n")
    words = options(files, "--columns", "g1", "g2", "--stages", "1", "2", "--delimiter", ";", "--unknown", "88888")
    given = parse(words)
    read = read_census(given.files, given)
    assert not read.is_by_grade
    assert read.pupils[0, 0] == pytest.approx([1010, 1010 / 1.1 * 0.8])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.argv", ["forecast", *words])
        main()
    printed = capsys.readouterr().out
    assert printed.startswith("3 areas, 2000–2002, stages")
    assert "| 2 | 1 | 1 | 2 |" in printed


def test_a_year_that_is_not_there_and_columns_that_fit_nothing_are_refused(tmp_path: Path) -> None:
    files = census(tmp_path, range(2000, 2003))
    given = parse(options([files[0], files[2]], "--year", "year", "--columns", *GRADES, "--stages", "1", "2"))
    with pytest.raises(SystemExit, match="do not follow each other"):
        read_census(given.files, given)
    with pytest.raises(SystemExit):
        parse(options(files, "--columns", *GRADES, "--stages", "6", "3"))
