"""Requirements on a page: the verdict of the county, its blocks, each requirement with its parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from publish.site.labels import say
from publish.site.model import CountyVerdict, Requirement, RequirementBlock, RequirementGroup
from publish.tables.reading import AskedRequirement
from publish.tables.rows import FctCountyVerdict
from publish.words.texts import texts

VETO = "veto"


def _block_verdicts(row: FctCountyVerdict) -> dict[str, str | None]:
    """The verdict of each block; of the vetoes whether one was found."""
    vetoed = row["vetoed"]
    return {
        "precondition": row["precondition_verdict"],
        "resource": row["resource_verdict"],
        "government": row["government_verdict"],
        "quality": row["quality_verdict"],
        "social": row["social_verdict"],
        VETO: "undecided" if vetoed is None else "unmet" if vetoed else "met",
    }


def county_verdict(row: FctCountyVerdict | None, requirements: Sequence[AskedRequirement]) -> CountyVerdict | None:
    """Badges of the blocks; None where a rule set asks for nothing beside its coefficients, whose verdict the block has."""
    if row is None or row["verdict"] is None or not requirements:
        return None
    verdicts = _block_verdicts(row)
    badges = [(name, str(label), verdict) for name, label in texts()["blocks"].items() if (verdict := verdicts[name]) is not None]
    return CountyVerdict(row["verdict"], badges)


def county_sentences(row: FctCountyVerdict) -> list[str]:
    """What stands behind a county's verdict."""
    counts = {"met": row["n_met"], "unmet": row["n_unmet"], "undecided": row["n_undecided"]}
    lines = [say("headline", "counts", total=sum(counts.values()), **counts)]
    verdicts = _block_verdicts(row)
    unmet = [str(label) for name, label in texts()["blocks"].items() if name != VETO and verdicts[name] == "unmet"]
    if unmet:
        lines.append(say("headline", "blocks_unmet", names="、".join(unmet)))
    if row["vetoed"] is not False:
        lines.append(say("headline", "vetoed" if row["vetoed"] else "veto_undecided"))
    if row["verdict_strict"] != row["verdict"]:
        lines.append(say("headline", "strict", verdict=texts()["verdicts"][row["verdict_strict"]]["label"]))
    return lines


def _requirement(row: AskedRequirement) -> Requirement:
    return Requirement(
        verdict=row["verdict"],
        conclusion=row["conclusion_zh"],
        is_eased=bool(row["relaxation_code"]) and row["verdict"] == "met",
        disagreement=row["disagreement_zh"] or "",
    )


def requirement_blocks(row: FctCountyVerdict | None, requirements: Sequence[AskedRequirement]) -> list[RequirementBlock]:
    """Requirements by block, parts together."""
    verdicts = _block_verdicts(row) if row else {}
    blocks: dict[str, dict[str, list[AskedRequirement]]] = defaultdict(lambda: defaultdict(list))
    for requirement in requirements:
        blocks[requirement["block"]][requirement["requirement_code"]].append(requirement)
    return [
        RequirementBlock(
            code=name,
            label=str(label),
            verdict=verdicts.get(name),
            groups=[
                RequirementGroup(code, parts[0]["indicator_name_zh"], [_requirement(part) for part in parts])
                for code, parts in blocks[name].items()
            ],
        )
        for name, label in texts()["blocks"].items()
        if name in blocks
    ]


def pending(requirements: Sequence[AskedRequirement]) -> list[tuple[str, str]]:
    """Undecided requirements and what they wait for."""
    return [
        (f"{row['requirement_code']} {row['name_zh']}", say("requirements", "waits_for", what=row["waiting_for_zh"]))
        for row in requirements
        if row["verdict"] == "undecided"
    ]
