"""Rows of fct_county_requirement and fct_county_verdict, from schools, items, survey and monitoring."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.oracle import monitoring
from tests.oracle.oracle import Figures
from tests.oracle.requirements import (
    DECLARED,
    FUNDED_AS,
    ITEM_TERMS,
    RATIOS,
    ROOM_PARTS,
    SCHOOL_TERMS,
    Items,
    Judged,
    Ratio,
    compulsory,
    fold_verdicts,
    judge_classes,
    judge_rooms,
    judge_size,
    nearby,
    rounded,
    runs_forbidden_classes,
    school_sum,
    teaches,
    verdict_of,
)
from tests.oracle.rosters import roster_sums
from tests.oracle.schools import STAGES, Key, Row, School, counties, fold, number, total
from tests.oracle.settings import SETTINGS, Settings

BLOCKS = {
    "precondition": ("P1", "P2"),
    "government": tuple(f"G{k}" for k in range(1, 16)),
    "quality": tuple(f"Q{k}" for k in range(1, 10)),
    "social": ("S1",),
    "veto": tuple(f"V{k}" for k in range(1, 7)),
}
RESOURCE = tuple(f"L{k}" for k in range(1, 8))
YEARS_BALANCED = 3
TEACHING_POINT, PRIVATE = "218", "10"
SPECIAL_FUNDS = 8000
TRAINING_SHARE = Fraction(5)


@dataclass
class World:
    """Everything that is delivered."""

    census: list[Row] = field(default_factory=list)
    county_items: list[Row] = field(default_factory=list)
    survey: list[Row] = field(default_factory=list)
    monitoring: list[Row] = field(default_factory=list)
    succession: list[Row] = field(default_factory=list)
    rosters: dict[str, list[Row]] = field(default_factory=dict)
    groups: list[Row] = field(default_factory=list)
    venues: list[Row] = field(default_factory=list)
    _by_place: dict[Key, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def of_place(self, source: str, place: Key) -> list[Row]:
        """Rows of a source for a county and year; monitoring: for a county."""
        if not self._by_place:
            for row in (*self.county_items, *self.survey):
                name = "county_items" if "item_code" in row else "survey"
                self._by_place[name, row["county_code"], row["school_year"]].append(row)
            for roster, rows in self.rosters.items():
                for row in rows:
                    self._by_place[roster, row["county_code"], row["school_year"]].append(row)
            for row in self.monitoring:
                self._by_place["monitoring", row["county_code"]].append(row)
        return self._by_place[(source, *place)]


@dataclass
class Verdicts:
    """What the oracle expects, by grain."""

    school: dict[Key, Judged] = field(default_factory=dict)
    county: dict[Key, Row] = field(default_factory=dict)
    verdict: dict[Key, Row] = field(default_factory=dict)


Figure = tuple[Fraction | None, Fraction | None]
UNKNOWN: Figure = (None, None)


def row_of(value: Any, threshold: Any, verdict: str | None, strict: str | None = None, **more: Any) -> Row:
    """A row of fct_county_requirement."""
    row = {"value": value, "threshold": threshold, "verdict": verdict, "verdict_strict": strict or verdict, "basis": "computed"}
    row |= {"evidence_count": 0, "declared_verdict": None, "reference_period": None, "disagrees": False, "is_declared": False}
    row |= {"source": None, "numerator": None, "denominator": None, "relaxation_code": None}
    return row | {"verdict_changes_when_rounded": None if verdict in (None, "undecided") else False} | more


def of_schools(judged: Sequence[Judged], *, count_classes: bool = False) -> Row:
    """A county's figure over its schools: how many miss it strictly, or classes above; unknown while one school is."""
    verdict = fold_verdicts([j.verdict for j in judged]) or "undecided"
    strict = fold_verdicts([j.strict for j in judged]) or "undecided"
    value: Fraction | None = Fraction(sum(j.strict == "unmet" for j in judged))
    if count_classes:
        known = [j.value for j in judged if j.value is not None]
        value = sum(known, Fraction(0)) if len(known) == len(judged) else None
    elif any(j.strict == "undecided" for j in judged):
        value = None
    used = ";".join(sorted({j.relaxation for j in judged if j.relaxation})) or None
    return row_of(value if judged else None, 0, verdict, strict, source="schools", relaxation_code=used)


