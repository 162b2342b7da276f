"""The stage of lines that do not state it: a list of schools by stage whose count begins anew with each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

_AGAINST = 4
"""So many names must speak for a stage of a block for one that speaks against it."""


def stage_of_name(name: str, marks: Mapping[str, str]) -> str | None:
    """The stage that a school's name tells, by the first of the marks in it; None where it tells none."""
    return next((stage for mark, stage in marks.items() if mark in name), None)


def stages(
    numbers: Sequence[int | None], names: Sequence[str], marks: Mapping[str, str], order: Sequence[str]
) -> list[str | None]:
    """The stage of each line of a list; None where nothing tells it.

    ``numbers``: what the lines are counted with, ``order``: the stages as the form has them one after the other. Where the
    count begins anew as often as there are further stages, the blocks are the stages in order, unless the names of the
    schools say otherwise. A list that is one block is taken apart by the names alone.
    """
    of_names = [stage_of_name(name, marks) for name in names]
    blocks = _blocks(numbers)
    by_name = [_of_block([of_names[line] for line in block]) for block in blocks]
    if len(blocks) == 1:
        return _of_names(of_names, names, order)
    in_order = list(order) if len(blocks) == len(order) else [None] * len(blocks)
    contradicted = any(of_block not in (None, stage) for of_block, stage in zip(by_name, in_order, strict=True) if stage)
    of_lines: list[str | None] = [None] * len(names)
    for block, of_block, stage in zip(blocks, by_name, in_order, strict=True):
        for line in block:
            of_lines[line] = of_block if contradicted or stage is None else stage
    return of_lines


def _blocks(numbers: Sequence[int | None]) -> list[list[int]]:
    """Lines in one count each; it begins anew where it falls back to 1."""
    blocks: list[list[int]] = [[]]
    last = 0
    for line, counted in enumerate(numbers):
        if counted == 1 and last >= 1 and blocks[-1]:
            blocks.append([])
            last = 0
        last = counted if counted is not None else last
        blocks[-1].append(line)
    return blocks


def _of_block(of_names: Sequence[str | None]) -> str | None:
    counts = Counter(stage for stage in of_names if stage)
    if not counts:
        return None
    (stage, most), *others = counts.most_common()
    return stage if most >= _AGAINST * sum(count for _, count in others) else None


def _of_names(of_names: Sequence[str | None], names: Sequence[str], order: Sequence[str]) -> list[str | None]:
    """Of a name that tells none: the stage of the lines around it where they agree; a name's second line is of a later stage."""
    of_lines = list(of_names)
    times, seen = Counter(names), Counter[str]()
    for line, name in enumerate(names):
        if name and times[name] == len(order) and of_lines[line] is None:
            of_lines[line] = order[seen[name]]
        seen[name] += 1
    before, after = _carried(of_lines), list(reversed(_carried(list(reversed(of_lines)))))
    for line, (earlier, later) in enumerate(zip(before, after, strict=True)):
        if of_lines[line] is None:
            is_first, is_last = earlier is None and later == order[0], later is None and earlier == order[-1]
            of_lines[line] = (earlier or later) if is_first or is_last or earlier == later else None
    return of_lines


def _carried(of_lines: Sequence[str | None]) -> list[str | None]:
    """The last stage told up to each line."""
    carried: list[str | None] = []
    for stage in of_lines:
        carried.append(stage or (carried[-1] if carried else None))
    return carried
