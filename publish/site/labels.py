"""Names and units on pages: of stages, and of the indicators of a rule set."""

from __future__ import annotations

from publish.tables.reading import STAGES, Indicators
from publish.tables.rows import DimIndicator, FctCountyIndicator, FctSchoolIndicator
from publish.words import formats
from publish.words.texts import texts


def say(section: str, key: str, **values: object) -> str:
    """A text of a page with its values."""
    return str(texts()[section][key]).format(**values)


def stage_label(stage: str) -> str:
    """Name of a stage."""
    return str(texts()["stages"].get(stage, stage))


def display_order(stage: str, code: str) -> tuple[int, str, int, str]:
    """Where an indicator stands on a page: by stage, then by letter and number of its code."""
    head = code.rstrip("0123456789")
    return (STAGES.index(stage) if stage in STAGES else len(STAGES), head, int(code[len(head) :] or 0), code)


class Labels:
    """Names and units of the indicators of one rule set."""

    def __init__(self, ruleset_id: str, name: str, indicators: Indicators) -> None:
        self.ruleset_id = ruleset_id
        self.name = name
        self._indicators = indicators

    def row(self, code: str, stage: str) -> DimIndicator:
        """The indicator of a stage. Raises KeyError where the rule set has none."""
        return self._indicators[self.ruleset_id, code, stage]

    def full(self, code: str, stage: str) -> str:
        """The name that the rules give it."""
        return self.row(code, stage)["name_zh"]

    def short(self, code: str, stage: str) -> str:
        """The name that pages give it."""
        return str(texts()["indicators"].get(code) or self.full(code, stage))

    def unit(self, code: str, stage: str) -> str:
        """Unit of an amount."""
        return self.row(code, stage)["unit"] or ""

    def value_unit(self, code: str, stage: str) -> str:
        """Unit of a value; a coefficient and a ratio have none."""
        scale, unit = self.row(code, stage)["scale"], self.unit(code, stage)
        per = texts()["per_scale"].get(scale) if scale is not None and unit else None
        return f"{unit}{per or ''}"

    def value(self, row: FctSchoolIndicator) -> str:
        """A school's value, with as many decimals as tell it from its standard; empty for an unknown one."""
        if row["value"] is None:
            return ""
        decimals = self.row(row["indicator_code"], row["stage"])["decimals"] or 0
        return formats.beside(row["value"], row["standard"], decimals)

    def mean(self, row: FctCountyIndicator) -> str:
        """A county's mean with the form's decimals; a ratio also as 1 to how many."""
        if row["county_mean_rounded"] is None:
            return ""
        rule = self.row(row["indicator_code"], row["stage"])
        text = formats.fixed(row["county_mean_rounded"], rule["mean_decimals"] or 0)
        return formats.with_ratio(text, row["county_mean"], rule["shown_as"])
