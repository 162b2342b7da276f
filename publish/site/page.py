"""From rows of the marts to pages: verdict sentences, chart, tables, lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from publish.site.chart import Point, panel, scale_end
from publish.site.model import (
    Block,
    Coefficient,
    CountyPage,
    CountyVerdict,
    Deliveries,
    History,
    Listed,
    Missed,
    Overview,
    OverviewRow,
    Requirement,
    RequirementBlock,
    RequirementGroup,
    SchoolCount,
    StageSchools,
    UnmetSchool,
    Waiting,
)
from publish.tables.reading import STAGES, CountyYear, Figures, Row, names_in
from publish.words import formats
from publish.words.seeds import rulesets_by_id
from publish.words.texts import texts

MOST_SCHOOLS = 40
"""School rows of one stage on a page; the rest are counted."""
MOST_NAMES = 8
MOST_CORRECTIONS = 10

Indicators = dict[tuple[str, str, str], Row]


def fold(verdicts: Iterable[str | None]) -> str | None:
    """One verdict out of many: any ``unmet`` decides, then any ``undecided``; no verdict at all is None."""
    found = {verdict for verdict in verdicts if verdict is not None}
    for verdict in ("unmet", "undecided"):
        if verdict in found:
            return verdict
    return "met" if found else None


def _text(section: str, key: str, **values: object) -> str:
    return str(texts()[section][key]).format(**values)


def stage_label(stage: str) -> str:
    """Name of a stage."""
    return str(texts()["stages"].get(stage, stage))


def ruleset_name(ruleset_id: str) -> str:
    """Name of a rule set."""
    seed = rulesets_by_id().get(ruleset_id)
    return seed.name if seed else ruleset_id


class _Labels:
    """Names and units of the indicators of one rule set."""

    def __init__(self, ruleset_id: str, indicators: Indicators) -> None:
        self._ruleset = ruleset_id
        self._indicators = indicators

    def row(self, code: str, stage: str) -> Row:
        return self._indicators.get((self._ruleset, code, stage), {})

    def full(self, code: str, stage: str) -> str:
        return str(self.row(code, stage).get("name_zh") or code)

    def short(self, code: str, stage: str) -> str:
        return str(texts()["indicators"].get(code) or self.full(code, stage))

    def unit(self, code: str, stage: str) -> str:
        return str(self.row(code, stage).get("unit") or "")

    def value_unit(self, code: str, stage: str) -> str:
        """Unit of a value; a coefficient and a ratio have none."""
        scale, unit = self.row(code, stage).get("scale"), self.unit(code, stage)
        per = texts()["per_scale"].get(int(scale)) if scale is not None and unit else None
        return f"{unit}{per or ''}"

    def value(self, row: Row) -> str:
        """A school's value, with as many decimals as tell it from its standard."""
        decimals = int(self.row(row["indicator_code"], row["stage"])["decimals"])
        return formats.beside(row["value"], row["standard"], decimals)

    def mean(self, row: Row) -> str:
        """A county's mean with the form's decimals; a ratio also as 1 to how many."""
        if row["county_mean_rounded"] is None:
            return ""
        rule = self.row(row["indicator_code"], row["stage"])
        text = formats.fixed(row["county_mean_rounded"], rule["mean_decimals"])
        return formats.with_ratio(text, row["county_mean"], rule["shown_as"])


def _order(row: Row) -> tuple[int, str, int, str]:
    code = str(row["indicator_code"])
    head = code.rstrip("0123456789")
    number = code[len(head) :]
    return (STAGES.index(row["stage"]) if row["stage"] in STAGES else len(STAGES), head, int(number or 0), code)


def _printed(row: Row) -> str:
    """The coefficient, with more decimals where rounding would turn the verdict."""
    rounded = row["difference_coefficient_rounded"]
    if rounded is None or not row["verdict_changes_when_rounded"]:
        return "" if rounded is None else str(rounded)
    decimals = -int(formats.exact(rounded).as_tuple().exponent)
    return formats.distinct_from(row["difference_coefficient"], row["difference_limit"], decimals)


def _rounding(row: Row, labels: _Labels) -> str:
    if not row["verdict_changes_when_rounded"]:
        return ""
    return _text(
        "coefficients",
        "changes_item",
        stage=stage_label(row["stage"]),
        name=labels.short(row["indicator_code"], row["stage"]),
        value=_printed(row),
        limit=formats.plain(row["difference_limit"], 2),
        verdict=texts()["coefficient_verdicts"][row["verdict"]]["label"],
    )


