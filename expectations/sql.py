"""SQL of the catalogue: what each check looks at and when a row fails.

A check is resolved into parts, one per column, pair or code list. The condition of a part is three-valued: true for a
failing row, false for a good one, null where there is nothing to judge (an empty cell never fails a check of values).
So "looked at" is ``condition is not null``, the same for every type. The report engine is built from the same parts
(``expectations.validate``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from expectations.bands import Band
from expectations.catalogue import Check, ContractFacts, Rules, variants
from expectations.conditions import (
    BEYOND,
    SUBMISSION_TESTS,
    Between,
    Bound,
    CountyKnown,
    InCodeList,
    ItemsWithin,
    MatchesRegex,
    NotGreaterThan,
    NotIn,
    NotNull,
    Plausible,
    Sql,
    Unique,
    YearNotFuture,
)
from junheng.core.sql import literal

Value = str | int
UNIT = "[（(][^（）()]*[）)]$"
"""The unit behind a label."""


@dataclass(frozen=True)
class Condition:
    """One condition on the rows of a source. ``column`` is the cell that is shown when it fails."""

    check: Check
    test: object
    column: str
    other: str | None = None
    """Second column of a pair."""
    pattern: str | None = None
    values: tuple[Value, ...] = ()
    low: int | None = None
    high: int | None = None
    bound: Bound | None = None
    """Items of one of the pairs of ``items_within``."""
    band: Band | None = None
    """Where the figure is expected."""
    contracts: tuple[str, ...] = ()
    """Contracts it holds for; empty: all of the source."""
    when: dict[str, tuple[Value, ...]] = field(default_factory=dict, hash=False)

    @property
    def only(self) -> dict[str, tuple[Value, ...]]:
        """Rows the part is limited to: values by column."""
        values = {**({"_contract": self.contracts} if self.contracts else {}), **self.when}
        if self.band and self.band.item_column:
            values[self.band.item_column] = (self.band.item,)
        return values

    @property
    def conditions(self) -> list[str]:
        """Conditions on the rows the part is limited to, on the table of rows (alias ``r``)."""
        texts = [listed(f"r.{column}", values) for column, values in self.only.items()]
        if isinstance(self.test, ItemsWithin) and self.bound:
            texts.append(named(self.test, (*self.bound.parts, *self.bound.whole)))
        return texts

    @property
    def beside(self) -> tuple[str, ...]:
        """Further cells of a failing row that the fault is about."""
        if self.other is not None:
            return (self.other,)
        return getattr(self.test, "beside", ())


def listed(column: str, values: tuple[Value, ...]) -> str:
    """Condition: a column has one of these values."""
    return f"{column} in ({', '.join(literal(v) for v in values)})"


def last_started_year(test: YearNotFuture, as_of: date) -> int:
    """The latest school year that had begun on ``as_of``."""
    begun = (as_of.month, as_of.day) >= (test.starts_month, test.starts_day)
    return as_of.year if begun else as_of.year - 1


def parts_of(rules: Rules, source: str, check: Check, as_of: date) -> list[Condition]:
    """Resolve a check of rows into its parts; none when no contract is concerned."""
    if isinstance(check.test, SUBMISSION_TESTS):
        return []
    facts = rules.contracts_of(source, check)
    if not facts:
        return []
    everywhere = len(facts) == sum(1 for f in rules.contracts.values() if f.source == source)
    parts: list[Condition] = []
    for test in variants(check):
        for group, extra in _groups(rules, test, facts):
            limited = () if everywhere and len(group) == len(facts) else tuple(f.id for f in group)
            parts += [
                Condition(check, test, contracts=limited, when=check.when, **shape, **extra)  # type: ignore[arg-type]
                for shape in _shapes(rules, source, test, as_of, group[0].area_system)
            ]
    return parts


def _groups(
    rules: Rules, test: object, facts: tuple[ContractFacts, ...]
) -> list[tuple[tuple[ContractFacts, ...], dict[str, object]]]:
    """Contracts that share a pattern or code list, with what they share."""
    if isinstance(test, MatchesRegex):
        if test.pattern is not None:
            return [(facts, {"pattern": test.pattern})]
        patterns = dict.fromkeys(f.school_code_pattern for f in facts if f.school_code_pattern)
        return [
            (tuple(f for f in facts if f.school_code_pattern == pattern), {"pattern": f"^({pattern})$"}) for pattern in patterns
        ]
    if isinstance(test, InCodeList) and test.codes is not None:
        key = test.codes.system_from
        if key is None:
            return [(facts, {"values": rules.code_values(test.codes, None)})]
        systems = dict.fromkeys(getattr(f, key) for f in facts if getattr(f, key))
        return [
            (tuple(f for f in facts if getattr(f, key) == system), {"values": rules.code_values(test.codes, system)})
            for system in systems
        ]
    if isinstance(test, Plausible):
        systems = dict.fromkeys(f.area_system for f in facts)
        return [(tuple(f for f in facts if f.area_system == system), {}) for system in systems]
    return [(facts, {})]


def _shapes(rules: Rules, source: str, test: object, as_of: date, system: str) -> list[dict[str, object]]:
    """Columns and bounds of a test."""
    match test:
        case ItemsWithin(column=column, bounds=bounds):
            return [{"column": column, "bound": bound} for bound in bounds]
        case Plausible():
            return [{"column": band.column, "band": band} for band in rules.bands(source, system)]
        case NotGreaterThan(pairs=pairs):
            return [{"column": a, "other": b} for a, b in pairs]
        case Unique(key=key):
            return [{"column": key[-1]}]
        case Sql(column=column) | CountyKnown(column=column):
            return [{"column": column}]
        case YearNotFuture(column=column):
            return [{"column": column, "high": last_started_year(test, as_of)}]
        case Between():
            names = rules.columns(source, test.columns, test.except_columns)
            return [{"column": name, "low": test.min, "high": test.max} for name in names]
        case NotIn() | InCodeList():
            names = rules.columns(source, test.columns, test.except_columns)
            return [{"column": name, **({"values": test.values} if test.values else {})} for name in names]
        case NotNull() | MatchesRegex():
            return [{"column": name} for name in rules.columns(source, test.columns, test.except_columns)]
    raise TypeError(f"{type(test).__name__} is not a test of rows")


def fails(part: Condition) -> str:
    """Condition of a failing row, three-valued, on the table of the source's rows (alias ``r``)."""
    condition = _fails(part)
    if not part.conditions:
        return f"({condition})"
    return f"(case when {' and '.join(part.conditions)} then ({condition}) end)"


