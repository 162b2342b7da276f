"""The rule catalogue: one YAML file per source, read strictly.

A check says what it means, why it matters and how to fix it (Chinese, for the people who deliver), and carries
exactly one test with parameters (``expectations.conditions``). Both engines are built from it: the SQL of the gate and the
expectations of the nightly report.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from expectations.bands import BANDS, Band, band_of, code_rows
from expectations.conditions import (
    SUBMISSION_TESTS,
    CodeList,
    InCodeList,
    NoContradiction,
    StrictEntry,
    Test,
    named_columns,
)
from ingest.schema.source import Source, load_source
from ingest.shapes.contracts import load_contracts
from junheng.core.data import read_yaml
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


class Check(StrictEntry):
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


class SourceCatalogue(StrictEntry):
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
        catalogues = [SourceCatalogue.model_validate(_yaml(path)) for path in sorted(catalogue.glob("*.yml"))]
        names = [f.name for f in fields(ContractFacts)]
        facts = [ContractFacts(**{name: getattr(c, name) for name in names}) for c in load_contracts()]
        rules = cls(
            {c.source: c for c in catalogues},
            {f.id: f for f in facts},
            {c.source: load_source(c.source) for c in catalogues},
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
        for band in map(band_of, code_rows(self.codes / BANDS)):
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
        fitting: list[str] = []
        for name in names:
            types = GROUPS.get(name)
            fitting += [name] if types is None else [f.name for f in self.sources[source].fields if f.type in types]
        return tuple(name for name in dict.fromkeys(fitting) if name not in without)

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
        rows = code_rows(self.codes / codes.file)
        return tuple(dict.fromkeys(row[codes.column] for row in rows if system is None or row["system"] == system))

    def bands(self, source: str, system: str) -> tuple[Band, ...]:
        """Bands of the figures of a source in an area system; none where the seed brings none."""
        rows = code_rows(self.codes / BANDS)
        return tuple(band_of(row) for row in rows if row["source"] == source and row["area_system"] == system)


def _yaml(path: Path) -> dict[str, Any]:
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise CatalogueError(f"{path.name} holds no mapping")
    return data


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
