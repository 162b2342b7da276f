"""What a page shows, ready to print: every text and number already has its final form."""

from __future__ import annotations

from dataclasses import dataclass, field

from publish.build.facts import ShownSubmission
from publish.site.chart import Panel


@dataclass(frozen=True)
class Coefficient:
    """One difference coefficient of a county, stage and indicator."""

    stage: str
    stage_label: str
    code: str
    label: str
    full_name: str
    unit: str
    mean: str
    value: str
    """Printed value; empty when it cannot be computed."""
    limit: str
    verdict: str | None
    change: str
    schools: int
    known: int
    schools_met: int | None
    provisional: str
    printed: str
    """The value as a sentence prints it: with enough decimals to tell it from the limit."""
    withheld: list[str]
    """Schools it waits for because only refused files hold them."""
    rounding: str
    """Why the verdict differs from what the printed value suggests; mostly empty."""


@dataclass(frozen=True)
class SchoolCount:
    """Schools of a stage by verdict."""

    stage_label: str
    total: int
    met: int
    unmet: int
    undecided: int


@dataclass(frozen=True)
class Missed:
    """An indicator of a school below its standard."""

    label: str
    value: str
    standard: str
    shortfall: list[str]
    """What the stage lacks and what the school has to add, in words."""
    at_floor: bool


@dataclass
class UnmetSchool:
    """A school stage that does not meet the rule set."""

    code: str
    name: str
    township: str
    missed: list[Missed]
    link: str = ""
    """To its page; empty where it has none."""


@dataclass(frozen=True)
class StageSchools:
    """Schools of one stage, the worst first; ``more`` are not listed."""

    stage_label: str
    total: int
    schools: list[UnmetSchool]
    more: int


@dataclass(frozen=True)
class Waiting:
    """Something undecided and the names it waits for; ``more`` names are not listed."""

    title: str
    names: list[str]
    total: int
    more: int
    provisional: str = ""


@dataclass(frozen=True)
class History:
    """Coefficients of earlier years: one line of values per indicator."""

    years: list[str]
    lines: list[tuple[str, str, list[str]]]
    """Stage, indicator, value per year."""


@dataclass(frozen=True)
class Requirement:
    """One part of a requirement: what follows from the figures or documents, in a sentence."""

    verdict: str | None
    conclusion: str
    is_eased: bool
    """Met only with a relaxation."""
    disagreement: str


@dataclass
class RequirementGroup:
    """A requirement and its parts."""

    code: str
    name: str
    parts: list[Requirement]
    link: str = ""
    """To its page; empty where it has none."""


@dataclass(frozen=True)
class RequirementBlock:
    """The requirements of one block, and what they come to."""

    code: str
    label: str
    verdict: str | None
    groups: list[RequirementGroup]


@dataclass(frozen=True)
class CountyVerdict:
    """What a county comes to under a rule set: one badge for each block."""

    verdict: str
    badges: list[tuple[str, str, str]]
    """Block, its name, its verdict."""


@dataclass
class Block:
    """Figures of one rule set."""

    ruleset_id: str
    ruleset_name: str
    verdict: str | None
    headline: str
    sentences: list[str]
    has_limits: bool
    has_previous: bool
    coefficients: list[Coefficient]
    panels: list[Panel]
    counts: list[SchoolCount]
    unmet: list[StageSchools]
    pending: list[Waiting]
    pending_schools: list[Waiting]
    pending_requirements: list[tuple[str, str]]
    """Requirement and what it waits for."""
    county_verdict: CountyVerdict | None
    requirements: list[RequirementBlock]
    history: History | None

    @property
    def roundings(self) -> list[str]:
        """Notes on verdicts that the printed values do not show."""
        return [c.rounding for c in self.coefficients if c.rounding]


@dataclass(frozen=True)
class Listed:
    """A titled list of names, cut to what a page can hold."""

    title: str
    shown: list[str]
    more: int
    table: str
    """Where all of them are."""


@dataclass
class Deliveries:
    """What came, what was sent back, what did not come."""

    received: list[tuple[str, str]]
    """File and what it held."""
    received_more: int
    refused: list[ShownSubmission]
    refused_more: int
    repeated: list[tuple[str, str]]
    """Files that say the same as another one, byte by byte, and which that is."""
    repeated_more: int
    missing: list[Listed]
    """Counties without a census; schools that last year had and this year has not."""


@dataclass
class LateUnit:
    """A unit with overdue issues."""

    name: str
    overdue: int
    days: int
    """How long the oldest of them is overdue."""
    link: str = ""
    """To its page; empty where it has none."""


@dataclass(frozen=True)
class Morning:
    """What a head asks first, beside the verdict: a few lines for each question."""

    changes: list[str]
    decides: list[str]
    ledger: str
    """Issues open, overdue and struck off; empty where there is no ledger."""
    late: list[LateUnit]
    late_more: int
    owed: list[str]


@dataclass
class CountyPage:
    """One county at its newest school year."""

    code: str
    name: str
    city: str
    year: int
    year_label: str
    is_newest: bool
    is_fictional: bool
    blocks: list[Block]
    deliveries: Deliveries
    morning: Morning | None = None
    topics: list[tuple[str, str]] = field(default_factory=list)
    """Title and path of the pages of its topics."""


@dataclass(frozen=True)
class CheckCount:
    """Check results of one engine."""

    engine: str
    total: int
    statuses: list[tuple[str, int]]


@dataclass(frozen=True)
class OverviewRow:
    """One county in the table of all counties."""

    page: CountyPage
    block: Block
    met: int
    total: int
    schools_met: int
    schools_total: int
    schools_unmet: int
    schools_undecided: int
    cells: list[Coefficient | None]


@dataclass
class Overview:
    """All counties under one rule set."""

    ruleset_name: str
    headline: str
    has_limits: bool
    has_county_verdicts: bool
    columns: list[tuple[str, str, str]]
    """Stage, indicator code, name."""
    stages: list[tuple[str, int]]
    """Stage and number of its columns, in order."""
    rows: list[OverviewRow] = field(default_factory=list)
