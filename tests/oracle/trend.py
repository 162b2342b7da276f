"""What is lacking, what makes a county uneven, and how figures move from year to year (rules.md sections 3.1 and 10 no. 16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction

from tests.oracle.oracle import INDICATORS, SHORTFALLS, Figures
from tests.oracle.schools import STAGES, Key, Row, root

SHOWN = ("pupils", "value", "standard", "floor", "verdict", "verdict_strict", *SHORTFALLS)


def shortfalls(figures: Figures) -> dict[Key, Row]:
    """A row for each figure of a school that strictly misses its standard; without a relaxation both shortfalls are the same."""
    found = {}
    for key, row in figures.school_indicator.items():
        if row["verdict_strict"] in {"floor_met", "unmet"}:
            found[key] = here = {name: row[name] for name in SHOWN}
            for name in ("shortfall", "floor_shortfall"):
                for whose in ("", "school_"):
                    if here[f"{whose}relaxed_{name}"] is None:
                        here[f"{whose}relaxed_{name}"] = here[f"{whose}{name}"]
    say_needs_once(found, figures)
    return found


def say_needs_once(found: dict[Key, Row], figures: Figures) -> None:
    """What a school has to add to an amount that all its stages share stands with the stage that needs it."""
    shared: dict[Key, list[Key]] = defaultdict(list)
    for county, year, school, stage, indicator in found:
        own = indicator if INDICATORS[indicator][2] else f"{indicator} {stage}"
        shared[county, year, school, own].append((county, year, school, stage, indicator))
    for keys in shared.values():
        keys.sort(key=lambda key: (found[key]["value"] / found[key]["standard"], STAGES.index(key[3])))
        for key in keys:
            found[key]["carries_school_shortfall"] = key == keys[0]
        rows = [figures.school_indicator[key] for key in keys]
        if rows[0]["value"]:
            needs = [row["shortfall"] / row["share"] for row in rows]
            assert needs[0] == max(needs)


def contributions(figures: Figures, scales: dict[str, int]) -> dict[Key, Row]:
    """What each school with a known value adds to the square of the coefficient over the known schools."""
    groups: dict[Key, list[Row]] = defaultdict(list)
    for key, row in figures.school_indicator.items():
        groups[(*key[:2], *key[3:])].append(row)
    found: dict[Key, Row] = {}
    for (county, year, stage, indicator), rows in groups.items():
        known = [row for row in rows if row["value"] is not None]
        if not known:
            continue
        pupils = sum((row["pupils"] for row in known), Fraction(0))
        amount = sum((row["numerator"] for row in known), Fraction(0))
        mean = amount * scales[indicator] / pupils
        terms = [row["pupils"] / pupils * (row["value"] / mean - 1) ** 2 if mean else None for row in known]
        variance = sum((term for term in terms if term is not None), Fraction(0))
        order = sorted(zip(known, terms, strict=True), key=lambda pair: (-(pair[1] or 0), pair[0]["school_code"]))
        cumulated = Fraction(0)
        for rank, (row, term) in enumerate(order, 1):
            cumulated += term or 0
            found[county, year, row["school_code"], stage, indicator] = {
                "pupils": row["pupils"],
                "pupil_share": row["pupils"] / pupils,
                "relative_value": row["value"] / mean if mean else None,
                "term": term,
                "variance_share": term / variance if term is not None and variance else None,
                "contribution_rank": None if term is None else rank,
                "cumulative_share": cumulated / variance if variance else None,
                # no figure when the others have less than a millionth of everything: it would be noise
                "coefficient_without": (
                    _coefficient([r for r in known if r is not row], scales[indicator])
                    if amount - row["numerator"] >= amount / 10**6
                    else None
                ),
                "is_provisional": len(known) < len(rows),
            }
    return found


def _coefficient(rows: list[Row], scale: int) -> Decimal | None:
    pupils = sum((row["pupils"] for row in rows), Fraction(0))
    mean = sum((row["numerator"] for row in rows), Fraction(0)) * scale / pupils if rows else Fraction(0)
    if not mean:
        return None
    return root(sum((row["pupils"] / pupils * (row["value"] / mean - 1) ** 2 for row in rows), Fraction(0)))


def county_trend(figures: Figures, form_of: Callable[[str, int], str]) -> dict[Key, Row]:
    """Mean and coefficient of a county beside those of the year before; `form_of`: the form of a county and year."""
    rows = figures.county_indicator | {(*key, "composite"): row for key, row in figures.composite.items()}
    found = {}
    for key, row in rows.items():
        before = rows.get((key[0], key[1] - 1, *key[2:]), {})
        here: Row = {"verdict": row["verdict"], "previous_verdict": before.get("verdict")}
        here |= {"school_count": row["school_count"], "previous_school_count": before.get("school_count")}
        for name in ("county_mean", "difference_coefficient"):
            now, then = row.get(name), before.get(name)
            here |= {name: now, f"previous_{name}": then}
            here[f"{name}_change"] = None if now is None or then is None else Fraction(now) - Fraction(then)
        here["form_series_changed"] = form_of(*key[:2]) != form_of(key[0], key[1] - 1) if before else None
        found[key] = here
    return found


def predecessors(succession: Iterable[Row]) -> dict[tuple[str, int, str], dict[str, str]]:
    """The codes from which a school goes on in a year by renames, mergers, splits and changes of category, and which of them."""
    found: dict[tuple[str, int, str], dict[str, str]] = defaultdict(dict)
    for row in succession:
        if row.get("new_school_code"):
            changes = found[row["county_code"], row["school_year"], row["new_school_code"]]
            old = row["old_school_code"]
            changes[old] = min(row["change"], changes.get(old, row["change"]))
    return found


def school_trend(
    figures: Figures, succession: Iterable[Row], scales: dict[str, int], form_of: Callable[[str, int], str]
) -> dict[Key, Row]:
    """Value of a school beside that of the year before: of its own code and of those that went into it."""
    before = predecessors(succession)
    found = {}
    for key, row in figures.school_indicator.items():
        county, year, code, stage, indicator = key
        changes = before[county, year, code]
        codes = sorted({code} | changes.keys())
        then = {c: r for c in codes if (r := figures.school_indicator.get((county, year - 1, c, stage, indicator))) is not None}
        if not then:
            continue
        known = all(r["numerator"] is not None and r["pupils"] is not None for r in then.values())
        pupils = sum((r["pupils"] for r in then.values()), Fraction(0)) if known else None
        amount = sum((r["numerator"] for r in then.values()), Fraction(0)) if known else None
        previous = amount * scales[indicator] / pupils if amount is not None and pupils else None
        found[key] = {
            "previous_school_codes": "、".join(then),
            "previous_school_count": len(then),
            "change": max((changes[c] for c in then if c in changes), default="same_code"),
            "form_series_changed": form_of(county, year) != form_of(county, year - 1),
            "pupils": row["pupils"],
            "previous_pupils": pupils,
            "value": row["value"],
            "previous_value": previous,
            "value_change": None if previous is None or row["value"] is None else row["value"] - previous,
            "verdict": row["verdict"],
        }
    return found
