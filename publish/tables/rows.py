"""Rows of the marts that Python reads, typed from their contracts. Made by ``make rows``; do not edit here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TypedDict


class AudCheckIndex(TypedDict):
    """A row of ``aud_check_index``."""

    county_code: str
    school_year: int
    source: str
    check_id: str
    state: str
    is_red: bool
    reason: str | None
    is_owed: bool
    engine: str
    severity: str
    submissions: int
    rows_checked: int | None
    rows_failed: int | None


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


class AudQuarantinedRow(TypedDict):
    """A row of ``aud_quarantined_row``."""

    submission_id: str
    fault_number: int
    file: str | None
    sheet: str | None
    row: int | None
    column: str | None
    value: str | None
    rule: str
    guidance: str | None


class AudSubmission(TypedDict):
    """A row of ``aud_submission``."""

    submission_id: str
    delivery_night: int
    night: int
    file_name: str
    sha256: str
    source: str | None
    contract: str | None
    covers: str | None
    county_code: str | None
    school_year: int | None
    status: str
    reason: str | None
    fix: str | None
    refused_with: str | None
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rules_version: str | None


class BrgVenueSchool(TypedDict):
    """A row of ``brg_venue_school``."""

    county_code: str
    school_year: int
    venue_no: str
    school_code: str
    school_name: str | None
    use: str | None
    is_claimed: bool | None
    is_set_aside: bool
    is_counted: bool
    counted_area_m2: Decimal | None
    walk_minutes: int | None
    source_document: str | None
    valid_from: date | None
    valid_to: date | None
    lease_state: str | None
    note: str | None


class DimCode(TypedDict):
    """A row of ``dim_code``."""

    list: str
    code: str
    label_zh: str
    label_en: str
    display_order: int


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


class DimIndicatorTerm(TypedDict):
    """A row of ``dim_indicator_term``."""

    ruleset_id: str
    indicator_code: str
    stage: str
    item: str
    factor: Decimal


class DimRequirement(TypedDict):
    """A row of ``dim_requirement``."""

    ruleset_id: str
    requirement_code: str
    part: str
    block: str
    indicator_name_zh: str
    indicator_name_en: str
    name_zh: str
    name_en: str
    unit: str | None
    scale: int | None
    operator: str | None
    threshold: Decimal | None
    decimals: int | None
    basis: str
    is_criterion: bool
    display_order: int
    source_document: str
    certainty: str


class DimRuleSetting(TypedDict):
    """A row of ``dim_rule_setting``."""

    ruleset_id: str
    setting: str
    value: str
    choices: str
    meaning_zh: str
    source_document: str
    certainty: str


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


class DimSchool(TypedDict):
    """A row of ``dim_school``."""

    county_code: str
    school_year: int
    school_year_label: str
    school_code: str
    school_name: str
    school_kind_code: str
    urban_rural_code: str | None
    sponsor_code: str | None
    township: str | None
    display_order: int | None
    folded_into_school_code: str | None
    in_scope: bool
    out_of_scope_reason: str | None


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


class DimSplitWeight(TypedDict):
    """A row of ``dim_split_weight``."""

    ruleset_id: str
    stage: str
    weight: Decimal
    source_document: str
    certainty: str


class FctAssessmentTrend(TypedDict):
    """A row of ``fct_assessment_trend``."""

    county_code: str
    school_year: int
    assessment: str
    grade: int
    subject: str
    previous_school_year: int
    previous_assessment: str
    intraclass_correlation: Decimal
    correlation_error: Decimal | None
    previous_correlation: Decimal
    previous_error: Decimal | None
    correlation_change: Decimal
    is_distinguishable: bool | None
    direction: str
    estimate_label_zh: str


class FctCountyContribution(TypedDict):
    """A row of ``fct_county_contribution``."""

    county_code: str
    school_year: int
    school_code: str
    stage: str
    indicator_code: str
    ruleset_id: str
    pupils: int
    pupil_share: Decimal
    relative_value: Decimal | None
    term: Decimal | None
    variance_share: Decimal | None
    contribution_rank: int | None
    cumulative_share: Decimal | None
    coefficient_without: Decimal | None
    is_provisional: bool


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


class FctIssue(TypedDict):
    """A row of ``fct_issue``."""

    issue_id: str
    county_code: str
    school_code: str | None
    stage: str | None
    school_year: int | None
    origin: str
    requirement_code: str | None
    part: str | None
    title: str
    description: str | None
    source_document: str | None
    source_item: str | None
    category: str | None
    severity: str | None
    rectification_type: str | None
    opened_release: str | None
    opened_at: date
    state: str
    is_open: bool
    lead_unit: str | None
    cooperating_units: str | None
    leader_role: str | None
    measure: str | None
    target: str | None
    money_yuan: Decimal | None
    recheck_level: str | None
    deadline: date | None
    original_deadline: date | None
    due_on: date | None
    is_overdue: bool
    days_overdue: int
    escalation_level: int
    evidence_count: int
    recheck_count: int
    reopened_count: int
    closed_at: date | None
    closed_by_unit: str | None
    submitted_at: date | None
    rechecked_at: date | None
    recheck_result: str | None
    rechecked_by_unit: str | None
    merged_into: str | None
    note: str | None
    last_event_at: date
    event_count: int
    refused_event_count: int
    issue_no: str
    last_act: str | None
    last_act_on: date | None
    next_act: str | None


class FctIssueEvent(TypedDict):
    """A row of ``fct_issue_event``."""

    event_id: str
    issue_id: str
    county_code: str
    seq: int
    event_type: str
    at: date
    actor_unit: str | None
    actor_role: str | None
    payload: str
    source_submission_id: str | None
    accepted: bool
    refusal_reason: str | None
    state_before: str
    state_after: str
    source_night: int
    is_conflicting: bool


class FctJointReview(TypedDict):
    """A row of ``fct_joint_review``."""

    county_code: str
    school_year: int
    stage: str
    school_code: str | None
    school_name: str | None
    item_code: str
    name_zh: str
    left_source: str
    left_source_zh: str
    left_section_zh: str
    left_measure: str
    left_value: Decimal | None
    left_submission_id: str | None
    left_files: str | None
    left_place_zh: str | None
    relation: str
    right_source: str
    right_source_zh: str
    right_section_zh: str
    right_measure: str
    right_value: Decimal | None
    right_submission_id: str | None
    right_files: str | None
    right_place_zh: str | None
    difference: Decimal | None
    tolerance: Decimal | None
    state: str
    reason: str | None
    rule_source: str
    state_zh: str


class FctMonitoringResult(TypedDict):
    """A row of ``fct_monitoring_result``."""

    county_code: str
    scope: str
    monitoring_year: int
    grade: int
    subject: str
    subject_code: str | None
    measure: str
    value: Decimal | None
    level: int | None
    star: int | None
    least_star: int | None
    n_schools: int | None
    n_pupils: int | None
    source_document: str | None
    is_official: bool
    threshold: Decimal | None
    verdict: str | None
    submission_id: str
    sheet: str | None
    row_number: int


class FctProject(TypedDict):
    """A row of ``fct_project``."""

    county_code: str
    school_year: int
    project_no: str
    project_name: str
    work_kind: str | None
    state: str
    starts_on: date | None
    due_on: date | None
    completed_on: date | None
    fund_source: str | None
    budget_wan_yuan: Decimal | None
    allocated_wan_yuan: Decimal | None
    spent_wan_yuan: Decimal | None
    unfunded_wan_yuan: Decimal | None
    unspent_wan_yuan: Decimal | None
    new_places: int | None
    new_building_area_m2: Decimal | None
    new_sports_area_m2: Decimal | None
    school_count: int
    target_count: int
    rows_differ_in: str | None
    source_document: str | None


class FctProjectTarget(TypedDict):
    """A row of ``fct_project_target``."""

    county_code: str
    school_year: int
    project_no: str
    school_code: str | None
    stage: str | None
    requirement_code: str | None
    project_name: str
    school_name: str | None
    assessed_school_code: str | None
    closes: Decimal | None
    closes_unit: str | None
    shortfall_unit: str | None
    closing_amount: Decimal | None
    is_in_census: bool
    shortfall: Decimal | None
    remaining_after: Decimal | None
    planned_closing: Decimal | None
    remaining_after_all: Decimal | None
    note: str | None


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


class FctSchoolRequirement(TypedDict):
    """A row of ``fct_school_requirement``."""

    county_code: str
    school_year: int
    school_code: str
    ruleset_id: str
    requirement_code: str
    part: str
    value: Decimal | None
    threshold: Decimal | None
    relaxed_value: Decimal | None
    relaxed_threshold: Decimal | None
    verdict: str
    verdict_strict: str
    relaxation_code: str | None
    waiting_for_zh: str | None


class FctSchoolShortfall(TypedDict):
    """A row of ``fct_school_shortfall``."""

    county_code: str
    school_year: int
    school_code: str
    stage: str
    indicator_code: str
    ruleset_id: str
    unit: str
    pupils: int
    value: Decimal
    standard: Decimal
    floor: Decimal | None
    verdict: str
    verdict_strict: str
    shortfall: Decimal
    school_shortfall: Decimal
    floor_shortfall: Decimal | None
    school_floor_shortfall: Decimal | None
    relaxed_shortfall: Decimal
    school_relaxed_shortfall: Decimal
    relaxed_floor_shortfall: Decimal | None
    school_relaxed_floor_shortfall: Decimal | None
    carries_school_shortfall: bool
    value_zh: str
    lacks_zh: str


class FctSchoolTrend(TypedDict):
    """A row of ``fct_school_trend``."""

    county_code: str
    school_year: int
    school_code: str
    stage: str
    indicator_code: str
    ruleset_id: str
    previous_school_codes: str
    previous_school_count: int
    change: str
    pupils: int | None
    previous_pupils: int | None
    value: Decimal | None
    previous_value: Decimal | None
    value_change: Decimal | None
    verdict: str | None
    form_series: str | None
    previous_form_series: str | None
    form_series_changed: bool | None


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


class FctSharedVenue(TypedDict):
    """A row of ``fct_shared_venue``."""

    county_code: str
    school_year: int
    venue_no: str
    venue_name: str | None
    registered_with: str | None
    area_m2: Decimal | None
    area_differs: bool
    user_count: int
    claim_count: int
    is_claimed_twice: bool
    claimed_by: str | None
    counted_school_code: str | None


class FctUnitPerformance(TypedDict):
    """A row of ``fct_unit_performance``."""

    county_code: str
    unit_zh: str
    owned_count: int
    open_count: int
    closed_count: int
    closed_in_time_count: int
    closed_late_count: int
    continuing_count: int
    waived_count: int
    overdue_count: int
    longest_overdue_days: int
    reopened_count: int
    extended_count: int


class FctWeakSubject(TypedDict):
    """A row of ``fct_weak_subject``."""

    county_code: str
    school_year: int
    school_code: str
    stage: str
    subject: str
    subject_zh: str
    school_name: str | None
    weak_results_zh: str | None
    pupils: int | None
    full_time_teachers: int | None
    pupils_per_teacher: Decimal | None
    compared_count: int | None
    changed_count: int | None
    undecided_reason: str | None


class RptCountyScorecard(TypedDict):
    """A row of ``rpt_county_scorecard``."""

    county_code: str
    school_year: int
    school_year_start: date
    school_year_label: str
    county_name: str
    city_name: str | None
    province_name: str | None
    is_fictional: bool
    planned_recognition_year: int | None
    ruleset_id: str | None
    verdict: str | None
    verdict_strict: str | None
    precondition_verdict: str | None
    resource_verdict: str | None
    government_verdict: str | None
    quality_verdict: str | None
    social_verdict: str | None
    vetoed: bool | None
    n_met: int | None
    n_unmet: int | None
    n_undecided: int | None
    waiting_for_zh: str | None
    schools_primary: int | None
    schools_primary_met: int | None
    schools_primary_unmet: int | None
    schools_primary_undecided: int | None
    schools_junior: int | None
    schools_junior_met: int | None
    schools_junior_unmet: int | None
    schools_junior_undecided: int | None
    l1_primary_mean: Decimal | None
    l1_primary_coefficient: Decimal | None
    l1_primary_verdict: str | None
    l1_junior_mean: Decimal | None
    l1_junior_coefficient: Decimal | None
    l1_junior_verdict: str | None
    l2_primary_mean: Decimal | None
    l2_primary_coefficient: Decimal | None
    l2_primary_verdict: str | None
    l2_junior_mean: Decimal | None
    l2_junior_coefficient: Decimal | None
    l2_junior_verdict: str | None
    l3_primary_mean: Decimal | None
    l3_primary_coefficient: Decimal | None
    l3_primary_verdict: str | None
    l3_junior_mean: Decimal | None
    l3_junior_coefficient: Decimal | None
    l3_junior_verdict: str | None
    l4_primary_mean: Decimal | None
    l4_primary_coefficient: Decimal | None
    l4_primary_verdict: str | None
    l4_junior_mean: Decimal | None
    l4_junior_coefficient: Decimal | None
    l4_junior_verdict: str | None
    l5_primary_mean: Decimal | None
    l5_primary_coefficient: Decimal | None
    l5_primary_verdict: str | None
    l5_junior_mean: Decimal | None
    l5_junior_coefficient: Decimal | None
    l5_junior_verdict: str | None
    l6_primary_mean: Decimal | None
    l6_primary_coefficient: Decimal | None
    l6_primary_verdict: str | None
    l6_junior_mean: Decimal | None
    l6_junior_coefficient: Decimal | None
    l6_junior_verdict: str | None
    l7_primary_mean: Decimal | None
    l7_primary_coefficient: Decimal | None
    l7_primary_verdict: str | None
    l7_junior_mean: Decimal | None
    l7_junior_coefficient: Decimal | None
    l7_junior_verdict: str | None
    composite_primary_coefficient: Decimal | None
    composite_junior_coefficient: Decimal | None
    p1_value: Decimal | None
    p1_verdict: str | None
    p2_verdict: str | None
    g1_verdict: str | None
    g2_verdict: str | None
    g3_a_value: Decimal | None
    g3_b_value: Decimal | None
    g3_verdict: str | None
    g4_value: Decimal | None
    g4_verdict: str | None
    g5_primary_value: Decimal | None
    g5_junior_value: Decimal | None
    g5_verdict: str | None
    g6_value: Decimal | None
    g6_verdict: str | None
    g7_value: Decimal | None
    g7_verdict: str | None
    g8_value: Decimal | None
    g8_verdict: str | None
    g9_value: Decimal | None
    g9_verdict: str | None
    g10_verdict: str | None
    g11_a_value: Decimal | None
    g11_b_value: Decimal | None
    g11_verdict: str | None
    g12_value: Decimal | None
    g12_verdict: str | None
    g13_primary_value: Decimal | None
    g13_junior_value: Decimal | None
    g13_verdict: str | None
    g14_a_value: Decimal | None
    g14_b_value: Decimal | None
    g14_verdict: str | None
    g15_a_value: Decimal | None
    g15_verdict: str | None
    q1_value: Decimal | None
    q1_verdict: str | None
    q2_value: Decimal | None
    q2_verdict: str | None
    q3_verdict: str | None
    q4_value: Decimal | None
    q4_verdict: str | None
    q5_verdict: str | None
    q6_verdict: str | None
    q7_verdict: str | None
    q8_verdict: str | None
    q9_value: Decimal | None
    q9_verdict: str | None
    s1_value: Decimal | None
    s1_parents_value: Decimal | None
    s1_visited_value: Decimal | None
    s1_visited_parents_value: Decimal | None
    s1_verdict: str | None
    v1_verdict: str | None
    v2_verdict: str | None
    v3_verdict: str | None
    v4_verdict: str | None
    v5_verdict: str | None
    v6_verdict: str | None
    composite_2012_primary_coefficient: Decimal | None
    composite_2012_primary_verdict: str | None
    composite_2012_junior_coefficient: Decimal | None
    composite_2012_junior_verdict: str | None


class RptEvidence(TypedDict):
    """A row of ``rpt_evidence``."""

    county_code: str
    school_year: int
    school_year_start: date
    ruleset_id: str
    requirement_code: str
    part: str
    evidence_zh: str | None
    block: str
    name_zh: str
    display_order: int
    owner_zh: str | None
    helpers_zh: str | None
    basis: str
    declared_verdict: str | None
    verdict: str | None
    file_name: str | None
    file_sha256: str | None
    has_file: bool
    is_missing: bool


class RptEvidenceFile(TypedDict):
    """A row of ``rpt_evidence_file``."""

    county_code: str
    school_year: int | None
    school_year_start: date | None
    box: str
    box_code: str | None
    file_name: str
    file_sha256: str
    received_on: date | None
    valid_until: date | None
    is_filed: bool
    is_named: bool


class RptForm1(TypedDict):
    """A row of ``rpt_form_1``."""

    county_code: str
    school_year: int
    school_year_start: date
    line: str
    line_order: int
    item_code: str
    name_zh: str
    unit: str
    value: Decimal | None
    value_rounded: Decimal | None
    value_text: str
    computed_value: Decimal | None
    computed_text: str | None
    is_different: bool | None
    reference_period: str | None
    evidence: str | None
    withheld_schools: str | None


class RptForm21(TypedDict):
    """A row of ``rpt_form_2_1``."""

    county_code: str
    school_year: int
    school_year_start: date
    ruleset_id: str
    stage: str
    line: str
    name_zh: str
    school_count: int
    combined_count: int
    teaching_point_count: int
    complete_secondary_count: int
    schools_met: int | None
    schools_met_text: str
    share_met_pct: Decimal | None
    share_met_text: str
    known_met: int
    known_floor_met: int
    undecided_count: int
    withheld_schools: str | None


class RptForm22(TypedDict):
    """A row of ``rpt_form_2_2``."""

    county_code: str
    school_year: int
    school_year_start: date
    ruleset_id: str
    stage: str
    sequence: int
    school_code: str
    school_name: str
    school_kind_zh: str | None
    sponsor_code: str | None
    urban_rural_code: str | None
    pupils: int | None
    pupils_text: str
    grades: int | None
    classes: int | None
    l7_value: Decimal | None
    l7_text: str
    l8_value: Decimal | None
    l8_text: str
    l9_value: Decimal | None
    l9_text: str
    l10_value: Decimal | None
    l10_text: str
    l11_value: Decimal | None
    l11_text: str
    l12_value: Decimal | None
    l12_text: str
    l13_value: Decimal | None
    l13_text: str
    verdict: str | None
    note_zh: str | None


class RptForm3(TypedDict):
    """A row of ``rpt_form_3``."""

    county_code: str
    school_year: int
    school_year_start: date
    ruleset_id: str
    stage: str
    measure: str
    l1_value: Decimal | None
    l1_text: str
    l2_value: Decimal | None
    l2_text: str
    l3_value: Decimal | None
    l3_text: str
    l4_value: Decimal | None
    l4_text: str
    l5_value: Decimal | None
    l5_text: str
    l6_value: Decimal | None
    l6_text: str
    l7_value: Decimal | None
    l7_text: str
    l8_value: Decimal | None
    l8_text: str


class RptForm4(TypedDict):
    """A row of ``rpt_form_4``."""

    county_code: str
    school_year: int
    school_year_start: date
    ruleset_id: str
    item_number: int
    requirement_code: str
    part: str
    indicator_name_zh: str
    name_zh: str
    unit: str | None
    numerator: Decimal | None
    denominator: Decimal | None
    value_rounded: Decimal | None
    value_text: str
    threshold: Decimal | None
    verdict: str | None
    verdict_zh: str | None
    verdict_changes_when_rounded: bool | None
    basis: str
    source: str | None
    declared_verdict: str | None
    evidence_count: int
    reference_period: str | None
    conclusion_zh: str
    disagreement_zh: str | None
    display_order: int


class RptForm5(TypedDict):
    """A row of ``rpt_form_5``."""

    county_code: str
    school_year: int
    school_year_start: date
    ruleset_id: str
    item_number: int
    requirement_code: str
    part: str
    indicator_name_zh: str
    name_zh: str
    unit: str | None
    numerator: Decimal | None
    denominator: Decimal | None
    value_rounded: Decimal | None
    value_text: str
    threshold: Decimal | None
    verdict: str | None
    verdict_zh: str | None
    verdict_changes_when_rounded: bool | None
    basis: str
    source: str | None
    declared_verdict: str | None
    evidence_count: int
    reference_period: str | None
    conclusion_zh: str
    disagreement_zh: str | None
    display_order: int


class RptForm6(TypedDict):
    """A row of ``rpt_form_6``."""

    county_code: str
    school_year: int
    school_year_start: date
    ruleset_id: str
    line: str
    line_order: int
    name_zh: str
    unit: str
    total_value: Decimal | None
    total_text: str
    parents_value: Decimal | None
    parents_text: str


class RptFormBlank(TypedDict):
    """A row of ``rpt_form_blank``."""

    county_code: str
    school_year: int
    school_year_start: date
    ruleset_id: str
    form: str
    item_number: int
    blank: str
    blank_order: int
    requirement_code: str
    value_rounded: Decimal | None
    value_text: str | None


class RptIssueEvidence(TypedDict):
    """A row of ``rpt_issue_evidence``."""

    county_code: str
    issue_id: str
    event_id: str
    evidence_zh: str
    title: str
    requirement_code: str | None
    lead_unit_zh: str | None
    given_by_unit: str | None
    given_on: date
    given_with_zh: str
    file_name: str | None
    file_sha256: str | None
    has_file: bool
    state_zh: str


class RptIssueLedger(TypedDict):
    """A row of ``rpt_issue_ledger``."""

    issue_id: str
    county_code: str
    sequence: int
    source_zh: str
    source_item: str | None
    category_zh: str | None
    requirement_code: str | None
    school_code: str | None
    school_name: str | None
    title: str
    description: str | None
    lead_unit_zh: str | None
    cooperating_units_zh: str | None
    leader_role_zh: str | None
    rectification_type_zh: str | None
    measure: str | None
    target: str | None
    money_yuan: Decimal | None
    original_deadline: date | None
    deadline: date | None
    progress_zh: str | None
    evidence_zh: str | None
    evidence_count: int
    completed_at: date | None
    rechecked_by_unit: str | None
    rechecked_at: date | None
    recheck_result_zh: str | None
    state_zh: str
    is_struck_off_zh: str
    closed_at: date | None
    closed_by_unit: str | None
    days_overdue: int
    escalation_zh: str | None
    remark_zh: str | None
    issue_no: str
    next_act_zh: str | None


class RptKeyTask(TypedDict):
    """A row of ``rpt_key_task``."""

    county_code: str
    issue_id: str
    reason_zh: str
    title: str
    category_zh: str | None
    school_name: str | None
    lead_unit_zh: str | None
    cooperating_units_zh: str | None
    leader_role_zh: str | None
    measure: str | None
    target: str | None
    money_yuan: Decimal | None
    deadline: date | None
    state_zh: str
    progress_zh: str | None
    days_overdue: int
    escalation_zh: str | None


class RptLessonInspection(TypedDict):
    """A row of ``rpt_lesson_inspection``."""

    county_code: str
    school_year: int
    school_year_start: date
    week_start: date | None
    school_code: str
    school_name: str | None
    township: str | None
    record_count: int
    compared_count: int
    changed_count: int
    lessons_planned: int | None
    lessons_given: int | None
    lessons_missing: int | None


class RptRectificationReport(TypedDict):
    """A row of ``rpt_rectification_report``."""

    county_code: str
    county_name: str | None
    source_document: str
    group_number: int
    group_zh: str
    finding_number: int
    source_item: str | None
    issue_id: str
    school_code: str | None
    school_name: str | None
    description: str | None
    measure: str | None
    target: str | None
    money_yuan: Decimal | None
    progress_zh: str | None
    evidence_zh: str | None
    state: str
    state_zh: str | None
    deadline: date | None
    closed_at: date | None
    days_overdue: int | None
    lead_unit_zh: str | None
    cooperating_units_zh: str | None
    is_struck_off: bool
    is_open: bool
    is_overdue: bool
    as_of: date | None


class RptSatisfaction(TypedDict):
    """A row of ``rpt_satisfaction``."""

    county_code: str
    school_year: int
    school_year_start: date
    survey: str | None
    respondent_group: str
    township: str | None
    school_code: str | None
    school_name: str | None
    respondent_zh: str
    school_count: int
    valid: int | None
    satisfied: int | None
    satisfied_share: Decimal | None


class RptSchoolOption(TypedDict):
    """A row of ``rpt_school_option``."""

    county_code: str
    school_year: int
    school_year_start: date
    ruleset_id: str
    school_code: str
    requirement_code: str
    part: str
    option_code: str
    school_name: str | None
    township: str | None
    display_order: int | None
    item_zh: str
    option_zh: str
    option_order: int
    quantity: Decimal | None
    unit: str
    needs_money: bool
    unit_cost_wan_yuan: Decimal | None
    cost_wan_yuan: Decimal | None
    cost_source_zh: str | None
    owner_zh: str | None


class RptSchoolPlan(TypedDict):
    """A row of ``rpt_school_plan``."""

    county_code: str
    school_code: str
    issue_id: str
    school_name: str | None
    township: str | None
    display_order: int | None
    category_zh: str | None
    requirement_code: str | None
    stage_zh: str | None
    title: str
    description: str | None
    school_shortfall: Decimal | None
    school_floor_shortfall: Decimal | None
    shortfall_unit: str | None
    measure: str | None
    target: str | None
    money_yuan: Decimal | None
    lead_unit_zh: str | None
    cooperating_units_zh: str | None
    deadline: date | None
    state_zh: str
    progress_zh: str | None
    is_open: bool
    is_overdue: bool
    shortfall_indicator_code: str | None
    stage_shortfall: Decimal | None
    lacks_zh: str | None


class RptUnitTask(TypedDict):
    """A row of ``rpt_unit_task``."""

    county_code: str
    unit_zh: str
    issue_id: str
    unit_role_zh: str
    title: str
    category_zh: str | None
    school_name: str | None
    measure: str | None
    target: str | None
    money_yuan: Decimal | None
    deadline: date | None
    state_zh: str
    progress_zh: str | None
    is_overdue: bool
    days_overdue: int
    escalation_zh: str | None
    last_event_at: date
