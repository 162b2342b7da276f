"""Rows of the marts that Python reads, typed from their contracts. Made by ``make rows``; do not edit here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TypedDict


class AudCorrection(TypedDict):
    """A row of ``aud_correction``."""

    correction_file: str
    entry_number: int
    county_code: str
    school_year: int
    school_code: str
    school_name: str | None
    field: str
    field_name: str | None
    expected_value: Decimal | None
    raw_value: Decimal | None
    corrected_value: Decimal | None
    state: str
    failure: str | None
    reason: str
    document: str
    corrected_by: str
    corrected_on: date


class DimCounty(TypedDict):
    """A row of ``dim_county``."""

    county_code: str
    school_year: int
    school_year_label: str
    county_name: str
    city_name: str | None
    province_name: str | None
    is_fictional: bool
    area_system: str


class DimIndicator(TypedDict):
    """A row of ``dim_indicator``."""

    ruleset_id: str
    indicator_code: str
    stage: str
    block: str
    name_zh: str
    name_en: str
    unit: str | None
    scale: int | None
    operator: str | None
    standard: Decimal | None
    floor: Decimal | None
    difference_limit: Decimal | None
    decimals: int | None
    mean_decimals: int | None
    coefficient_decimals: int | None
    is_split: bool
    is_composite: bool
    source_document: str
    certainty: str
    shown_as: str | None


class DimRuleset(TypedDict):
    """A row of ``dim_ruleset``."""

    ruleset_id: str
    version: int
    base_ruleset_id: str | None
    name_zh: str
    name_en: str
    is_selected: bool
    enabled_by_default: bool
    area_system: str
    area_prefix: str | None
    valid_from_year: int
    valid_to_year: int | None
    min_met: int | None
    source_document: str
    certainty: str


class DimSchoolScope(TypedDict):
    """A row of ``dim_school_scope``."""

    county_code: str
    school_year: int
    school_code: str
    stage: str
    ruleset_id: str
    block: str
    in_scope: bool
    reason: str | None
    is_undetermined: bool


class FctCountyIndicator(TypedDict):
    """A row of ``fct_county_indicator``."""

    county_code: str
    school_year: int
    stage: str
    indicator_code: str
    ruleset_id: str
    school_count: int
    known_school_count: int
    schools_met: int | None
    schools_floor_met: int | None
    pupils: int | None
    county_mean: Decimal | None
    standard_deviation: Decimal | None
    difference_coefficient: Decimal | None
    provisional_coefficient: Decimal | None
    county_mean_rounded: Decimal | None
    difference_coefficient_rounded: Decimal | None
    difference_limit: Decimal | None
    verdict: str | None
    verdict_changes_when_rounded: bool | None
    waiting_for: str | None
    withheld_schools: str | None


class FctCountyRequirement(TypedDict):
    """A row of ``fct_county_requirement``."""

    county_code: str
    school_year: int
    requirement_code: str
    part: str
    ruleset_id: str
    block: str
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    value_rounded: Decimal | None
    threshold: Decimal | None
    verdict: str | None
    verdict_strict: str | None
    verdict_changes_when_rounded: bool | None
    basis: str
    source: str | None
    declared_verdict: str | None
    relaxation_code: str | None
    evidence_count: int
    reference_period: str | None
    conclusion_zh: str
    waiting_for_zh: str | None
    is_declared: bool
    disagreement_zh: str | None


class FctCountyVerdict(TypedDict):
    """A row of ``fct_county_verdict``."""

    county_code: str
    school_year: int
    ruleset_id: str
    precondition_verdict: str | None
    resource_verdict: str | None
    government_verdict: str | None
    quality_verdict: str | None
    social_verdict: str | None
    vetoed: bool | None
    n_met: int
    n_unmet: int
    n_undecided: int
    verdict: str | None
    verdict_strict: str | None
    waiting_for_zh: str | None


class FctSchoolIndicator(TypedDict):
    """A row of ``fct_school_indicator``."""

    county_code: str
    school_year: int
    school_code: str
    stage: str
    indicator_code: str
    ruleset_id: str
    numerator: Decimal | None
    pupils: int | None
    value: Decimal | None
    value_rounded: Decimal | None
    standard: Decimal | None
    floor: Decimal | None
    verdict: str | None
    verdict_strict: str | None
    relaxation_code: str | None
    verdict_changes_when_rounded: bool | None
    shortfall: Decimal | None
    school_shortfall: Decimal | None
    numerator_relaxed: Decimal | None
    value_relaxed: Decimal | None
    floor_shortfall: Decimal | None
    school_floor_shortfall: Decimal | None
    relaxed_shortfall: Decimal | None
    school_relaxed_shortfall: Decimal | None
    relaxed_floor_shortfall: Decimal | None
    school_relaxed_floor_shortfall: Decimal | None


class FctSchoolVerdict(TypedDict):
    """A row of ``fct_school_verdict``."""

    county_code: str
    school_year: int
    school_code: str
    stage: str
    ruleset_id: str
    n_met: int
    n_floor_met: int
    n_unmet: int
    n_undecided: int
    verdict: str | None
    verdict_strict: str | None
