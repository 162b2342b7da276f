"""The rule catalogue: one YAML file per source, read strictly.

A check says what it means, why it matters and how to fix it (Chinese, for the people who deliver), and carries
exactly one test with parameters. Both engines are built from it: the SQL of the gate and the expectations of the
nightly report.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ingest.schema.data import read_yaml
from ingest.schema.source import Source, load_source
from ingest.shapes.contracts import load_contracts
from junheng.core.settings import CATALOGUE, CODES

GROUPS: dict[str, frozenset[str]] = {
    "all_counts": frozenset({"count"}),
    "all_amounts": frozenset({"amount", "value"}),
    "all_numeric": frozenset({"count", "amount", "value"}),
    "all_flags": frozenset({"flag"}),
    "all_codes": frozenset({"code"}),
    "all_lists": frozenset({"list"}),
}
"""Names that stand for every field of these types in a list of columns."""


class CatalogueError(ValueError):
    """The catalogue is incomplete or refers to something that does not exist."""


class _StrictEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _OverColumns(_StrictEntry):
    columns: tuple[str, ...]
    except_columns: tuple[str, ...] = ()


class CodeList(_StrictEntry):
    """Column of a code list (seed); ``system_from`` names the contract's key that selects the list's ``system``."""

    file: str
    column: str
    system_from: Literal["area_system", "kind_system"] | None = None


class NotNull(_OverColumns):
    """A value must be there."""

    type: Literal["not_null"]


class MatchesRegex(_OverColumns):
    """A text must match a pattern from end to end; the pattern may be the contract's."""

    type: Literal["matches_regex"]
    pattern: str | None = None
    pattern_from: Literal["school_code_pattern"] | None = None

    @model_validator(mode="after")
    def _one_pattern(self) -> MatchesRegex:
        if (self.pattern is None) == (self.pattern_from is None):
            raise ValueError("give either pattern or pattern_from")
        if self.pattern is not None and not (self.pattern.startswith("^") and self.pattern.endswith("$")):
            raise ValueError("anchor the pattern with ^ and $")
        return self


class InCodeList(_OverColumns):
    """A value must be in a list: written here, or a code list of the seeds."""

    type: Literal["in_code_list"]
    values: tuple[str | int, ...] = ()
    codes: CodeList | None = None

    @model_validator(mode="after")
    def _one_list(self) -> InCodeList:
        if bool(self.values) == (self.codes is not None):
            raise ValueError("give either values or codes")
        return self


class NotIn(_OverColumns):
    """A value must not be one of these."""

    type: Literal["not_in"]
    values: tuple[int, ...]


class Between(_OverColumns):
    """A number must lie between two bounds."""

    type: Literal["between"]
    min: int | None = None
    max: int | None = None
    strict_min: bool = False
    strict_max: bool = False

    @model_validator(mode="after")
    def _a_bound(self) -> Between:
        if self.min is None and self.max is None:
            raise ValueError("give min or max")
        return self


class Unique(_StrictEntry):
    """A key may occur once in a submission; rows without a complete key are not looked at."""

    type: Literal["unique"]
    key: tuple[str, ...]
    optional_key: tuple[str, ...] = ()
    """Parts of the key that may be empty; empty equals empty."""

    @property
    def names(self) -> tuple[str, ...]:
        """The whole key."""
        return (*self.key, *self.optional_key)


class NotGreaterThan(_StrictEntry):
    """The first of two numbers must not exceed the second."""

    type: Literal["not_greater_than"]
    pairs: tuple[tuple[str, str], ...]


class Sql(_StrictEntry):
    """A condition in plain SQL: true for a failing row, false for a good one, null where there is nothing to judge."""

    type: Literal["sql"]
    column: str
    fails_when: str
    beside: tuple[str, ...] = ()
    """Further cells of the row that the condition speaks of: the finding names them too."""


class Bound(_StrictEntry):
    """Items of which those of ``parts`` together are at most those of ``whole`` together."""

    parts: tuple[str, ...] = Field(min_length=1)
    whole: tuple[str, ...] = Field(min_length=1)


