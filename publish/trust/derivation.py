"""The figure of a school, computed a second time from what the originals say."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import duckdb

from ingest.inspect.original import FoundCell, Original, agree
from ingest.schema.source import Source, load_source
from ingest.values.faults import Refusal
from junheng.core.home import Home
from junheng.core.sql import records
from publish.tables.rows import DimCounty, DimIndicator, DimSchool, FctSchoolIndicator
from publish.trust.exact import OPERATORS, half_up, rounded, shown
from publish.trust.lineage import CannotDerive
from publish.trust.originals import Altered, File, open_original
from publish.trust.question import Row

CENSUS = "school_census"


@dataclass(frozen=True)
class Place:
    """Cells of one file from which an item of one unit was read; without cells the file has no place for the item."""

    file: File
    cells: tuple[FoundCell, ...]
    value: Decimal | None


@dataclass(frozen=True)
class AppliedCorrection:
    """An entry of the corrections ledger that stands in the place of what was delivered."""

    file: str
    reported: Decimal | None
    document: str
    by: str
    on: str


@dataclass(frozen=True)
class Reading:
    """One item of one unit: the school itself, or what folds into it."""

    item: str
    label: str
    unit: str
    """Unit of measurement."""
    school_code: str
    school_name: str
    value: Decimal | None
    """As it enters the sum; None: unknown."""
    places: tuple[Place, ...]
    correction: AppliedCorrection | None = None

    @property
    def is_assumed(self) -> bool:
        """Whether nothing is stated and the rules count it as none."""
        return self.value is not None and not self.correction and all(place.value is None for place in self.places)


@dataclass(frozen=True)
class ExplainedTerm:
    """A factor and the item it multiplies, of the whole school."""

    item: str
    label: str
    unit: str
    factor: Fraction
    total: Fraction | None


@dataclass(frozen=True)
class StageShare:
    """Pupils of one stage with its weight in the split."""

    stage: str
    weight: Fraction
    pupils: Fraction | None


@dataclass
class Derivation:
    """One published figure and how it comes about."""

    county_name: str
    school_name: str
    published: FctSchoolIndicator
    indicator: DimIndicator
    is_split: bool
    terms: list[ExplainedTerm]
    pupils: Fraction | None
    """Of the stage."""
    parts: list[StageShare]
    """Of the split, the stage's own among them; empty where nothing is split."""
    folded: list[tuple[str, str]]
    """Code and name of the units that fold into the school."""
    readings: list[Reading]
    is_undetermined: bool = False
    """Whether it is open that the school is in scope: then its figure is unknown, whatever the cells say."""
    compares_rounded: bool = False
    """Whether the rule set compares the value at the decimals of the forms."""
    amount: Fraction | None = None
    share: Fraction | None = None
    numerator: Fraction | None = None
    value: Fraction | None = None
    verdict: str | None = None
    problems: list[str] = field(default_factory=list)
    """Where the derivation and the release, or bronze and the original, do not agree. Empty: they do."""

    @property
    def files(self) -> list[File]:
        """The files read, in the order of the readings."""
        return list(dict.fromkeys(place.file for reading in self.readings for place in reading.places))

    @property
    def missing(self) -> list[Reading]:
        """Items for which the figure waits."""
        return [reading for reading in self.readings if reading.value is None]


class NamedFigure(FctSchoolIndicator):
    """A school's figure with its name, and whether it is open that it is in scope."""

    school_name: str
    is_undetermined: bool