def _coefficient(row: Row, before: Row | None, labels: _Labels) -> Coefficient:
    code, stage = row["indicator_code"], row["stage"]
    now = row["difference_coefficient_rounded"]
    earlier = before["difference_coefficient_rounded"] if before else None
    provisional = row.get("provisional_coefficient") if now is None else None
    return Coefficient(
        stage=stage,
        stage_label=stage_label(stage),
        code=code,
        label=labels.short(code, stage),
        full_name=labels.full(code, stage),
        unit=labels.value_unit(code, stage),
        mean=labels.mean(row),
        value="" if now is None else str(now),
        limit="" if row["difference_limit"] is None else formats.plain(row["difference_limit"], 2),
        verdict=row["verdict"],
        change="" if now is None or earlier is None else formats.change(now, earlier),
        schools=row["school_count"],
        known=row["known_school_count"],
        schools_met=row["schools_met"],
        provisional="" if provisional is None else formats.fixed(provisional, 3),
        printed=_printed(row),
        withheld=names_in(row["withheld_schools"]),
        rounding=_rounding(row, labels),
    )


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else formats.exact(value)


def _point(row: Row, shown: Coefficient, before: Row | None) -> Point:
    if shown.value:
        text = " ".join(part for part in (f"{shown.value}{'※' if shown.rounding else ''}", shown.change) if part)
    else:
        text = texts()["coefficient_verdicts"]["undecided"]["label"]
    return Point(
        label=shown.label,
        value=_decimal(row["difference_coefficient_rounded"]),
        previous=_decimal(before["difference_coefficient_rounded"]) if before else None,
        limit=_decimal(row["difference_limit"]),
        verdict=row["verdict"],
        text=text,
    )


def _shortfall(row: Row, labels: _Labels, needs: dict[tuple[Any, Any], str]) -> list[str]:
    """What the stage lacks, and what the school has to add: one figure for all stages of a school, said with one of them."""
    code, stage = row["indicator_code"], row["stage"]
    if row["shortfall"] is None:
        return []
    own, need = (formats.amount(row[name], labels.unit(code, stage)) for name in ("shortfall", "school_shortfall"))
    lacks = _text("schools", "item_shortfall", amount=own[0], unit=own[1])
    needed_at = needs.get((row["school_code"], code))
    if needed_at not in (None, stage):
        return [lacks, _text("schools", "item_need_elsewhere", stage=stage_label(str(needed_at)))]
    needed = _text("schools", "item_need", amount=need[0], unit=need[1])
    return [needed] if own == need else [lacks, needed]


def _needs(missed: Iterable[Row], labels: _Labels) -> dict[tuple[Any, Any], str]:
    """The stage with which the need of a whole school is said, by school and indicator: the one furthest from its standard."""
    split = [r for r in missed if labels.row(r["indicator_code"], r["stage"])["is_split"] and r["shortfall"] is not None]
    split.sort(key=lambda row: (row["value"] / row["standard"], STAGES.index(row["stage"])), reverse=True)
    return {(row["school_code"], row["indicator_code"]): row["stage"] for row in split}


def _missed(row: Row, labels: _Labels, needs: dict[tuple[Any, Any], str]) -> Missed:
    code, stage = row["indicator_code"], row["stage"]
    return Missed(
        label=labels.short(code, stage),
        value=labels.value(row),
        standard="" if row["standard"] is None else formats.plain(row["standard"]),
        shortfall=_shortfall(row, labels, needs),
        at_floor=row["verdict"] == "floor_met",
    )


def _unmet(key: tuple[str, str], figures: Figures, labels: _Labels) -> list[StageSchools]:
    by_stage: dict[str, list[Row]] = defaultdict(list)
    for row in figures.unmet[key]:
        by_stage[row["stage"]].append(row)
    listed_rows = (m for row in figures.unmet[key] for m in figures.missed[(*key, row["stage"], row["school_code"])])
    needs = _needs(listed_rows, labels)
    found = []
    for stage in STAGES:
        schools = by_stage.get(stage, [])
        if schools:
            listed = [
                UnmetSchool(
                    name=row["school_name"] or row["school_code"],
                    township=row["township"] or "",
                    missed=[_missed(m, labels, needs) for m in figures.missed[(*key, stage, row["school_code"])]],
                )
                for row in schools[:MOST_SCHOOLS]
            ]
            found.append(StageSchools(stage_label(stage), len(schools), listed, len(schools) - len(listed)))
    return found


