"""``junheng diff`` in the terminal: which figures differ between two releases, and why."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from junheng.core.home import Home
from junheng.core.messages import Messages
from junheng.core.wrapping import say_line
from publish.release.contracts import contract_diff
from publish.release.diff import ChangedInput, Difference, TableDiff, difference
from publish.release.release import Release, find_release
from publish.words.texts import texts

SAME, DIFFERENT, USAGE = 0, 1, 2
"""Exit codes of ``junheng diff``."""

_CAUSES = 30


def run(path: Path, before: str, after: str, most: int | None, say: Messages, console: Console) -> int:
    """Print what differs; ``most`` None: what differs in the contracts of the marts. Returns the exit code."""
    home = Home(path)
    releases: list[Release] = []
    for name in (before, after):
        release = find_release(home, name) if home.releases.is_dir() else None
        if release is None:
            say_line(console, say("diff_unknown", name=name))
            for known in sorted(folder.name for folder in home.releases.glob("r[0-9]*")):
                say_line(console, known, indent=2)
            return USAGE
        if not release.database.exists():
            say_line(console, say("diff_removed", name=release.release_id))
            return USAGE
        releases.append(release)
    first, second = releases
    if most is None:
        return _contracts(first, second, say, console)
    result = difference(first, second, most)
    say_line(console, say("diff_title", before=first.release_id, after=second.release_id), style="bold")
    if result.is_different:
        _figures(result, say, console)
    else:
        console.print(say("diff_same"))
    _causes(result, say, console)
    return DIFFERENT if result.is_different else SAME


def _contracts(first: Release, second: Release, say: Messages, console: Console) -> int:
    result = contract_diff(first, second)
    title = say("diff_contracts", before=first.release_id, after=second.release_id, old=result.before, new=result.after)
    say_line(console, title, style="bold")
    for key, lines in (("diff_breaking", result.changes.breaking), ("diff_additions", result.changes.added)):
        if lines:
            say_line(console, say(key))
        for line in lines:
            say_line(console, line, indent=2)
    if result.changes.breaking or result.changes.added:
        return DIFFERENT
    console.print(say("diff_same_contracts"))
    return SAME


def _figures(difference: Difference, say: Messages, console: Console) -> None:
    for name in difference.only_in_one:
        say_line(console, say("diff_table_in_one", table=name), indent=2)
    for table in difference.tables:
        _table(table, say, console)


def _table(table: TableDiff, say: Messages, console: Console) -> None:
    console.print()
    counts = say("diff_counts", changed=table.changed, added=table.added, removed=table.removed)
    say_line(console, f"{table.name}：{counts}", style="bold")
    if say.language == "zh" and table.question:
        say_line(console, table.question, indent=2, style="dim")
    if table.shape:
        say_line(console, say("diff_shape", columns="、".join(table.shape)), indent=2)
    if table.columns:
        say_line(console, say("diff_columns", columns="、".join(f"{label} {count}" for label, count in table.columns)), indent=2)
    for example in table.examples:
        say_line(console, " · ".join(value for _, value in example.key), indent=2)
        cells = "；".join(f"{label} {before} → {after}" for label, before, after in example.cells)
        say_line(console, cells, indent=4)
    if table.changed > len(table.examples):
        say_line(console, say("diff_more", count=table.changed - len(table.examples)), indent=2, style="dim")


def _causes(difference: Difference, say: Messages, console: Console) -> None:
    console.print()
    say_line(console, say("diff_causes"), style="bold")
    for cause in difference.causes[:_CAUSES]:
        say_line(console, _cause(cause, say), indent=2)
    if len(difference.causes) > _CAUSES:
        say_line(console, say("diff_more", count=len(difference.causes) - _CAUSES), indent=2, style="dim")
    if not difference.causes:
        say_line(console, say("diff_no_cause_differs" if difference.is_different else "diff_no_cause"), indent=2)
    general = sorted({say(f"diff_kind_{cause.kind.split('_')[0]}") for cause in difference.causes if cause.county is None})
    for county, count in difference.counties.items():
        particular = sorted({say(f"diff_kind_{cause.kind.split('_')[0]}") for cause in difference.causes_of(county)})
        why = "、".join(particular + general) or say("diff_kind_none")
        say_line(console, say("diff_county", county=county, count=count, why=why), indent=2)


def _cause(cause: ChangedInput, say: Messages) -> str:
    values = dict(cause.values)
    if "part" in values:
        values["part"] = str(texts()["audit_pack"]["parts"][values["part"]]) if say.language == "zh" else values["part"]
    text = say(f"diff_{cause.kind}", **values)
    return f"{cause.county}：{text}" if cause.county else text