class ItemsWithin(_StrictEntry):
    """Items that stand in rows of their own, under one key: parts must not exceed their whole.

    The rows of all files of one delivery night complete each other: what a file does not have is taken from the others.
    Numbers are never negative, so the parts that are there suffice; a whole of which a piece is missing judges nothing.
    """

    type: Literal["items_within"]
    key: tuple[str, ...]
    optional_key: tuple[str, ...] = ()
    """Parts of the key that may be empty; empty equals empty."""
    row: str | None = None
    """Column of which what follows a ``/`` (the row of a form) is part of the key as well."""
    item: str
    item_is: Literal["code", "label", "row"] = "code"
    """How ``item`` names an item: by all of its text, by its last labels (``…/label``, a unit in brackets after it aside), or by
    what follows a ``/``."""
    column: str
    bounds: tuple[Bound, ...]


class Plausible(_StrictEntry):
    """A figure must lie where such figures lie: bands of the area system, from a seed (:class:`Band`).

    ``unusual`` fails outside of the band, ``impossible`` :data:`BEYOND` times above the usual or below the least figure; where
    one fails the other does not. An area system without bands judges nothing.
    """

    type: Literal["plausible"]
    grade: Literal["unusual", "impossible"]


@dataclass(frozen=True)
class Band:
    """Where a figure of an area system lies: one row of the seed :data:`BANDS`.

    ``least``, ``usual`` and ``most`` are per one of the sum of ``per`` (columns of the same row; none: the figure itself), in
    the unit of the column. ``units`` are units that people mistake for it, each with what one of them is in the column's own.
    """

    area_system: str
    source: str
    column: str
    item_column: str
    item: str
    per: tuple[str, ...]
    least: Decimal
    usual: Decimal
    most: Decimal
    units: tuple[tuple[str, Decimal], ...]


BANDS = "plausible_bands.csv"
"""Seed of the bands, among the code lists."""

BEYOND = 1000
"""So many times more than the usual figure, or less than the least, is no odd school but another unit.

Above it counts from the usual figure: there a wrong unit makes a standard look met.
"""


class MinRows(_StrictEntry):
    """A submission must hold at least so many rows."""

    type: Literal["min_rows"]
    min: int


class CountyKnown(_StrictEntry):
    """A county must be in the area table of the contract's system, valid in the year."""

    type: Literal["county_known"]
    column: str
    year: str


class YearNotFuture(_StrictEntry):
    """A school year must have begun on the day of the run."""

    type: Literal["school_year_not_future"]
    column: str
    starts_month: int = Field(ge=1, le=12)
    starts_day: int = Field(ge=1, le=28)


class AreaComplete(_StrictEntry):
    """A file for an area must hold every county of the folder's area."""

    type: Literal["area_complete"]


class NoContradiction(_StrictEntry):
    """Two submissions of one night must not give different values for the same key.

    Every field of the source is in the key, in ``columns`` or in ``may_differ``.
    """

    type: Literal["no_contradiction"]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    may_differ: tuple[str, ...] = ()
    """Texts and order of display: no figure and no verdict depends on them. The greatest is shown."""


class MainSchoolKnown(_StrictEntry):
    """A row for which ``needs_main`` holds (row ``r``, its kind ``k``) must name a main school that is known."""

    type: Literal["main_school_known"]
    column: str
    needs_main: str


class AgainstLastYear(_StrictEntry):
    """A county must have at least this share of last year's schools."""

    type: Literal["against_last_year"]
    min_percent: int = Field(gt=0, le=100)


Test = Annotated[
    NotNull
    | MatchesRegex
    | InCodeList
    | NotIn
    | Between
    | Unique
    | NotGreaterThan
    | Sql
    | ItemsWithin
    | Plausible
    | MinRows
    | CountyKnown
    | YearNotFuture
    | AreaComplete
    | NoContradiction
    | MainSchoolKnown
    | AgainstLastYear,
    Field(discriminator="type"),
]

CROSS_TESTS = (NoContradiction, MainSchoolKnown, AgainstLastYear)
"""Tests that depend on what else is accepted tonight; they run after the others, on what is left."""

SUBMISSION_TESTS = (MinRows, AreaComplete, *CROSS_TESTS)
"""Tests of a submission as a whole, not of its rows."""


