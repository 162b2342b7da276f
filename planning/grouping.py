"""Groups of schools (集团) that a scenario forms or widens: rows of the bridge between schools and groups."""

from __future__ import annotations

import duckdb

from junheng.core.sql import records
from planning.scenario import Scenario, ScenarioUnusable, scenario_form

BRIDGE = "brg_school_group"
_SCHOOL = """
    select county_code, school_year, coalesce(school_name, school_code) as school_name
    from intermediate.int_census__reported_school where school_code = ?
    qualify school_year = max(school_year) over ()
"""
_MEMBERS = "from marts.brg_school_group where county_code = ? and school_year = ? and group_name = ?"
_INSERT = """
    insert into marts.brg_school_group
        (county_code, school_year, group_name, school_code, school_name, role, member_count, group_count)
    values (?, ?, ?, ?, ?, ?, 0, 0)
"""
_COUNTED = """
    update marts.brg_school_group as members
    set member_count = groups.member_count, lead_school_code = groups.lead_school_code, group_count = of_school.group_count
    from (
        select county_code, school_year, group_name, count(*) as member_count,
            max(school_code) filter (where role = 'lead') as lead_school_code
        from marts.brg_school_group group by all
    ) as groups, (
        select county_code, school_year, school_code, count(*) as group_count from marts.brg_school_group group by all
    ) as of_school
    where members.county_code = groups.county_code and members.school_year = groups.school_year
        and members.group_name = groups.group_name and members.county_code = of_school.county_code
        and members.school_year = of_school.school_year and members.school_code = of_school.school_code
        and members.county_code = ? and members.school_year = ?
        and members.group_name = ?
"""


def has_groups(scenario: Scenario) -> bool:
    """Whether any measure is about a group."""
    return any(measure.kind == "group" for measure in scenario.measures)


def form_groups(connection: duckdb.DuckDBPyConnection, scenario: Scenario) -> None:
    """Add the members. Raises ScenarioUnusable; unknown schools are told elsewhere."""
    faults, touched = list[str](), dict[tuple[str, int, str], None]()
    for measure in scenario.measures:
        if measure.kind != "group":
            continue
        role = scenario_form().group_roles[measure.measure]
        for school in records(connection, _SCHOOL, measure.school_code):
            key = school["county_code"], school["school_year"], measure.item
            members = records(connection, _MEMBERS, *key)
            leads = [member["school_name"] for member in members if member["role"] == role == "lead"]
            if measure.school_code in {member["school_code"] for member in members}:
                shown = {"school": school["school_name"], "group": measure.item}
                faults.append(scenario.fault(measure.row, "school_code", "in_group_twice", **shown))
            elif leads:
                faults.append(scenario.fault(measure.row, "school_code", "has_lead", group=measure.item, school=leads[0]))
            else:
                connection.execute(_INSERT, [*key, measure.school_code, school["school_name"], role])
                touched[key] = None
    if faults:
        raise ScenarioUnusable(faults)
    for key in touched:
        connection.execute(_COUNTED, list(key))