def _fails(part: Condition) -> str:
    test, column = part.test, f"r.{part.column}"
    match test:
        case NotNull():
            return f"{column} is null"
        case MatchesRegex():
            return f"not regexp_matches({column}, {literal(part.pattern or '')})"
        case InCodeList():
            return f"not ({listed(column, part.values)})"
        case NotIn():
            return listed(column, part.values)
        case Between():
            below = f"{column} {'<=' if test.strict_min else '<'} {part.low}"
            above = f"{column} {'>=' if test.strict_max else '>'} {part.high}"
            return " or ".join(bound for bound, limit in ((below, part.low), (above, part.high)) if limit is not None)
        case YearNotFuture():
            return f"{column} > {part.high}"
        case NotGreaterThan():
            return f"{column} > r.{part.other}"
        case Unique(key=key, optional_key=optional):
            names = ", ".join(f"r.{name}" for name in ("_submission_id", *key, *optional))
            whole = " and ".join(f"r.{name} is not null" for name in key)
            return f"case when {whole} then count(*) over (partition by {names}) > 1 end"
        case Sql(fails_when=condition):
            return condition
        case ItemsWithin():
            return _exceeds(test, part.bound) if part.bound else "null"
        case Plausible(grade=grade):
            return _out_of_band(part.band, grade) if part.band else "null"
        case CountyKnown(year=year):
            return (
                f"case when {column} is not null and r.{year} is not null then not exists (select 1 from counties as a"
                f" where a.system = r._area_system and a.area_code = {column}"
                f" and r.{year} >= a.valid_from_year and r.{year} <= a.valid_to_year) end"
            )
    raise TypeError(f"{type(test).__name__} is not a test of rows")


def group_key(test: ItemsWithin, rows: str = "r") -> tuple[str, ...]:
    """What says which rows belong together, on the table of rows with this alias."""
    columns = ("_delivery_night", *test.key, *test.optional_key)
    return (*(f"{rows}.{name}" for name in columns), *([_row_of(f"{rows}.{test.row}")] if test.row else []))


def _row_of(column: str) -> str:
    return f"split_part({column}, '/', 2)"