class County:
    """One county in one school year."""

    def __init__(self, place: tuple[str, int], schools: list[School], world: World, settings: Settings) -> None:
        self.place, self.settings, self.world = place, settings, world
        self.all = [school for school in schools if teaches(school)]
        self.forbidden = [school for school in schools if runs_forbidden_classes(school)]
        self.items = Items(world.of_place("county_items", place), [school.code for school in self.all])
        self.rosters = roster_sums(self.all, {source: world.of_place(source, place) for source in world.rosters})
        self.school_rows: dict[tuple[str, str, str], Judged] = {}
        self.rows: dict[tuple[str, str], Row] = {}

    def each(self, code: str, part: str, schools: Iterable[School], judge: Callable[[School], Judged | None]) -> list[Judged]:
        """Judge schools and keep their rows."""
        found = []
        for school in schools:
            if (judged := judge(school)) is not None:
                self.school_rows[school.code, code, part] = judged
                found.append(judged)
        return found

    def figure(self, code: str, part: str, sources: dict[str, Figure], own: Any, **rule: Any) -> Row:
        """A figure of the first source that has it whole, the county's own last; a different one of the county disagrees."""
        figures, period = own or (UNKNOWN, None)
        numerator, denominator = figures
        sources = sources | {"items": (numerator, denominator)}
        source = next((name for name, figure in sources.items() if None not in figure), None)
        found = sources[source] if source else UNKNOWN
        threshold = rule.get("threshold", RATIOS.get((code, part)))
        ratio = Ratio(code, **(rule | {"threshold": threshold or Fraction(0)}))
        value, verdict, turns = ratio.judge(*found, self.settings)
        row = row_of(value, threshold, verdict, source=source, numerator=found[0], denominator=found[1])
        row["verdict_changes_when_rounded"] = turns
        if threshold is None:
            row |= dict.fromkeys(("verdict", "verdict_strict", "verdict_changes_when_rounded"))
        row["reference_period"] = period if source == "items" else None
        row["is_declared"] = source not in (None, "items") and own is not None
        row["disagrees"] = row["is_declared"] and found != (numerator, denominator)
        self.rows[code, part] = row
        return row

    def schools_part(self) -> None:
        """G3 to G6 and Q4."""
        for part, subject in ROOM_PARTS.items():
            judged = self.each("G3", part, self.all, lambda s, subject=subject: judge_rooms(s, subject, self.settings))
            self.rows["G3", part] = of_schools(judged)
        self.rows["G4", "all"] = of_schools(self.each("G4", "all", [*self.all, *self.forbidden], judge_size))
        for stage in STAGES:
            there = [school for school in self.all if stage in school.assessed]
            judged = self.each("G5", stage, there, lambda s, stage=stage: judge_classes(s, stage))
            self.rows["G5", stage] = of_schools(judged, count_classes=True)
        self.rows["G6", "all"] = of_schools(self.each("G6", "all", self.all, self.small_school))
        if not self.school_rows or not any(code == "G6" for _, code, _ in self.school_rows):
            value, verdict = (Fraction(0), "met") if self.all else (None, "undecided")
            self.rows["G6", "all"] = row_of(value, 0, verdict, source="schools")
        self.training()

    def small_school(self, school: School) -> Judged | None:
        """G6: a school under 100 pupils gets funds as for 100."""
        known = sum((p for stage in STAGES if (p := school.pupils[stage]) is not None), Fraction(0))
        if known >= FUNDED_AS:
            return None
        sponsor = None if school.kind == TEACHING_POINT or self.settings["small_school_private"] == "counted" else school.row
        if sponsor is not None and sponsor.get("sponsor_code") == PRIVATE:
            return None
        own, quota = self.items.figures(["G6.allocated"], None, school.code), self.quota(school)
        allocated = own[0][0] if own else school.of_school["public_funds_allocated_yuan"]
        verdict, needed = "undecided", None if quota is None else FUNDED_AS * quota
        if allocated is not None and needed is not None:
            verdict = verdict_of(None if compulsory(school) is None else allocated >= needed)
        if sponsor is not None and sponsor.get("sponsor_code") is None and verdict == "unmet":
            verdict = "undecided"  # a private school would not be asked
        return Judged(allocated, needed, verdict, verdict)

    def quota(self, school: School) -> Fraction | None:
        """Funds per pupil: of the school, else the highest of its stages."""
        if own := self.items.figures(["G6.quota"], None, school.code):
            return own[0][0]
        quotas = [own[0][0] for stage in school.assessed if (own := self.items.figures(["G6.quota"], stage))]
        return max(quotas) if len(quotas) == len(school.assessed) else None

    def training(self) -> None:
        """Q4: every school spends at least 5 % of its budget on training; the county's one figure where no school has any."""

        def judge(school: School) -> Judged:
            spent, budget = school.of_school["training_budget_yuan"], school.of_school["public_funds_budget_yuan"]
            if spent is None or budget is None:
                own = self.items.figures(["Q4.training_budget", "Q4.public_funds_budget"], None, school.code)
                spent, budget = own[0] if own else (None, None)
            value, verdict, _ = Ratio("Q4", TRAINING_SHARE).judge(spent, budget, self.settings)
            return Judged(value, TRAINING_SHARE, verdict, verdict)

        own = self.items.figures(["Q4.training_budget", "Q4.public_funds_budget"])
        by_county = self.figure("Q4", "all", {}, own, threshold=TRAINING_SHARE)
        judged = self.each("Q4", "all", self.all, judge)
        known = [j.value for j in judged if j.value is not None]
        if known or not own:
            least = min(known) if judged and len(known) == len(judged) else None
            more = {name: by_county[name] for name in ("numerator", "denominator")} | {
                "threshold": TRAINING_SHARE,
                "value": least,
            }
            row = self.rows["Q4", "all"] = of_schools(judged) | more
            if row["verdict"] != "undecided":
                of_form = rounded("Q4", least)
                row["verdict_changes_when_rounded"] = (
                    None if of_form is None or least is None else (least >= TRAINING_SHARE) != (of_form >= TRAINING_SHARE)
                )

    def figures_part(self) -> None:
        """Ratios and amounts of the county."""
        for (code, part), (numerator, denominator) in SCHOOL_TERMS.items():
            census = school_sum(self.all, numerator), school_sum(self.all, denominator)
            roster = self.rosters[numerator], self.rosters[denominator]
            self.figure(code, part, {"census": census, "roster": roster}, self.items.figures(ITEM_TERMS[code, part]))
        for stage in STAGES:
            own = self.items.figures(["G13.catchment", "G13.pupils"], stage)
            by_pupils = self.settings["nearby_denominator"] == "pupils"
            self.figure("G13", stage, {"census": nearby(self.all, stage)} if by_pupils else {}, own)
        for code, part in (("G14", "a"), ("G14", "b"), ("Q2", "all")):
            self.figure(code, part, {}, self.items.figures(ITEM_TERMS[code, part]))
        own = self.items.figures(["G15.public", "G15.purchased", "G15.eligible"])
        self.figure("G15", "a", {}, ([own[0][0] + own[0][1], own[0][2]], own[1]) if own else None)
        self.figure("Q1", "all", {}, self.retention())
        own = self.items.figures(ITEM_TERMS["G7", "all"])
        funds = self.figure("G7", "all", {}, own, threshold=Fraction(SPECIAL_FUNDS), per_cent=False)
        if own and own[0][1] == 0 and self.settings["special_school_missing"] == "met":
            funds |= {"verdict": "met", "verdict_strict": "met", "verdict_changes_when_rounded": False}
        self.figure("G8", "all", {}, self.items.figures(ITEM_TERMS["G8", "all"]), threshold=Fraction(100))
        self.survey()

    def retention(self) -> Any:
        """Q1: F1 = graduates / (entrants + in - out - deceased); F2 = (graduates - in + out) / (entrants - deceased)."""
        names = ("graduates", "entrants", "transferred_in", "transferred_out", "deceased")
        own = self.items.figures([f"Q1.{name}" for name in names])
        if not own:
            return None
        (graduates, entrants, came, left, deceased), period = own
        if self.settings["retention_formula"] == "F1":
            return [graduates, entrants + came - left - deceased], period
        return [graduates - came + left, entrants - deceased], period

    def survey(self) -> None:
        """S1: satisfied / valid of the survey, else of the county's items; parents are information unless the setting says so."""
        for part in ("all", "parents", "visited", "visited_parents"):
            names = ("visited_satisfied", "visited") if part.startswith("visited") else ("satisfied", "valid")
            group = "parents" if part.endswith("parents") else "all"
            rows = [row for row in self.world.of_place("survey", self.place) if row["respondent_group"] == group]
            told = [total(number(row.get(name)) for row in rows) if rows else None for name in names]
            rule = {}
            if part == "parents" and self.settings["survey_criterion"] == "all_and_parents":
                rule = {"threshold": RATIOS["S1", "all"]}
            row = self.figure("S1", part, {"survey": (told[0], told[1])}, self.items.figures(ITEM_TERMS["S1", part]), **rule)
            if row["source"] == "survey":
                row["evidence_count"] = len({d for r in rows for d in (r.get("source_document") or "").split(";") if d})

    def declared_part(self) -> None:
        """Documents: no evidence, no met. Years of basic balance and monitoring."""
        for code in (*DECLARED, "G15.care_system"):
            said, evidence = self.items.declared(code)
            verdict = said if said == "unmet" or (said == "met" and evidence) else "undecided"
            key = (code, "all") if code != "G15.care_system" else ("G15", "b")
            row = row_of(None, None, verdict, basis="declared", declared_verdict=said, evidence_count=evidence)
            self.rows[key] = row | {"source": "declaration", "verdict_changes_when_rounded": None}
        own = self.items.figures(["P1.basic_balance_years"])
        years = ([own[0][0], Fraction(1)], own[1]) if own else None
        self.figure("P1", "all", {}, years, threshold=Fraction(YEARS_BALANCED), per_cent=False)
        missed, q9 = monitoring.q9(self.world.of_place("monitoring", self.place[:1]), self.place[1], self.settings)
        self.rows["Q9", "all"] = row_of(missed, 0, q9, source="monitoring")

    def assess(self) -> None:
        """All rows; rounded ratios with one decimal, everything else whole."""
        self.schools_part()
        self.figures_part()
        self.declared_part()
        for (code, _), row in self.rows.items():
            row["value_rounded"] = None if row["value"] is None else rounded(code, Fraction(row["value"]))


