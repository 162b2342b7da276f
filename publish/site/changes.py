"""What changed since the release before: verdicts, coefficients, schools, requirements and the ledger of each county."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import duckdb

from junheng.core.sql import literal, tables
from publish.site.labels import Labels, display_order, say, stage_label
from publish.tables.artifacts import MARTS
from publish.tables.reading import STAGES, CountyYear, Key, read
from publish.words.texts import texts

MOST_NAMED = 3
"""Coefficients and requirements that are named; the rest are counted."""
_BEFORE = "release_before"
_READ = ("fct_county_verdict", "fct_county_indicator", "fct_school_verdict", "fct_county_requirement", "fct_issue")


class _VerdictPair(TypedDict):
    county_code: str
    ruleset_id: str
    before: str | None
    now: str | None


class _Coefficients(_VerdictPair):
    stage: str
    indicator_code: str
    value_before: object
    value_now: object


class _Requirements(_VerdictPair):
    requirement_code: str
    part: str
    name_zh: str | None


class _Schools(TypedDict):
    county_code: str
    ruleset_id: str
    stage: str
    before: int
    now: int


class _Issues(TypedDict):
    county_code: str
    opened: int
    closed: int
    overdue: int


class ReleaseChanges:
    """What is different from the release before, by county and rule set."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        before: Path | None,
        counties: Sequence[CountyYear],
        labels: Mapping[str, Labels],
    ) -> None:
        """``before``: the database of the release before; None: there is none."""
        self._says: dict[Key, list[str]] = defaultdict(list)
        self._of_ledger: dict[str, str] = {}
        self._compared: set[str] = set()
        self.is_first = before is None
        if before is None:
            return
        try:
            connection.execute(f"attach {literal(str(before))} as {_BEFORE} (read_only)")
        except duckdb.Error:  # a file that was damaged since: nothing can be said of it, and the release does not wait for it
            return
        if set(_READ) <= set(tables(connection, _BEFORE, MARTS)):
            connection.execute("create or replace temp table compared (county_code varchar, school_year integer)")
            connection.executemany("insert into compared values (?, ?)", [[county.code, county.year] for county in counties])
            self._compare(connection, labels)
        connection.execute(f"detach {_BEFORE}")

    def of(self, county: str, ruleset_id: str) -> list[str]:
        """Sentences of a county; the first release and a county that had no figures say so."""
        if self.is_first:
            return [say("changes", "first")]
        if county not in self._compared:
            return [say("changes", "not_there")]
        ledger = self._of_ledger.get(county)
        return [*self._says[county, ruleset_id], *([ledger] if ledger else [])] or [say("changes", "none")]

    def _compare(self, connection: duckdb.DuckDBPyConnection, labels: Mapping[str, Labels]) -> None:
        judged_before = f"from {_BEFORE}.{MARTS}.fct_county_verdict join compared using (county_code, school_year)"
        self._compared = {row[0] for row in connection.execute(f"select distinct county_code {judged_before}").fetchall()}
        for verdict in read(connection, _VerdictPair, _pairs("fct_county_verdict", ())):
            if verdict["before"] != verdict["now"]:
                self._add(verdict, "verdict", before=_verdict(verdict["before"]), now=_verdict(verdict["now"]))
        self._coefficients(connection, labels)
        schools = f"""
            select county_code, ruleset_id, stage, coalesce(b.met, 0) as before, coalesce(n.met, 0) as now
            from ({_met("")}) n full join ({_met(f"{_BEFORE}.")}) b using (county_code, ruleset_id, stage)
        """
        for counted in sorted(read(connection, _Schools, schools), key=lambda row: STAGES.index(row["stage"])):
            if counted["before"] != counted["now"]:
                stage = stage_label(counted["stage"])
                self._add(counted, "schools", stage=stage, before=counted["before"], now=counted["now"])
        self._requirements(connection)
        issues = f"""
            select
                county_code,
                count(*) filter (where b.issue_id is null) as opened,
                count(*) filter (where not n.is_open and b.is_open) as closed,
                count(*) filter (where n.is_overdue and not coalesce(b.is_overdue, false)) as overdue
            from {MARTS}.fct_issue n left join {_BEFORE}.{MARTS}.fct_issue b using (county_code, issue_id)
            group by county_code
        """
        for row in read(connection, _Issues, issues):
            counts = {name: row[name] for name in ("opened", "closed", "overdue")}
            if any(counts.values()):
                self._of_ledger[row["county_code"]] = say("changes", "issues", **counts)

    def _add(self, row: Mapping[str, object], key: str, **values: object) -> None:
        self._says[str(row["county_code"]), str(row["ruleset_id"])].append(say("changes", key, **values))

    def _coefficients(self, connection: duckdb.DuckDBPyConnection, labels: Mapping[str, Labels]) -> None:
        value = "difference_coefficient_rounded"
        query = _pairs("fct_county_indicator", ("stage", "indicator_code"), f"b.{value} as value_before, n.{value} as value_now")
        moved: dict[Key, int] = defaultdict(int)
        turned: dict[Key, list[str]] = defaultdict(list)
        rows = read(connection, _Coefficients, query)
        for row in sorted(rows, key=lambda row: display_order(row["stage"], row["indicator_code"])):
            key = row["county_code"], row["ruleset_id"]
            if row["before"] != row["now"]:
                name = labels[row["ruleset_id"]].short(row["indicator_code"], row["stage"])
                turned[key].append(
                    say("changes", "coefficient", stage=stage_label(row["stage"]), name=name)
                    + _from_to(row["value_before"], row["value_now"], row["before"], row["now"])
                )
            elif row["value_before"] != row["value_now"]:
                moved[key] += 1
        for key in turned.keys() | moved.keys():
            self._says[key] += turned[key][:MOST_NAMED]
            if rest := moved[key] + len(turned[key][MOST_NAMED:]):
                self._says[key].append(say("changes", "moved", count=rest))

    def _requirements(self, connection: duckdb.DuckDBPyConnection) -> None:
        query = f"""
            select p.*, d.name_zh from ({_pairs("fct_county_requirement", ("requirement_code", "part"))}) p
            left join {MARTS}.dim_requirement d using (ruleset_id, requirement_code, part)
            where p.before is distinct from p.now order by d.display_order, p.requirement_code, p.part
        """
        turned: dict[Key, list[str]] = defaultdict(list)
        for row in read(connection, _Requirements, query):
            values = {"code": row["requirement_code"], "name": row["name_zh"] or ""}
            words = {"before": _verdict(row["before"]), "now": _verdict(row["now"])}
            turned[row["county_code"], row["ruleset_id"]].append(say("changes", "requirement", **values, **words))
        for key, sentences in turned.items():
            self._says[key] += sentences[:MOST_NAMED]
            if rest := len(sentences) - MOST_NAMED:
                self._says[key] += [say("changes", "requirements", count=rest)] if rest > 0 else []