def _waiting(title: str, names: Sequence[str], most: int, provisional: str = "") -> Waiting:
    unique = list(dict.fromkeys(names))
    return Waiting(title, unique[:most], len(unique), max(len(unique) - most, 0), provisional)


def _pending(shown: list[Coefficient], unknown: list[Row], now: list[Row]) -> list[Waiting]:
    """Undecided coefficients and the schools whose figures they wait for."""
    waits: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in unknown:
        waits[row["stage"], row["indicator_code"]].append(row["school_name"] or row["school_code"])
    # no school has a value of a composite, yet it waits for those of its parts
    listed = {(row["stage"], row["indicator_code"]): names_in(row["waiting_for"]) for row in now}
    found = []
    for item in shown:
        if item.verdict == "undecided" or not item.value:
            title = _text("pending", "coefficient", stage=item.stage_label, name=item.label)
            provisional = ""
            if item.provisional:
                provisional = _text(
                    "coefficients",
                    "provisional",
                    value=item.provisional,
                    known=item.known,
                    total=item.schools + len(item.withheld),
                )
            here = item.stage, item.code
            names = waits[here] or [name for name in listed[here] if name not in item.withheld]
            names = names + [_text("pending", "withheld", name=name) for name in item.withheld]
            found.append(_waiting(title, names, MOST_NAMES, provisional))
    return found


def _pending_schools(undecided: list[Row], unknown: list[Row], labels: _Labels) -> list[Waiting]:
    """Undecided school stages and the figures they wait for."""
    waits: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in unknown:
        name = texts()["pending"]["pupils"] if row["pupils"] is None else labels.short(row["indicator_code"], row["stage"])
        waits[row["stage"], row["school_code"]].append(name)
    return [
        _waiting(
            f"{row['school_name'] or row['school_code']}（{stage_label(row['stage'])}）",
            waits[row["stage"], row["school_code"]],
            MOST_NAMES,
        )
        for row in undecided
    ]


def _counts(found: list[Row]) -> list[SchoolCount]:
    by_stage: dict[str, dict[str | None, int]] = defaultdict(dict)
    for row in found:
        by_stage[row["stage"]][row["verdict"]] = row["n"]
    return [
        SchoolCount(
            stage_label(stage),
            sum(by_stage[stage].values()),
            *(by_stage[stage].get(verdict, 0) for verdict in ("met", "unmet", "undecided")),
        )
        for stage in STAGES
        if stage in by_stage
    ]


def _history(all_rows: list[Row], labels: _Labels) -> History | None:
    years = sorted({row["school_year"] for row in all_rows}, reverse=True)
    if len(years) < 2:
        return None
    values = {(r["stage"], r["indicator_code"], r["school_year"]): r["difference_coefficient_rounded"] for r in all_rows}
    keys = dict.fromkeys((row["stage"], row["indicator_code"]) for row in sorted(all_rows, key=_order))
    nothing = texts()["page"]["no_value"]
    lines = []
    for stage, code in keys:
        numbers = [values.get((stage, code, year)) for year in years]
        lines.append((stage_label(stage), labels.short(code, stage), [nothing if n is None else str(n) for n in numbers]))
    return History([formats.school_year(year) for year in years], lines)


def _sentences(shown: list[Coefficient], counts: list[SchoolCount]) -> list[str]:
    """What stands behind the headline: coefficients first, then schools."""
    judged = [item for item in shown if item.verdict is not None]
    over = [item for item in judged if item.verdict == "unmet"]
    open_ = [item for item in judged if item.verdict == "undecided"]
    said = []
    if over:
        names = "、".join(f"{item.stage_label}{item.label} {item.printed}（限值 {item.limit}）" for item in over)
        said.append(_text("headline", "coefficients_unmet", total=len(judged), unmet=len(over), names=names))
    elif judged and not open_:
        said.append(_text("headline", "coefficients_met", total=len(judged)))
    if open_:
        said.append(_text("headline", "coefficients_undecided", count=len(open_)))
    total, unmet = sum(c.total for c in counts), sum(c.unmet for c in counts)
    undecided = sum(c.undecided for c in counts)
    if unmet:
        said.append(_text("headline", "schools_unmet", total=total, unmet=unmet))
    elif total and not undecided:
        said.append(_text("headline", "schools_met", total=total))
    if undecided:
        said.append(_text("headline", "schools_undecided", count=undecided))
    return said


