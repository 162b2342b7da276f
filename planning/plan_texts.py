"""What a plan says to people: ``plan_texts.yml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from junheng.core.typed import StrictModel, load
from publish.papers.sheets import PaperColumn


class LeastPlanPage(StrictModel):
    """A sheet of the workbook: its name, its title, the columns of its table, what stands below."""

    name: str
    title: str
    columns: list[PaperColumn]
    notes: list[str]


class LeastPlanTexts(StrictModel):
    """``plan_texts.yml``."""

    limits: list[str]
    budget: list[str]
    """Columns of the county's budget."""
    verdicts: dict[str, str]
    whole_school: str
    not_modelled: dict[str, str]
    """Why a way is not planned, by way; ``other``: any."""
    no_price: str
    no_way: str
    goals: dict[str, str]
    """Names of goals (:mod:`planning.frontier`)."""
    scenario: list[str]
    lines: dict[str, str]
    pages: dict[str, LeastPlanPage]
    statuses: dict[str, str]
    texts: dict[str, str]

    def say(self, key: str, /, **values: object) -> str:
        """A sentence with its places filled."""
        return self.texts[key].format(**values)


@cache
def plan_texts() -> LeastPlanTexts:
    """``plan_texts.yml``."""
    return load(Path(__file__).with_suffix(".yml"), LeastPlanTexts)