def county_verdict(rows: dict[tuple[str, str], Row], figures: Figures, place: tuple[str, int], side: str) -> Row:
    """Fold of the blocks; ``side`` is verdict or verdict_strict."""

    def requirement(code: str) -> str | None:
        return fold_verdicts(row[side] for (found, _), row in rows.items() if found == code)

    def coefficients(code: str) -> str:
        keys = [(*place, stage, code) for stage in STAGES]
        # a stage of which no school is there is not known to be balanced
        found = [figures.county_indicator[key]["verdict"] if key in figures.county_indicator else "undecided" for key in keys]
        return str(fold_verdicts(found))

    resource = [coefficients(code) for code in RESOURCE]
    schools = [row[side] for row in figures.of_place(place)]
    blocks = {f"{block}_verdict": fold_verdicts(map(requirement, codes)) for block, codes in BLOCKS.items()}
    vetoes = blocks.pop("veto_verdict")
    blocks["resource_verdict"] = fold_verdicts([*resource, *(schools or ["undecided"])])
    others = [requirement(code) for block in ("government", "quality", "social") for code in BLOCKS[block]]
    counted = [*resource, *others]
    assert len(counted) == 32
    return {
        **blocks,
        "vetoed": {"unmet": True, "met": False}.get(str(vetoes)),
        **{f"n_{v}": counted.count(v) for v in ("met", "unmet", "undecided")},
        "verdict": fold_verdicts([*blocks.values(), vetoes]),
    }


