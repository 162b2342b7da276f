"""Kinds of test that a check may carry, with their parameters."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class StrictEntry(BaseModel):
    """An entry of the catalogue: nothing but what is declared, and unchangeable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _OverColumns(StrictEntry):
    columns: tuple[str, ...]
    except_columns: tuple[str, ...] = ()


class CodeList(StrictEntry):
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


class Unique(StrictEntry):
    """A key may occur once in a submission; rows without a complete key are not looked at."""

    type: Literal["unique"]
    key: tuple[str, ...]
    optional_key: tuple[str, ...] = ()
    """Parts of the key that may be empty; empty equals empty."""

    @property
    def names(self) -> tuple[str, ...]:
        """The whole key."""
        return (*self.key, *self.optional_key)


class NotGreaterThan(StrictEntry):
    """The first of two numbers must not exceed the second."""

    type: Literal["not_greater_than"]
    pairs: tuple[tuple[str, str], ...]


class Sql(StrictEntry):
    """A condition in plain SQL: true for a failing row, false for a good one, null where there is nothing to judge."""

    type: Literal["sql"]
    column: str
    fails_when: str
    beside: tuple[str, ...] = ()
    """Further cells of the row that the condition speaks of: the finding names them too."""


class Bound(StrictEntry):
    """Items of which those of ``parts`` together are at most those of ``whole`` together."""

    parts: tuple[str, ...] = Field(min_length=1)
    whole: tuple[str, ...] = Field(min_length=1)


class ItemsWithin(StrictEntry):
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


class Plausible(StrictEntry):
    """A figure must lie where such figures lie: bands of the area system, from a seed (:class:`Band`).

    ``unusual`` fails outside of the band, ``impossible`` :data:`BEYOND` times above the usual or below the least figure; where
    one fails the other does not. An area system without bands judges nothing.
    """

    type: Literal["plausible"]
    grade: Literal["unusual", "impossible"]


BEYOND = 1000
"""So many times more than the usual figure, or less than the least, is no odd school but another unit.

Above it counts from the usual figure: there a wrong unit makes a standard look met.
"""


class MinRows(StrictEntry):
    """A submission must hold at least so many rows."""

    type: Literal["min_rows"]
    min: int


class CountyKnown(StrictEntry):
    """A county must be in the area table of the contract's system, valid in the year."""

    type: Literal["county_known"]
    column: str
    year: str


class YearNotFuture(StrictEntry):
    """A school year must have begun on the day of the run."""

    type: Literal["school_year_not_future"]
    column: str
    starts_month: int = Field(ge=1, le=12)
    starts_day: int = Field(ge=1, le=28)


class AreaComplete(StrictEntry):
    """A file for an area must hold every county of the folder's area."""

    type: Literal["area_complete"]


class NoContradiction(StrictEntry):
    """Two submissions of one night must not give different values for the same key.

    Every field of the source is in the key, in ``columns`` or in ``may_differ``.
    """

    type: Literal["no_contradiction"]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    may_differ: tuple[str, ...] = ()
    """Texts and order of display: no figure and no verdict depends on them. The greatest is shown."""


class MainSchoolKnown(StrictEntry):
    """A row for which ``needs_main`` holds (row ``r``, its kind ``k``) must name a main school that is known."""

    type: Literal["main_school_known"]
    column: str
    needs_main: str


class AgainstLastYear(StrictEntry):
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
