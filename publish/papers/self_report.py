"""The 自评报告 of a county and rule set: what the county is, what it did, how it stands on each indicator, what is open.

Order and wording are ``self_report.yml``. Each figure stands as its form prints it, with its table and what it means; what is
undecided is said so. Posts and units are named, officials are not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import duckdb

from junheng.core.printable import file_name
from publish.papers.document import ChartSeries, OfficialDocument
from publish.papers.kind import PaperContext, Papers
from publish.papers.self_figures import SelfFigures, YearlyCoefficient, read_self_figures
from publish.papers.self_report_texts import ReportTable, texts
from publish.papers.wording import clauses, day, joined, sentences
from publish.tables.reading import CountyYear
from publish.words.formats import change, distinct_from, fixed, plain, school_year

_MET, _UNMET, _UNDECIDED = "met", "unmet", "undecided"
_COEFFICIENT_DECIMALS = 3
_COMPOSITE = 8
"""Column of the form."""
_TOTAL = "total"
"""Line of all indicators."""
_TEXT_MM = 156
"""Width of the text."""


def self_reports(connection: duckdb.DuckDBPyConnection, county: CountyYear, context: PaperContext) -> Papers:
    """Reports of a county in its newest year: one for each rule set under which it fills in the form."""
    reports = {}
    for figures in read_self_figures(connection, county):
        named = texts().file.format(ruleset=figures.ruleset_zh, year=figures.year_label)
        reports[file_name(named, ".docx")] = _SelfReport(figures).written(context.foot)
    return reports


class _SelfReport:
    def __init__(self, figures: SelfFigures) -> None:
        self._figures, self._paper = figures, OfficialDocument()
        self._tables = self._charts = 0
        self._names: dict[str, object] = {
            "county": figures.county.name,
            "city": figures.county.city,
            "ruleset": figures.ruleset_zh,
            "year": figures.year_label,
        }

    def written(self, foot: Mapping[str, str]) -> bytes:
        """The report."""
        self._paper.title(texts().title.format(**self._names))
        self._paper.paragraph(texts().opening.format(**self._names))
        self._basics()
        self._work()
        self._paper.heading(1, texts().figures.heading)
        self._resources()
        for block, wording in (("government", texts().figures.government), ("quality", texts().figures.quality)):
            items = self._figures.items[block]
            self._paper.heading(2, wording.heading)
            self._paper.paragraph(self._counted([(item.name, item.verdict) for item in items]))
            rows = [
                [str(number), item.name, item.conclusion, self._verdict(item.verdict)] for number, item in enumerate(items, 1)
            ]
            self._table(wording.title, wording.basis, texts().figures.columns, texts().figures.widths, rows)
        self._social()
        self._vetoes()
        self._problems()
        self._conclusion()
        self._paper.signature(texts().office.format(**self._names), date.fromisoformat(foot["created_at"][:10]))
        return self._paper.content(foot)

    def _verdict(self, verdict: str | None) -> str:
        return self._figures.labels.get(("verdict", verdict or ""), "")

    def _stage(self, stage: str) -> str:
        return self._figures.labels.get(("stage", stage), stage)

    def _table(
        self, title: str, basis: str, columns: Sequence[str], widths: Sequence[float], rows: Sequence[Sequence[str]]
    ) -> None:
        self._tables += 1
        self._paper.caption(texts().caption.format(number=self._tables, title=title))
        self._paper.table(columns, rows, widths)
        self._paper.note(texts().basis.format(text=basis))

    def _as_laid_out(self, table: ReportTable, rows: Sequence[Sequence[str]]) -> None:
        self._table(table.title, table.basis, table.columns, table.widths, rows)

    def _chart(self, title: str, categories: Sequence[str], series: Sequence[ChartSeries], decimals: int) -> None:
        self._charts += 1
        self._paper.chart(texts().chart_caption.format(number=self._charts, title=title), categories, series, decimals)

    def _counted(self, judged: Sequence[tuple[str, str | None]]) -> str:
        """How many are met, and which are not, or not decided."""
        by_verdict: dict[str | None, list[str]] = {}
        for name, verdict in judged:
            by_verdict.setdefault(verdict, []).append(name)
        unmet, undecided = by_verdict.get(_UNMET, []), by_verdict.get(_UNDECIDED, [])
        values = {"total": len(judged), "met": len(by_verdict.get(_MET, []))}
        wording = [texts().counted]
        wording += [texts().counted_unmet] if unmet else []
        wording += [texts().counted_undecided.format(undecided=len(undecided), names=joined(undecided))] if undecided else []
        return sentences([clauses(tuple(wording), values | {"unmet": len(unmet), "names": joined(unmet)})])

    def _basics(self) -> None:
        wording = texts().basics
        values = {row["item_code"]: row["computed_text"] or row["value_text"] for row in self._figures.basics}
        known: dict[str, object] = {code: text for code, text in values.items() if text != texts().undecided}
        self._paper.heading(1, wording.heading)
        self._paper.paragraph(sentences(clauses(sentence, self._names | known) for sentence in wording.sentences))
        owed = [row["name_zh"] for row in self._figures.basics if row["item_code"] not in known]
        if owed:
            self._paper.paragraph(wording.owed.format(names=joined(owed)))
        if self._figures.preconditions:
            conclusions = texts().separator.join(row.conclusion for row in self._figures.preconditions)
            self._paper.paragraph(wording.precondition.format(conclusions=conclusions))
        cells = [[row["name_zh"], values[row["item_code"]], row["unit"]] for row in self._figures.basics]
        half = (len(cells) + 1) // 2
        rows = [
            left + (cells[half + place] if half + place < len(cells) else ["", "", ""]) for place, left in enumerate(cells[:half])
        ]
        self._as_laid_out(wording, rows)

    def _work(self) -> None:
        wording, figures = texts().work, self._figures
        self._paper.heading(1, wording.heading)
        self._projects()
        conclusions = {item.code: item.conclusion for items in figures.items.values() for item in items}
        for topic in wording.topics:
            self._paper.heading(2, topic.heading)
            self._paper.paragraph(sentences(conclusions[code] for code in topic.codes if code in conclusions))
        self._paper.heading(2, wording.ledger.heading)
        origins = Counter(issue["origin"] for issue in figures.issues)
        named = [
            wording.ledger.origin.format(name=figures.labels.get(("issue_origin", code), code), count=count)
            for code, count in origins.most_common()
        ]
        still_open = [issue for issue in figures.issues if issue["is_open"]]
        values: dict[str, object] = {
            "total": len(figures.issues),
            "origins": joined(named),
            "closed": sum(issue["state"] == "closed" for issue in figures.issues),
            "open": len(still_open),
            "overdue": sum(issue["is_overdue"] for issue in still_open),
        }
        self._paper.paragraph(sentences([clauses(wording.ledger.sentence, values), clauses(wording.ledger.state, values)]))

    def _projects(self) -> None:
        wording, projects = texts().work.projects, self._figures.projects
        self._paper.heading(2, wording.heading)
        if not projects:
            self._paper.paragraph(wording.none)
            return
        money = {
            "budget": [project["budget_wan_yuan"] for project in projects],
            "allocated": [project["allocated_wan_yuan"] for project in projects],
            "spent": [project["spent_wan_yuan"] for project in projects],
        }
        sums = {
            name: plain(sum(known)) for name, given in money.items() if (known := [each for each in given if each is not None])
        }
        partly = sum(None in row for row in zip(*money.values(), strict=True))
        whole = sentences([clauses(wording.sentence, self._names | {"count": len(projects)} | sums)])
        self._paper.paragraph(whole + (wording.partly.format(count=partly) if partly else ""))
        self._as_laid_out(
            wording,
            [
                [
                    project["project_name"] or "",
                    self._figures.labels.get(("project_work", project["work_kind"] or ""), ""),
                    project["fund_source"] or "",
                    *(_plain(project[name]) for name in ("budget_wan_yuan", "allocated_wan_yuan", "spent_wan_yuan")),
                    day(project["completed_on"] or project["due_on"]),
                ]
                for project in projects
            ],
        )

    def _resources(self) -> None:
        wording, figures = texts().figures.resource, self._figures
        self._paper.heading(2, wording.heading)
        self._paper.heading(3, wording.schools_heading)
        lines = []
        for stage in texts().stages:
            share = figures.shares.get((stage, _TOTAL))
            if share is None:
                continue
            values = {"stage": self._stage(stage), "count": share["school_count"], "met": share["schools_met_text"]}
            values |= {"share": share["share_met_text"], "known": share["known_met"], "undecided": share["undecided_count"]}
            lines.append((wording.unknown if share["schools_met"] is None else wording.known).format(**values))
        self._paper.paragraph(sentences(lines))
        rows = []
        for code, name in self._indicators().items():
            cells = [name]
            for stage in texts().stages:
                standard = self._coefficient(code, stage)
                cells += [_plain(standard.standard["standard"]) if standard else "", *self._share(stage, code)]
            rows.append(cells)
        totals = [share["name_zh"] for (_, line), share in figures.shares.items() if line == _TOTAL][:1]
        rows += [[name, *(text for stage in texts().stages for text in ("", *self._share(stage, _TOTAL)))] for name in totals]
        self._as_laid_out(wording, rows)
        shares = [
            ChartSeries(
                self._stage(stage),
                [
                    figures.shares[stage, code]["share_met_pct"] if (stage, code) in figures.shares else None
                    for code in self._indicators()
                ],
            )
            for stage in texts().stages
        ]
        self._chart(wording.chart, list(self._indicators()), shares, 1)
        self._paper.note(texts().separator.join(f"{code} {name}" for code, name in self._indicators().items()))
        self._coefficients()
        self._trend()

    def _share(self, stage: str, line: str) -> tuple[str, str]:
        """How many schools of a stage meet an indicator, and their share, as the form prints it."""
        share = self._figures.shares.get((stage, line))
        return (share["schools_met_text"], share["share_met_text"]) if share else ("", "")

    def _indicators(self) -> dict[str, str]:
        return {coefficient.code: coefficient.name for coefficient in self._figures.coefficients}

    def _coefficient(self, code: str, stage: str) -> YearlyCoefficient | None:
        named = [each for each in self._figures.coefficients if (each.code, each.stage) == (code, stage)]
        return named[0] if named else None

    def _name(self, coefficient: YearlyCoefficient) -> str:
        return self._stage(coefficient.stage) + coefficient.name

    def _coefficients(self) -> None:
        wording, figures = texts().figures.resource, self._figures
        self._paper.heading(3, wording.coefficients_heading)
        now = {self._name(each): each.years[figures.county.year] for each in figures.coefficients}
        by_verdict: dict[str | None, list[str]] = {}
        for name, row in now.items():
            by_verdict.setdefault(row["verdict"], []).append(name)
        unmet, undecided = by_verdict.get(_UNMET, []), by_verdict.get(_UNDECIDED, [])
        lines = [wording.coefficients.format(total=len(now), met=len(by_verdict.get(_MET, [])))]
        lines += [wording.unmet.format(unmet=len(unmet), names=joined(unmet))] if unmet else []
        lines += [wording.undecided.format(undecided=len(undecided), names=joined(undecided))] if undecided else []
        notes = [
            wording.waiting.format(name=name, schools=now[name]["waiting_for"]) for name in undecided if now[name]["waiting_for"]
        ]
        for name, row in now.items():
            value, limit = row["difference_coefficient"], row["difference_limit"]
            if row["verdict_changes_when_rounded"] and value is not None and limit is not None:
                exact = distinct_from(value, limit, _COEFFICIENT_DECIMALS)
                notes.append(wording.closely.format(name=name, value=exact, limit=_limit(limit)))
        self._paper.paragraph(sentences([clauses(tuple(lines), {}), *notes]))
        rows = []
        named = [(number, code, name) for number, (code, name) in enumerate(self._indicators().items(), 1)]
        for number, code, name in [*named, (_COMPOSITE, "", wording.composite)]:
            cells = [name]
            for stage in texts().stages:
                mean, rate = (self._form_3(stage, measure, number) for measure in ("mean", "coefficient"))
                coefficient = self._coefficient(code, stage)
                judged = coefficient.years[figures.county.year] if coefficient else None
                cells += [mean, rate]
                cells += [_limit(judged["difference_limit"]), self._verdict(judged["verdict"])] if judged else ["", ""]
            rows.append(cells)
        self._table(
            wording.coefficient_title, wording.coefficient_basis, wording.coefficient_columns, wording.coefficient_widths, rows
        )

    def _form_3(self, stage: str, measure: str, number: int) -> str:
        line: Mapping[str, object] = self._figures.form_3.get((stage, measure), {})
        return str(line.get(f"l{number}_text") or "")

    def _trend(self) -> None:
        wording, figures = texts().figures.resource, self._figures
        years = sorted({year for coefficient in figures.coefficients for year in coefficient.years})
        if len(years) < 2:
            return
        self._paper.heading(3, wording.trend_heading)
        rows, moves = [], Counter[str]()
        for coefficient in figures.coefficients:
            known = [coefficient.years.get(year) for year in years]
            values = [row["difference_coefficient_rounded"] if row else None for row in known]
            before, now = values[-2:]
            moved = "" if before is None or now is None else change(now, before)
            moves[moved[:1]] += 1
            rows.append([coefficient.name, self._stage(coefficient.stage), *map(self._rate, values), moved])
        smaller, larger, equal = (moves[change(now, before)[0]] for now, before in ((0, 1), (1, 0), (0, 0)))
        values_of_trend = {"before": school_year(years[-2]), "smaller": smaller, "larger": larger, "equal": equal}
        lines = [wording.trend.format(**values_of_trend)]
        lines += [wording.uncompared.format(count=moves[""])] if moves[""] else []
        self._paper.paragraph(sentences([clauses(tuple(lines), {})]))
        columns = [wording.indicator, wording.stage, *map(school_year, years), wording.change]
        width = (_TEXT_MM - 64) / (len(years) + 1)
        self._table(wording.trend_title, wording.trend_basis, columns, [48, 16, *[width] * (len(years) + 1)], rows)
        for stage in texts().stages:
            drawn = [each for each in figures.coefficients if each.stage == stage]
            series = [
                ChartSeries(
                    school_year(year),
                    [each.years[year]["difference_coefficient_rounded"] if year in each.years else None for each in drawn],
                )
                for year in years
            ]
            limits = [each.years[figures.county.year]["difference_limit"] for each in drawn]
            title = wording.trend_chart.format(stage=self._stage(stage))
            self._chart(title, [each.code for each in drawn], [*series, ChartSeries(wording.limit, limits, is_limit=True)], 3)

    def _rate(self, value: Decimal | None) -> str:
        return texts().undecided if value is None else fixed(value, _COEFFICIENT_DECIMALS)

    def _social(self) -> None:
        wording, figures = texts().figures.social, self._figures
        self._paper.heading(2, wording.heading)
        verdict = figures.scorecard["social_verdict"]
        self._paper.paragraph(
            sentences([*(item.conclusion for item in figures.social if item.verdict), self._verdict(verdict)][:1])
        )
        self._as_laid_out(
            wording, [[row["name_zh"], row["unit"], row["total_text"], row["parents_text"]] for row in figures.survey]
        )

    def _vetoes(self) -> None:
        wording, vetoes = texts().veto, self._figures.vetoes
        self._paper.heading(1, wording.heading)
        unmet = [item.name for item in vetoes if item.verdict == _UNMET]
        undecided = [item.name for item in vetoes if item.verdict == _UNDECIDED]
        lines = [wording.counted.format(total=len(vetoes), met=sum(item.verdict == _MET for item in vetoes))]
        lines += [wording.unmet.format(unmet=len(unmet), names=joined(unmet))] if unmet else []
        lines += [wording.undecided.format(undecided=len(undecided), names=joined(undecided))] if undecided else []
        is_clean = not unmet and not undecided
        self._paper.paragraph(wording.none.format(total=len(vetoes)) if is_clean else sentences([clauses(tuple(lines), {})]))
        self._as_laid_out(wording, [[item.name, item.conclusion] for item in vetoes])

    def _problems(self) -> None:
        wording, figures = texts().problems, self._figures
        self._paper.heading(1, wording.heading)
        scorecard: Mapping[str, object] = figures.scorecard
        unmet = {stage: scorecard[f"schools_{stage}_unmet"] for stage in texts().stages}
        stages = [wording.stage.format(stage=self._stage(stage), count=count) for stage, count in unmet.items() if count]
        if stages:
            self._paper.paragraph(wording.schools.format(stages=joined(stages)))
        rows = [
            self._problem(self._name(each), each.code, each.stage, self._state_of(each))
            for each in figures.coefficients
            if each.years[figures.county.year]["verdict"] in (_UNMET, _UNDECIDED)
        ]
        items = [item for block in figures.items.values() for item in block] + figures.social + figures.vetoes
        rows += [
            self._problem(item.name, item.code, None, item.conclusion) for item in items if item.verdict in (_UNMET, _UNDECIDED)
        ]
        self._paper.paragraph(wording.county.format(count=len(rows)) if rows else wording.none)
        if rows:
            self._as_laid_out(wording, rows)

    def _state_of(self, coefficient: YearlyCoefficient) -> str:
        row = coefficient.years[self._figures.county.year]
        limit, value = _limit(row["difference_limit"]), self._rate(row["difference_coefficient_rounded"])
        return texts().problems.coefficient.format(value=value, limit=limit)

    def _problem(self, name: str, code: str, stage: str | None, state: str) -> list[str]:
        """A line of the table: what the ledger says of the county's own issue on it."""
        issues = [
            issue
            for issue in self._figures.issues
            if issue["requirement_code"] == code
            and issue["school_code"] is None
            and issue["origin"] == "figure"
            and stage in (None, issue["stage"])
        ]
        units = dict.fromkeys(unit for issue in issues for unit in (issue["lead_unit"] or "").split(";") if unit)
        deadlines = [issue["deadline"] for issue in issues if issue["deadline"]]
        states = dict.fromkeys(self._figures.labels.get(("issue_state", issue["state"]), "") for issue in issues)
        return [name, state, joined(list(units)), min(deadlines).isoformat() if deadlines else "", joined(list(states))]

    def _conclusion(self) -> None:
        wording, scorecard = texts().conclusion, self._figures.scorecard
        self._paper.heading(1, wording.heading)
        verdicts: Mapping[str, object] = scorecard
        blocks = {
            block: self._verdict(str(verdicts[f"{block}_verdict"])) for block in ("resource", "government", "quality", "social")
        }
        counts = {_MET: scorecard["n_met"] or 0, _UNMET: scorecard["n_unmet"] or 0, _UNDECIDED: scorecard["n_undecided"] or 0}
        counted = wording.counted.format(total=sum(counts.values()), **counts)
        self._paper.paragraph(counted + wording.blocks.format(**blocks))
        self._paper.paragraph(wording.verdicts[scorecard["verdict"] or _UNDECIDED].format(**self._names))


def _plain(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _limit(value: Decimal | None) -> str:
    return "" if value is None else plain(value, least=2)