def _pairs(mart: str, keys: Sequence[str], more: str = "") -> str:
    """Query of the verdicts of now beside those of before."""
    names = ", ".join(("county_code", "ruleset_id", *keys))
    return f"""
        select {names}, b.verdict as before, n.verdict as now{f", {more}" if more else ""}
        from {MARTS}.{mart} n join compared using (county_code, school_year)
        left join {_BEFORE}.{MARTS}.{mart} b using (school_year, {names})
    """


def _met(where: str) -> str:
    return f"""
        select county_code, ruleset_id, stage, count(*) filter (where verdict = 'met') as met
        from {where}{MARTS}.fct_school_verdict join compared using (county_code, school_year) group by all
    """


def _verdict(code: str | None) -> str:
    return str(texts()["verdicts"][code]["label"]) if code else str(texts()["page"]["no_value"])


def _from_to(before: object, now: object, verdict_before: str | None, verdict_now: str | None) -> str:
    words, nothing = texts()["coefficient_verdicts"], texts()["page"]["no_value"]
    values = {"before": nothing if before is None else before, "now": nothing if now is None else now}
    verdict = {"verdict": words[verdict_now]["label"] if verdict_now else nothing}
    return say("changes", "from_to", **values, **verdict, was=words[verdict_before]["label"] if verdict_before else nothing)