class Deriver:
    """Derives the figures of one school. ``originals``: files that others have read already, and what is read now."""

    def __init__(
        self,
        home: Home,
        models: duckdb.DuckDBPyConnection,
        county: DimCounty,
        school: DimSchool | NamedFigure,
        originals: dict[str, Original] | None = None,
    ) -> None:
        self._home = home
        self._models = models
        self._county = county
        self._school = school
        self._key = school["county_code"], school["school_year"], school["school_code"]
        self._source: Source = load_source(CENSUS)
        totals = self._rows("int_balance__school", "school_code = ?", self._key[2])
        if not totals:
            raise CannotDerive(f"int_balance__school: {' '.join(map(str, self._key))}: 0")
        self._total = totals[0]
        folding = self._rows("int_census__folding", "main_school_code = ?", self._key[2])
        folded = sorted(row["school_code"] for row in folding)
        codes = [self._key[2], *folded]
        units = {row["school_code"]: row for row in self._rows("int_census__school", "list_contains(?, school_code)", codes)}
        self._units = [units[code] for code in codes]
        self._census = self._rows_in_force(codes)
        corrections = self._rows("int_census__correction", "state = 'applied' and list_contains(?, school_code)", codes)
        self._corrections = {(row["school_code"], row["field"]): row for row in corrections}
        self._originals: dict[str, Original] = {} if originals is None else originals
        self._problems: list[str] = []
        self._read: dict[str, list[Reading]] = {}

    def _rows(self, model: str, condition: str, value: object) -> list[Row]:
        query = f"select * from intermediate.{model} where county_code = ? and school_year = ? and {condition}"
        return records(self._models, query, *self._key[:2], value)

    def _rows_in_force(self, codes: list[str]) -> list[Row]:
        """Rows in force with what bronze says of their origin, newest delivery and file name first to last."""
        return records(
            self._models,
            f"""
            select in_force.*, bronze._contract, bronze._cells, files.file_name, files.sha256
            from intermediate.int_census__row_in_force as in_force
            inner join bronze.{CENSUS} as bronze
                on bronze._submission_id = in_force.submission_id and bronze.school_code = in_force.school_code
                and bronze._sheet is not distinct from in_force.sheet and bronze._row is not distinct from in_force.row_number
            inner join intermediate.int_ledger__delivery as files
                on files.submission_id = in_force.submission_id and files.delivery_night = in_force.delivery_night
            where in_force.county_code = ? and in_force.school_year = ? and list_contains(?, in_force.school_code)
            order by files.file_name, in_force.submission_id, in_force.sheet, in_force.row_number
            """,
            *self._key[:2],
            codes,
        )

    def derive(
        self, published: FctSchoolIndicator, indicator: DimIndicator, *, is_undetermined: bool, compares_rounded: bool
    ) -> Derivation:
        """The derivation of one row of ``fct_school_indicator``."""
        self._problems = []
        ruleset, code, stage = published["ruleset_id"], published["indicator_code"], published["stage"]
        factors = records(
            self._models,
            """
            select * from intermediate.int_rules__term
            where ruleset_id = ? and indicator_code = ? and stage = ? order by factor desc, item
            """,
            *(ruleset, code, stage),
        )
        terms, readings = [], []
        for row in factors:
            terms.append(self._term(row["item"], Fraction(row["factor"])))
            readings += self.readings(row["item"])
        weights = self._weights(ruleset)
        is_split = bool(indicator["is_split"])
        stages = [s for s in weights if weights[s]] if is_split else [stage]
        parts = []
        for name in dict.fromkeys([stage, *stages]):
            readings_of_stage = self.readings(f"pupils_{name}")
            pupils = self._sum(readings_of_stage)
            # a stage the school does not have is no part of the split, and not worth a line
            if name == stage or pupils != 0 or self._total[f"kind_has_{name}"]:
                readings += readings_of_stage
                parts.append(StageShare(name, weights.get(name, Fraction(0)), pupils))
        derivation = Derivation(
            county_name=self._county["county_name"] or self._county["county_code"],
            school_name=self._school["school_name"] or self._school["school_code"],
            published=published,
            indicator=indicator,
            is_split=is_split,
            terms=terms,
            pupils=parts[0].pupils,
            parts=parts if is_split else [],
            folded=[(row["school_code"], row["school_name"]) for row in self._units[1:]],
            readings=readings,
            is_undetermined=is_undetermined,
            compares_rounded=compares_rounded,
        )
        self._compute(derivation)
        self._compare(derivation)
        derivation.problems = [*dict.fromkeys(self._problems)]
        return derivation

    def _weights(self, ruleset: str) -> dict[str, Fraction]:
        query = "select stage, weight from intermediate.int_rules__split_weight where ruleset_id = ?"
        rows = records(self._models, query, ruleset)
        return {row["stage"]: Fraction(row["weight"]) for row in rows}

    def _term(self, item: str, factor: Fraction) -> ExplainedTerm:
        entry = self._source.field(item)
        return ExplainedTerm(item, entry.zh, entry.unit, factor, self._sum(self.readings(item)))

    @staticmethod
    def _sum(readings: list[Reading]) -> Fraction | None:
        values = [reading.value for reading in readings]
        known = [Fraction(value) for value in values if value is not None]
        return sum(known, Fraction(0)) if len(known) == len(values) else None

    @property
    def problems(self) -> list[str]:
        """Where bronze, models and originals do not agree on what was read so far."""
        return [*dict.fromkeys(self._problems)]

    def readings(self, item: str) -> list[Reading]:
        """The item of the school and of every unit that folds into it."""
        if item not in self._read:
            self._read[item] = [self._reading(item, unit) for unit in self._units]
        total, total_read = self._total[item], self._sum(self._read[item])
        if (None if total is None else Fraction(total)) != total_read:
            self._problems.append(f"{self._source.field(item).zh}：{shown(total_read)} ≠ {shown(total)}")
        return self._read[item]

    def _reading(self, item: str, unit: Row) -> Reading:
        entry = self._source.field(item)
        places = tuple(self._place(item, row) for row in self._census if row["school_code"] == unit["school_code"])
        stated = tuple(place for place in places if place.value is not None)
        value = unit[item]
        reported = max((place.value for place in stated if place.value is not None), default=None)
        correction = self._correction(item, unit, reported)
        if any(place.value != (reported if correction else value) for place in stated):
            self._problems.append(f"{unit['school_code']} {entry.zh}：{shown(reported)} ≠ {shown(value)}")
        if value is None and self._counts_as_none(item, unit):
            value = Decimal(0)
        return Reading(
            item=item,
            label=entry.zh,
            unit=entry.unit,
            school_code=unit["school_code"],
            school_name=unit["school_name"] or unit["school_code"],
            value=None if value is None else Decimal(value),
            places=stated or places,
            correction=correction,
        )

    def _correction(self, item: str, unit: Row, reported: Decimal | None) -> AppliedCorrection | None:
        row = self._corrections.get((unit["school_code"], item))
        if row is None:
            return None
        document, by, on = (str(row[name] or "") for name in ("document", "corrected_by", "corrected_on"))
        return AppliedCorrection(row["correction_file"], reported, document, by, on)

    def _counts_as_none(self, item: str, unit: Row) -> bool:
        """Whether an empty cell counted as none.

        A sum that is known had no unknown part; one that is unknown does not wait for units without the stage, nor for attached
        classes without premises.
        """
        if self._total[item] is not None:
            return True
        stage = self._source.field(item).stage
        if stage is not None:
            return not unit[f"has_{stage}"]
        return unit is not self._units[0] and unit["sector"] == "attached"

    def _place(self, item: str, row: Row) -> Place:
        file = File(row["submission_id"], row["sha256"], row["file_name"], row["delivery_night"])
        used = None if row[item] is None else Decimal(row[item])
        addresses = json.loads(row["_cells"]) if row["_cells"] else {}
        try:
            original = open_original(self._home, file, row["_contract"], self._originals)
            cells = tuple(original.cells(item, row["sheet"], row["row_number"], addresses))
        except (Refusal, Altered) as refusal:
            self._problems.append(f"{file.name}：{refusal.what}")
            cells = ()
        if not agree(cells, used):
            where = " + ".join(f"{cell.column}{cell.row}“{cell.text}”" for cell in cells) or "—"
            self._problems.append(f"{file.name} {where} {self._source.field(item).zh} ≠ {shown(used)}")
        return Place(file, cells, used)

    def _compute(self, derivation: Derivation) -> None:
        """Amount, share, value and verdict, in fractions."""
        totals = [term.total for term in derivation.terms]
        if derivation.terms and None not in totals and not derivation.is_undetermined:
            derivation.amount = sum((t.factor * t.total for t in derivation.terms if t.total is not None), Fraction(0))
        if not derivation.is_split:
            derivation.share = Fraction(1)
        elif all(part.pupils is not None for part in derivation.parts):
            stage_share = derivation.parts[0]
            base = sum((part.weight * part.pupils for part in derivation.parts if part.pupils is not None), Fraction(0))
            derivation.share = stage_share.weight * stage_share.pupils / base if base and stage_share.pupils is not None else None
        scale = derivation.indicator["scale"] or 1
        if derivation.amount is not None and derivation.share is not None:
            derivation.numerator = derivation.amount * derivation.share
            if derivation.pupils:
                derivation.value = derivation.numerator * scale / derivation.pupils
        standard, comparison = derivation.indicator["standard"], derivation.indicator["operator"]
        if standard is None or comparison is None:
            return
        if derivation.value is None:
            derivation.verdict = "undecided"
            return
        holds, floor = OPERATORS[comparison], derivation.indicator["floor"]
        compared = derivation.value
        if derivation.compares_rounded:
            compared = Fraction(half_up(derivation.value, derivation.indicator["decimals"] or 0))
        if holds(compared, Fraction(standard)):
            derivation.verdict = "met"
        else:
            derivation.verdict = "floor_met" if floor is not None and holds(compared, Fraction(floor)) else "unmet"

    def _compare(self, derivation: Derivation) -> None:
        """What was computed against what was published."""
        pairs = [
            ("numerator", rounded(derivation.numerator), derivation.published["numerator"]),
            ("pupils", rounded(derivation.pupils), derivation.published["pupils"]),
            ("value", rounded(derivation.value), derivation.published["value"]),
            ("verdict", derivation.verdict, derivation.published["verdict_strict"]),
        ]
        self._problems += [f"{name}：{shown(mine)} ≠ {shown(theirs)}" for name, mine, theirs in pairs if mine != theirs]
