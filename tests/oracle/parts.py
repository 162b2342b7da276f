"""Parts of a county (town and countryside, townships, groups), drawn at random, and what lies within and between them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from tests.oracle.oracle import Figures
from tests.oracle.schools import FOLDING, Key, Row, counties, final_main, root

AREAS = {"111": "urban", "112": "urban", "121": "town", "122": "town", "123": "town", "210": "rural", "220": "rural"}
NO_GROUP = "none"


def give_townships(census: Iterable[Row], seed: int = 20250904) -> None:
    """A township for each school; in one county of four some have none, in another four they are all in one."""
    rng = random.Random(seed)
    for (county, _), rows in counties(census).items():
        names = ["东镇", "西镇", "南乡", "北乡"][: 1 if int(county) % 4 == 1 else 4]
        for row in rows.values():
            row["township"] = None if int(county) % 4 == 0 and rng.random() < 0.1 else rng.choice(names)


def random_groups(census: Iterable[Row], seed: int = 20250905) -> list[Row]:
    """Groups in two counties of three; in some a school is in two of them."""
    rng = random.Random(seed)
    members: list[Row] = []
    for (county, year), rows in counties(census).items():
        if int(county) % 3 == 0:
            continue
        for name in ("甲集团", "乙集团"):
            shared = int(county) % 3 == 1
            free = [code for code in sorted(rows) if shared or not any(m["school_code"] == code for m in members)]
            for place, code in enumerate(rng.sample(free, k=len(free) // 3)):
                role = "member" if place else "lead"
                place_of = {"county_code": county, "school_year": year}
                members.append({**place_of, "group_name": name, "school_code": code, "role": role})
    return members


def random_venues(census: Iterable[Row], seed: int = 20250906) -> list[Row]:
    """Lists of venues in two counties of three: leases that show all, some or nothing of the leased area, each amiss."""
    rng = random.Random(seed)
    lines: list[Row] = []
    for (county, year), rows in counties(census).items():
        if int(county) % 3 == 2:
            continue
        for number, code in enumerate(sorted(rows)):
            stated = rows[code].get("leased_sports_area_m2") or Decimal(100)
            for part in range(rng.randrange(0, 3)):
                begins = rng.choice([f"{year}-09-01", f"{year - 1}-09-01", f"{year - 1}-01-01", f"{year}-09-02", None])
                ends = rng.choice([f"{year}-09-01", f"{year + 1}-08-31", f"{year + 3}-08-31", f"{year}-08-31", None])
                is_sound = rng.random() < 0.6
                line = {
                    **{"county_code": county, "school_year": year, "venue_no": f"V{number}-{part}", "school_code": code},
                    "use": rng.choice(["leased", "leased", "shared", "own"]),
                    "counts_here": 1 if is_sound else rng.choice([0, 1]),
                    "area_m2": rng.choice([stated, (stated / 2).quantize(Decimal("0.01")), stated * 2, None]),
                    "walk_minutes": rng.choice([0, 9, 10]) if is_sound else rng.choice([10, 11, None]),
                    "valid_from": f"{year - 1}-09-01" if is_sound else begins,
                    "valid_to": f"{year + 1}-08-31" if is_sound else ends,
                }
                lines.append(line)
                if rng.random() < 0.2:  # another school uses it too, some claim it, some say that it is larger
                    other = rng.choice(sorted(rows))
                    if other != code:
                        area = rng.choice([line["area_m2"], line["area_m2"], Decimal(7)])
                        lines.append(line | {"school_code": other, "counts_here": rng.choice([0, 0, 1]), "area_m2": area})
    return lines


def parts_of(census: Iterable[Row], groups: Iterable[Row]) -> dict[tuple[str, int, str], dict[str, str | None]]:
    """Of each school that is not folded the part in each division; a unit's group is its main school's too."""
    listed: dict[tuple[str, int, str], set[str]] = defaultdict(set)
    with_groups: set[tuple[str, int]] = set()
    places = counties(census)
    for member in groups:
        place = member["county_code"], member["school_year"]
        with_groups.add(place)
        row = places.get(place, {}).get(member["school_code"])
        main = row and final_main(row, places[place], FOLDING)
        listed[(*place, main or member["school_code"])].add(member["group_name"])
    found: dict[tuple[str, int, str], dict[str, str | None]] = {}
    for place, rows in places.items():
        for code, row in rows.items():
            divisions = {"area": AREAS.get(row.get("urban_rural_code") or ""), "township": row.get("township")}
            if place in with_groups:
                names = listed[(*place, code)]
                divisions["group"] = NO_GROUP if not names else min(names) if len(names) == 1 else None
            found[(*place, code)] = divisions
    return found


def _moments(rows: Iterable[tuple[Fraction, Fraction]]) -> tuple[Fraction, Fraction, Fraction]:
    """Pupils, mean and variance of amounts and pupils."""
    known = list(rows)
    pupils = sum((pupils for _, pupils in known), Fraction(0))
    mean = sum((amount for amount, _ in known), Fraction(0)) / pupils
    return pupils, mean, sum((p * (amount / p - mean) ** 2 for amount, p in known), Fraction(0)) / pupils


def split(
    figures: Figures, parts: Mapping[tuple[str, int, str], Mapping[str, str | None]], scales: Mapping[str, int]
) -> tuple[dict[Key, Row], dict[Key, Row]]:
    """Rows of the parts, and of the divisions of each coefficient."""
    schools: dict[Key, list[Row]] = defaultdict(list)
    for (county, year, _, stage, indicator), row in figures.school_indicator.items():
        schools[county, year, stage, indicator].append(row)
    of_parts: dict[Key, Row] = {}
    of_divisions: dict[Key, Row] = {}
    for key, rows in schools.items():
        known = [row for row in rows if row["value"] is not None]
        if not known:
            continue
        whole, mean, variance = _moments((row["numerator"], row["pupils"]) for row in known)
        divisions = sorted({name for row in known for name in parts[row["county_code"], row["school_year"], row["school_code"]]})
        for division in divisions:
            members: dict[str | None, list[Row]] = defaultdict(list)
            for row in known:
                members[parts[row["county_code"], row["school_year"], row["school_code"]][division]].append(row)
            unplaced = members.pop(None, [])
            between = within = Fraction(0)
            for part, inside in members.items():
                of_parts[(*key, division, str(part))] = line = _part(inside, whole, mean, scales[key[3]])
                between += line["term_between"] or 0
                within += line["term_within"] or 0
            reason = "part_unknown" if unplaced else "no_mean" if not mean else "no_variation" if not variance else None
            if reason is None:
                assert between + within == variance / mean**2
            is_open = reason is not None
            of_divisions[(*key, division)] = {
                "part_count": len(members),
                "school_count": len(known),
                "unplaced_school_count": len(unplaced),
                "coefficient_between": None if is_open else root(between),
                "coefficient_within": None if is_open else root(within),
                "share_between": None if is_open else between / (between + within),
                "undecided_reason": reason,
                "is_provisional": len(known) < len(rows),
            }
    return of_parts, of_divisions


def _part(rows: list[Row], whole: Fraction, mean: Fraction, scale: int) -> Row:
    pupils, own, variance = _moments((row["numerator"], row["pupils"]) for row in rows)
    eased = [(row["numerator"] if row["numerator_relaxed"] is None else row["numerator_relaxed"], row["pupils"]) for row in rows]
    _, own_eased, variance_eased = _moments(eased)
    is_eased = any(row["numerator_relaxed"] is not None for row in rows)
    return {
        "school_count": len(rows),
        "pupils": pupils,
        "mean": own * scale,
        "relative_mean": own / mean if mean else None,
        "coefficient_within": root(variance / own**2) if own else None,
        "mean_relaxed": own_eased * scale if is_eased else None,
        "coefficient_within_relaxed": root(variance_eased / own_eased**2) if is_eased and own_eased else None,
        "term_between": pupils / whole * (own / mean - 1) ** 2 if mean else None,
        "term_within": pupils / whole * variance / mean**2 if mean else None,
    }
