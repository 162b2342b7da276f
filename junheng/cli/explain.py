"""``junheng explain`` in the terminal: a figure, its formula with the numbers in it, and the cells these were read from."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ingest.inspect.original import FoundCell
from junheng.core.home import Home
from junheng.core.messages import Messages
from junheng.core.records import CheckStatus
from junheng.core.wrapping import say_line
from publish.build.build import UnknownRuleset
from publish.build.corrections import CorrectionError
from publish.release.release import Release, read_current
from publish.trust.derivation import Derivation, ExplainedTerm, Reading
from publish.trust.explain import OutOfScope, checks, explain, relaxed
from publish.trust.lineage import CannotDerive
from publish.trust.originals import File
from publish.trust.question import NotFound, Question
from publish.words.formats import beside, in_display_unit, plain, with_ratio
from publish.words.texts import texts

DONE, DISAGREES, USAGE, NO_RELEASE = 0, 1, 2, 4
"""Exit codes of ``junheng explain`` (design 6.1)."""

STYLES = {"met": "green", "floor_met": "yellow", "unmet": "red", "undecided": "yellow"}
OPERATORS = {">=": "≥", "<=": "≤"}
_SHOWN_DECIMALS = 6


def run(home_path: Path, question: Question, say: Messages, console: Console) -> int:
    """Print the derivation of every figure asked for. Returns the exit code."""
    home = Home(home_path)
    release = read_current(home)
    if release is None:
        _line(console, say("explain_no_release", path=home.path))
        return NO_RELEASE
    try:
        if question.school is None:
            from junheng.cli.explain_county import CountyAnswer
            from publish.trust.explain_county import explain_county

            answers = explain_county(home, release, question)
            for answer in answers:
                CountyAnswer(answer, release, say, console).print()
            return DISAGREES if any(answer.problems for answer in answers) else DONE
        explained = explain(home, release, question, say.language)
    except NotFound as error:
        _line(console, say(f"explain_unknown_{error.what}", asked=error.asked))
        for near in error.near:
            _line(console, f"  {near}")
        return USAGE
    except (CannotDerive, CorrectionError, UnknownRuleset) as error:
        _line(console, say("explain_failed", error=error), style="red")
        return DISAGREES
    if isinstance(explained, OutOfScope):
        _out_of_scope(explained, say, console)
        return DONE
    for derivation in explained:
        _Page(derivation, release, say, console).print()
    return DISAGREES if any(derivation.problems for derivation in explained) else DONE


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True)


def school_year(year: int, say: Messages) -> str:
    """A school year as it is said."""
    return say("year", first=year, second=year + 1)


def _out_of_scope(reasons: OutOfScope, say: Messages, console: Console) -> None:
    title = f"{reasons.county_name} · {reasons.school_name} {reasons.school_code} · {school_year(reasons.school_year, say)}"
    console.print(Text(title, style="bold"))
    console.print(say("explain_no_figure"))
    for stage, reason in reasons.stages:
        console.print(Text(f"  {say('stage_' + stage)}：{reason}"))
    if reasons.main_school:
        console.print(Text(say("explain_folded_into", code=reasons.main_school[0], name=reasons.main_school[1])))


def number(value: Fraction | Decimal | None) -> str:
    """A number as exactly as it can be written in six decimals; otherwise with ≈ before it."""
    if value is None:
        return "?"
    exact = Fraction(value)
    units = round(exact * 10**_SHOWN_DECIMALS)
    text = plain(Decimal(units).scaleb(-_SHOWN_DECIMALS))
    return text if Fraction(units, 10**_SHOWN_DECIMALS) == exact else f"≈{text}"


class _Page:
    """One derivation."""

    def __init__(self, derivation: Derivation, release: Release, say: Messages, console: Console) -> None:
        self._derivation = derivation
        self._release = release
        self._say = say
        self._console = console
        self._zh = say.language == "zh"
        self._files = {file: number for number, file in enumerate(derivation.files, 1)}

    def print(self) -> None:
        """Print it."""
        self._head()
        self._formula()
        self._cells()
        self._file_list()
        self._checks()
        self._verification()

    def _print(self, text: str, indent: int = 2, style: str = "") -> None:
        say_line(self._console, text.replace("= ≈", "≈ "), indent=indent, style=style)

    def _title(self, key: str) -> None:
        self._console.print()
        self._console.print(Text(self._say(key), style="bold"))

    def _unit(self, unit: str | None) -> str:
        return f" {'m²' if unit == 'm2' else unit}" if self._zh and unit else ""

    def _stage(self, stage: str) -> str:
        return self._say(f"stage_{stage}")

    def _head(self) -> None:
        derivation, row, indicator = self._derivation, self._derivation.published, self._derivation.indicator
        year = school_year(row["school_year"], self._say)
        title = f"{derivation.county_name} · {derivation.school_name} {row['school_code']} · {year} · {row['ruleset_id']}"
        self._console.print(Text(title, style="bold"))
        name = indicator["name_zh"] if self._zh else indicator["name_en"]
        self._console.print(Text(f"{row['indicator_code']} {name} · {self._stage(row['stage'])}", style="bold"))
        unit = self._unit(indicator["unit"])
        value = "—" if row["value"] is None else f"{beside(row['value'], row['standard'], indicator['decimals'] or 0)}{unit}"
        value = with_ratio(value, row["value"], indicator["shown_as"])
        facts = [self._say("explain_value", value=value)]
        if row["standard"] is not None:
            facts.append(
                self._say(
                    "explain_standard",
                    operator=comparison(indicator["operator"]),
                    standard=plain(row["standard"]),
                )
            )
        if row["verdict"]:
            facts.append(self._say("explain_verdict", verdict=self._say(f"school_verdict_{row['verdict']}")))
        self._print("   ".join(facts), style=STYLES.get(row["verdict"] or "", ""))
        if row["relaxation_code"]:
            strict = self._say(f"school_verdict_{row['verdict_strict']}")
            relaxation = relaxed(self._release, row["relaxation_code"], self._say.language)
            self._print(self._say("explain_relaxed", relaxation=relaxation, strict=strict))
        self._print(
            self._say("explain_source", release=self._release.release_id, document=indicator["source_document"]), style="dim"
        )
        decision = self._release.signature
        state = "unsigned" if decision is None else decision.decision
        state = self._say(f"signature_{state}", on=decision.at[:10] if decision else "")
        self._print(self._say("signature", state=state), style="dim" if decision else "yellow")

    def _formula(self) -> None:
        derivation = self._derivation
        stage = self._stage(derivation.published["stage"])
        unit = self._unit(derivation.indicator["unit"])
        self._title("explain_formula")
        whole = self._say("explain_whole") if derivation.is_split else self._say("explain_amount")
        if len(derivation.terms) == 1 and derivation.terms[0].factor == 1:
            self._print(f"{whole} = {self._terms()}{unit}")
        elif len(derivation.terms) == 1 and self._is_shown_as(derivation.terms[0]):
            self._print(f"{whole} = {self._terms()}")
        else:
            self._print(f"{whole} = {self._terms()} = {self._amount(derivation.amount)}")
        amount = self._amount(derivation.amount)
        if derivation.parts:
            stage_share, base = derivation.parts[0], [f"{number(p.weight)} × {number(p.pupils)}" for p in derivation.parts]
            sum_ = " + ".join(f"{text}（{self._stage(p.stage)}）" for p, text in zip(derivation.parts, base, strict=True))
            if len(derivation.parts) > 1:
                self._print(
                    self._say(
                        "explain_share", stage=stage, own=f"{number(stage_share.weight)} × {number(stage_share.pupils)}", sum=sum_
                    )
                )
                self._print(
                    self._say(
                        "explain_part", stage=stage, amount=amount, share=self._share(), part=self._amount(derivation.numerator)
                    )
                )
                amount = self._amount(derivation.numerator)
            else:
                self._print(self._say("explain_unsplit", stage=stage))
        scale = "" if derivation.indicator["scale"] == 1 else f" × {derivation.indicator['scale']}"
        pupils = self._say("explain_pupils", stage=stage, pupils=number(derivation.pupils))
        self._print(self._say("explain_result", amount=amount, scale=scale, pupils=pupils, value=number(derivation.value)) + unit)
        for code, name in derivation.folded:
            self._print(self._say("explain_folded", code=code, name=name))

    def _amount(self, value: Fraction | None) -> str:
        """An amount of the indicator with its unit, as the pages show it (万元)."""
        return amount_text(value, self._derivation.indicator["unit"], self._say)

    def _is_shown_as(self, term: ExplainedTerm) -> bool:
        """Whether a term is delivered in the unit its amount is shown in, so that nothing is to be converted."""
        value = term.total * term.factor if self._zh and term.total is not None else None
        return value is not None and in_display_unit(value, self._derivation.indicator["unit"] or "") == (term.total, term.unit)

    def _share(self) -> str:
        return (
            "?"
            if self._derivation.share is None
            else f"{self._derivation.share.numerator:,}/{self._derivation.share.denominator:,}"
        )

    def _terms(self) -> str:
        parts: list[str] = []
        for term in self._derivation.terms:
            sign = " − " if term.factor < 0 else " + "
            parts.append((sign if parts else sign.strip() if term.factor < 0 else "") + self._term(term))
        return "".join(parts)

    def _term(self, term: ExplainedTerm) -> str:
        factor = abs(term.factor)
        text = f"{term.label if self._zh else term.item} {number(term.total)}"
        if factor == 1:
            return text
        return f"{text}{self._unit(term.unit)}" + ("" if self._is_shown_as(term) else f" × {number(factor)}")

    def _cells(self) -> None:
        self._title("explain_cells")
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
        table.add_column(self._say("explain_col_item"), overflow="fold")
        table.add_column(self._say("explain_col_text"), justify="right", overflow="fold")
        table.add_column(self._say("explain_col_used"), justify="right", no_wrap=True)
        table.add_column(self._say("explain_col_file"), no_wrap=True)
        table.add_column(self._say("explain_col_place"), overflow="fold")
        for reading in self._derivation.readings:
            self._reading(reading, table)
        self._console.print(Padding(table, (0, 0, 0, 2), expand=False))

    def _reading(self, reading: Reading, table: Table) -> None:
        label = Text(reading.label if self._zh else reading.item)
        if self._derivation.folded:
            label.append(f"\n{reading.school_name}", style="dim")
        used = Text(self._say("explain_unknown"), style="yellow") if reading.value is None else Text(number(reading.value))
        for order, place in enumerate(reading.places):
            text = " + ".join(quoted(cell, self._say) for cell in place.cells) or "—"
            where = Text(self._where(place.cells) if place.cells else self._say("explain_no_place"))
            if reading.is_assumed:
                where.append("\n" + self._say("explain_assumed"), style="dim")
            if reading.correction:
                where.append("\n" + self._correction(reading), style="yellow")
            value = used if order == 0 or place.value is None else Text(number(place.value))
            table.add_row(label if order == 0 else "", Text(text), value, Text(f"[{self._files[place.file]}]"), where)

    def _correction(self, reading: Reading) -> str:
        correction = reading.correction
        assert correction is not None
        return self._say(
            "explain_corrected",
            before=number(correction.reported),
            after=number(reading.value),
            document=correction.document,
            by=correction.by,
            on=correction.on,
            file=correction.file,
        )

    def _where(self, cells: Sequence[FoundCell]) -> str:
        return where(cells, self._say)

    def _file_list(self) -> None:
        self._title("explain_files")
        for file, number in self._files.items():
            self._print(self._file(file, number))

    def _checks(self) -> None:
        self._title("explain_checks")
        results = checks(self._release, self._files)
        statuses = texts()["check_statuses"]
        passed = sum(row["n"] for row in results if row["status"] == CheckStatus.PASS)
        self._print(self._say("explain_checks_passed", count=passed))
        for row in results:
            if row["status"] not in (CheckStatus.PASS, CheckStatus.NO_DATA):
                status = statuses.get(row["status"], row["status"]) if self._zh else row["status"]
                title = row["title_zh" if self._zh else "title_en"]
                self._print(self._say("explain_check", check=title, status=status, count=row["n"]), style="yellow")

    def _file(self, file: File, number: int) -> str:
        return file_line(file, number, self._say)

    def _verification(self) -> None:
        derivation = self._derivation
        self._console.print()
        for reading in derivation.missing:
            self._print(self._missing(reading), indent=0, style="yellow")
        if derivation.problems:
            self._print(self._say("explain_disagrees"), indent=0, style="bold red")
            for problem in derivation.problems:
                self._print(f"✗ {problem}", style="red")
        elif derivation.is_undetermined:
            self._print(self._say("explain_agrees_undetermined"), indent=0, style="bold green")
        elif derivation.value is None:
            self._print(self._say("explain_agrees_undecided"), indent=0, style="bold green")
        else:
            self._print(self._say("explain_agrees", value=number(derivation.value)), indent=0, style="bold green")
        self._console.print()

    def _missing(self, reading: Reading) -> str:
        where = "；".join(
            f"[{self._files[place.file]}] {self._where(place.cells) if place.cells else self._say('explain_no_place')}"
            for place in reading.places
        )
        label = reading.label if self._zh else reading.item
        return self._say("explain_missing", item=label, school=reading.school_name, where=where or "—")


def comparison(operator: str | None) -> str:
    """A comparison as it is printed."""
    return OPERATORS.get(operator or "", operator or "")


def amount_text(value: Fraction | None, unit: str | None, say: Messages) -> str:
    """An amount with its unit, in the unit in which the pages show it."""
    if value is None or not unit or say.language != "zh":
        return number(value)
    shown, shown_unit = in_display_unit(value, unit)
    return f"{number(shown)} {shown_unit}"


def where(cells: Sequence[FoundCell], say: Messages) -> str:
    """Where cells stand: sheet, row, column and header, or the address alone."""
    places = []
    for cell in cells:
        sheet = cell.sheet or ""
        if not cell.header:
            places.append(f"{sheet}!{cell.column}{cell.row}" if sheet else f"{cell.column}{cell.row}")
            continue
        place = say("explain_row_column", row=cell.row, column=cell.column, header=cell.header)
        places.append((say("explain_sheet", sheet=sheet) if sheet else "") + place)
    return " + ".join(places)


def file_line(file: File, number: int, say: Messages) -> str:
    """A file with the number that the cells name it by."""
    return f"[{number}] " + say("explain_file", name=file.name, submission=file.submission_id[:12], night=file.delivery_night)


def quoted(cell: FoundCell, say: Messages) -> str:
    """The text of a cell in quotes; an empty one is said to be empty."""
    return f"“{cell.text}”" if cell.text.strip() else say("explain_empty")
