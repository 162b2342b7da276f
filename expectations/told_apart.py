"""Files of one night that give one code of a school different names or kinds: told in each of them, whatever becomes of the rows.

Within a file that is found when it is read (``ingest.shapes.named_twice``); files that complete each other are put together, so
that one name would win without a word.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from expectations.cross import CheckedRows
from expectations.sentences import sentence
from expectations.workspace import Delivery
from ingest.schema.source import Field
from ingest.shapes import named_twice
from ingest.values.cells import squeeze
from ingest.values.texts import row_place
from junheng.core.records import Fault
from junheng.core.sql import literal, records

Row = dict[str, Any]


def told_apart(field: CheckedRows, deliveries: list[Delivery]) -> dict[str, list[Fault]]:
    """By submission a note for each name it gives to a code that another file of its night gives another one."""
    notes: dict[str, list[Fault]] = defaultdict(list)
    tonight = {delivery.id for delivery in deliveries}
    for code, name_field in named_twice.pairs(field.rules.sources[field.source]) if tonight else ():
        for group in _groups(field, code.name, name_field.name, tonight):
            for mine in group:
                if mine["_submission_id"] in tonight and (other := _another(mine, group)) is not None:
                    notes[mine["_submission_id"]].append(_note(field, code, name_field, mine, other))
    return notes


def _another(mine: Row, group: list[Row]) -> Row | None:
    """The first row of another file that says something else."""
    others = (row for row in group if row["_submission_id"] != mine["_submission_id"])
    return next((row for row in others if squeeze(row["told"]) != squeeze(mine["told"])), None)


def _groups(field: CheckedRows, code: str, name: str, tonight: set[str]) -> list[list[Row]]:
    """For each code of a year that several files of a night name differently: the first row of each name in each file."""
    year = field.catalogue.year
    names = f"_submission_id, _delivery_night, _rid, _sheet, _row, {year} as year, {code} as code, {name} as told"
    ids = ", ".join(map(literal, sorted(tonight)))
    rows = records(
        field.con,
        f"""
        with pool as (
            select {names} from {field.good} where _submission_id in ({ids})
            union all
            select {names} from {field.history} where _delivery_night in
                (select _delivery_night from {field.good} where _submission_id in ({ids}))
        ),
        first_rows as (
            select * from (
                select *, row_number() over (partition by _submission_id, _delivery_night, year, code, told order by _rid) as nth
                from pool where code is not null and told is not null
            ) as numbered where nth = 1
        ),
        several as (
            select _delivery_night, year, code from first_rows group by all
            having count(distinct _submission_id) > 1 and count(distinct told) > 1
        )
        select first_rows.* from first_rows inner join several using (_delivery_night, year, code)
        order by _delivery_night, year, code, _submission_id, _rid
        """,
    )
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["_delivery_night"], row["year"], row["code"]].append(row)
    return list(groups.values())


def _note(field: CheckedRows, code: Field, name_field: Field, mine: Row, other: Row) -> Fault:
    place = sentence("file", name=field.file_names[other["_submission_id"]]) + row_place(other["_sheet"], other["_row"])
    return named_twice.note(code, name_field, mine, (mine["code"], mine["told"]), other["told"], place)