class Check(_StrictEntry):
    """One row of the catalogue."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_.]*$")
    title_zh: str = Field(min_length=1)
    title_en: str = Field(min_length=1)
    meaning_zh: str = Field(min_length=1)
    why_zh: str = Field(min_length=1)
    fix_zh: str = Field(min_length=1)
    severity: Literal["error", "warn"]
    owner: str | None = None
    until: date | None = None
    """Day on which a warning must have been settled: made an error, or dropped."""
    rule_source: str = Field(min_length=1)
    scope: Literal["row", "submission"]
    contracts: tuple[str, ...] = ()
    area_system: str | None = None
    covers: tuple[Literal["school", "county", "area"], ...] = ()
    when: dict[str, tuple[str | int, ...]] = Field(default_factory=dict)
    """Only rows with one of these values in each of these columns."""
    each: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Placeholders of the test and their values: the test holds for each."""
    test: Test

    @model_validator(mode="after")
    def _complete(self) -> Check:
        if (self.severity == "warn") != (self.owner is not None and self.until is not None):
            raise ValueError(f"{self.id}: a warning has an owner and a date, an error has neither")
        if (self.scope == "submission") != isinstance(self.test, SUBMISSION_TESTS):
            raise ValueError(f"{self.id}: scope does not fit {self.test.type}")
        if isinstance(self.test, SUBMISSION_TESTS) and (self.when or self.each):
            raise ValueError(f"{self.id}: {self.test.type} takes neither when nor each")
        return self


class SourceCatalogue(_StrictEntry):
    """All checks of one source, and which of its columns say county, year, entity and kind."""

    source: str
    county: str
    year: str
    entity: str | None = None
    kind: str | None = None
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class ContractFacts:
    """What a contract says that matters when its submissions are judged."""

    id: str
    source: str
    covers: str
    on_bad_row: Literal["refuse", "quarantine"]
    area_system: str
    kind_system: str | None = None
    school_code_pattern: str | None = None


