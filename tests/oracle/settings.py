"""What the sources leave open (rules.md, tags [?] and [R]): the documented defaults, and other readings of them."""

from __future__ import annotations

Settings = dict[str, str]

SETTINGS: Settings = {
    "comparison": "unrounded",
    "kindergarten_weight": "0",
    "retention_formula": "F2",
    "room_reading": "each",
    "room_classes": "compulsory",
    "small_school_private": "left_out",
    "nearby_denominator": "pupils",
    "special_school_missing": "undecided",
    "monitoring_years": "3",
    "monitoring_missing": "undecided",
    "survey_criterion": "all",
    "monitoring_overall": "decides",
    "pe_least_star": "none",
    "lease_evidence": "stated",
}
"""The weight of kindergarten children in a split is a row of the weights; everything else is a setting of the same name."""

OTHER_READINGS: dict[str, tuple[str, Settings]] = {
    "other-readings": (
        "national-2017",
        {
            "comparison": "unrounded",
            "kindergarten_weight": "0.9",
            "retention_formula": "F1",
            "room_reading": "pooled",
            "room_classes": "all",
            "small_school_private": "counted",
            "nearby_denominator": "entrants",
            "special_school_missing": "met",
            "monitoring_years": "5",
            "monitoring_missing": "unmet",
            "survey_criterion": "all_and_parents",
            "monitoring_overall": "shown",
            "pe_least_star": "3",
            "lease_evidence": "required",
        },
    ),
    "compared-rounded": (
        "national-2017",
        SETTINGS | {"comparison": "rounded", "monitoring_years": "1", "lease_evidence": "listed"},
    ),
    "compared-rounded-2012": ("national-2012", SETTINGS | {"comparison": "rounded", "kindergarten_weight": "0.9"}),
}
"""Rule sets that read the open points otherwise, and their bases: together every setting has another value."""
