"""``junheng explain COUNTY INDICATOR`` in the terminal: a figure, requirement or verdict of a county and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from junheng.cli.explain import STYLES, amount_text, comparison, file_line, number, quoted, school_year, where
from junheng.core.messages import Messages
from junheng.core.wrapping import say_line
from publish.release.release import Release
from publish.tables.rows import FctCountyIndicator
from publish.trust.county_figure import CountyFigure
from publish.trust.county_requirement import ExplainedRequirement
from publish.trust.county_verdict import ExplainedVerdict, verdicts_of_blocks
from publish.trust.delivered import Input
from publish.trust.explain import relaxed
from publish.trust.explain_county import Found
from publish.trust.originals import File
from publish.words.formats import beside, plain, with_ratio

_VETO = "veto"


class CountyAnswer:
    """One answer about a county."""

    def __init__(self, answer: Found, release: Release, say: Messages, console: Console) -> None:
        self._answer = answer
        self._release = release
        self._say = say
        self._console = console
        self._zh = say.language == "zh"
        self._files: dict[File, int] = {}

    def print(self) -> None:
        """Print it."""
        match self._answer:
            case CountyFigure():
                self._figure(self._answer)
            case ExplainedRequirement():
                self._requirement(self._answer)
            case ExplainedVerdict():
                self._verdict(self._answer)
        self._file_list()
        self._verification()

    def _line(self, text: str, indent: int = 2, style: str = "") -> None:
        say_line(self._console, text.replace("= ≈", "≈ "), indent=indent, style=style)

    def _title(self, key: str) -> None:
        self._console.print()
        self._console.print(Text(self._say(key), style="bold"))

    def _head(self, name: str, facts: Iterable[str], verdict: str | None, document: str | None, *, veto: bool = False) -> None:
        row = self._answer.published
        head = f"{self._answer.county_name} · {school_year(row['school_year'], self._say)} · {row['ruleset_id']}"
        self._console.print(Text(head, style="bold"))
        self._console.print(Text(name, style="bold"))
        facts_shown = [*facts]
        if verdict:
            facts_shown.append(self._say("explain_verdict", verdict=self._verdict_label(verdict, veto=veto)))
        self._line("   ".join(facts_shown), style=STYLES.get(verdict or "", ""))
        source = self._say("explain_source", release=self._release.release_id, document=document or "—")
        self._line(source, style="dim")
        decision = self._release.signature
        state = "unsigned" if decision is None else decision.decision
        state = self._say(f"signature_{state}", on=decision.at[:10] if decision else "")
        self._line(self._say("signature", state=state), style="dim" if decision else "yellow")

    def _verdict_label(self, verdict: str, *, veto: bool = False) -> str:
        return self._say(f"explain_veto_{verdict}" if veto else f"school_verdict_{verdict}")

    def _relaxed(self, codes: str) -> str:
        return relaxed(self._release, codes, self._say.language)

    def _waits(self, text: str | None) -> None:
        if text:
            self._line(self._say("explain_waits", what=text), style="yellow")

    def _unit(self, unit: str | None) -> str:
        return f" {'m²' if unit == 'm2' else unit}" if self._zh and unit else ""

    def _stage(self, stage: str) -> str:
        return self._say(f"stage_{stage}")

    # a coefficient

    def _figure(self, figure: CountyFigure) -> None:
        row, indicator = figure.published, figure.indicator
        name = indicator["name_zh"] if self._zh else indicator["name_en"]
        facts = [self._say("explain_coefficient", value=self._coefficient(row))]
        if row["difference_limit"] is not None:
            facts.append(self._say("explain_limit", limit=plain(row["difference_limit"], 2)))
        title = f"{row['indicator_code']} {name} · {self._stage(row['stage'])}"
        self._head(title, facts, row["verdict"], indicator["source_document"])
        self._waits(row["waiting_for"] or row["withheld_schools"])
        self._title("explain_formula")
        if indicator["is_composite"]:
            self._composite(figure)
        else:
            self._spread(figure)

    @staticmethod
    def _coefficient(row: FctCountyIndicator) -> str:
        value, limit = row["difference_coefficient"], row["difference_limit"]
        return "—" if value is None else beside(value, limit, 3)

    def _composite(self, figure: CountyFigure) -> None:
        county, stage = figure.published["county_code"], figure.published["stage"]
        if figure.coefficient is not None:
            parts = " + ".join(plain(part["difference_coefficient"] or 0) for part in figure.parts)
            self._line(self._say("explain_mean_of", parts=parts, count=len(figure.parts), value=_exact(figure.coefficient)))
        for part in figure.parts:
            name = part["name_zh"] if self._zh else part["name_en"]
            value = "—" if part["difference_coefficient"] is None else plain(part["difference_coefficient"])
            self._line(f"{part['indicator_code']} {name}：{value}")
            self._waits(part["waiting_for"])
        if figure.parts:
            command = f"junheng explain {county} {figure.parts[0]['indicator_code']} --stage {stage}"
            self._line(self._say("explain_ask", command=command), style="dim")

    def _spread(self, figure: CountyFigure) -> None:
        row, unit = figure.published, self._unit(figure.indicator["unit"])
        scale = "" if figure.indicator["scale"] == 1 else f" × {figure.indicator['scale']}"
        if figure.mean is not None:
            total = sum((one.numerator or Fraction(0) for one in figure.schools), Fraction(0))
            pupils = sum((one.pupils or Fraction(0) for one in figure.schools), Fraction(0))
            amounts = {
                "amount": amount_text(total, figure.indicator["unit"], self._say),
                "pupils": number(pupils),
                "mean": with_ratio(number(figure.mean), row["county_mean"], figure.indicator["shown_as"]),
            }
            self._line(self._say("explain_mean", scale=scale, unit=unit, **amounts))
            self._line(self._say("explain_spread"))
            if figure.coefficient is not None:
                self._line(
                    self._say("explain_cv", value=_exact(figure.coefficient), deviation=plain(row["standard_deviation"] or 0))
                )
        self._title("explain_schools")
        table = self._table(
            ("school", False), ("amount", True), ("pupils", True), ("value", True), ("verdict", False), ("term", True)
        )
        for one in figure.schools:
            share = figure.shares.get(one.published["school_code"])
            verdict = one.published["verdict"]
            table.add_row(
                one.school_name,
                number(one.numerator),
                number(one.pupils),
                number(one.value),
                self._say(f"school_verdict_{verdict}") if verdict else "",
                "" if share is None or share["term"] is None else plain(round(share["term"], 6)),
            )
        self._show(table)
        self._inputs(
            Input(one.school_name, reading.label if self._zh else reading.item, number(reading.value), place.cells, place.file)
            for one in figure.schools
            for reading in one.readings
            for place in reading.places
        )

    # a requirement

    def _requirement(self, requirement: ExplainedRequirement) -> None:
        row, described = requirement.published, requirement.described
        name = described["name_zh"] if self._zh else described["name_en"]
        # other parts (visited, parents) are in the name
        part = f"（{self._part(row['part'])}）" if row["part"] in ("a", "b", "primary", "junior") else ""
        unit = self._unit(described["unit"])
        facts = []
        if row["basis"] == "computed":
            value = "—" if row["value"] is None else f"{beside(row['value'], row['threshold'], described['decimals'] or 0)}{unit}"
            facts.append(self._say("explain_value", value=value))
        if row["threshold"] is not None:
            operator = comparison(described["operator"])
            facts.append(self._say("explain_threshold", operator=operator, threshold=f"{plain(row['threshold'])}{unit}"))
        veto = row["block"] == _VETO
        title = f"{row['requirement_code']}{part} {name}"
        self._head(title, facts, row["verdict"], described["source_document"], veto=veto)
        self._line(row["conclusion_zh"])
        if row["relaxation_code"]:
            strict = self._verdict_label(row["verdict_strict"] or "", veto=veto)
            self._line(self._say("explain_relaxed_requirement", relaxation=self._relaxed(row["relaxation_code"]), strict=strict))
        if row["disagreement_zh"]:
            self._line(self._say("explain_declared", text=row["disagreement_zh"]), style="yellow")
        self._waits(row["waiting_for_zh"])
        self._ratio(requirement)
        if requirement.schools:
            self._judged(requirement)
        self._inputs(requirement.inputs)

    def _part(self, part: str) -> str:
        return self._stage(part) if part in ("primary", "junior") else part

    def _ratio(self, requirement: ExplainedRequirement) -> None:
        row, described = requirement.published, requirement.described
        if not requirement.terms:
            key = "explain_by_school" if requirement.schools else f"explain_basis_{row['basis']}"
            self._title("explain_formula")
            self._line(self._say(key if row["source"] != "monitoring" else "explain_by_monitoring"))
            return
        self._title("explain_formula")
        for role in ("numerator", "denominator"):
            terms = [term for term in requirement.terms if term.role == role]
            if terms:
                signed = [f"{'−' if term.factor < 0 else '+'} {term.label} {self._amount(term.amount)}" for term in terms]
                text = " ".join(signed).removeprefix("+ ")
                total = "" if len(terms) == 1 else f" = {self._amount(row[role])}"
                self._line(f"{self._say('explain_' + role)} = {text}{total}")
        if row["numerator"] is not None and row["denominator"]:
            scale = "" if described["scale"] in (None, 1) else f" × {described['scale']}"
            top, base = plain(row["numerator"]), plain(row["denominator"])
            ratio = f"{top}{scale}" if row["denominator"] == 1 else f"{top}{scale} ÷ {base}"
            value = "—" if row["value"] is None else plain(row["value"])
            self._line(self._say("explain_ratio", ratio=ratio, value=value) + self._unit(described["unit"]))

    @staticmethod
    def _amount(value: object) -> str:
        return "?" if value is None else plain(value)  # type: ignore[arg-type]

    def _judged(self, requirement: ExplainedRequirement) -> None:
        self._title("explain_schools")
        table = self._table(("school", False), ("value", True), ("standard", True), ("verdict", False), ("waits", False))
        for one in requirement.schools:
            table.add_row(
                one["school_name"],
                self._amount(one["value"]),
                "" if one["threshold"] is None else plain(one["threshold"]),
                self._verdict_label(one["verdict"])
                + (f"（{self._relaxed(one['relaxation_code'])}）" if one["relaxation_code"] else ""),
                one["waiting_for_zh"] or "",
            )
        self._show(table)

    # a verdict

    def _verdict(self, answer: ExplainedVerdict) -> None:
        row = answer.published
        counts = {"met": row["n_met"], "unmet": row["n_unmet"], "undecided": row["n_undecided"]}
        self._head(self._say("explain_overall"), [self._say("explain_counts", **counts)], row["verdict"], None)
        self._waits(row["waiting_for_zh"])
        self._title("explain_formula")
        self._line(self._say("explain_fold"))
        of_blocks = verdicts_of_blocks(row)
        for block in dict.fromkeys(part.block for part in answer.parts):
            self._console.print()
            verdict = of_blocks.get(block) or ""
            label = f"：{self._verdict_label(verdict)}" if verdict else ""
            self._line(f"{self._say('explain_block_' + block)}{label}", indent=0, style=STYLES.get(verdict, "bold"))
            for part in answer.parts:
                if part.block == block:
                    code = self._say("explain_school_fold") if part.code == "schools" else part.code
                    verdict = self._verdict_label(part.verdict, veto=block == _VETO)
                    says = part.says if part.says.startswith(part.name) else f"{part.name}：{part.says}"
                    self._line(f"{verdict} {code} {says}", style=STYLES.get(part.verdict, ""))
                    if part.waiting and part.waiting not in part.says:
                        self._line(self._say("explain_waits", what=part.waiting), indent=6, style="yellow")
        self._console.print()
        self._line(self._say("explain_ask", command=f"junheng explain {row['county_code']} G11"), style="dim")

    # what everything rests on

    def _table(self, *columns: tuple[str, bool]) -> Table:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
        for name, is_number in columns:
            table.add_column(self._say(f"explain_col_{name}"), justify="right" if is_number else "left", overflow="fold")
        return table

    def _show(self, table: Table) -> None:
        self._console.print(Padding(table, (0, 0, 0, 2), expand=False))

    def _inputs(self, given: Iterable[Input]) -> None:
        rows = [*given]
        if not rows:
            return
        self._title("explain_cells")
        columns = (("school_or_row", False), ("item", False), ("text", True), ("used", True), ("file", False), ("place", False))
        table = self._table(*columns)
        before = None
        for one in rows:
            if one.file is not None:
                self._files.setdefault(one.file, len(self._files) + 1)
            text = " + ".join(quoted(cell, self._say) for cell in one.cells) or "—"
            place = where(one.cells, self._say) if one.cells else self._say("explain_no_place")
            table.add_row(
                "" if one.owner == before else one.owner,
                one.label,
                Text(text),
                one.value or self._say("explain_unknown"),
                f"[{self._files[one.file]}]" if one.file else "",
                Text(place),
            )
            before = one.owner
        self._show(table)

    def _file_list(self) -> None:
        if self._files:
            self._title("explain_files")
            for file, place in self._files.items():
                self._line(file_line(file, place, self._say))

    def _verification(self) -> None:
        self._console.print()
        if self._answer.problems:
            self._line(self._say("explain_disagrees"), indent=0, style="bold red")
            for problem in self._answer.problems:
                self._line(f"✗ {problem}", style="red")
        else:
            self._line(self._say("explain_county_agrees"), indent=0, style="bold green")
        self._console.print()


def _exact(value: object) -> str:
    return f"≈{value:.9f}"