@dataclass(frozen=True)
class Rules:
    """Catalogue, contracts, fields and code lists that judge a night."""

    catalogues: dict[str, SourceCatalogue]
    contracts: dict[str, ContractFacts]
    sources: dict[str, Source]
    codes: Path

    @classmethod
    @lru_cache(maxsize=4)
    def load(cls, catalogue: Path = CATALOGUE, codes: Path = CODES) -> Rules:
        """Read everything; raises CatalogueError or pydantic's ValidationError when something does not fit."""
        found = [SourceCatalogue.model_validate(_yaml(path)) for path in sorted(catalogue.glob("*.yml"))]
        names = [f.name for f in fields(ContractFacts)]
        facts = [ContractFacts(**{name: getattr(c, name) for name in names}) for c in load_contracts()]
        rules = cls(
            {c.source: c for c in found},
            {f.id: f for f in facts},
            {c.source: load_source(c.source) for c in found},
            codes,
        )
        rules.verify()
        return rules

    def verify(self) -> None:
        """Raise CatalogueError: a source without checks, a double id, an unknown column or contract, an empty list."""
        unjudged = sorted({f.source for f in self.contracts.values()} - self.catalogues.keys())
        if unjudged:
            raise CatalogueError(f"no checks for {', '.join(unjudged)}")
        for catalogue in self.catalogues.values():
            seen: set[str] = set()
            for check in catalogue.checks:
                if check.id in seen:
                    raise CatalogueError(f"{check.id} occurs twice in {catalogue.source}")
                seen.add(check.id)
                self._verify_check(catalogue, check)
        self._verify_bands()

    def _verify_bands(self) -> None:
        """Raise CatalogueError: a band of an unknown source or column, or with its bounds in disorder."""
        for band in map(_band, _csv(self.codes / BANDS)):
            source = self.sources.get(band.source)
            named = {band.column, *band.per, *([band.item_column] if band.item_column else [])}
            if source is None or not named <= source.by_name.keys():
                raise CatalogueError(f"{BANDS}: {band.source} has no {', '.join(sorted(named))}")
            if not 0 <= band.least < band.usual < band.most:
                raise CatalogueError(f"{BANDS}: {band.source}.{band.column} is not in order")

    def _verify_check(self, catalogue: SourceCatalogue, check: Check) -> None:
        known = self.sources[catalogue.source].by_name
        for variant in variants(check):
            used = {*check.when, *named_columns(variant), catalogue.county, catalogue.year}
            unknown = sorted(used - known.keys() - GROUPS.keys())
            if unknown:
                raise CatalogueError(f"{check.id}: no such column: {', '.join(unknown)}")
        for contract in check.contracts:
            if self.contracts.get(contract) is None or self.contracts[contract].source != catalogue.source:
                raise CatalogueError(f"{check.id}: {catalogue.source} has no contract {contract}")
        if isinstance(check.test, NoContradiction):
            test = check.test
            judged = {*test.key, *self.columns(catalogue.source, test.columns), *test.may_differ}
            if forgotten := sorted(known.keys() - judged):
                raise CatalogueError(f"{check.id}: neither compared nor free to differ: {', '.join(forgotten)}")
        if isinstance(check.test, InCodeList) and check.test.codes and not self.code_values(check.test.codes, None):
            raise CatalogueError(f"{check.id}: {check.test.codes.file} is empty")

    def title(self, source: str, column: str) -> str:
        """Chinese name of a column."""
        field = self.sources[source].by_name.get(column)
        return field.zh if field else column

    def columns(self, source: str, names: tuple[str, ...], without: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Column names with the groups spelled out, in the source's order where a group stands."""
        found: list[str] = []
        for name in names:
            types = GROUPS.get(name)
            found += [name] if types is None else [f.name for f in self.sources[source].fields if f.type in types]
        return tuple(name for name in dict.fromkeys(found) if name not in without)

    def contracts_of(self, source: str, check: Check) -> tuple[ContractFacts, ...]:
        """The contracts a check holds for."""
        return tuple(
            facts
            for facts in self.contracts.values()
            if facts.source == source
            and (not check.contracts or facts.id in check.contracts)
            and (check.area_system is None or facts.area_system == check.area_system)
            and (not check.covers or facts.covers in check.covers)
        )

    def code_values(self, codes: CodeList, system: str | None) -> tuple[str, ...]:
        """Values of a code list, of one system unless ``system`` is None."""
        rows = _csv(self.codes / codes.file)
        return tuple(dict.fromkeys(row[codes.column] for row in rows if system is None or row["system"] == system))

    def bands(self, source: str, system: str) -> tuple[Band, ...]:
        """Bands of the figures of a source in an area system; none where the seed brings none."""
        rows = _csv(self.codes / BANDS)
        return tuple(_band(row) for row in rows if row["source"] == source and row["area_system"] == system)


def _band(row: dict[str, str]) -> Band:
    units = (unit.split("=") for unit in row["units"].split(";") if unit)
    return Band(
        area_system=row["area_system"],
        source=row["source"],
        column=row["column_name"],
        item_column=row["item_column"],
        item=row["item"],
        per=tuple(name for name in row["per"].split(";") if name),
        least=Decimal(row["least"]),
        usual=Decimal(row["usual"]),
        most=Decimal(row["most"]),
        units=tuple((name, Decimal(factor)) for name, factor in units),
    )


def variants(check: Check) -> list[Any]:
    """The check's test, once for each value of its placeholder."""
    if not check.each:
        return [check.test]
    ((name, values),) = check.each.items()
    raw = check.test.model_dump(mode="python")
    return [type(check.test).model_validate(_fill(raw, "{" + name + "}", value)) for value in values]


def _fill(data: Any, placeholder: str, value: str) -> Any:
    if isinstance(data, str):
        return data.replace(placeholder, value)
    if isinstance(data, dict):
        return {key: _fill(item, placeholder, value) for key, item in data.items()}
    if isinstance(data, list | tuple):
        return [_fill(item, placeholder, value) for item in data]
    return data


def named_columns(test: Any) -> set[str]:
    """Every column a test names (groups included)."""
    names: set[str] = set()
    for attribute in ("columns", "except_columns", "key", "optional_key", "may_differ", "beside"):
        names.update(getattr(test, attribute, ()))
    for attribute in ("column", "year", "item"):
        if hasattr(test, attribute):
            names.add(getattr(test, attribute))
    for pair in getattr(test, "pairs", ()):
        names.update(pair)
    return names


def _yaml(path: Path) -> dict[str, Any]:
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise CatalogueError(f"{path.name} holds no mapping")
    return data


@lru_cache(maxsize=16)
def _csv(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