def named(test: ItemsWithin, items: tuple[str, ...]) -> str:
    """Condition: a row has one of these items."""
    if test.item_is == "label":
        label = f"'/' || regexp_replace(r.{test.item}, {literal(UNIT)}, '')"
        return "(" + " or ".join(f"ends_with({label}, {literal('/' + item)})" for item in items) + ")"
    return listed(_row_of(f"r.{test.item}") if test.item_is == "row" else f"r.{test.item}", items)


def _exceeds(test: ItemsWithin, bound: Bound) -> str:
    column = f"r.{test.column}"
    together = ", ".join(group_key(test))

    def amount(item: str) -> str:
        known = f"max(case when {named(test, (item,))} and {column} >= 0 then {column} end)"
        return f"coalesce({known} over (partition by {together}, r._submission_id), {known} over (partition by {together}))"

    parts, whole = [amount(item) for item in bound.parts], [amount(item) for item in bound.whole]
    total = " + ".join(f"coalesce({part}, 0)" for part in parts)
    given = [f"r.{name} is not null" for name in (*test.key, test.column)] + [f"coalesce({', '.join(parts)}) is not null"]
    return f"case when {' and '.join(given)} then {total} > {' + '.join(whole)} end"


def base_of(band: Band) -> str:
    """What a figure is divided by, on the table of rows (alias ``r``): null where that is nothing."""
    if not band.per:
        return "1"
    return f"nullif(greatest({' + '.join(f'coalesce(r.{name}, 0)' for name in band.per)}, 0), 0)"


def _out_of_band(band: Band, grade: str) -> str:
    column, base = f"r.{band.column}", base_of(band)

    def outside(least: Decimal, most: Decimal) -> str:
        return f"({column} > {most} * {base} or ({column} > 0 and {column} < {least} * {base}))"

    beyond = outside(band.least / BEYOND, band.usual * BEYOND)
    return beyond if grade == "impossible" else f"{outside(band.least, band.most)} and not {beyond}"


def failing_rows(parts: list[Condition], table: str, columns: str = "r.*") -> str:
    """Query for the rows that fail any of the parts."""
    condition = " or ".join(fails(part) for part in parts)
    return f"select {columns} from (select r.*, {condition} as _fails from {table} as r) as r where r._fails"


def verdicts(parts: list[Condition], table: str) -> str:
    """Query with one three-valued column ``p0``, ``p1`` … per part, for every row."""
    columns = ", ".join(f"{fails(part)} as p{index}" for index, part in enumerate(parts))
    return f"select r._rid, r._submission_id, {columns} from {table} as r"


def counts(checks: dict[str, list[int]], table: str) -> str:
    """Query per submission: for each check the rows looked at and the rows that fail, from a table of verdicts.

    ``checks`` gives the numbers of the parts of each check; the columns are ``c0``, ``f0``, ``c1``, ``f1`` … in its
    order.
    """
    columns = []
    for index, numbers in enumerate(checks.values()):
        looked = " or ".join(f"p{n} is not null" for n in numbers)
        failed = " or ".join(f"coalesce(p{n}, false)" for n in numbers)
        columns += [f"count(*) filter (where {looked}) as c{index}", f"count(*) filter (where {failed}) as f{index}"]
    return f"select _submission_id, {', '.join(columns)} from {table} group by _submission_id"


def needed(part: Condition) -> tuple[str, ...]:
    """Columns without which a part has nothing to judge in a row; none: every row is judged."""
    match part.test:
        case NotNull() | Sql():
            return ()
        case NotGreaterThan():
            return (part.column, part.other or part.column)
        case Unique(key=key):
            return key
        case ItemsWithin(key=key):
            return (*key, part.column)
    return (part.column,)


def filled(parts: list[Condition], table: str) -> str:
    """Query over all rows: for each part the rows with something to look at (``n0`` …), said without its condition."""
    columns = []
    for index, part in enumerate(parts):
        given = part.conditions + [f"r.{column} is not null" for column in needed(part)]
        columns.append(f"count(*) filter (where {' and '.join(given) or 'true'}) as n{index}")
    return f"select {', '.join(columns)} from {table} as r"


def cells(parts: list[Condition], table: str) -> str:
    """Query over all rows: for each part the cells looked at and the cells that fail (``c0``, ``f0`` …)."""
    columns = ", ".join(f"count(p{n}) as c{n}, count(*) filter (where p{n}) as f{n}" for n in range(len(parts)))
    return f"select {columns} from {table}"