def judge(world: World, figures: Figures, settings: Settings = SETTINGS) -> Verdicts:
    """Requirements and verdicts of every county of the census."""
    found = Verdicts()
    for place, rows in counties(world.census).items():
        county = County(place, fold(rows), world, settings)
        county.assess()
        found.school |= {(*place, *key): judged for key, judged in county.school_rows.items()}
        found.county |= {(*place, *key): row for key, row in county.rows.items()}
        strict = county_verdict(county.rows, figures, place, "verdict_strict")
        found.verdict[place] = county_verdict(county.rows, figures, place, "verdict")
        found.verdict[place] |= {f"{name}_strict": value for name, value in strict.items() if "verdict" in name}
    return found


def judge_2012(figures: Figures) -> dict[Key, Row]:
    """County verdicts of national-2012: the composites of both stages are its only criterion."""
    found = {}
    for place in figures.places:
        composites = [figures.composite.get((*place, stage), {"verdict": "undecided"})["verdict"] for stage in STAGES]
        verdict = fold_verdicts(composites)
        found[place] = dict.fromkeys((f"{block}_verdict" for block in BLOCKS), None) | {"vetoed": None}
        found[place] |= {"resource_verdict": verdict, "verdict": verdict, "verdict_strict": verdict}
        found[place] |= {f"n_{v}": int(v == verdict) for v in ("met", "unmet", "undecided")}
    return found
