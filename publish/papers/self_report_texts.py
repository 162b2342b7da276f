"""``self_report.yml``: outline and wording of the 自评报告."""

from __future__ import annotations

from pathlib import Path

from junheng.core.typed import StrictModel, load
from publish.papers.wording import Clauses


class ReportTable(StrictModel):
    """A table: its title, what its figures mean, its columns with their widths in mm."""

    title: str
    basis: str
    columns: tuple[str, ...]
    widths: tuple[float, ...]


class BasicsTexts(ReportTable):
    """一、基本情况."""

    heading: str
    sentences: tuple[Clauses, ...]
    owed: str
    precondition: str


class ProjectTexts(ReportTable):
    """Projects of the year."""

    heading: str
    sentence: Clauses
    none: str
    partly: str


class TopicTexts(StrictModel):
    """A section told from what was found for these requirements."""

    heading: str
    codes: tuple[str, ...]


class LedgerTexts(StrictModel):
    """What the ledger of issues comes to."""

    heading: str
    sentence: Clauses
    state: Clauses
    origin: str


class WorkTexts(StrictModel):
    """二、工作开展情况和主要做法."""

    heading: str
    projects: ProjectTexts
    topics: tuple[TopicTexts, ...]
    ledger: LedgerTexts


class ResourceTexts(ReportTable):
    """资源配置: schools, coefficients, years."""

    heading: str
    schools_heading: str
    known: str
    unknown: str
    chart: str
    coefficients_heading: str
    coefficients: str
    unmet: str
    undecided: str
    waiting: str
    closely: str
    coefficient_title: str
    coefficient_columns: tuple[str, ...]
    coefficient_widths: tuple[float, ...]
    coefficient_basis: str
    composite: str
    trend_heading: str
    trend: str
    uncompared: str
    trend_title: str
    trend_basis: str
    trend_chart: str
    limit: str
    indicator: str
    stage: str
    change: str


class BlockTexts(StrictModel):
    """政府保障程度 or 教育质量."""

    heading: str
    title: str
    basis: str


class SocialTexts(ReportTable):
    """社会认可度."""

    heading: str


class FigureTexts(StrictModel):
    """三、指标达标情况."""

    heading: str
    resource: ResourceTexts
    government: BlockTexts
    quality: BlockTexts
    columns: tuple[str, ...]
    widths: tuple[float, ...]
    social: SocialTexts


class VetoTexts(ReportTable):
    """四、否决项."""

    heading: str
    none: str
    counted: str
    unmet: str
    undecided: str


class ProblemTexts(ReportTable):
    """五、存在问题和整改措施."""

    heading: str
    schools: str
    stage: str
    county: str
    none: str
    coefficient: str


class ConclusionTexts(StrictModel):
    """六、自评结论."""

    heading: str
    blocks: str
    counted: str
    verdicts: dict[str, str]


class SelfReportTexts(StrictModel):
    """``self_report.yml``."""

    file: str
    title: str
    opening: str
    undecided: str
    caption: str
    chart_caption: str
    basis: str
    stages: tuple[str, ...]
    separator: str
    counted: str
    counted_unmet: str
    counted_undecided: str
    basics: BasicsTexts
    work: WorkTexts
    figures: FigureTexts
    veto: VetoTexts
    problems: ProblemTexts
    conclusion: ConclusionTexts
    office: str


def texts() -> SelfReportTexts:
    """The wording of the report."""
    return load(Path(__file__).with_name("self_report.yml"), SelfReportTexts)
