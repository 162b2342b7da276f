"""The catalogue as expectations: one native expectation per part where there is one, else the generated SQL.

Imports the report engine (seconds): only :mod:`expectations.validate` imports this module, and only when there are
rows to look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import great_expectations.expectations as gxe
from great_expectations.expectations.row_conditions import Column

from expectations import sql
from expectations.catalogue import Check, Rules, SourceCatalogue
from expectations.conditions import (
    AreaComplete,
    Between,
    InCodeList,
    MatchesRegex,
    NotGreaterThan,
    NotIn,
    NotNull,
    Unique,
    YearNotFuture,
)
from expectations.rowchecks import counties_due

SHOWN = "r._submission_id, r._sheet, r._row"
BATCH = "(select * from {batch})"
"""The batch as a table; the engine names its own subquery, so ours stands around it."""


class _Counting:
    """Asks how many cells fail. Which ones is said by the quarantined rows; asked for here it would be a query of its own."""

    def get_validation_dependencies(self, *given: Any, **more: Any) -> Any:
        """What has to be known, without the values."""
        dependencies = super().get_validation_dependencies(*given, **more)  # type: ignore[misc]
        for name in [name for name in dependencies.metric_configurations if name.endswith(".unexpected_values")]:
            dependencies.remove_metric_configuration(name)
        return dependencies


class CountNull(_Counting, gxe.ExpectColumnValuesToNotBeNull):  # type: ignore[misc]
    """Its count."""


class CountUnlike(_Counting, gxe.ExpectColumnValuesToMatchRegex):  # type: ignore[misc]
    """Its count."""


class CountOutside(_Counting, gxe.ExpectColumnValuesToBeInSet):  # type: ignore[misc]
    """Its count."""


class CountInside(_Counting, gxe.ExpectColumnValuesToNotBeInSet):  # type: ignore[misc]
    """Its count."""


class CountBeyond(_Counting, gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc]
    """Its count."""


class CountLess(_Counting, gxe.ExpectColumnPairValuesAToBeGreaterThanB):  # type: ignore[misc]
    """Its count."""


class CountRepeated(_Counting, gxe.ExpectCompoundColumnsToBeUnique):  # type: ignore[misc]
    """Its count."""


class CountRows(gxe.UnexpectedRowsExpectation):  # type: ignore[misc]
    """How many rows our SQL finds; the rows themselves are not fetched."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(self, metrics: dict[str, Any], **_: Any) -> dict[str, Any]:
        (count,) = (metrics[name] for name in self.metric_dependencies)
        return {"success": count == 0, "result": {"observed_value": count}}


@dataclass(frozen=True)
class Declared:
    """One expectation and what it stands for: one part (by its number), or a check as a whole (no number)."""

    key: str
    check: Check
    expectation: Any
    part: int | None = None
    native: bool = False


def declare(
    rules: Rules, catalogue: SourceCatalogue, parts: list[sql.Condition], numbers: dict[str, list[int]], filled: set[int]
) -> list[Declared]:
    """All expectations of a source, in the catalogue's order.

    ``filled`` are the parts with anything to look at (:func:`expectations.sql.filled`). A column that nobody filled in
    costs an evaluation and shows nothing; a check of which no part is filled keeps its whole.
    """
    declared: list[Declared] = []
    for check in catalogue.checks:
        part_numbers = numbers.get(check.id, [])
        for number in (n for n in part_numbers if n in filled):
            part = parts[number]
            name = f"{check.id}#{number}"
            native = _native(rules, catalogue.source, part, name)
            expectation = native or _query(rules, catalogue.source, check, name, sql.failing_rows([part], BATCH, SHOWN))
            declared.append(Declared(name, check, expectation, number, native is not None))
        if len(part_numbers) > 1 or (part_numbers and not filled & set(part_numbers)):
            query = sql.failing_rows([parts[n] for n in part_numbers], BATCH, SHOWN)
            declared.append(Declared(check.id, check, _query(rules, catalogue.source, check, check.id, query)))
        contracts = {facts.id for facts in rules.contracts_of(catalogue.source, check)}
        if isinstance(check.test, AreaComplete) and contracts:
            due = counties_due(catalogue, contracts, BATCH)
            query = f"select * from ({due}) as counties_due where not present"
            declared.append(Declared(check.id, check, _query(rules, catalogue.source, check, check.id, query)))
    return declared


def _common(rules: Rules, source: str, check: Check, key: str, column: str | None = None) -> dict[str, Any]:
    title = f"{check.title_zh}（{rules.title(source, column)}）" if column else check.title_zh
    return {
        "description": f"{check.id}：{title}",
        "notes": f"{check.meaning_zh}。{check.why_zh}。{check.fix_zh}。",
        "meta": {"key": key, "check_id": check.id, "rule_source": check.rule_source},
        "severity": "critical" if check.severity == "error" else "warning",
    }


def _query(rules: Rules, source: str, check: Check, key: str, query: str) -> Any:
    literal = query.replace("{", "{{").replace("}", "}}").replace("{{batch}}", "{batch}")
    return CountRows(unexpected_rows_query=literal, **_common(rules, source, check, key))


def _native(rules: Rules, source: str, part: sql.Condition, key: str) -> Any | None:
    """The native expectation of a part, or None."""
    common = _common(rules, source, part.check, key, part.column)
    if part.only:
        conditions = [Column(column).is_in(list(values)) for column, values in part.only.items()]
        condition = conditions[0]
        for more in conditions[1:]:
            condition = condition & more
        common["row_condition"] = condition
    match part.test:
        case NotNull():
            return CountNull(column=part.column, **common)
        case MatchesRegex():
            return CountUnlike(column=part.column, regex=part.pattern, **common)
        case InCodeList():
            return CountOutside(column=part.column, value_set=list(part.values), **common)
        case NotIn():
            return CountInside(column=part.column, value_set=list(part.values), **common)
        case Between() as test:
            return CountBeyond(
                column=part.column,
                min_value=part.low,
                max_value=part.high,
                strict_min=test.strict_min,
                strict_max=test.strict_max,
                **common,
            )
        case YearNotFuture():
            return CountBeyond(column=part.column, max_value=part.high, **common)
        case NotGreaterThan():
            return CountLess(
                column_A=part.other,
                column_B=part.column,
                or_equal=True,
                ignore_row_if="either_value_is_missing",
                **common,
            )
        case Unique(key=names, optional_key=()):
            return CountRepeated(column_list=["_submission_id", *names], ignore_row_if="any_value_is_missing", **common)
    return None