def _correction(row: Row) -> str:
    raw, value = (
        texts()["corrections"]["unknown"] if row[name] is None else formats.plain(row[name])
        for name in ("raw_value", "corrected_value")
    )
    return _text(
        "corrections",
        "listed",
        school=row["school_name"] or row["school_code"],
        year=formats.school_year(row["school_year"]),
        field=row["field_name"],
        raw=raw,
        value=value,
        document=row["document"],
        reason=row["reason"],
    )


def corrections_listed(rows: Sequence[Row]) -> Listed | None:
    """The corrections that figures rest on; None when there are none."""
    if not rows:
        return None
    title = _text("corrections", "lead", count=len(rows))
    shown = [_correction(row) for row in rows[:MOST_CORRECTIONS]]
    return Listed(title, shown, len(rows) - len(shown), "aud_correction")


def _county_verdict(row: Row | None, requirements: Sequence[Row]) -> CountyVerdict | None:
    """Badges of the blocks; None where a rule set asks for nothing beside its coefficients, whose verdict the block has."""
    if row is None or row["verdict"] is None or not requirements:
        return None
    veto = {True: "unmet", False: "met"}.get(row["vetoed"], "undecided")
    verdicts = {name: veto if name == "veto" else row[f"{name}_verdict"] for name in texts()["blocks"]}
    badges = [(name, str(label), verdicts[name]) for name, label in texts()["blocks"].items() if verdicts[name] is not None]
    return CountyVerdict(row["verdict"], badges)


def _county_sentences(row: Row) -> list[str]:
    """What stands behind a county's verdict."""
    counts = {name: row[f"n_{name}"] for name in ("met", "unmet", "undecided")}
    said = [_text("headline", "counts", total=sum(counts.values()), **counts)]
    unmet = [str(label) for name, label in texts()["blocks"].items() if row.get(f"{name}_verdict") == "unmet"]
    if unmet:
        said.append(_text("headline", "blocks_unmet", names="、".join(unmet)))
    if row["vetoed"] is not False:
        said.append(_text("headline", "vetoed" if row["vetoed"] else "veto_undecided"))
    if row["verdict_strict"] != row["verdict"]:
        said.append(_text("headline", "strict", verdict=texts()["verdicts"][row["verdict_strict"]]["label"]))
    return said


def _requirement(row: Row) -> Requirement:
    return Requirement(
        verdict=row["verdict"],
        conclusion=row["conclusion_zh"],
        is_eased=bool(row["relaxation_code"]) and row["verdict"] == "met",
        disagreement=row["disagreement_zh"] or "",
    )


def _requirements(found: Sequence[Row]) -> list[RequirementBlock]:
    """Requirements by block, parts together."""
    blocks: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in found:
        blocks[row["block"]][row["requirement_code"]].append(row)
    return [
        RequirementBlock(
            code=name,
            label=str(label),
            verdict=fold(row["verdict"] for rows in blocks[name].values() for row in rows),
            groups=[
                RequirementGroup(code, rows[0]["indicator_name_zh"], [_requirement(row) for row in rows])
                for code, rows in blocks[name].items()
            ],
        )
        for name, label in texts()["blocks"].items()
        if name in blocks
    ]


def _pending_requirements(found: Sequence[Row]) -> list[tuple[str, str]]:
    return [
        (f"{row['requirement_code']} {row['name_zh']}", _text("requirements", "waits_for", what=row["waiting_for_zh"]))
        for row in found
        if row["verdict"] == "undecided"
    ]


def block(county: CountyYear, ruleset_id: str, figures: Figures, indicators: Indicators) -> Block | None:
    """Figures of one county under one rule set; None when its newest year has none."""
    key = (county.code, ruleset_id)
    labels = _Labels(ruleset_id, indicators)
    all_rows = figures.coefficients[key]
    now = sorted((row for row in all_rows if row["school_year"] == county.year), key=_order)
    if not now:
        return None
    before = {(r["stage"], r["indicator_code"]): r for r in all_rows if r["school_year"] == county.year - 1}
    pairs = [(row, before.get((row["stage"], row["indicator_code"]))) for row in now]
    shown = [_coefficient(row, last, labels) for row, last in pairs]
    points: dict[str, list[Point]] = defaultdict(list)
    for (row, last), item in zip(pairs, shown, strict=True):
        # a composite without a limit is information: it stands in the table, not beside the limits
        if not item.limit and labels.row(item.code, item.stage).get("is_composite"):
            continue
        points[row["stage"]].append(_point(row, item, last))
    end = scale_end([point for found in points.values() for point in found])
    judged = [row for row in figures.verdict_counts[key] if row["verdict"] is not None]
    counts = _counts(judged)
    verdict = fold([item.verdict for item in shown] + [row["verdict"] for row in judged])
    requirements = figures.requirements[key]
    county_verdict = _county_verdict(figures.verdicts.get(key), requirements)
    said = f"county_{county_verdict.verdict}" if county_verdict else verdict or "none"
    headline = _text("headline", said, county=county.name, ruleset=ruleset_name(ruleset_id))
    sentences = _county_sentences(figures.verdicts[key]) if county_verdict else []
    return Block(
        ruleset_id=ruleset_id,
        ruleset_name=ruleset_name(ruleset_id),
        verdict=verdict,
        headline=headline,
        sentences=sentences + _sentences(shown, counts),
        has_limits=any(item.limit for item in shown),
        has_previous=any(item.change for item in shown),
        coefficients=shown,
        panels=[panel(stage_label(stage), found, end) for stage, found in points.items()],
        counts=counts,
        unmet=_unmet(key, figures, labels),
        pending=_pending(shown, figures.unknown[key], now),
        pending_schools=_pending_schools(figures.undecided[key], figures.unknown[key], labels),
        pending_requirements=_pending_requirements(requirements),
        county_verdict=county_verdict,
        requirements=_requirements(requirements),
        history=_history(all_rows, labels),
    )


def county_page(
    county: CountyYear, newest: int, rulesets: Sequence[str], figures: Figures, indicators: Indicators, came: Deliveries
) -> CountyPage:
    """Everything on one county's page."""
    blocks = (block(county, ruleset_id, figures, indicators) for ruleset_id in rulesets)
    return CountyPage(
        code=county.code,
        name=county.name,
        city=county.city,
        year=county.year,
        year_label=formats.school_year(county.year),
        is_newest=county.year == newest,
        is_fictional=county.is_fictional,
        blocks=[found for found in blocks if found is not None],
        deliveries=came,
    )


def _overview_row(page: CountyPage, found: Block, columns: list[tuple[str, str, str]]) -> OverviewRow:
    by_key = {(item.stage_label, item.code): item for item in found.coefficients}
    judged = [item for item in found.coefficients if item.verdict is not None]
    return OverviewRow(
        page=page,
        block=found,
        met=sum(item.verdict == "met" for item in judged),
        total=len(judged),
        schools_met=sum(c.met for c in found.counts),
        schools_total=sum(c.total for c in found.counts),
        schools_unmet=sum(c.unmet for c in found.counts),
        schools_undecided=sum(c.undecided for c in found.counts),
        cells=[by_key.get((stage, code)) for stage, code, _ in columns],
    )


def overviews(pages: Sequence[CountyPage]) -> list[Overview]:
    """One table of all counties per rule set."""
    blocks: dict[str, list[tuple[CountyPage, Block]]] = defaultdict(list)
    for page in pages:
        for found in page.blocks:
            blocks[found.ruleset_id].append((page, found))
    result = []
    for pairs in blocks.values():
        items = {(item.stage, item.code): item for _, found in pairs for item in found.coefficients}
        columns = [
            (item.stage_label, item.code, item.label)
            for item in sorted(items.values(), key=lambda i: _order({"stage": i.stage, "indicator_code": i.code}))
        ]
        stages: dict[str, int] = defaultdict(int)
        for stage, _, _ in columns:
            stages[stage] += 1
        verdicts = [found.verdict for _, found in pairs]
        counted = {verdict: verdicts.count(verdict) for verdict in ("met", "unmet", "undecided")}
        key = "overview" if any(counted.values()) else "overview_none"
        result.append(
            Overview(
                ruleset_name=pairs[0][1].ruleset_name,
                headline=_text("headline", key, total=len(pairs), **counted),
                has_limits=any(found.has_limits for _, found in pairs),
                has_county_verdicts=any(found.county_verdict for _, found in pairs),
                columns=columns,
                stages=list(stages.items()),
                rows=[_overview_row(page, found, columns) for page, found in pairs],
            )
        )
    return result
